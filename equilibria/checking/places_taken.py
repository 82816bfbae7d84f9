"""What is awarded behind rivals that take places, in balls and in power series of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from flint import arb, arb_series

from equilibria.checking.document import Rejected

_Number = TypeVar("_Number", arb, arb_series)


class Awards:
    """Places that provers take, and what they are awarded behind others."""

    def __init__(self, sizes: Sequence[int], awards: Sequence[Sequence[arb]]) -> None:
        """Args: places by prover; and by prover the awards behind 0, 1, ... places, nothing beyond.

        Raises:
            Rejected: an award increases with the places taken, or is negative.
        """
        self.sizes, self.awards, self.places = list(sizes), [list(row) for row in awards], len(awards[0])
        if any(size < 1 for size in self.sizes) or any(len(row) != self.places for row in self.awards):
            raise Rejected("every prover must take at least one place")
        for row in self.awards:
            if not row[-1] >= 0 or any(not first >= second for first, second in pairwise(row)):
                raise Rejected("awards must not increase with the places that are taken")

    def expected(self, below: Sequence[_Number], above: Sequence[_Number], count: int | None = None) -> list[_Number]:
        """Expected awards of all provers (or the first `count`), from the chances that each bids below and above."""
        return [self._expected(i, below, above) for i in range(len(self.sizes) if count is None else count)]

    def _expected(self, i: int, below: Sequence[_Number], above: Sequence[_Number]) -> _Number:
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
        total = zero
        for chance, award in zip(taken, self.awards[i], strict=False):
            total = total + chance * award
        return total

    def nothing_behind(self, i: int, places: int) -> bool:
        """Whether prover `i` is awarded nothing behind so many places."""
        return places >= self.places or bool(self.awards[i][places] == 0)
