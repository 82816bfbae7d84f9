r"""Equal shares with an activity score (Aztec): all who prove share the pot, by shares that a score of past activity decides.

Each epoch the score falls by $p$ and rises by the increment $g$ with a proof, between 0 and the largest score $M$; a prover of
score $s$ has

$$ \text{shares}(s) = \max\bigl(k - a\,(M-s)^2/10^{10},\; \text{minimum}\bigr), $$

and the pot is divided pro rata to the shares of who proved. With equal scores it is an equal split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Self, final

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule, Division, taking_part
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.statement import Number

__all__ = ["EqualShare"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EqualShare(ContestRule):
    """The pot of a `Contest` is divided evenly among all who prove; a cost is that of a proof. Reports are 1 (proves) and 0.

    In a contest all scores are equal; what scores do over time is in `shares`, `divided` and `equilibria.activity_scores`.

    Arguments:
        increment: what a proof of an epoch adds to the score.
        penalty: what every epoch takes off it.
        largest: the largest score, $M$.
        slope: $a$.
        full: $k$, the shares of the largest score.
        minimum: the least shares.

    Raises:
        InvalidInput: a parameter is no positive whole number, or the minimum is above `full`.

    Example:
        >>> from mechanisms import EqualShare
        >>> old, new = EqualShare.aztec(), EqualShare.aztec_azip5()
        >>> new.shares(new.largest), new.shares(0), round(float(new.break_even_coverage), 4)
        (Fraction(1000000, 1), Fraction(10000, 1), 0.9862)

    References:
        Aztec, RewardLib and RewardBooster; AZIP-5 (accepted May 2026).
    """

    kind = "equal_share"

    increment: int = 125_000
    penalty: int = 100_000
    largest: int = 15_000_000
    slope: int = 1_000
    full: int = 1_000_000
    minimum: int = 100_000

    def __post_init__(self) -> None:
        for name in ("increment", "penalty", "largest", "slope", "full", "minimum"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidInput(f"{name} must be a positive whole number; got {shown(value)}.")
        if self.minimum > self.full:
            raise InvalidInput(f"minimum must be at most full; got {self.minimum} and {self.full}. Swap them.")

    @classmethod
    def aztec(cls) -> Self:
        """The parameters of the main network before AZIP-5."""
        return cls()

    @classmethod
    def aztec_azip5(cls) -> Self:
        """The parameters of AZIP-5."""
        return cls(increment=101_400, largest=367_500, slope=250_000, minimum=10_000)

    def shares(self, score: float | Fraction) -> Fraction:
        """The shares of a score from 0 to the largest."""
        exact = exact_amount(score, "score")
        if exact > self.largest:
            raise InvalidInput(f"score must be at most {self.largest}; got {shown(score)}.")
        return max(self.full - self.slope * (self.largest - exact) ** 2 / Fraction(10**10), Fraction(self.minimum))

    def divided(self, pot: float | Fraction, scores: Mapping[str, float | Fraction]) -> Mapping[str, Fraction]:
        """The pot divided among who proved, given their scores.

        Example:
            >>> dict(EqualShare.aztec_azip5().divided(101, {"old": 367_500, "new": 0}))
            {'old': Fraction(100, 1), 'new': Fraction(1, 1)}
        """
        shares = {label: self.shares(score) for label, score in scores.items()}
        total = sum(shares.values())
        return MappingProxyType({label: exact_amount(pot, "pot") * share / total for label, share in shares.items()})

    @property
    def break_even_coverage(self) -> Fraction:
        """The share of epochs that has to be proved for the score not to fall on average."""
        return Fraction(self.penalty, self.increment)

    def epochs_to_recover(self, points: int | None = None) -> Fraction:
        """Epochs proved in a row that make up for one missed, or for so many points.

        Raises:
            InvalidInput: a proof adds no more than an epoch takes.

        Example:
            >>> new = EqualShare.aztec_azip5()
            >>> float(round(new.epochs_to_recover(), 1)), float(new.epochs_to_recover(new.largest))
            (71.4, 262.5)
        """
        if self.increment <= self.penalty:
            raise InvalidInput(f"increment must be above penalty for a score to rise; got {self.increment}.")
        return Fraction(self.penalty if points is None else points, self.increment - self.penalty)

    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        proving = taking_part(market, reports)
        even = number(1) / max(sum(proving), 1)
        shares = [even if one else number(0) for one in proving]
        return shares, [number(market.prize) * share for share in shares], [number(int(one)) for one in proving]
