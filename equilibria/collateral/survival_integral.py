r"""$\int_a^b P(C>c)\,dc$: expectations of functions that are linear in pieces.

For a continuous $V$ that is linear in pieces, $E[V(C)]=V(\underline c)+\sum_kV'_k\int_{x_k}^{x_{k+1}}P(C>c)\,dc$. The integral
is exact where the law is uniform, linear in pieces, or discrete. Elsewhere it lies between sums of certain bounds of the cdf:
where the density is known to rise or to fall on a cell, $F$ is convex or concave there and the middle and the trapezium bound
its integral; the lower and the upper sum do on all other cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import final

from equilibria.collateral.cost_lines import CostLines
from mechanisms import Beta, Discrete, Distribution, Enclosure, InvalidInput, LogNormal, PiecewiseLinear, Uniform
from mechanisms.distributions.parameters import shown

__all__ = ["Bounds", "expectation", "probability_above"]

CELLS = 256
"""Cells of an interval where the law is no histogram."""

NEAR = Fraction(1, 10**9)
"""Share of the support around the mode, which is computed in doubles, within which no curvature is relied on."""


@final
@dataclass(frozen=True, slots=True)
class Bounds:
    """Two rationals between which a number lies; equal ones where it is known exactly."""

    lower: Fraction
    upper: Fraction

    @property
    def result(self) -> Fraction | Enclosure:
        """The number where it is known, an enclosure in doubles otherwise."""
        return self.lower if self.lower == self.upper else Enclosure.around(self.lower, self.upper)


def probability_above(law: Distribution, cost: Fraction) -> Bounds:
    """The probability that a cost is above the given one."""
    if isinstance(law, Discrete):
        chance = sum((p for x, p in zip(law.values, law.probabilities, strict=True) if x > cost), Fraction(0))
        return Bounds(chance, chance)
    low, high = (Fraction(end) for end in law.support)
    if cost <= low or cost >= high:
        return Bounds(*(2 * [Fraction(int(cost <= low))]))
    parts = _exact_cdf(law)
    if parts is not None:
        for (x0, p0), (x1, p1) in pairwise(parts):
            if x0 <= cost <= x1:
                level = 1 - p0 - (p1 - p0) * (cost - x0) / (x1 - x0)
                return Bounds(level, level)
    around = Enclosure.around(cost, cost)
    cdf = law.cdf_bounds(around.lower, around.upper)
    return Bounds(1 - Fraction(cdf.upper), 1 - Fraction(cdf.lower))


def expectation(value: CostLines, law: Distribution) -> Bounds:
    r"""$E[V(C)]$.

    Arguments:
        value: of the cost.
        law: of the cost, on a support from 0 upwards.

    Raises:
        InvalidInput: the law allows negative costs.

    Notes:
        Exact for `Uniform`, `PiecewiseLinear` and `Discrete`. Otherwise 256 cells, a fraction of a second: five digits for
        `Beta` and `LogNormal`, whose mode is known, and two or three for other laws.

    Example:
        >>> option = CostLines.best([CostLines.line(Fraction(0), Fraction(0)), CostLines.line(Fraction(-1, 2), Fraction(1))])
        >>> expectation(option, Uniform(0, 1)).result
        Fraction(1, 8)
    """
    if not isinstance(law, Distribution):
        raise InvalidInput(f"law must be a distribution; got {shown(law)}. For example Uniform(0, 1).")
    low, high = (Fraction(end) for end in law.support)
    if low < 0:
        raise InvalidInput(f"law must have its support from 0 upwards; got {law.support!r}. Costs are not negative.")
    if isinstance(law, Discrete):
        mean = sum((p * value.at(x) for x, p in zip(law.values, law.probabilities, strict=True)), Fraction(0))
        return Bounds(mean, mean)
    start = value.at(low)
    least, most = start, start
    grid = sorted({low, high, *(cut for cut in value.breaks if low < cut < high)})
    for a, b in pairwise(grid):
        slope = value.piece(a).slope
        if slope:
            area = _integral(law, a, b)
            ends = (slope * area.lower, slope * area.upper)
            least, most = least + min(ends), most + max(ends)
    return Bounds(least, most)


def _exact_cdf(law: Distribution) -> list[tuple[Fraction, Fraction]] | None:
    if isinstance(law, Uniform):
        return [(Fraction(law.low), Fraction(0)), (Fraction(law.high), Fraction(1))]
    if isinstance(law, PiecewiseLinear):
        return [(Fraction(x), Fraction(p)) for x, p in zip(law.points, law.levels, strict=True)]
    return None


def _integral(law: Distribution, a: Fraction, b: Fraction) -> Bounds:
    """The integral of the survival from `a` to `b`, both in the support."""
    parts = _exact_cdf(law)
    if parts is not None:
        inner = sorted({a, b, *(x for x, _ in parts if a < x < b)})
        levels = [probability_above(law, x).lower for x in inner]
        area = sum(((x1 - x0) * (s0 + s1) / 2 for (x0, s0), (x1, s1) in pairwise(zip(inner, levels, strict=True))), Fraction(0))
        return Bounds(area, area)
    turn = _mode(law)
    low, high = (Fraction(end) for end in law.support)
    near = NEAR * (high - low)
    cuts = sorted({a, b, *(cut for cut in (() if turn is None else (turn - near, turn + near)) if a < cut < b)})
    least, most = Fraction(0), Fraction(0)
    for left, right in pairwise(cuts):
        curved = turn is not None and (right <= turn - near or left >= turn + near)
        narrow = turn is not None and not curved
        edges = [left + (right - left) * k / CELLS for k in range(1 if narrow else CELLS)] + [right]
        bounds = [probability_above(law, x) for x in edges]
        for (x0, s0), (x1, s1) in pairwise(zip(edges, bounds, strict=True)):
            if curved:
                middle = probability_above(law, (x0 + x1) / 2)
                least += (x1 - x0) * min(middle.lower, (s0.lower + s1.lower) / 2)
                most += (x1 - x0) * max(middle.upper, (s0.upper + s1.upper) / 2)
            else:
                least, most = least + (x1 - x0) * s1.lower, most + (x1 - x0) * s0.upper
    return Bounds(least, most)


def _mode(law: Distribution) -> Fraction | None:
    """Where the density stops to rise and falls, or stops to fall and rises, if it does so once; None if that is not known."""
    if isinstance(law, LogNormal):
        return Fraction(min(max(math.exp(law.mu - law.sigma**2), law.low), law.high))
    if isinstance(law, Beta):
        a, b = law.a, law.b
        if (a - 1) * (b - 1) <= 0:
            return Fraction(law.low)
        return Fraction(law.low) + (Fraction(law.high) - Fraction(law.low)) * (Fraction(a) - 1) / (Fraction(a) + Fraction(b) - 2)
    return None
