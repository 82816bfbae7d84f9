r"""The regular equilibrium of a bilateral k-double auction, by Chebyshev collocation.

With $\varphi(p)$ the value that bids $p$ and $\gamma(p)$ the cost that asks $p$, the first-order conditions are

$$ (\varphi-p)\,\gamma'=k\,\frac{G(\gamma)}{g(\gamma)}, \qquad (p-\gamma)\,\varphi'=(1-k)\,\frac{1-F(\varphi)}{f(\varphi)} , $$

with $\varphi(p_0)=p_0$, $\gamma(p_0)=\underline c$, $\varphi(p_1)=\bar v$, $\gamma(p_1)=p_1$ and both ends free. Their solutions
are a two-parameter family; those whose slopes are finite and positive at both ends are isolated, and the one that polynomials
converge to is that one. Uniform priors give the linear equilibrium of Chatterjee and Samuelson (1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria._trade_hazards import TradeHazard
from equilibria.inverse_bids import InverseBids
from mechanisms.distributions import Distribution

Array = NDArray[np.float64]

CONVERGED = 1e-12
"""Newton step, as a share of the range of types, below which the iteration stops."""

SETTLED = 1e-13
"""Residual of a start, as a share of the squared range, that is rounding: no step is taken. At k = 1/2 uniform priors, whose
linear equilibrium is the start, have singular equations."""

HOPELESS = 1e-2
"""Last coefficients, as a share of the range of types, for which no higher degree is tried."""

RESOLVED = 1e-11
"""Last coefficients, as a share of the range of types, above which the degree is doubled."""


@dataclass(frozen=True, slots=True)
class RegularCollocation:
    """Newton's method on the values at Chebyshev points and the two ends of the range, with continuation from uniform priors.

    Arguments:
        degree: of the polynomials to begin with; doubled until the last coefficients are negligible.
        most: highest degree tried.
        cells: cells of the quintics that hold the result.
    """

    degree: int = 24
    most: int = 96
    cells: int = 128

    def strategies(self, value: Distribution, cost: Distribution, k: float) -> tuple[InverseBids, InverseBids] | None:
        """The strategies of the user and of the prover, or None where no such solution was found."""
        degree = self.degree
        while degree <= self.most:
            found = _continued(TradeHazard(value, True), TradeHazard(cost, False), k, degree)
            if found is None:
                return None
            tail = max(float(np.abs(part[-2:]).max()) for part in found[:2])
            if tail <= RESOLVED * (value.support[1] - cost.support[0]):
                return quintics(*found, value, cost, self.cells)
            if tail > HOPELESS * (value.support[1] - cost.support[0]):
                return None
            degree *= 2
        return None


def _continued(value: TradeHazard, cost: TradeHazard, k: float, degree: int) -> tuple[Array, Array, float, float] | None:
    """Chebyshev coefficients of both inverses and the ends, from uniform priors (share 0) to the given ones (share 1)."""
    from numpy.polynomial import chebyshev

    s = np.cos(np.pi * np.arange(degree, -1, -1) / degree)
    vandermonde = chebyshev.chebvander(s, degree)
    slopes = np.array([chebyshev.chebval(s, chebyshev.chebder(row)) for row in np.eye(degree + 1)]).T
    to_coefficients = np.linalg.inv(vandermonde)
    derivative = slopes @ to_coefficients
    low, high = cost.end, value.end
    width = high - low
    p0, p1 = low + 0.5 * (1.0 - k) * width, high - 0.5 * k * width
    mix = 0.5 * (s + 1.0)
    x = np.concatenate([p0 + mix * (high - p0), low + mix * (p1 - low), [p0, p1]])
    share, step = 0.0, 1.0
    while share < 1.0:
        goal = min(share + step, 1.0)
        moved = _newton(x, s, derivative, value, cost, k, goal)
        if moved is None:
            step *= 0.5
            if step < 1.0 / 64.0:
                return None
            continue
        x, share = moved, goal
    n = degree + 1
    return to_coefficients @ x[:n], to_coefficients @ x[n : 2 * n], float(x[-2]), float(x[-1])


def _newton(
    x: Array, s: Array, derivative: Array, value: TradeHazard, cost: TradeHazard, k: float, share: float
) -> Array | None:
    """Newton's method at one share of the continuation; None if it does not converge or leaves the order c < p < v."""
    n = len(s)
    width = value.end - cost.end
    mix, half = 0.5 * (s + 1.0), 0.5

    def ratios(phi: Array, gamma: Array) -> tuple[Array, Array]:
        a = (1.0 - share) * (gamma - cost.end) + share * cost(gamma)
        b = (1.0 - share) * (value.end - phi) + share * value(phi)
        return a, b

    ends = np.zeros((4, 2 * n + 2))
    ends[0, [0, -2]], ends[1, n], ends[2, n - 1], ends[3, [2 * n - 1, -1]] = (1.0, -1.0), 1.0, 1.0, (1.0, -1.0)
    for iteration in range(25):
        phi, gamma, p0, p1 = x[:n], x[n : 2 * n], x[-2], x[-1]
        h, nudge = half * (p1 - p0), 1e-6 * width
        p = p0 + (p1 - p0) * mix
        (a, b), above, below = ratios(phi, gamma), ratios(phi + nudge, gamma + nudge), ratios(phi - nudge, gamma - nudge)
        da, db = (above[0] - below[0]) / (2.0 * nudge), (above[1] - below[1]) / (2.0 * nudge)
        dphi, dgamma = derivative @ phi, derivative @ gamma
        first = (phi - p) * dgamma - h * k * a
        second = (p - gamma) * dphi - h * (1.0 - k) * b
        j1 = np.column_stack([
            np.diag(dgamma), np.diag(phi - p) @ derivative - np.diag(h * k * da),
            -(1.0 - mix) * dgamma + half * k * a, -mix * dgamma - half * k * a,
        ])  # fmt: skip
        j2 = np.column_stack([
            np.diag(p - gamma) @ derivative - np.diag(h * (1.0 - k) * db), -np.diag(dphi),
            (1.0 - mix) * dphi + half * (1.0 - k) * b, mix * dphi - half * (1.0 - k) * b,
        ])  # fmt: skip
        corner = np.array([phi[0] - p0, gamma[0] - cost.end, phi[-1] - value.end, gamma[-1] - p1])
        residual = np.concatenate([first[1:], second[:-1], corner])
        if iteration == 0 and np.abs(residual).max() <= SETTLED * width**2:
            step = np.zeros_like(x)
        else:
            step = _solved(np.vstack([j1[1:], j2[:-1], ends]), -residual)
        size = float(np.abs(step).max())
        if not np.isfinite(size) or size > width:
            return None
        x = x + step
        if size <= CONVERGED * width:
            phi, gamma, p = x[:n], x[n : 2 * n], x[-2] + (x[-1] - x[-2]) * mix
            ordered = (phi >= p - 1e-9 * width).all() and (gamma <= p + 1e-9 * width).all()
            return x if ordered and (np.diff(phi) > 0).all() and (np.diff(gamma) > 0).all() else None
    return None


