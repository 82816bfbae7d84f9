"""A scalar that allows only what a prover of rules can trace, so that a rule that does more fails its test."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from mechanisms import Market, Mechanism

Number = int | Fraction


class Strict:
    """A rational that can be added, subtracted, multiplied by a constant and compared, and nothing else."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Number) -> None:
        self.value = Fraction(value)

    @staticmethod
    def of(other: object) -> Fraction:
        if isinstance(other, Strict):
            return other.value
        if isinstance(other, int | Fraction):
            return Fraction(other)
        raise AssertionError(f"a report met {other!r}, which is not exact")

    def __add__(self, other: object) -> Strict:
        return Strict(self.value + self.of(other))

    __radd__ = __add__

    def __sub__(self, other: object) -> Strict:
        return Strict(self.value - self.of(other))

    def __rsub__(self, other: object) -> Strict:
        return Strict(self.of(other) - self.value)

    def __neg__(self) -> Strict:
        return Strict(-self.value)

    def __mul__(self, other: object) -> Strict:
        assert not isinstance(other, Strict), "a report was multiplied by a report"
        return Strict(self.value * self.of(other))

    __rmul__ = __mul__

    def __lt__(self, other: object) -> bool:
        return self.value < self.of(other)

    def __le__(self, other: object) -> bool:
        return self.value <= self.of(other)

    def __gt__(self, other: object) -> bool:
        return self.value > self.of(other)

    def __ge__(self, other: object) -> bool:
        return self.value >= self.of(other)

    def __eq__(self, other: object) -> bool:
        return other not in (math.inf, -math.inf) and self.value == self.of(other)

    def __bool__(self) -> bool:
        raise AssertionError("the truth of a report was asked for")

    def __float__(self) -> float:
        raise AssertionError("a report was turned into a float")

    __int__ = __index__ = __float__  # type: ignore[assignment]


def columns(mechanism: Mechanism, market: Market, reports: list[Any]) -> list[list[Fraction]]:
    """Allocation, payments and proofs at one profile of strict scalars, as rationals."""
    bids = dict(zip(market.labels, map(Strict, reports), strict=True))
    outcome = mechanism.outcome(market, bids)  # type: ignore[attr-defined]
    return [[Strict.of(x) for x in part.values()] for part in (outcome.allocation, outcome.payments, outcome.proofs)]
