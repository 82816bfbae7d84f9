"""Integrals of smooth functions as piecewise polynomials, and their inverses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Panels"]

Array = NDArray[np.float64]

NODES = 16
"""Gauss points on a panel."""

POINTS = np.polynomial.legendre.leggauss(NODES)[0]

SERIES = np.linalg.inv(np.polynomial.legendre.legvander(POINTS, NODES - 1))
"""From values at the points to coefficients of Legendre polynomials."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Panels:
    """The integral of a function from the first edge on: a polynomial on each panel, and beyond the last a straight line."""

    edges: Array
    integrand: Array
    integrals: Array
    totals: Array

    @classmethod
    def of(cls, function: Callable[[Array], Array], edges: Array) -> Panels:
        half = 0.5 * np.diff(edges)
        series = SERIES @ function(edges[:-1, None] + half[:, None] * (1.0 + POINTS)).T
        whole = np.polynomial.legendre.legint(series, lbnd=-1, axis=0) * half
        return cls(edges, series, whole, np.concatenate([[0.0], np.cumsum(whole.sum(axis=0))]))

    def __call__(self, x: Array) -> Array:
        k = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.edges) - 2)
        u = 2.0 * (x - self.edges[k]) / (self.edges[k + 1] - self.edges[k]) - 1.0
        inside = self.totals[k] + np.polynomial.legendre.legval(np.minimum(u, 1.0), self.integrals[:, k], tensor=False)
        return np.where(x > self.edges[-1], self.totals[-1] + self.last * (x - self.edges[-1]), inside)

    @property
    def last(self) -> float:
        """The integrand beyond the last edge."""
        return float(self.integrand[:, -1].sum())

    def inverse(self, y: Array) -> Array:
        """Where the integral of a positive function is `y`, by Newton's method kept in a bracket."""
        goal = np.clip(y, 0.0, self.totals[-1])
        k = np.clip(np.searchsorted(self.totals, goal, side="right") - 1, 0, len(self.edges) - 2)
        half = 0.5 * (self.edges[k + 1] - self.edges[k])
        low, high = np.full(goal.shape, -1.0), np.ones(goal.shape)
        width = np.maximum(self.totals[k + 1] - self.totals[k], 1e-300)  # 0 where a panel adds less than the last digit
        u = np.clip(2.0 * (goal - self.totals[k]) / width - 1.0, -1.0, 1.0)
        for _ in range(60):
            excess = np.polynomial.legendre.legval(u, self.integrals[:, k], tensor=False) - (goal - self.totals[k])
            high, low = np.where(excess > 0.0, u, high), np.where(excess > 0.0, low, u)
            step = excess / (half * np.polynomial.legendre.legval(u, self.integrand[:, k], tensor=False))
            moved = np.where((u - step >= low) & (u - step <= high), u - step, 0.5 * (low + high))
            if not (np.abs(moved - u) > 4e-16).any():
                break
            u = moved
        found = self.edges[k] + half * (1.0 + u)
        return np.where(y > self.totals[-1], self.edges[-1] + (y - self.totals[-1]) / self.last, found)
