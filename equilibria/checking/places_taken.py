"""What is awarded behind rivals that take places, in balls and in power series of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from flint import arb, arb_series

from equilibria.checking.document import Rejected

_Number = TypeVar("_Number", arb, arb_series)


@dataclass(frozen=True, slots=True)
class Expected(Generic[_Number]):
    """What a bid is awarded in expectation: all of it, what of it is paid one's own bid, and what is paid a rival's; None under
    pay as bid."""

    all: _Number
    own: _Number
    sure: _Number | None


class Awards:
    """Places that provers take, and what they are awarded behind others."""

    def __init__(self, sizes: Sequence[int], awards: Sequence[Sequence[arb]], *, priced: bool = False) -> None:
        """Args: places by prover; by prover the awards behind 0, 1, ... places, nothing beyond; and whether one's own bid is
        paid only where the award is less than the prover's places, or always.

        Raises:
            Rejected: an award increases with the places taken, or is negative.
        """
        self.sizes, self.awards, self.places = list(sizes), [list(row) for row in awards], len(awards[0])
        self.priced = priced
        if any(size < 1 for size in self.sizes) or any(len(row) != self.places for row in self.awards):
            raise Rejected("every prover must take at least one place")
        for row in self.awards:
            if not row[-1] >= 0 or any(not first >= second for first, second in pairwise(row)):
                raise Rejected("awards must not increase with the places that are taken")

    def expected(self, below: Sequence[_Number], above: Sequence[_Number], count: int | None = None) -> list[Expected[_Number]]:
        """Expected awards of all provers (or the first `count`), from the chances that each bids below and above."""
        return [self._expected(i, below, above) for i in range(len(self.sizes) if count is None else count)]

    def _expected(self, i: int, below: Sequence[_Number], above: Sequence[_Number]) -> Expected[_Number]:
        zero = below[i] * 0
        taken, reached = [zero + 1], 0
        for j, size in enumerate(self.sizes):
            if j == i:
                continue
            moved = []
            for places in range(min(reached + size, self.places - 1) + 1):
                value = taken[places] * above[j] if places <= reached else zero
                if 0 <= places - size <= reached:
                    value = value + taken[places - size] * below[j]
                moved.append(value)
            taken, reached = moved, len(moved) - 1
        own, sure = zero, zero
        for chance, award in zip(taken, self.awards[i], strict=False):
            if self.priced and award == self.sizes[i]:
                sure = sure + chance * award
            else:
                own = own + chance * award
        return Expected(own + sure, own, sure) if self.priced else Expected(own, own, None)

    def nothing_behind(self, i: int, places: int) -> bool:
        """Whether prover `i` is awarded nothing behind so many places."""
        return places >= self.places or bool(self.awards[i][places] == 0)
