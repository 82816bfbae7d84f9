"""Grids of bids for package sales: fine where laws of bids bend, and how a law is carried from a coarser grid to a finer one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from equilibria._package_laws import CellLaw

Array = NDArray[np.float64]

GROWTH = 1.2
"""Ratio of neighbouring cells where they shrink."""

APART = 0.02
"""Marks that are closer than this share of the highest bid are one."""

SPARE = 14
"""Cells beyond the highest single bids in which nobody should wish to bid; they grow faster than others."""


class BidGrid:
    """Points of every bid law, which follow the highest bids: cells between marks stretch with them.

    The cells below `head` keep their proportions and count as one unknown: there theory knows the shape.
    """

    def __init__(self, tops: Array, cells: int, fresh: float, fine: float, step: float | None) -> None:
        self.tops = tops if step is None else np.round(tops / step) * step
        highest = float(tops[-1])
        width, least = highest / cells, highest * fine
        self.head = highest * fresh if step is None else round(highest * fresh / step) * step
        self._marks, self._base, self.spare = [], [], []
        for i in range(len(tops)):
            marks, sharp = _marks(self.tops, i)
            firsts = [least if s else 0.25 * width for s in sharp]
            places = marks @ self.tops
            parts = [
                _graded(u, v, width, *ends) for (u, v), ends in zip(pairwise(places), pairwise(firsts), strict=True)
            ]
            low = self.head * 0.5 ** np.arange(int(np.log2(fresh / fine)) + 2)
            rest = np.concatenate([_graded(self.head, float(places[1]), width, 0.4 * self.head, firsts[1]), *parts[1:]])
            points = np.concatenate([[0.0], low, rest])
            points = points if step is None else np.round(points / step) * step
            self._marks.append(marks)
            self._base.append(np.unique(points))
            self.spare.append(0)
            if i < len(tops) - 1 and step is not None:
                beyond = self.tops[i] + np.cumsum(least * 1.6 ** np.arange(SPARE))
                self._base[-1] = np.unique(np.concatenate([self._base[-1], np.round(beyond / step) * step]))
                self.spare[-1] = int(np.sum(self._base[-1] > self.tops[i]))
        self.heads = [int(np.searchsorted(points, 0.999 * self.head)) for points in self._base]

    def points(self, tops: Array) -> list[Array]:
        """The points for other highest bids."""
        if np.array_equal(tops, self.tops):
            return self._base
        return [np.interp(base, marks @ self.tops, marks @ tops) for base, marks in zip(self._base, self._marks, strict=True)]


def _marks(tops: Array, i: int) -> tuple[Array, list[bool]]:
    """Bids between which a law is smooth, as combinations of the highest bids, and whether it is sharp there."""
    last = len(tops) - 1
    unit = np.eye(last + 1)
    kinks = [unit[last] - unit[j] for j in range(last) if i == last or last == 1 or j != i]
    wanted = [(0.0 * unit[0], True), (unit[i], i != last)]
    wanted += [(unit[j], True) for j in range(last) if i == last] + [(kink, False) for kink in kinks]
    kept: list[tuple[Array, bool]] = []
    for mark, sharp in wanted:
        place = float(mark @ tops)
        if 0.0 <= place <= tops[i] and all(abs(place - float(other @ tops)) > APART * tops[i] for other, _ in kept):
            kept.append((mark, sharp))
    kept.sort(key=lambda item: float(item[0] @ tops))
    return np.array([mark for mark, _ in kept]), [sharp for _, sharp in kept]


def _graded(left: float, right: float, width: float, first: float, last: float) -> Array:
    """Points from left to right whose distances grow from both ends up to a width."""
    sides = []
    for least in (first, last):
        steps = [0.0]
        size = least
        while size < width and steps[-1] + size < 0.4 * (right - left):
            steps.append(steps[-1] + size)
            size *= GROWTH
        sides.append(np.array(steps))
    start, end = left + sides[0], right - sides[1][::-1]
    inner = np.linspace(start[-1], end[0], max(int(np.ceil((end[0] - start[-1]) / width)), 1) + 1)
    return np.unique(np.concatenate([start, inner[1:-1], end]))


def carried(laws: Sequence[CellLaw], grid: BidGrid, head: float) -> list[Array]:
    """Masses on a finer grid: below the old head by what theory says of low bids, elsewhere in proportion."""
    single = laws[0]
    k = int(np.searchsorted(single.points, head))
    bid = 0.5 * (single.points[k] + single.points[k + 1])
    level = 0.5 * (single.levels[k] + single.levels[k + 1])
    slope = single.masses[k] / single.widths[k]
    logarithm = float(np.clip(0.5 * level / max(bid * slope, 1e-12), 1.0, 40.0)) if head else 1.0
    found = []
    for i, (law, points) in enumerate(zip(laws, grid.points(grid.tops), strict=True)):
        levels = np.interp(points, law.points, law.levels)
        low = (points > 0.0) & (points < head)
        x = points[low] / head if head else points[low]
        more = logarithm - np.log(x)
        shape = x * (1.0 + more) / (1.0 + logarithm) if i == len(laws) - 1 else np.sqrt(logarithm / more)
        levels[low] = shape * float(law.cdf(np.array(head)))
        found.append(np.maximum(np.diff(levels), 0.0))
    return found


def trimmed(law: CellLaw) -> CellLaw:
    """The same law without empty cells at its end."""
    count = int(np.flatnonzero(law.masses > 1e-9)[-1]) + 1
    return CellLaw(law.points[: count + 1], law.masses[:count] / law.masses[:count].sum())
