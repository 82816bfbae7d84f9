"""Cells of the bid range, polynomials on them, and the linear systems of their collocation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

DENSE = 400
"""The most unknowns for which a Jacobian is a dense array."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a segment, in shares of the segment; bids are a power of the distance to the segment's end on one side, in the
    root of which costs are `smooth` there or not."""

    segment: int
    begin: float
    end: float
    side: Literal["left", "right"]
    power: int
    smooth: bool = False

    def roots(self) -> tuple[float, float]:
        """The ends of the cell as roots of the distance to its side of the segment."""
        u, v = (self.begin, self.end) if self.side == "left" else (1.0 - self.begin, 1.0 - self.end)
        return u ** (1.0 / self.power), v ** (1.0 / self.power)

    def share(self, x: Array) -> tuple[Array, Array]:
        """Where in its segment the parameter `x` in [-1, 1] lies, and how fast that moves."""
        u, v = self.roots()
        w = 0.5 * (1.0 - x) * u + 0.5 * (1.0 + x) * v
        rate = self.power * w ** (self.power - 1) * 0.5 * (v - u)
        return (w**self.power, rate) if self.side == "left" else (1.0 - w**self.power, -rate)

    def parts(self) -> list[Cell]:
        """The cell cut in the middle, or near the segment's end where the cell touches it and costs are not smooth."""
        u, v = self.roots()
        shrink = (0.15,) if self.power == 1 else (0.15, 0.15**2)
        cuts = [max(u, v) * s for s in shrink] if min(u, v) == 0.0 and not self.smooth else [0.5 * (u + v)]
        at = sorted(cut**self.power if self.side == "left" else 1.0 - cut**self.power for cut in cuts)
        return [replace(self, begin=u, end=v) for u, v in pairwise([self.begin, *at, self.end])]


@dataclass(frozen=True, slots=True)
class Break:
    """Where a segment begins: at the entry of a prover, or where its cost passes `cost`, a knot of its prior."""

    prover: int
    cost: float
    entry: bool


def lobatto(degree: int) -> Array:
    """Chebyshev-Lobatto points from -1 to 1, the ends exact."""
    points = -np.cos(np.pi * np.arange(degree + 1) / degree)
    points[0], points[-1] = -1.0, 1.0
    return np.asarray(points)


@lru_cache(maxsize=64)
def tables(degree: int, count: int) -> tuple[Array, Array, Array, Array]:
    """Gauss points and weights, and the matrices that interpolate and differentiate from Lobatto points to them."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return np.asarray(points), np.asarray(weights), *matrices(degree, points)


def matrices(degree: int, points: Array) -> tuple[Array, Array]:
    """Interpolation and differentiation from the Lobatto points to `points`."""
    from numpy.polynomial import chebyshev

    values = np.asarray(chebyshev.chebvander(points, degree), dtype=np.float64)
    inverse, slopes = _coefficients(degree)
    return values @ inverse, values[:, :-1] @ slopes


@lru_cache(maxsize=16)
def _coefficients(degree: int) -> tuple[Array, Array]:
    """From values at the Lobatto points to Chebyshev coefficients, of the polynomial and of its derivative."""
    from numpy.polynomial import chebyshev

    inverse = np.linalg.inv(chebyshev.chebvander(lobatto(degree), degree))
    return np.asarray(inverse), np.asarray(chebyshev.chebder(inverse))


@lru_cache(maxsize=16)
def end_slope(degree: int) -> Array:
    """The derivative at 1 from values at the Lobatto points."""
    return np.asarray(matrices(degree, np.array([1.0]))[1][0])


def solve_linear(matrix: Array | csc_array, right: Array) -> Array:
    """The solution of a linear system; raises `RuntimeError` or `LinAlgError` where it is singular."""
    if isinstance(matrix, np.ndarray):
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    from scipy.sparse.linalg import splu

    return np.asarray(splu(matrix).solve(right))


def assembled(size: int, rows: Indices, columns: Indices, values: Array) -> Array | csc_array:
    """A Jacobian from its entries: sparse where that pays."""
    if size > DENSE:
        from scipy.sparse import csc_array

        return csc_array((values, (rows, columns)), shape=(size, size))
    matrix = np.zeros((size, size))
    np.add.at(matrix, (rows, columns), values)
    return matrix
