r"""Ironed virtual costs on arrays of doubles, for every distribution.

The support is cut into cells at the knots and at the ends of the ironed intervals. In a cell the ironed
virtual cost is constant, or linear with slope 2 (parts of a piecewise-linear cdf), or $c + F(c)/f(c)$,
strictly increasing. Its inverse is looked up by cell; only the last kind needs root finding, from a table's
bracket.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, RealInput
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused
from mechanisms.exact_ironing import ExactIroning
from mechanisms.ironed_intervals import ironed_intervals
from mechanisms.linear_cdf import Corners, linear_cdf

__all__ = ["NumericIroning"]

# Entries of the table that brackets the roots of each smooth cell.
TABLE = 257


@final
class NumericIroning:
    """The ironed virtual cost over doubles; see `ironing.py`.

    Arguments:
        distribution: law of the cost.

    `intervals` lists begin, end and level of each ironed interval.
    """

    def __init__(self, distribution: Distribution) -> None:
        corners = linear_cdf(distribution)
        self._law = distribution
        self.low, self.high = distribution.support
        curve = distribution if corners is None else _LinearLaw(corners)
        regular = distribution.is_regular("cost")
        intervals = [] if regular else ironed_intervals(curve)
        self.intervals = tuple(_polished(corners, *interval) for interval in intervals)
        cells = [_Cell(begin, end, level, level) for begin, end, level in self.intervals]
        for left, right in _between(curve.knots, self.intervals):
            if isinstance(curve, _LinearLaw):
                intercept = curve.intercept(0.5 * (left + right))
                ends = (2 * left + intercept, 2 * right + intercept)
                cells.append(_Cell(left, right, *ends, intercept=intercept))
            else:
                cells.append(_smooth_cell(distribution, left, right))
        cells.sort(key=lambda cell: cell.left)
        self._left = np.array([cell.left for cell in cells])
        self._right = np.array([cell.right for cell in cells])
        self._intercept = np.array([cell.intercept for cell in cells])
        self._lower = np.maximum.accumulate([cell.lower for cell in cells])
        self._upper = np.maximum(self._lower, [cell.upper for cell in cells])
        self._table = None if corners is not None else _table(cells)

    def cdf(self, cost: RealInput) -> FloatArray:
        """Probability of a cost at or below this one."""
        return self._law.cdf(cost)

    def __call__(self, cost: RealInput) -> FloatArray:
        r"""$\bar\psi$ entry by entry; $+\infty$ above the support."""
        cost = np.asarray(cost, dtype=np.float64)
        at = np.minimum(np.searchsorted(self._right, cost, side="left"), len(self._right) - 1)
        if self._table is None:
            inside = 2.0 * cost + self._intercept[at]
        else:
            inside = self._law.virtual_cost(cost)
        inside = np.clip(inside, self._lower[at], self._upper[at])
        return np.where(cost <= self.low, cost, np.where(cost > self.high, np.inf, inside))[()]

    def threshold(self, level: RealInput | None, at: Any) -> FloatArray:
        r"""$\sup\{c : \bar\psi(c) \le s\}$, or with $<$ where `at` is false, entry by entry.

        Arguments:
            level: $s$; None for no limit.
            at: whether a cost of exactly this level still wins; shape of `level`, or one for all.
        """
        if level is None:
            return np.asarray(self.high)[()]
        level = np.asarray(level, dtype=np.float64)
        wins = np.searchsorted(self._lower, level, side="right")
        k = np.where(at, wins, np.searchsorted(self._lower, level, side="left")) - 1
        below, k = k < 0, np.maximum(k, 0)
        costs = np.asarray(np.where(below, np.minimum(level, self.low), self._right[k]))
        rising = ~below & (level < self._upper[k])
        if rising.any():
            np.place(costs, rising, self._roots(k[rising], level[rising]))
        return costs[()]

    def _roots(self, k: NDArray[np.intp], level: FloatArray) -> FloatArray:
        """Costs at the given levels, each inside the given rising cell."""
        if self._table is None:
            return np.asarray(np.clip(0.5 * (level - self._intercept[k]), self._left[k], self._right[k]))
        from scipy.optimize.elementwise import find_root

        def excess(cost: FloatArray, level: FloatArray) -> FloatArray:
            return np.asarray(self._law.cdf(cost) + (cost - level) * self._law.pdf(cost))

        costs, levels = self._table
        entry = np.clip(np.searchsorted(levels, level), k * TABLE + 1, (k + 1) * TABLE - 1)
        left, right = costs[entry - 1], costs[entry]
        from_left, from_right = excess(left, level), excess(right, level)
        root = np.where(from_left >= 0.0, left, right)
        proper = (from_left < 0.0) & (from_right > 0.0)
        if proper.any():
            found = find_root(excess, (left[proper], right[proper]), args=(level[proper],))
            root[proper] = np.where(found.success, found.x, root[proper])
        return root


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """A stretch of the support with the levels just inside its ends."""

    left: float
    right: float
    lower: float
    upper: float
    intercept: float = 0.0
    table: tuple[FloatArray, FloatArray] | None = None


class _LinearLaw:
    """A piecewise-linear cdf with densities that are limits from within each part."""

    def __init__(self, corners: Corners) -> None:
        self.knots = tuple(float(x) for x, _ in corners)
        self._x, self._p = np.array(self.knots), np.array([float(p) for _, p in corners])
        self._density = np.diff(self._p) / np.diff(self._x)

    def cdf(self, x: RealInput) -> FloatArray:
        return np.asarray(np.interp(x, self._x, self._p))

    def pdf(self, x: RealInput) -> FloatArray:
        return np.asarray(self._density[self._part(x)])

    def intercept(self, x: float) -> float:
        """The virtual cost at `x` less twice `x`, constant on its part."""
        k = int(self._part(x))
        return float(self._p[k] / self._density[k] - self._x[k])

    def _part(self, x: RealInput) -> Any:
        return np.clip(np.searchsorted(self._x, x, side="right") - 1, 0, len(self._density) - 1)


def _polished(corners: Corners | None, begin: float, end: float, level: float) -> tuple[float, float, float]:
    """An ironed interval to the last bit, where it is rational."""
    if corners is not None:
        exact = ExactIroning(corners)
        with suppress(Refused):
            rational = exact(Fraction(0.5 * (begin + end)))
            return (
                float(exact.threshold(rational, False)),
                float(exact.threshold(rational, True)),
                float(rational),
            )
    return begin, end, level


def _between(
    knots: tuple[float, ...], intervals: tuple[tuple[float, float, float], ...]
) -> list[tuple[float, float]]:
    """The stretches between knots that no ironed interval covers."""
    cuts = sorted({*knots, *(x for begin, end, _ in intervals for x in (begin, end))})
    return [
        (left, right)
        for left, right in pairwise(cuts)
        if not any(begin <= left and right <= end for begin, end, _ in intervals)
    ]


def _table(cells: list[_Cell]) -> tuple[FloatArray, FloatArray]:
    """Costs and levels inside all cells, `TABLE` entries each, in order; they bracket roots."""
    rows = [(np.full(TABLE, c.left), np.full(TABLE, c.lower)) if c.table is None else c.table for c in cells]
    costs, levels = np.concatenate(rows, axis=1)
    return costs, np.maximum.accumulate(levels)


def _smooth_cell(distribution: Distribution, left: float, right: float) -> _Cell:
    steps = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, TABLE))
    costs = left + (right - left) * steps
    # Densities at a knot may be either limit: stand just inside.
    costs[0], costs[-1] = np.nextafter(left, right), np.nextafter(right, left)
    levels = np.maximum.accumulate(distribution.virtual_cost(costs))
    return _Cell(left, right, float(levels[0]), float(levels[-1]), table=(costs, levels))
