r"""Where a virtual cost is ironed, in plain numbers: the bridges of the lower hull of $q\,Q(q)$.

Nothing here is proved; `virtual_costs` proves what this finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.joint_integrals import cumulative
from equilibria.checking.priors import Prior

DEPTH = 1e-13
"""A bridge this close to the curve, relative to the width of the support, is left to the proof."""

ROUNDS, HALVINGS = 8, 60


SAMPLES = 4096
"""Costs to sample in all."""


def bridges(prior: Prior, cells: Sequence[tuple[float, float]]) -> list[tuple[float, float, float]]:
    """Begin, end and level of the ironed intervals that skip a sampled cost, to about the last bit; cells are sampled alike."""
    count = max(2, SAMPLES // len(cells))
    points = sorted({u + (v - u) * k / count for u, v in cells for k in range(count)} | {cells[-1][1]})
    mass = [float(cumulative(prior, x).mid()) for x in points]
    height = [q * (x - prior.low) for q, x in zip(mass, points, strict=True)]
    found = []
    for a, b in pairwise(_lower_hull(mass, height)):
        chord = (height[b] - height[a]) / (mass[b] - mass[a])
        depth = max((height[k] - height[a] - chord * (mass[k] - mass[a]) for k in range(a + 1, b)), default=0.0)
        if depth > DEPTH * (prior.high - prior.low):
            found.append((points[a], points[b], _level(prior, points, a, b)))
    return found


def _lower_hull(mass: Sequence[float], height: Sequence[float]) -> list[int]:
    hull: list[int] = []
    for i in range(len(mass)):
        if hull and mass[i] <= mass[hull[-1]]:
            continue
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (height[b] - height[a]) * (mass[i] - mass[a]) < (height[i] - height[a]) * (mass[b] - mass[a]):
                break
            hull.pop()
        hull.append(i)
    return hull


def _level(prior: Prior, points: Sequence[float], start: int, end: int) -> float:
    """The slope of the common tangent near two sampled costs."""
    first, last = points[start], points[end]
    level = first
    for _ in range(ROUNDS):
        p, q = cumulative(prior, first), cumulative(prior, last)
        level = float(((q * last - p * first) / (q - p)).mid())
        moved = _touching(prior, points, start, level), _touching(prior, points, end, level)
        if moved == (first, last):
            break
        first, last = moved
    return level


def _touching(prior: Prior, points: Sequence[float], near: int, level: float) -> float:
    """The best offer at a level within one sample of the given one."""
    best = points[near]
    least = cumulative(prior, best) * (best - arb(level))
    for k in (near - 1, near):
        if not 0 <= k < len(points) - 1:
            continue
        left, right = points[k], points[k + 1]
        inside = left + 0.5 * (right - left)
        for _ in range(HALVINGS):
            x = left + 0.5 * (right - left)
            if not left < x < right:
                break
            density = prior.density(arb_series([arb(x)], 1), inside)[0]
            if cumulative(prior, x) + (x - arb(level)) * density > 0:
                right = x
            else:
                left = x
        loss = cumulative(prior, left) * (left - arb(level))
        if loss < least:
            best, least = left, loss
    return best
