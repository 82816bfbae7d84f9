"""Chebyshev points of one cell: differentiation, coefficients and the monomials of a bubble, made once for each degree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Points", "points"]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Of one degree $d$, on [-1, 1].

    Attributes:
        nodes: the $d+1$ extrema of the Chebyshev polynomial, increasing.
        derivative: values at the nodes to values of the derivative.
        coefficients: values at the nodes to Chebyshev coefficients.
        integral: values at the nodes to values of the integral from the node to 1.
        monomials: values of a bubble's factor at the inner nodes from its monomial coefficients.
    """

    nodes: NDArray[np.float64]
    derivative: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    integral: NDArray[np.float64]
    monomials: NDArray[np.float64]

    def bubbles(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Monomial coefficients of the bubbles of polynomials with these values at the nodes, one a row."""
        s = self.nodes[1:-1]
        straight = 0.5 * (1.0 - s) * values[:, :1] + 0.5 * (1.0 + s) * values[:, -1:]
        factors = (values[:, 1:-1] - straight) / ((1.0 - s) * (1.0 + s))
        return np.asarray(np.linalg.solve(self.monomials, factors.T).T, dtype=np.float64)


@lru_cache(maxsize=8)
def points(degree: int) -> Points:
    """The points of a degree; a pure function of it."""
    angle = np.pi * np.arange(degree, -1, -1) / degree
    nodes = np.sin(np.pi * (2 * np.arange(degree + 1) - degree) / (2 * degree))
    weight = np.ones(degree + 1)
    weight[[0, -1]] = 2.0
    weight = weight * (-1.0) ** np.arange(degree + 1)
    differences = 2.0 * np.sin(0.5 * (angle[:, None] + angle)) * np.sin(0.5 * (angle - angle[:, None]))
    np.fill_diagonal(differences, 1.0)
    derivative = (weight[:, None] / weight) / differences
    np.fill_diagonal(derivative, 0.0)
    np.fill_diagonal(derivative, -derivative.sum(axis=1))
    vandermonde = np.cos(np.outer(angle, np.arange(degree + 1)))
    coefficients = np.linalg.inv(vandermonde)
    # the integral of T_k is T_{k+1}/(2k+2) - T_{k-1}/(2k-2); 1 - T_1 and (1 - T_2)/4 for the first two
    columns = []
    for k in range(degree + 1):
        if k == 0:
            columns.append(1.0 - np.cos(angle))
        elif k == 1:
            columns.append((1.0 - np.cos(2.0 * angle)) / 4.0)
        else:
            columns.append((1.0 - np.cos((k + 1) * angle)) / (2 * k + 2) - (1.0 - np.cos((k - 1) * angle)) / (2 * k - 2))
    integral = np.stack(columns, axis=1) @ coefficients
    inner = nodes[1:-1]
    return Points(nodes, derivative, coefficients, integral, inner[:, None] ** np.arange(degree - 1))
