r"""Greedy by density: the pair with the most gain for its work goes first, and winners pay their critical value.

Pairs $(i,j)$ are looked at by falling density $g_{ij}/w_i$ as long as it is not negative; a pair is assigned if the request has
no prover yet and the prover has room. A higher value $v_i$ raises all densities of the request alike, so its pairs come earlier,
in the same order, and find no less room: winning is monotone. Without request $i$ let $\rho_j$ be the density at which prover $j$
has no more room for it (0 if it always has). The request wins if and only if $v_i$ is above

$$ v_i^*=\min_j\bigl(w_i\rho_j+c_{ij}+\delta_it_{ij}\bigr), $$

up to a tie, and pays $v_i^*-\delta_it_{ij}$ at the prover $j$ that it gets, so that it has $v_i-v_i^*$ in the end: truth is
dominant for the value, size and deadline given. It pays at least $c_{ij}$: of its pairs the one that it gets has no lower density
than the critical one, which is not negative there.
"""

from __future__ import annotations

import heapq
import math
from fractions import Fraction

from mechanisms.workloads.branching import Limits
from mechanisms.workloads.transport import Gains

__all__ = ["GreedyOrder"]


class GreedyOrder:
    """All pairs by falling density, equal ones in market order, so that a run compares small whole numbers only."""

    def __init__(self, gains: Gains, limits: Limits) -> None:
        sizes, scale = limits.sizes, math.lcm(*(g.denominator for row in gains for g in row if g is not None))
        least = math.lcm(*(size.numerator for size in sizes))
        share = [int(least / size) for size in sizes]
        pairs = [
            (i, j, g.numerator * (scale // g.denominator) * share[i])
            for i, row in enumerate(gains) for j, g in enumerate(row) if g is not None
        ]
        self._unit = least * scale  # of the densities in the pairs, which are whole numbers
        self._pairs = sorted(pairs, key=lambda pair: -pair[2])
        self._by_request: list[list[int]] = [[] for _ in gains]
        for rank, (i, _, _) in enumerate(self._pairs):
            self._by_request[i].append(rank)
        self._slots = limits.slots
        unit = math.lcm(*(x.denominator for x in (*limits.sizes, *limits.work) if x is not None))
        self._sizes = [int(size * unit) for size in limits.sizes]
        self._work = [None if work is None else int(work * unit) for work in limits.work]

    def assignment(self) -> list[int | None]:
        """The prover of each request."""
        return self._go(None)[0]

    def closing_densities(self, request: int) -> list[Fraction]:
        """The density at which each prover has no more room for the request, if it is not there; 0 for never."""
        return self._go(request)[1]

    def _go(self, absent: int | None) -> tuple[list[int | None], list[Fraction]]:
        """The greedy assignment, and when provers closed for the absent request."""
        sizes, pairs, slots, work = self._sizes, self._pairs, list(self._slots), list(self._work)
        assigned: list[int | None] = [None] * len(sizes)
        closed = [Fraction(0)] * len(slots)
        ranks = [iter(mine) for mine in self._by_request]
        heap = [rank for i, mine in enumerate(ranks) if i != absent and (rank := next(mine, None)) is not None]
        heapq.heapify(heap)
        # Whoever has no room for the least request is closed to all; a critical density needs no more once all are closed to it.
        size = min(sizes) if absent is None else sizes[absent]
        open_ = {j for j in range(len(slots)) if _room(slots[j], work[j], size)}
        while heap and open_:
            i, j, density = pairs[heap[0]]
            taken, left = slots[j], work[j]
            if not _room(taken, left, sizes[i]):
                rank = next((r for r in ranks[i] if slots[pairs[r][1]] != 0), None)
                heapq.heappop(heap) if rank is None else heapq.heapreplace(heap, rank)
                continue
            heapq.heappop(heap)
            assigned[i] = j
            slots[j], work[j] = None if taken is None else taken - 1, None if left is None else left - sizes[i]
            if j in open_ and not _room(slots[j], work[j], size):
                open_.remove(j)
                closed[j] = Fraction(density, self._unit)
        return assigned, closed


def _room(slots: int | None, work: int | None, size: int) -> bool:
    return slots != 0 and (work is None or work >= size)
