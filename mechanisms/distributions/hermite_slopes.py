"""From samples to merged quantiles, and from quantiles to densities at the knots (see `empirical.py`)."""

from __future__ import annotations

import numpy as np

from mechanisms._types import RealInput
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

# Least number of different samples: with fewer the shape between them is invented.
LEAST_DISTINCT = 5
# Quantiles closer than this share of the range count as tied.
TIED = 1e-9
# Greatest and (at the ends) least density, in secants; 3 is the limit of the monotone region.
STEEPEST = 2.9
SHALLOWEST = 0.25


def merged_quantiles(samples: RealInput, quantiles: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Quantiles at equally spaced levels, ties merged: points and levels, both strictly increasing."""
    asked: object = quantiles
    if isinstance(asked, bool) or not isinstance(asked, int | np.integer) or asked < 3:
        raise InvalidInput(f"quantiles must be an integer of at least 3; got {shown(asked)}. Try 41.")
    array = np.asarray(samples)
    if array.dtype.kind not in "iuf" or array.ndim != 1:
        raise InvalidInput(
            f"samples must be numbers on one axis; got shape {array.shape}, type {array.dtype}. "
            "Give a list of costs."
        )
    values = array.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise InvalidInput(
            f"samples[{wrong[0]}] must be a finite number; got {float(values[wrong[0]])!r}. "
            "Count failures apart and drop them."
        )
    distinct = np.unique(values).size
    if distinct < LEAST_DISTINCT:
        raise InvalidInput(
            f"samples must have at least {LEAST_DISTINCT} different values; got {distinct}. "
            "Collect more, or state a Uniform or PiecewiseLinear."
        )
    levels = np.linspace(0.0, 1.0, int(quantiles))
    points = np.quantile(values, levels)
    points[0], points[-1] = values.min(), values.max()
    near = TIED * (points[-1] - points[0])
    groups: list[list[int]] = [[0]]
    for index in range(1, points.size):
        if points[index] - points[groups[-1][0]] <= near:
            groups[-1].append(index)
        else:
            groups.append([index])
    merged = [(float(points[g[0]]), float(0.5 * (levels[g[0]] + levels[g[-1]]))) for g in groups]
    merged[0] = (float(points[0]), 0.0)
    merged[-1] = (float(points[-1]), 1.0)
    return tuple(x for x, _ in merged), tuple(p for _, p in merged)


def hermite_slopes(points: tuple[float, ...], cdf: tuple[float, ...]) -> tuple[float, ...]:
    """Densities at the knots inside the monotone region: harmonic means inside, three points at the ends."""
    h = np.diff(points)
    secant = np.diff(cdf) / h
    if secant.size == 1:
        return (float(secant[0]), float(secant[0]))
    left, right = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    inner = (left + right) / (left / secant[:-1] + right / secant[1:])
    inner = np.minimum(inner, STEEPEST * np.minimum(secant[:-1], secant[1:]))
    ends = []
    for near, far in ((0, 1), (-1, -2)):
        slope = ((2.0 * h[near] + h[far]) * secant[near] - h[near] * secant[far]) / (h[near] + h[far])
        ends.append(float(np.clip(slope, SHALLOWEST * secant[near], STEEPEST * secant[near])))
    return (ends[0], *(float(d) for d in inner), ends[1])
