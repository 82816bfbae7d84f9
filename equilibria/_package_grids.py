r"""Grids of bids for package sales, and the values that bid their points: splines between nodes, on a coordinate in which
cells that shrink are all alike.

The value that bids a node is $\underline v+(\bar v-\underline v)\ln(1+e^{h})$, and the *height* $h$ is what is unknown: near
the lowest value it is the logarithm of how far the value lies above it. Every law has nodes where one of the three highest
bids, or a sum or difference of them, lets it bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

APART = 0.02
"""Marks that are closer than this share of a buyer's highest bid are one."""

LOW = 2e-3
"""Up to this share of the highest bid a height is linear between nodes: there is little to resolve, and splines overshoot."""

TOP = float(np.log(np.e - 1.0))
"""The height of the highest value."""


def heights(shares: Array) -> Array:
    """Heights of values, given as shares of the way from the lowest to the highest."""
    return np.asarray(np.log(np.expm1(np.clip(shares, 1e-12, 1.0))))


class BidGrid:
    """Points, nodes and tests of one bid law.

    Arguments:
        marks: combinations of the highest bids between which a law is smooth, rising.
        sizes: of the nodes' distances at every mark.
        tops: the three highest bids, or two with two single buyers alike; points follow them.
        width: of nodes' distances away from marks.
        growth: of distances from a mark on, per distance.
        head: bids below it count as one unknown.
        fine: points per node.
        step: of a grid on which all points must lie, or None.
    """

    def __init__(
        self, marks: Array, sizes: Sequence[float], tops: Array, *, width: float, growth: float, head: float, fine: int,
        step: float | None = None,
    ) -> None:  # fmt: skip
        self.marks, self.tops = marks, tops
        places = marks @ tops
        if step is not None:
            places = np.round(places / step) * step
        halvings = max(round(float(np.log2(head / (head / 8.0 if step is None else step)))), 0)
        low = np.concatenate([[0.0], head * 0.5 ** np.arange(halvings, -1, -1)])
        self.heads = len(low) - 1
        self.shares = self.shape = low / head
        points, at = [low], [self.shares]
        self.breaks, node, left = [1], 1, head
        for k, right in enumerate(places[1:]):
            count, inner, where = _graded(right - left, sizes[k], sizes[k + 1], width, growth, fine)
            inner = inner + left
            if step is not None:
                inner, where = _on_steps(inner, where, left, step)
            points.append(inner)
            at.append(node + where)
            node, left = node + count, float(right)
            self.breaks.append(node)
        self.count = node + 1
        self._points, self._at = np.concatenate(points), np.concatenate(at)
        middle = 0.5 * (self._at[1:] + self._at[:-1])
        half, cell = np.floor(2.0 * middle).astype(int), np.floor(middle).astype(int)
        half[: self.heads] = cell[: self.heads] = 0
        self.tests = np.flatnonzero(np.concatenate([[True], half[1:] != half[:-1]]))
        self.cell = cell

    def points(self, tops: Array) -> Array:
        """All points for some highest bids."""
        if np.array_equal(tops, self.tops):
            return self._points
        return np.asarray(np.interp(self._points, self.marks @ self.tops, self.marks @ tops))

    def nodes(self, tops: Array) -> Array:
        """The nodes."""
        return np.asarray(np.interp(np.arange(self.count), self._at, self.points(tops)))

    def spline(self, flat: Flags) -> Array:
        """Heights at points as a matrix on heights at nodes; no spline crosses the ends of what is `flat`."""
        from scipy.interpolate import CubicSpline

        matrix = np.zeros((len(self._at), self.count))
        matrix[: self.heads + 1, 1] = 1.0
        linear = self.nodes(self.tops) <= LOW * self.tops[-1]
        ends = [
            k for k in range(1, self.count) if k in self.breaks or k == self.count - 1 or linear[k] or flat[k - 1] != flat[k]
        ]
        for left, right in pairwise(ends):
            rows = np.flatnonzero((self._at >= left - 1e-12) & (self._at <= right + 1e-12))
            matrix[rows] = 0.0
            x = self._at[rows]
            if flat[left]:
                matrix[rows, left], matrix[rows, right] = (right - x) / (right - left), (x - left) / (right - left)
            else:
                matrix[rows, left : right + 1] = CubicSpline(np.arange(left, right + 1), np.eye(right - left + 1), axis=0)(x)
        return matrix


def _graded(length: float, first: float, last: float, width: float, growth: float, fine: int) -> tuple[int, Array, Array]:
    """How many nodes from 0 to a length, points between them, and their coordinates: distances grow from both ends on."""
    near = length * np.geomspace(1e-7, 0.5, 1000)
    x = np.unique(np.concatenate([np.linspace(0.0, length, 1500), near, length - near]))
    s = x / width + np.log1p(growth * x / first) / growth
    s += (np.log1p(growth * length / last) - np.log1p(growth * (length - x) / last)) / growth
    count = max(int(np.ceil(s[-1])), 2)
    where = np.arange(1, count * fine + 1) / fine
    points = np.interp(where, s * (count / s[-1]), x)
    points[-1] = length
    return count, points, where


def _on_steps(points: Array, where: Array, left: float, step: float) -> tuple[Array, Array]:
    """Points rounded to steps, and where they then lie."""
    rounded = np.round(points / step) * step
    kept = np.diff(np.concatenate([[left], rounded])) > 0.5 * step
    places = np.interp(rounded[kept], np.concatenate([[left], points]), np.concatenate([[0.0], where]))
    places[-1] = where[-1]
    return rounded[kept], places


def marked(tops: Array, i: int, sizes: tuple[float, float, float], gaps: Sequence[float]) -> tuple[Array, list[float]]:
    """Marks of one law and the distances there, of the three sizes (at 0, at another's highest bid, elsewhere)."""
    last = len(tops) - 1
    unit = np.eye(last + 1)
    wanted = [(0.0 * unit[0], sizes[0]), (unit[i], sizes[2])]
    wanted += [(unit[j], sizes[1]) for j in range(last) if j != i]
    wanted += [(unit[last] - unit[j], sizes[2]) for j in range(last) if i == last or last == 1 or j != i]
    wanted += [(gap / tops[-1] * unit[last], sizes[2]) for gap in gaps]
    if last == 2:
        low, high = np.argsort(tops[:2])
        wanted += [(2.0 * unit[low], sizes[2]), (unit[high] - unit[low], sizes[2])]
    kept: list[tuple[Array, float]] = []
    for mark, size in wanted:
        place = float(mark @ tops)
        if 0.0 <= place <= tops[i] and all(abs(place - float(other @ tops)) > APART * tops[i] for other, _ in kept):
            kept.append((mark, size))
    kept.sort(key=lambda item: float(item[0] @ tops))
    return np.array([mark for mark, _ in kept]), [size for _, size in kept]
