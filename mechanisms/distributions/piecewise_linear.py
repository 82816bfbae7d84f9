r"""A cdf that is linear between knots: a histogram as a distribution.

$$F(x) = p_k + (p_{k+1} - p_k) \frac{x - x_k}{x_{k+1} - x_k}, \qquad x_k \le x \le x_{k+1}.$$

Flat parts inside are gaps: no cost lies there. Regularity is decided exactly: inside a part the virtual cost
has slope 2, so it never falls if and only if the density never rises from one part to the next (never falls,
for the virtual value); a gap makes it infinite and so breaks it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.parameters import (
    finite_tuple,
    frozen_array,
    positive,
    representable,
    strictly_increasing,
    unit_levels,
)
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class PiecewiseLinear(Distribution):
    """A cost whose cdf joins the given points by straight lines.

    Arguments:
        points: costs, strictly increasing; the first and the last are the support.
        cdf: probability of a cost at or below each point, from 0 to 1, never falling; the first and the last
            part must rise.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> PiecewiseLinear((0, 1, 2, 3), (0, 0.5, 0.5, 1)).gaps
        ((1.0, 2.0),)
    """

    points: tuple[float, ...]
    levels: tuple[float, ...]
    _x: FloatArray = field(compare=False)
    _p: FloatArray = field(compare=False)
    _s: FloatArray = field(compare=False)

    def __init__(self, points: Iterable[float], cdf: Iterable[float]) -> None:
        points, cdf = finite_tuple(points, "points"), finite_tuple(cdf, "cdf")
        strictly_increasing(points, "points")
        representable(points, [f"points[{k}]" for k in range(len(points))])
        unit_levels(cdf, points)
        for index in range(1, len(cdf)):
            if cdf[index] < cdf[index - 1]:
                raise InvalidInput(
                    f"cdf must never fall; got cdf[{index - 1}]={cdf[index - 1]!r}, "
                    f"cdf[{index}]={cdf[index]!r}. Give cumulative probabilities."
                )
        for index, end in ((1, "first"), (len(cdf) - 1, "last")):
            if cdf[index] == cdf[index - 1]:
                raise InvalidInput(
                    f"cdf must rise on its {end} part, since the ends of points are the support; got "
                    f"cdf[{index - 1}]=cdf[{index}]={cdf[index]!r}. Drop the {end} point."
                )
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "levels", cdf)
        object.__setattr__(self, "_x", frozen_array(points))
        object.__setattr__(self, "_p", frozen_array(cdf))
        object.__setattr__(self, "_s", frozen_array(1.0 - p for p in cdf))

    def __repr__(self) -> str:
        return f"PiecewiseLinear(points={self.points}, cdf={self.levels})"

    @property
    def support(self) -> tuple[float, float]:
        return self.points[0], self.points[-1]

    @property
    def knots(self) -> tuple[float, ...]:
        """The ends and the points where the density really changes (decided exactly)."""
        slopes = self._slopes()
        changes = zip(self.points[1:-1], slopes[:-1], slopes[1:], strict=True)
        inner = (x for x, left, right in changes if left != right)
        return (self.points[0], *inner, self.points[-1])

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        gaps: list[tuple[float, float]] = []
        for (x0, p0), (x1, p1) in pairwise(zip(self.points, self.levels, strict=True)):
            if p0 == p1:
                start = gaps.pop()[0] if gaps and gaps[-1][1] == x0 else x0
                gaps.append((start, x1))
        return tuple(gaps)

    def mean(self) -> float:
        x, p = self._x, self._p
        mean = math.fsum(np.diff(p) * (0.5 * x[:-1] + 0.5 * x[1:]))
        return min(max(mean, self.points[0]), self.points[-1])

    def spec(self) -> dict[str, object]:
        return {"kind": "piecewise_linear", "points": list(self.points), "cdf": list(self.levels)}

    def scaled(self, factor: float) -> PiecewiseLinear:
        factor = positive(factor, "factor")
        return PiecewiseLinear(tuple(x * factor for x in self.points), self.levels)

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        slopes = self._slopes()
        if 0 in slopes:
            return False
        return all(a >= b if side == "cost" else a <= b for a, b in pairwise(slopes))

    def _slopes(self) -> list[Fraction]:
        x, p = [Fraction(v) for v in self.points], [Fraction(v) for v in self.levels]
        return [(p1 - p0) / (x1 - x0) for (x0, x1), (p0, p1) in zip(pairwise(x), pairwise(p), strict=True)]

    def _part(self, x: FloatArray) -> np.ndarray:
        return np.clip(np.searchsorted(self._x, x, side="right") - 1, 0, len(self.points) - 2)

    def _cdf(self, x: FloatArray) -> FloatArray:
        k, points, p = self._part(x), self._x, self._p
        return np.asarray(p[k] + (p[k + 1] - p[k]) * ((x - points[k]) / (points[k + 1] - points[k])))

    def _survival(self, x: FloatArray) -> FloatArray:
        k, width = self._part(x), np.diff(self._x)
        left, right = (x - self._x[k]) / width[k], (self._x[k + 1] - x) / width[k]
        mass = self._s[k] - self._s[k + 1]
        return np.asarray(np.where(left <= right, self._s[k] - mass * left, self._s[k + 1] + mass * right))

    def _pdf(self, x: FloatArray) -> FloatArray:
        k, points, p = self._part(x), self._x, self._p
        return np.where(np.isnan(x), np.nan, (p[k + 1] - p[k]) / (points[k + 1] - points[k]))

    def _quantile(self, p: FloatArray) -> FloatArray:
        k = np.clip(np.searchsorted(self._p, p, side="left") - 1, 0, len(self.points) - 2)
        mass = self._p[k + 1] - self._p[k]
        return self._within(k, (p - self._p[k]) / mass, (self._p[k + 1] - p) / mass)

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        last = len(self.points) - 1
        k = np.clip(last - np.searchsorted(self._s[::-1], q, side="right"), 0, last - 1)
        mass = self._p[k + 1] - self._p[k]
        return self._within(k, (self._s[k] - q) / mass, (q - self._s[k + 1]) / mass)

    def _within(self, k: np.ndarray, from_left: FloatArray, from_right: FloatArray) -> FloatArray:
        """The point of part `k` at the given shares of its mass, reckoned from the nearer end."""
        left, right = self._x[k], self._x[k + 1]
        width = right - left
        x = np.where(from_left <= from_right, left + width * from_left, right - width * from_right)
        return np.asarray(np.clip(x, left, right))

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        return Enclosure.around(self._exact(low), self._exact(high))

    def _exact(self, x: float) -> Fraction:
        k = int(self._part(np.array([x]))[0])
        x0, x1, p0, p1 = map(Fraction, (*self.points[k : k + 2], *self.levels[k : k + 2]))
        return p0 + (p1 - p0) * (Fraction(x) - x0) / (x1 - x0)
