"""Strategies held by their inverses: the type that makes each bid, a piecewise quintic in the bid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InverseBids:
    r"""One agent's strategy $\beta=\varphi^{-1}$, where $\varphi$ is the polynomial of degree five on each cell of bids that has
    the stated values, and the stated slopes and curvatures at the left and right end of that cell.

    Arguments:
        bids: the grid of bids, strictly increasing, $K+1$ entries.
        types: the type that makes each of them, strictly increasing.
        slopes: $\varphi'$ at the left and right end of each cell, $2K$ entries.
        curvatures: $\varphi''$ likewise.
        outside: what a type outside the range of `types` bids: itself, or the nearest bid of the grid.
    """

    bids: Array
    types: Array
    slopes: Array
    curvatures: Array
    outside: Literal["itself", "nearest"]

    def stated(self) -> dict[str, object]:
        """The strategy as a certificate holds it, without the bids."""
        names = ("types", "slopes", "curvatures")
        return {name: getattr(self, name).tolist() for name in names}

    def mirrored(self) -> InverseBids:
        """The strategy of the mirror image: minus the bid of minus the type."""
        return InverseBids(
            bids=-self.bids[::-1], types=-self.types[::-1], slopes=self.slopes[::-1].copy(),
            curvatures=-self.curvatures[::-1], outside=self.outside,
        )  # fmt: skip

    def _coefficients(self, k: NDArray[np.intp]) -> tuple[Array, ...]:
        """Of the polynomials on cells `k`, in units of the cell."""
        width = self.bids[k + 1] - self.bids[k]
        rise = self.types[k + 1] - self.types[k]
        d0, d1 = self.slopes[2 * k] * width, self.slopes[2 * k + 1] * width
        e0, e1 = self.curvatures[2 * k] * width**2, self.curvatures[2 * k + 1] * width**2
        return (
            d0, 0.5 * e0,
            10.0 * rise - 6.0 * d0 - 4.0 * d1 - 1.5 * e0 + 0.5 * e1,
            -15.0 * rise + 8.0 * d0 + 7.0 * d1 + 1.5 * e0 - e1,
            6.0 * rise - 3.0 * d0 - 3.0 * d1 - 0.5 * e0 + 0.5 * e1,
        )  # fmt: skip

    @property
    def knots(self) -> Array:
        """Types at the ends of the cells."""
        return self.types

    def inverse(self, bids: ArrayLike) -> Array:
        """The types that make an array of bids, same shape; NaN outside the grid."""
        b = np.asarray(bids, dtype=np.float64)
        k = np.clip(np.searchsorted(self.bids, b, side="right") - 1, 0, len(self.bids) - 2)
        t = (b - self.bids[k]) / (self.bids[k + 1] - self.bids[k])
        c1, c2, c3, c4, c5 = self._coefficients(k)
        types = self.types[k] + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))))
        return np.where((b < self.bids[0]) | (b > self.bids[-1]), np.nan, types)

    def __call__(self, types: ArrayLike) -> Array:
        """Bids of an array of types, same shape."""
        x = np.asarray(types, dtype=np.float64)
        k = np.clip(np.searchsorted(self.types, x, side="right") - 1, 0, len(self.types) - 2)
        c1, c2, c3, c4, c5 = self._coefficients(k)
        rise = self.types[k + 1] - self.types[k]
        goal = np.clip(x - self.types[k], 0.0, rise)
        lower, upper = np.zeros_like(goal), np.ones_like(goal)
        t = goal / rise
        for _ in range(60):
            value = t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5)))) - goal
            slope = c1 + t * (2.0 * c2 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)))
            upper, lower = np.where(value > 0.0, t, upper), np.where(value > 0.0, lower, t)
            step = t - value / np.where(slope > 0.0, slope, np.inf)
            moved = np.where((step >= lower) & (step <= upper), step, 0.5 * (lower + upper))
            done = bool(np.all(np.abs(moved - t) <= 1e-16))
            t = moved
            if done:
                break
        bids = self.bids[k] + t * (self.bids[k + 1] - self.bids[k])
        if self.outside == "nearest":
            return np.where(x < self.types[0], self.bids[0], np.where(x > self.types[-1], self.bids[-1], bids))
        return np.where((x < self.types[0]) | (x > self.types[-1]), x, bids)
