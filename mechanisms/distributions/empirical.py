r"""A smooth distribution through observed quantiles.

The cdf is the $C^1$ piecewise cubic with $F(x_k) = p_k$ and $F'(x_k) = d_k$ (Hermite form). On a part of
width $h$ that carries $\Delta p$, write $s = \Delta p / h$, $t = (x - x_k)/h$, $\alpha = d_k/s$ and
$\beta = d_{k+1}/s$:
$$F = p_k + \Delta p \left(\alpha t + (3 - 2\alpha - \beta) t^2 + (\alpha + \beta - 2) t^3\right).$$
For $0 < \alpha, \beta < 3$ its slope is positive on the whole part: for each $0 < t < 1$ it is affine in
$(\alpha, \beta)$, and at the corners of $[0, 3]^2$ it is $6t(1-t)$, $3(1-t)^2$, $3t^2$ and $3(2t-1)^2$, of
which only the last vanishes, at one point (the region of Fritsch and Carlson). The constructor verifies
this exactly.

`from_samples` makes one from data: the quantiles at 41 equally spaced levels (linear interpolation of the
order statistics, both extremes included; so the observed extremes are the support), points closer than 1e-9
of the range merged into one (at the middle of their levels; 0 and 1 at the ends), and densities at the knots
by the weighted harmonic mean of the two neighbouring secants (Fritsch and Butland; a three-point formula at
the ends), cut to at most 2.9 times the smaller secant, and at the ends to at least a quarter of the secant.
The density is thus positive on the whole support, both ends included, and has kinks but no jumps.

References: F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17 (1980), theorem 1; F. N. Fritsch and
J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

import numpy as np

from mechanisms._types import FloatArray, RealInput
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.hermite_slopes import hermite_slopes, merged_quantiles
from mechanisms.distributions.parameters import (
    finite_tuple,
    frozen_array,
    positive,
    representable,
    strictly_increasing,
    unit_levels,
)
from mechanisms.distributions.safeguarded_newton import solve_increasing
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class Empirical(Distribution):
    """A cost whose cdf is a strictly increasing cubic between knots.

    Arguments:
        points: costs, strictly increasing; the first and the last are the support.
        cdf: probability of a cost at or below each point, strictly increasing from 0 to 1.
        density: density at each point, positive and below three times the secant on either side.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> Empirical((0, 1, 3), (0, 0.5, 1), (0.5, 0.3, 0.25)).support
        (0.0, 3.0)
    """

    points: tuple[float, ...]
    levels: tuple[float, ...]
    density: tuple[float, ...]
    _x: FloatArray = field(compare=False)
    _p: FloatArray = field(compare=False)
    _s: FloatArray = field(compare=False)
    _alpha: FloatArray = field(compare=False)
    _beta: FloatArray = field(compare=False)

    def __init__(self, points: Iterable[float], cdf: Iterable[float], density: Iterable[float]) -> None:
        points, cdf = finite_tuple(points, "points"), finite_tuple(cdf, "cdf")
        density = finite_tuple(density, "density")
        strictly_increasing(points, "points")
        representable(points, [f"points[{k}]" for k in range(len(points))])
        unit_levels(cdf, points)
        strictly_increasing(cdf, "cdf")
        _check_density(points, cdf, density)
        x, p, d = frozen_array(points), frozen_array(cdf), frozen_array(density)
        secant = np.diff(p) / np.diff(x)
        parts = {"points": points, "levels": cdf, "density": density, "_x": x, "_p": p}
        parts["_s"] = frozen_array(1.0 - level for level in cdf)
        parts["_alpha"], parts["_beta"] = frozen_array(d[:-1] / secant), frozen_array(d[1:] / secant)
        for name, value in parts.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        low, high = self.support
        return f"Empirical({len(self.points)} points from {low!r} to {high!r})"

    @classmethod
    def from_samples(cls, samples: RealInput, quantiles: int = 41) -> Empirical:
        """A smooth distribution of observed costs, as the module says.

        Arguments:
            samples: observed costs, one axis, finite, at least five of them different.
            quantiles: number of equally spaced levels, 0 and 1 included, at least 3.

        Raises:
            InvalidInput: too few different samples, or one that is not a finite number.
        """
        return cls.from_quantiles(*merged_quantiles(samples, quantiles))

    @classmethod
    def from_quantiles(cls, points: Iterable[float], cdf: Iterable[float]) -> Empirical:
        """The smooth distribution through given quantiles, densities chosen as the module says.

        Arguments:
            points: costs, strictly increasing.
            cdf: probability of a cost at or below each, strictly increasing from 0 to 1.
        """
        points, cdf = finite_tuple(points, "points"), finite_tuple(cdf, "cdf")
        strictly_increasing(points, "points")
        representable(points, [f"points[{k}]" for k in range(len(points))])
        unit_levels(cdf, points)
        strictly_increasing(cdf, "cdf")
        return cls(points, cdf, hermite_slopes(points, cdf))

    @property
    def support(self) -> tuple[float, float]:
        return self.points[0], self.points[-1]

    @property
    def knots(self) -> tuple[float, ...]:
        return self.points

    def mean(self) -> float:
        h, d = np.diff(self._x), np.array(self.density)
        area = h * (0.5 * (self._p[:-1] + self._p[1:]) + h * (d[:-1] - d[1:]) / 12.0)
        mean = self.points[-1] - math.fsum(area)
        return min(max(mean, self.points[0]), self.points[-1])

    def spec(self) -> dict[str, object]:
        parts = {"points": self.points, "cdf": self.levels, "density": self.density}
        return {"kind": "empirical", **{name: list(values) for name, values in parts.items()}}

    def scaled(self, factor: float) -> Empirical:
        factor = positive(factor, "factor")
        return Empirical(
            tuple(x * factor for x in self.points), self.levels, tuple(d / factor for d in self.density)
        )

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        return self._monotone_on_grid(side)

    def _part(self, x: FloatArray) -> np.ndarray:
        return np.clip(np.searchsorted(self._x, x, side="right") - 1, 0, len(self.points) - 2)

    def _cdf(self, x: FloatArray) -> FloatArray:
        k = self._part(x)
        t = (x - self._x[k]) / (self._x[k + 1] - self._x[k])
        return np.asarray(
            self._p[k] + (self._p[k + 1] - self._p[k]) * _cubic(t, self._alpha[k], self._beta[k])
        )

    def _survival(self, x: FloatArray) -> FloatArray:
        k = self._part(x)
        t = (self._x[k + 1] - x) / (self._x[k + 1] - self._x[k])
        return np.asarray(
            self._s[k + 1] + (self._p[k + 1] - self._p[k]) * _cubic(t, self._beta[k], self._alpha[k])
        )

    def _pdf(self, x: FloatArray) -> FloatArray:
        k = self._part(x)
        width = self._x[k + 1] - self._x[k]
        left, right = (x - self._x[k]) / width, (self._x[k + 1] - x) / width
        near = np.where(left <= right, left, right)
        first = np.where(left <= right, self._alpha[k], self._beta[k])
        last = np.where(left <= right, self._beta[k], self._alpha[k])
        return np.asarray((self._p[k + 1] - self._p[k]) / width * _slope(near, first, last))

    def _quantile(self, p: FloatArray) -> FloatArray:
        k = np.clip(np.searchsorted(self._p, p, side="right") - 1, 0, len(self.points) - 2)
        return self._within(k, p - self._p[k], self._p[k + 1] - p)

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        last = len(self.points) - 1
        k = np.clip(last - np.searchsorted(self._s[::-1], q, side="right"), 0, last - 1)
        return self._within(k, self._s[k] - q, q - self._s[k + 1])

    def _within(self, k: np.ndarray, from_left: FloatArray, from_right: FloatArray) -> FloatArray:
        """The point of part `k` with the given masses to either side of it, from the end that is nearer."""
        mirrored = from_left > from_right
        first = np.where(mirrored, self._beta[k], self._alpha[k])
        last = np.where(mirrored, self._alpha[k], self._beta[k])
        mass = np.clip(np.minimum(from_left, from_right) / (self._p[k + 1] - self._p[k]), 0.0, 1.0)

        def value_and_slope(t: FloatArray, entries: np.ndarray) -> tuple[FloatArray, FloatArray]:
            a, b = first[entries], last[entries]
            return _cubic(t, a, b), _slope(t, a, b)

        t = solve_increasing(value_and_slope, mass, np.zeros(k.shape), np.ones(k.shape), mass)
        left, right = self._x[k], self._x[k + 1]
        x = np.where(mirrored, right - (right - left) * t, left + (right - left) * t)
        return np.asarray(x)

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        return Enclosure.around(self._exact(low), self._exact(high))

    def _exact(self, x: float) -> Fraction:
        k = int(self._part(np.array([x]))[0])
        ends = (*self.points[k : k + 2], *self.levels[k : k + 2], *self.density[k : k + 2])
        x0, x1, p0, p1, d0, d1 = map(Fraction, ends)
        h, mass = x1 - x0, p1 - p0
        t, a, b = (Fraction(x) - x0) / h, d0 * h / mass, d1 * h / mass
        return p0 + mass * t * (a + t * ((3 - 2 * a - b) + t * (a + b - 2)))


def _cubic(t: FloatArray, alpha: FloatArray, beta: FloatArray) -> FloatArray:
    """Share of a part's mass below `t`; relative accuracy near t = 0."""
    return t * (alpha + t * ((3.0 - 2.0 * alpha - beta) + t * (alpha + beta - 2.0)))


