r"""Requests to provers that are limited in requests only: a transportation problem, solved exactly.

$$ \max\sum_{ij}g_{ij}x_{ij},\qquad \sum_j x_{ij}\le1,\quad \sum_i x_{ij}\le s_j,\quad x\ge0 . $$

Its matrix is totally unimodular, so the linear program has a solution in whole numbers. Requests are inserted one after another
in doubles, each along the best path of moves; then rationals (as whole numbers over one denominator) cancel the cycles of moves
that still gain, until there are none. The longest paths $D_j$ from an empty slot are the prices of slots: prices and
$u_i=\max(0,\max_j g_{ij}-D_j)$ are an optimal dual solution, of all such that with the lowest prices, so a request that leaves
takes $g_{ij}-D_j$ with it (Leonard 1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import SolverFailure

__all__ = ["Transport"]

Gains: TypeAlias = Sequence[Sequence[Fraction | None]]
Table: TypeAlias = NDArray[Any]

# A move must gain more than this share of the greatest gain in doubles; rationals finish what is left.
ROUNDING = 1e-12


@dataclass(slots=True)
class Transport:
    """An optimal assignment, kept optimal while provers are taken away.

    Arguments:
        gains: whole numbers (gains times `scale`), one column more for nobody, with zeros.
        doubles: the same as doubles, of order 1.
        slots: of each prover; nobody has more than there are requests.
        scale: what the gains were multiplied by.
        never: the gain of a pair that must not be assigned.
        assigned: the prover of each request, `len(slots) - 1` for nobody.
        prices: of each prover's slots, as whole numbers.
    """

    gains: Table
    doubles: NDArray[np.float64]
    slots: NDArray[np.int64]
    scale: int
    never: int
    assigned: NDArray[np.int64]
    prices: Table

    @classmethod
    def solve(cls, gains: Gains, slots: Sequence[int | None]) -> Transport:
        """The assignment of greatest gain."""
        m, n = len(gains), len(slots)
        scale = math.lcm(*(g.denominator for row in gains for g in row if g is not None))
        whole = np.zeros((m, n + 1), dtype=object)
        greatest = max((g for row in gains for g in row if g is not None), default=Fraction(0)) or Fraction(1)
        # No path of moves that uses this once gains.
        never = -(2 * (m + n) + 4) * int(greatest * scale)
        doubles = np.zeros((m, n + 1))
        for i, row in enumerate(gains):
            whole[i, :n] = [never if g is None else g.numerator * (scale // g.denominator) for g in row]
            doubles[i, :n] = [-np.inf if g is None else float(g / greatest) for g in row]
        most = np.array([*(m if s is None else min(s, m) for s in slots), m + 1], dtype=np.int64)
        found = cls(whole, doubles, most, scale, never, np.full(m, n, dtype=np.int64), np.zeros(n + 1, dtype=object))
        found._insert(range(m))
        found._finish()
        return found

    def value(self) -> Fraction:
        """The gain of the assignment."""
        return Fraction(int(self.gains[np.arange(len(self.assigned)), self.assigned].sum()), self.scale)

    def price(self, prover: int) -> Fraction:
        """The lowest price of a slot."""
        return Fraction(int(self.prices[prover]), self.scale)

    def bound(self) -> Fraction:
        """What weak duality allows at most, at these prices; equal to the value."""
        rest = (self.gains - self.prices).max(axis=1)
        return Fraction(int(np.maximum(rest, 0).sum() + (self.slots[:-1] * self.prices[:-1]).sum()), self.scale)

    def without(self, prover: int) -> Transport:
        """An optimal assignment without one prover."""
        gains, doubles, slots, assigned = self.gains.copy(), self.doubles.copy(), self.slots.copy(), self.assigned.copy()
        gains[:, prover] = self.never
        doubles[:, prover], slots[prover] = -np.inf, 0
        left = np.flatnonzero(assigned == prover)
        assigned[left] = len(slots) - 1
        rest = Transport(gains, doubles, slots, self.scale, self.never, assigned, self.prices)
        rest._insert([int(i) for i in left])
        rest._finish()
        return rest

    def _moves(self, gains: Table, prover: int) -> tuple[Table, NDArray[np.int64]]:
        """What moving the best of a prover's requests to each other prover gains, and which request it is."""
        mine = np.flatnonzero(self.assigned == prover)
        change = gains[mine] - gains[mine, prover][:, None]
        best = change.argmax(axis=0)
        return change[best, np.arange(gains.shape[1])], mine[best]

    def _insert(self, requests: Sequence[int]) -> None:
        """Assign requests that nobody has, each so that the gain is greatest."""
        count = len(self.slots)
        gain = np.full((count, count), -np.inf)
        mover = np.zeros((count, count), dtype=np.int64)
        held = np.bincount(self.assigned, minlength=count)

        def refresh(provers: Sequence[int]) -> None:
            for j in provers:
                if j < count - 1:
                    gain[j] = -np.inf
                    if held[j]:
                        gain[j], mover[j] = self._moves(self.doubles, j)

        refresh(range(count))
        for i in requests:
            reach = self.doubles[i].copy()
            before = np.full(count, -1, dtype=np.int64)
            for _ in range(count):
                through = reach[:, None] + gain
                best = through.argmax(axis=0)
                better = through[best, np.arange(count)] > reach + ROUNDING
                if not better.any():
                    break
                before[better], reach[better] = best[better], through[best, np.arange(count)][better]
            end = int(np.where(held < self.slots, reach, -np.inf).argmax())
            path = [end]
            while before[path[-1]] >= 0 and len(path) <= count:
                path.append(int(before[path[-1]]))
            if len(path) > count:  # a cycle by rounding: rationals will see to it
                continue
            for new, old in pairwise(path):
                self.assigned[mover[old, new]] = new
            self.assigned[i] = path[-1]
            held = np.bincount(self.assigned, minlength=count)
            refresh(path)

    def _finish(self) -> None:
        """Cancel cycles that gain, in whole numbers; what is left are longest paths from an empty slot, the prices."""
        count = len(self.slots)
        for _ in range(len(self.assigned) * count):
            cycle = self._price()
            if cycle is None:
                return
            for mover, prover in cycle:
                self.assigned[mover] = prover
        raise SolverFailure("the assignment was not optimal after as many exchanges as it has pairs; give rounder numbers.")

    def _price(self) -> list[tuple[int, int]] | None:
        """Sets the prices, or returns the moves of a cycle that gains."""
        count = len(self.slots)
        held = np.bincount(self.assigned, minlength=count)
        gain = np.full((count, count), self.never, dtype=object)
        mover = np.zeros((count, count), dtype=np.int64)
        for j in np.flatnonzero(held):
            gain[j], mover[j] = self._moves(self.gains, int(j))
        # The last node is an empty slot: it comes from any prover that has one, and goes to any that gives a request away.
        graph = np.full((count + 1, count + 1), self.never, dtype=object)
        graph[:count, :count] = gain
        graph[:count, count][held < self.slots] = 0
        graph[count, :] = 0
        longest, before = graph[count].copy(), np.full(count + 1, count, dtype=np.int64)
        for _ in range(count + 1):
            through = longest[:, None] + graph
            best = through.argmax(axis=0)
            reached = through[best, np.arange(count + 1)]
            better = reached > longest
            if not better.any():
                self.prices = longest[:count]
                return None
            longest[better], before[better] = reached[better], best[better]
        return _cycle(before, int(np.flatnonzero(better)[0]), mover, count)


def _cycle(before: NDArray[np.int64], node: int, mover: NDArray[np.int64], empty: int) -> list[tuple[int, int]]:
    """The moves of the cycle that the predecessors of a node run into."""
    for _ in range(len(before)):
        node = int(before[node])
    moves, at = [], node
    while True:
        old = int(before[at])
        if empty not in (old, at):
            moves.append((int(mover[old, at]), at))
        at = old
        if at == node:
            return moves
