r"""Ironed virtual costs of finitely many types.

In quantiles $q = F(c_k)$ the curve $q\,c_k$ has one corner a type; the ironed virtual cost $\bar\psi(c_k)$ is the slope of its
convex hull over $[F(c_{k-1}), F(c_k)]$. A report between types counts as the next type, one above all types never wins, and one
below all types stands for itself; the critical cost is therefore a *type*, or the level itself below all types.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

import numpy as np

from mechanisms.distributions.discrete import Discrete
from mechanisms.statement import Number

__all__ = ["DiscreteIroning", "convex_slopes"]


def convex_slopes(widths: list[Fraction], rises: list[Fraction]) -> list[Fraction]:
    """Slopes of the convex hull of a polygon that begins at 0, over each of its steps.

    Example:
        >>> [int(s) for s in convex_slopes([Fraction(1)] * 3, [Fraction(1), Fraction(4), Fraction(2)])]
        [1, 3, 3]
    """
    blocks: list[tuple[Fraction, Fraction, int]] = []
    for width, rise in zip(widths, rises, strict=True):
        count = 1
        while blocks and blocks[-1][1] * width >= rise * blocks[-1][0]:
            before, height, more = blocks.pop()
            width, rise, count = width + before, rise + height, count + more
        blocks.append((width, rise, count))
    return [rise / width for width, rise, count in blocks for _ in range(count)]


@final
@dataclass(frozen=True, slots=True, eq=False)
class DiscreteIroning:
    """The ironed virtual cost over `Fraction`, or entry by entry over arrays of doubles; see `ironing.py`.

    Arguments:
        law: of the cost.
        number: `Fraction` or `float`.
    """

    law: Discrete
    number: Number
    levels: tuple[Fraction, ...] = field(init=False)

    def __post_init__(self) -> None:
        values, chances = self.law.values, list(self.law.probabilities)
        total, corners = Fraction(0), [Fraction(0)]
        for value, chance in zip(values, chances, strict=True):
            total += chance
            corners.append(total * value)
        rises = [after - before for before, after in pairwise(corners)]
        object.__setattr__(self, "levels", tuple(convex_slopes(chances, rises)))

    @property
    def high(self) -> Any:
        """Upper end of the support."""
        return self.number(self.law.values[-1])

    def cdf(self, cost: Any) -> Any:
        """Probability of a cost at or below this one."""
        if self.number is not float:
            return sum((f for v, f in zip(self.law.values, self.law.probabilities, strict=True) if v <= cost), Fraction(0))
        return self.law.cdf(cost)

    def __call__(self, cost: Any) -> Any:
        r"""$\bar\psi$ at one cost or at each of an array; infinite above the support."""
        values = self.law.values
        if self.number is not float:
            if cost < values[0]:
                return cost
            at = bisect_left(values, cost)
            return self.levels[at] if at < len(values) else float("inf")
        cost = np.asarray(cost, dtype=np.float64)
        types, levels = self._doubles()
        inside = np.append(levels, np.inf)[np.searchsorted(types, cost, side="left")]
        return np.where(cost < types[0], cost, inside)[()]

    def threshold(self, level: Any, at: Any) -> Any:
        r"""$\sup\{c : \bar\psi(c) \le s\}$, or with $<$ where `at` is false: a type, or the level itself below all types."""
        if level is None:
            return self.high
        if self.number is not float:
            last = (bisect_right(self.levels, level) if at else bisect_left(self.levels, level)) - 1
            return self.law.values[last] if last >= 0 else min(level, self.law.values[0])
        types, levels = self._doubles()
        level = np.asarray(level, dtype=np.float64)
        reached = np.searchsorted(levels, level, side="right")
        k = np.where(at, reached, np.searchsorted(levels, level, side="left")) - 1
        return np.where(k < 0, np.minimum(level, types[0]), types[np.maximum(k, 0)])[()]

    def _doubles(self) -> tuple[Any, Any]:
        return np.array([float(v) for v in self.law.values]), np.array([float(w) for w in self.levels])
