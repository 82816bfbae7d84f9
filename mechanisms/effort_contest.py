r"""Contests won by lot, with chances in the ratio of the efforts' scores.

$$ p_i = \frac{e_i^\alpha}{\sum_j e_j^\alpha}, \qquad \text{utility}_i = V\,p_i - c_i\,e_i . $$

Whoever makes an effort bears its cost, whether it wins or not. If nobody makes one, nobody is awarded.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

import numpy as np

from mechanisms._types import Profiles
from mechanisms.contest_market import Contest
from mechanisms.contest_rule import taking_part
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.reports import read_bids, read_profiles

__all__ = ["EffortContest"]


@dataclass(frozen=True, slots=True)
class EffortContest(Mechanism):
    """A rule in which efforts are the reports and chances are shares of scores; abstract, its subclasses are final."""

    winner_delivers: ClassVar[bool] = False
    """Whether, where costs are known, an effort is money and the cost that of delivering, which only the winner bears."""

    speeds_may_be_given: ClassVar[bool] = False
    """Whether, in a contest with speeds, an effort of 1 is to race at one's speed, and 0 not to race."""

    @property
    @abstractmethod
    def exponent(self) -> float | Fraction:
        """The power of an effort that is its score."""

    @property
    @abstractmethod
    def refund(self) -> float | Fraction:
        """What a contestant that does not win is given back for each unit of its effort."""

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile of efforts.

        Arguments:
            market: a `Contest`.
            bids: one effort of at least 0 per label. Exact numbers are evaluated in exact rationals, for which the exponent
                must be a whole number.

        Returns:
            Chances of winning, expected payments (prize and refunds), and for `proofs` 1 for everybody who makes an effort. Under
            a rule whose winner delivers, where costs are known: efforts are money and come off the payments, and `proofs` are
            the chances of winning. Where speeds are given and the rule reads them, scores are those of the speeds of who races.

        Raises:
            InvalidInput: labels that are not the contest's, an effort that is negative or no finite number, or, where speeds are
                given, one that is neither 0 nor 1.
            Refused: not a contest, or exact efforts with an exponent that is no whole number.
        """
        prize = self._prize(market)
        efforts, number = read_bids(market, bids)
        for label, effort in zip(market.labels, efforts, strict=True):
            if effort < 0:
                raise InvalidInput(f"bids.{label} must be at least 0; got {shown(effort)}. No effort is 0.")
        exponent = self.exponent
        if number is Fraction:
            if exponent != int(exponent):
                raise Refused(f"efforts to the power {exponent} are not rational. Pass floats.")
            exponent = int(exponent)
        speeds = self._speeds(market)
        if speeds is not None:
            racing = taking_part(market, efforts)  # type: ignore[arg-type]  # only a contest has speeds
            scores = [number(speed) ** exponent if one else number(0) for speed, one in zip(speeds, racing, strict=True)]
        else:
            scores = [effort**exponent for effort in efforts]
        total = sum(scores)
        shares = [score / total if total else number(0) for score in scores]
        paid = [number(prize) * p + number(self.refund) * e * (1 - p) for p, e in zip(shares, efforts, strict=True)]
        proofs = [number(1 if effort > 0 else 0) for effort in efforts]
        if self._charged(market):
            paid, proofs = [t - e for t, e in zip(paid, efforts, strict=True)], shares
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in (shares, paid, proofs)))

    @final
    def batch(self, market: Market, bids: Profiles) -> BatchOutcome:
        """Outcomes of many profiles of efforts, shape `(*batch, contestants)`; arguments and errors as in `outcome`.

        `price` is the prize where anybody makes an effort; refunds are not in it.
        """
        prize = self._prize(market)
        efforts = read_profiles(market, bids)
        if (efforts < 0.0).any():
            raise InvalidInput(f"bids must be at least 0; got {efforts.min()!r}. No effort is 0.")
        speeds, made = self._speeds(market), (efforts > 0.0).astype(np.float64)
        if speeds is not None:
            if not np.isin(efforts, (0.0, 1.0)).all():
                raise InvalidInput("bids must be 0 or 1 where speeds are given. 1 takes part, 0 stays out.")
            efforts = efforts * np.array(speeds, dtype=np.float64)
        most = efforts.max(axis=-1, keepdims=True)
        scores = (efforts / np.where(most > 0.0, most, 1.0)) ** float(self.exponent)
        total = scores.sum(axis=-1, keepdims=True)
        award = total[..., 0] > 0.0
        share = scores / np.where(total > 0.0, total, 1.0)
        winner = np.where(award, np.argmax(share > 0.0, axis=-1), -1)
        price = np.where(award, float(prize), 0.0)
        paid = None
        if self._charged(market):
            paid, made = float(prize) * share - efforts, share
        return BatchOutcome(winner=winner, price=price, provers=len(market.labels), share=share, paid=paid, made=made)

    def mirrored(self) -> Self:
        raise Refused("a contest has no mirror image in a sale. Use a Contest.")

    def _charged(self, market: Market) -> bool:
        return self.winner_delivers and isinstance(market, Contest) and market.known is not None

    def _speeds(self, market: Market) -> tuple[Fraction, ...] | None:
        return market.speeds if self.speeds_may_be_given and isinstance(market, Contest) else None

    def _prize(self, market: Market) -> float | Fraction:
        if not isinstance(market, Contest):
            raise Refused(
                f"{type(self).__name__} needs a Contest, whose costs are per unit of effort; got a {type(market).__name__}. "
                "Use Contest(prize=, costs=)."
            )
        return market.prize

    def _check_positive(self, name: str) -> None:
        self._check_amount(name, optional=False)
        if not getattr(self, name) > 0:
            raise InvalidInput(f"{name} must be positive; got {getattr(self, name)!r}. With 1 chances are shares of efforts.")