def _slope(t: FloatArray, alpha: FloatArray, beta: FloatArray) -> FloatArray:
    """Derivative of `_cubic`; its terms at the corners are all nonnegative up to rounding."""
    return alpha + t * (2.0 * (3.0 - 2.0 * alpha - beta) + t * 3.0 * (alpha + beta - 2.0))


def _check_density(points: tuple[float, ...], cdf: tuple[float, ...], density: tuple[float, ...]) -> None:
    """Refuses densities for which the cubic is not shown to be strictly increasing (exact comparison)."""
    if len(density) != len(points):
        raise InvalidInput(
            f"density must have one entry for each of the {len(points)} points; got {len(density)}. "
            "Empirical.from_quantiles chooses them."
        )
    x, p = [Fraction(v) for v in points], [Fraction(v) for v in cdf]
    for index, value in enumerate(density):
        if value <= 0.0:
            raise InvalidInput(
                f"density[{index}] must be positive; got {value!r}. Drop points without density."
            )
        for left in range(max(index - 1, 0), min(index + 1, len(x) - 1)):
            if not Fraction(value) * (x[left + 1] - x[left]) < 3 * (p[left + 1] - p[left]):
                secant = float((p[left + 1] - p[left]) / (x[left + 1] - x[left]))
                raise InvalidInput(
                    f"density[{index}] must be below three times the secant of the cdf on either side, "
                    f"so that the cdf increases; got {value!r} beside the secant {secant!r}. "
                    "Empirical.from_quantiles chooses densities."
                )
