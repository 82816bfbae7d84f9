"""Grids of a contest: costs at which efforts are unknowns, and nodes of the integrals over them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from mechanisms import Distribution

Array = NDArray[np.float64]

FEW_PIECES = 4
"""Up to this number of analytic pieces of a prior each gets double-exponential nodes, which stand singular ends."""

INNER = 5
"""Pieces whose rule is used away from the ends of the support."""

STEP = math.log(2.0) / 3.0
"""Step of the trapezoidal rule in the logarithm of the transform's variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One law of costs on `[low, reach]`.

    Attributes:
        count: contestants with this law.
        costs: Chebyshev points in the logarithm of the cost, ends included, rising.
        weights: probability at each node of the integrals.
        interpolation: from efforts at `costs` to efforts at the nodes.
        absent: probability of a cost above `reach`.
    """

    prior: Distribution
    count: int
    reach: float
    costs: Array
    weights: Array
    interpolation: Array
    absent: float


def places(degree: int) -> Array:
    """Chebyshev points of the second kind, rising."""
    return np.asarray(-np.cos(np.pi * np.arange(degree + 1) / degree))


def coefficients(efforts: Array) -> Array:
    """Chebyshev coefficients of the polynomial through efforts at `places`."""
    degree = len(efforts) - 1
    matrix = chebyshev.chebvander(places(degree), degree)
    return np.asarray(np.linalg.solve(matrix, efforts))


def grid(prior: Distribution, count: int, reach: float, degree: int, start: float | None = None) -> Grid:
    """The grid of a law up to `reach`, from its lowest cost or from `start` on."""
    low = prior.support[0] if start is None else start
    span = math.log(reach / low)
    costs = low * np.exp(0.5 * (places(degree) + 1.0) * span)
    costs[0], costs[-1] = low, reach
    knots = np.array([low, *(k for k in prior.knots if low < k < reach), reach])
    inner = start is not None and prior.support[0] < low and reach < prior.support[1]
    unit, share = _rule(INNER if inner else len(knots) - 1)
    nodes = (knots[:-1, None] + np.diff(knots)[:, None] * unit).ravel()
    with np.errstate(invalid="ignore"):
        weights = (np.diff(knots)[:, None] * share).ravel() * prior.pdf(nodes)
    weights = np.where(np.isfinite(weights), weights, 0.0)
    mass = float(prior.cdf(reach) - prior.cdf(low))
    weights *= mass / weights.sum() if mass > 0.0 else 0.0
    basis = chebyshev.chebvander(2.0 * np.log(nodes / low) / span - 1.0, degree)
    own = chebyshev.chebvander(places(degree), degree)
    interpolation: Array = np.asarray(np.linalg.solve(own.T, basis.T).T, dtype=np.float64)
    return Grid(
        prior=prior, count=count, reach=reach, costs=costs, weights=weights,
        interpolation=interpolation, absent=float(prior.survival(reach)),
    )  # fmt: skip


def _rule(pieces: int) -> tuple[Array, Array]:
    """Nodes and weights on the unit interval for each of so many pieces."""
    if pieces > FEW_PIECES:
        nodes, weights = np.polynomial.legendre.leggauss(max(6, 96 // pieces))
        return 0.5 * (1.0 + nodes), 0.5 * weights
    t = np.arange(-40, 41) * 0.08
    edge = 0.5 * math.pi * np.sinh(t)
    return 1.0 / (1.0 + np.exp(-2.0 * edge)), 0.08 * 0.25 * math.pi * np.cosh(t) / np.cosh(edge) ** 2


def transform_nodes(least: float, most: float) -> Array:
    """Variables of the transforms for sums of scores in `[least, most]`."""
    return np.asarray(np.exp(np.arange(math.log(1e-15 / most), math.log(60.0 / least) + STEP, STEP)))
