r"""Several prizes by the rank of efforts: the largest effort takes the largest share, and everybody bears its own.

$$ t_i = V\,s_{r(i)}, \qquad r(i) = 1 + \#\{j : e_j > e_i\}, \qquad \text{utility}_i = t_i - c_i\,e_i . $$

With one share it is the all-pay contest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self, final

import numpy as np

from mechanisms._types import Profiles
from mechanisms.contest_market import Contest
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.reports import read_bids, read_profiles

__all__ = ["PrizeContest"]


@final
@dataclass(frozen=True, slots=True)
class PrizeContest(Mechanism):
    """The prize of a `Contest` is cut into shares, and the efforts' ranks decide who takes which.

    Arguments:
        shares: shares of the prize for the first rank, the second, and so on; at least 0, not rising, and adding up to at most 1.

    Raises:
        InvalidInput: shares that rise, are negative or add up to more than 1.
        Refused: when evaluated in a market that is not a `Contest`, or with more shares than contestants.

    Notes:
        Every contestant bears the cost of its effort. Equal efforts: the first in market order has the better rank. Who makes no
        effort is ranked too.

    Example:
        >>> from mechanisms import Contest, PrizeContest, Uniform
        >>> market = Contest(prize=10, costs={name: Uniform(1, 2) for name in "abc"})
        >>> dict(PrizeContest(shares=(0.7, 0.3)).outcome(market, {"a": 0.5, "b": 2.0, "c": 1.0}).payments)
        {'a': 0.0, 'b': 7.0, 'c': 3.0}
    """

    kind = "prize_contest"

    shares: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not isinstance(self.shares, tuple | list) or not self.shares:
            raise InvalidInput(f"shares must be a list of one number or more; got {shown(self.shares)}. (1.0,) is all-pay.")
        shares = tuple(float(finite(share, f"shares[{k}]")) for k, share in enumerate(self.shares))
        if shares[-1] < 0.0 or any(first < second for first, second in pairwise(shares)) or shares[0] == 0.0:
            raise InvalidInput(f"shares must be at least 0, not rise, and begin above 0; got {shown(shares)}. Sort them.")
        if sum(map(Fraction, shares)) > 1 + Fraction(1, 10**12):
            raise InvalidInput(f"shares must add up to at most 1; got {sum(shares)!r}. They are shares of the contest's prize.")
        object.__setattr__(self, "shares", shares)

    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile of efforts: shares of the prize, payments, and 1 for everybody who makes an effort.

        Arguments:
            market: a `Contest`.
            bids: one effort of at least 0 per label; exact numbers are evaluated in exact rationals.
        """
        prize, shares = self._terms(market)
        efforts, number = read_bids(market, bids)
        for label, effort in zip(market.labels, efforts, strict=True):
            if effort < 0:
                raise InvalidInput(f"bids.{label} must be at least 0; got {shown(effort)}. No effort is 0.")
        order = sorted(range(len(efforts)), key=lambda k: (-efforts[k], k))
        won = [number(0)] * len(efforts)
        for share, place in zip(shares, order, strict=True):
            won[place] = number(share)
        columns = (won, [number(prize) * share for share in won], [number(1 if effort > 0 else 0) for effort in efforts])
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in columns))

    def batch(self, market: Market, bids: Profiles) -> BatchOutcome:
        """Outcomes of many profiles of efforts, shape `(*batch, contestants)`; `winner` has the first rank."""
        prize, shares = self._terms(market)
        efforts = read_profiles(market, bids)
        if (efforts < 0.0).any():
            raise InvalidInput(f"bids must be at least 0; got {efforts.min()!r}. No effort is 0.")
        order = np.argsort(-efforts, axis=-1, kind="stable")
        won = np.empty_like(efforts)
        np.put_along_axis(won, order, np.broadcast_to(np.array(shares), efforts.shape), axis=-1)
        price = np.full(efforts.shape[:-1], float(prize))
        made = (efforts > 0.0).astype(np.float64)
        return BatchOutcome(winner=order[..., 0], price=price, provers=len(market.labels), share=won, made=made)

    def mirrored(self) -> Self:
        raise Refused("a contest has no mirror image in a sale. Use a Contest.")

    def _terms(self, market: Market) -> tuple[float | Fraction, list[float]]:
        """The prize, and the share of every rank."""
        if not isinstance(market, Contest):
            raise Refused(
                f"PrizeContest needs a Contest, whose costs are per unit of effort; got a {type(market).__name__}. "
                "Use Contest(prize=, costs=)."
            )
        spare = len(market.labels) - len(self.shares)
        if spare < 0:
            raise Refused(f"{len(self.shares)} shares need as many contestants; the contest has {len(market.labels)}. Drop some.")
        return market.prize, [*self.shares, *[0.0] * spare]