def _solved(matrix: Array, right: Array) -> Array:
    """The solution of a linear system, or NaN where it is singular."""
    try:
        return np.asarray(np.linalg.solve(matrix, right))
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)


def quintics(
    phi: Array, gamma: Array, p0: float, p1: float, value: Distribution, cost: Distribution, cells: int
) -> tuple[InverseBids, InverseBids] | None:
    """Both inverses as piecewise quintics with exact ends."""
    from numpy.polynomial import chebyshev

    rounding = 1e-14 * (value.support[1] - cost.support[0])
    phi, gamma = (np.where(np.abs(part) <= rounding, 0.0, part) for part in (phi, gamma))
    if not (phi[6:].any() or gamma[6:].any()):
        cells = 2  # they are quintics
    s = np.linspace(-1.0, 1.0, cells + 1)
    p0, p1 = max(p0, cost.support[0]), min(p1, value.support[1])
    bids = p0 + 0.5 * (p1 - p0) * (s + 1.0)
    bids[-1] = p1
    made = []
    for coefficients, first, last in ((phi, p0, value.support[1]), (gamma, cost.support[0], p1)):
        types = _series(coefficients, s)
        types[0], types[-1] = first, last
        scale = 2.0 / (p1 - p0)
        slope = scale * _series(chebyshev.chebder(coefficients), s)
        curvature = scale**2 * _series(chebyshev.chebder(coefficients, 2), s)
        if not ((slope > 0).all() and (np.diff(types) > 0).all()):
            return None
        made.append(
            InverseBids(
                bids=bids, types=types, slopes=_both(slope), curvatures=_both(curvature), outside="itself"
            )
        )
    return made[0], made[1]


def _series(coefficients: NDArray[Any], s: Array) -> Array:
    """A Chebyshev series at points of [-1, 1]."""
    return np.asarray(np.polynomial.chebyshev.chebval(s, coefficients), dtype=np.float64)


def _both(nodes: Array) -> Array:
    """Values at nodes as left and right ends of cells."""
    return np.column_stack([nodes[:-1], nodes[1:]]).ravel()
