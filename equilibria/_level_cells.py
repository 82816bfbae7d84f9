r"""Levels of laws over one cell of a path: collocation of $dx_i/dX=1-\rho_i/\sigma$ (see `_level_paths`)."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from equilibria._level_tables import FAINT, Levels

__all__ = ["INTEGRALS", "NODES", "SERIES", "crossing", "solved", "unresolved"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DEGREE = 14
"""Of polynomials on a cell."""

NODES = np.asarray(-np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE))
SERIES = np.linalg.inv(chebyshev.chebvander(NODES, DEGREE))
INTEGRALS = 0.5 * np.column_stack([chebyshev.chebval(NODES, chebyshev.chebint(c, lbnd=-1)) for c in SERIES.T])
"""Of a function on [0, 1], from its values at the nodes."""

CONTRACTS = 0.3
"""What a step of the fixed-point iteration leaves at most, as a share, where it goes on."""


def solved(levels: Levels, start: Array, active: Flags, length: float, goal: float) -> tuple[Array, bool]:
    """Levels at the nodes, and whether they are found: by fixed-point iteration, or by Newton's method where rho is steep.

    Args:
        levels: of all laws.
        start: where they begin.
        active: whose levels change.
        length: of the cell.
        goal: how well they are found.
    """
    x = np.repeat(start[:, None], DEGREE + 1, axis=1)
    last = np.inf
    for k in range(40):
        rho = levels.rho(x)
        change = start[active, None] + length * ((1.0 - rho[active] / levels.sigma(rho, active)) @ INTEGRALS.T) - x[active]
        size = float(np.abs(change).max())
        if k > 2 and size > CONTRACTS * last:
            return _steep(levels, start, np.flatnonzero(active), length, goal, x)
        x[active] = np.maximum(x[active] + change, 0.0)
        if size < 0.01 * goal:
            return x, True
        last = size
    return x, last < goal


def _steep(
    levels: Levels, start: Array, active: NDArray[np.intp], length: float, goal: float, x: Array
) -> tuple[Array, bool]:
    """By Newton's method, from levels that do not rise faster than they may. A level counts by what it changes in rho: where a
    density vanishes at the top, levels far below rounding do."""
    n, begin = len(active), start[active, None]
    bids = np.isin(np.arange(len(start)), active)
    shares = levels.copies[active] / (levels.copies[active].sum() - 1.0)
    x[active] = np.clip(x[active], begin, begin + length)
    for _ in range(25):
        rho, slope = levels.rho(x), levels.slope(x)[active]
        ratio = rho[active] / levels.sigma(rho, bids)
        missed = x[active] - begin - length * ((1.0 - ratio) @ INTEGRALS.T)
        scale = 1.0 / np.maximum(np.abs(slope), 1.0)
        # of each ratio by each level, at a node
        steep = ratio[:, None] * (np.eye(n)[:, :, None] * slope[:, None] - (shares[:, None] * ratio * slope)[None]) * scale
        matrix = length * np.einsum("jk,ghk->gjhk", INTEGRALS[1:, 1:], steep[:, :, 1:]).reshape(n * DEGREE, n * DEGREE)
        matrix[np.diag_indices(n * DEGREE)] += scale[:, 1:].ravel()
        try:
            step = np.linalg.solve(matrix, missed[:, 1:].ravel()).reshape(n, DEGREE) * scale[:, 1:]
        except np.linalg.LinAlgError:
            return x, False
        moved = np.clip(x[active, 1:] - step, 0.5 * (x[active, 1:] + begin), begin + length)
        size = float((np.abs(moved - x[active, 1:]) / scale[:, 1:]).max())
        x[active, 1:] = moved
        if size < 0.1 * goal or not np.isfinite(size):
            return x, bool(np.isfinite(size))
    return x, size < goal


def unresolved(levels: Levels, x: Array, active: Flags, length: float) -> float:
    """The last coefficients of values over a cell, relative, weighted by the mass that a relative change of values moves."""
    mass = length + (1.0 / np.maximum(1.0 + levels.slope(x)[active], FAINT)).max(axis=1)
    tails = np.abs((levels.logs(x)[active] @ SERIES.T)[:, -3:]).max(axis=1)
    return float((tails * np.minimum(mass, 1.0)).max())


def crossing(row: Array) -> float | None:
    """The share of a cell at which a function that is at most 0 at its first node is positive first, by its values at nodes."""
    above = np.flatnonzero(row > 0.0)
    if len(above) == 0 or above[0] == 0:
        return None
    series = SERIES @ row
    left, right = NODES[above[0] - 1], NODES[above[0]]
    for _ in range(50):
        centre = 0.5 * (left + right)
        left, right = (left, centre) if chebyshev.chebval(centre, series) > 0.0 else (centre, right)
    return float(0.5 * (1.0 + right))
