r"""Where a virtual cost is ironed: the bridges of the convex hull of $q\,Q(q)$, in double precision.

With $y$ the cost above the lower end of the support, the curve $(F(y), F(y)\,y)$ is sampled between all
knots, denser towards them; edges of its lower hull that skip samples are bridges. Both ends of a bridge are
then moved to where the line touches the curve, and its slope recomputed, until it stands still: Newton's
method for a common tangent. A touching point is a root of $F + (y - s) f$ or a corner of the curve.

A bridge that fits between two neighbouring samples is missed; what an offer at a threshold then falls short
of the best one is bounded by what the curve departs from its hull between two samples.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, RealInput

__all__ = ["Law", "ironed_intervals"]

# Samples in all, and at least in each interval between knots.
SAMPLES, SAMPLES_PER_KNOT = 2048, 64
# A bridge this close to the curve, in units of the support's width, is rounding.
DEPTH = 1e-14
NEWTON_STEPS, HALVINGS = 10, 60
# Levels this close, in units of the support's width, are equal.
ROUNDING = 4 * 2.0**-52


class Law(Protocol):
    """What is needed of a distribution."""

    @property
    def knots(self) -> tuple[float, ...]: ...
    def cdf(self, x: RealInput) -> FloatArray: ...
    def pdf(self, x: RealInput) -> FloatArray: ...


def ironed_intervals(law: Law) -> list[tuple[float, float, float]]:
    """Begin, end and level of each ironed interval, sorted."""
    x = _samples(law.knots)
    mass = np.asarray(law.cdf(x))
    low = x[0]
    starts, ends = _bridges(mass, mass * (x - low), x[-1] - low)
    while len(starts):
        begin, end, level = _tangents(law, x, starts, ends)
        crossing = np.flatnonzero((level[1:] <= level[:-1]) | (begin[1:] < end[:-1]))
        if not len(crossing):
            return [(float(a), float(b), float(s)) for a, b, s in zip(begin, end, level + low, strict=True)]
        starts, ends = np.delete(starts, crossing + 1), np.delete(ends, crossing)
    return []


def _samples(knots: tuple[float, ...]) -> FloatArray:
    count = max(SAMPLES_PER_KNOT, SAMPLES // (len(knots) - 1))
    steps = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, count + 1))[:-1]
    parts = [a + (b - a) * steps for a, b in pairwise(knots)]
    return np.unique(np.append(np.concatenate(parts), knots[-1]))


def _bridges(mass: FloatArray, height: FloatArray, width: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Samples at the two ends of each edge of the lower hull that passes well below a sample."""
    hull: list[int] = []
    for i in range(len(mass)):
        if hull and mass[i] <= mass[hull[-1]]:
            continue  # a gap: only its lower end can be a best offer
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (height[b] - height[a]) * (mass[i] - mass[a]) < (height[i] - height[a]) * (mass[b] - mass[a]):
                break
            hull.pop()
        hull.append(i)
    starts, ends = [], []
    for a, b in pairwise(hull):
        line = height[a] + (height[b] - height[a]) * ((mass[a:b] - mass[a]) / (mass[b] - mass[a]))
        if np.max(height[a:b] - line) > DEPTH * width:
            starts.append(a)
            ends.append(b)
    return np.array(starts, dtype=np.intp), np.array(ends, dtype=np.intp)


def _tangents(
    law: Law, x: FloatArray, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Touching points and level (above the lower end) of the lines near the given pairs of samples."""
    begin, end, low, before = x[starts], x[ends], x[0], np.full(len(starts), np.inf)
    for _ in range(NEWTON_STEPS):
        p, q = law.cdf(begin), law.cdf(end)
        level = (q * (end - low) - p * (begin - low)) / (q - p)
        if np.all(np.abs(level - before) <= ROUNDING * (x[-1] - low)):
            break
        begin, end = np.split(_touching(law, x, np.concatenate([starts, ends]), np.tile(level, 2)), 2)
        before = level
    return begin, end, level


def _touching(law: Law, x: FloatArray, near: NDArray[np.intp], level: FloatArray) -> FloatArray:
    """The best offer at each level within one sample of the given ones."""
    first = np.concatenate([np.maximum(near - 1, 0), near])
    last = np.concatenate([near, np.minimum(near + 1, len(x) - 1)])
    levels = np.tile(level, 2)
    left, right = x[first], x[last]
    for _ in range(HALVINGS):
        middle = 0.5 * (left + right)
        rising = law.cdf(middle) + (middle - x[0] - levels) * law.pdf(middle) > 0.0
        settled = bool(np.all((middle == left) | (middle == right)))  # no double is between them
        left, right = np.where(rising, left, middle), np.where(rising, middle, right)
        if settled:
            break
    found = np.stack([x[near], *np.split(left, 2)])
    loss = law.cdf(found) * (found - x[0] - level)
    best: FloatArray = np.take_along_axis(found, loss.argmin(axis=0)[None], axis=0)[0]
    return best
