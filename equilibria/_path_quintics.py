"""A path of value, cost and price as two inverse strategies, closed at both ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from equilibria.inverse_bids import InverseBids
from mechanisms.distributions import Distribution
from mechanisms.errors import SolverFailure

Array = NDArray[np.float64]

STEEP = (
    "an inverse strategy of this path is too steep for bids in doubles: many types would make nearly the same bid. "
    "Pass another point, PhasePath(through=...)."
)

Cell = tuple[Array, Array, Array, Array]
"""Prices, costs, values at the ends of a cell; then a table of slopes: rows cost and value, at both ends and between."""


def joined(down: list[Cell], up: list[Cell], value: Distribution, cost: Distribution) -> tuple[InverseBids, InverseBids]:
    """Both inverses on all cells, and a last cell at either end that closes what is left."""
    cells = down + up
    bids = [float(cells[0][0][0])] + [float(cell[0][-1]) for cell in cells]
    costs = [float(cells[0][1][0])] + [float(cell[1][-1]) for cell in cells]
    values = [float(cells[0][2][0])] + [float(cell[2][-1]) for cell in cells]
    ends: list[list[float]] = [[], []]
    bends: list[list[float]] = [[], []]
    if any((np.diff(cell[0]) <= 0.0).any() for cell in cells):
        raise SolverFailure(STEEP)
    for prices, _, _, slopes in cells:
        width = prices[-1] - prices[0]
        unit = (prices - prices[0]) / width
        for row, slope in enumerate(slopes):
            fit = np.polynomial.Polynomial(np.linalg.solve(np.vander(unit, increasing=True), slope)).deriv()
            ends[row] += [float(slope[0]), float(slope[-1])]
            bends[row] += [float(fit(0.0)) / width, float(fit(1.0)) / width]
    gap = values[0] - bids[0]
    first = bids[0] - gap / max(ends[1][0] - 1.0, 1e-3)
    gap = bids[-1] - costs[-1]
    last = bids[-1] + gap / max(ends[0][-1] - 1.0, 1e-3)
    low, high = cost.support[0], value.support[1]
    bids, costs, values = [first, *bids, last], [low, *costs, last], [first, *values, high]
    made = []
    for row, types in ((1, values), (0, costs)):
        secants = [(types[i + 1] - types[i]) / (bids[i + 1] - bids[i]) for i in (0, -2 % len(bids))]
        made.append(
            _held(
                np.array(bids), np.array(types), np.array([secants[0]] * 2 + ends[row] + [secants[1]] * 2),
                np.array([0.0, 0.0, *bends[row], 0.0, 0.0]),
            )
        )  # fmt: skip
    return made[0], made[1]


def _held(bids: Array, types: Array, slopes: Array, curvatures: Array) -> InverseBids:
    """The quintics, with straight lines on cells where they would not increase."""
    width, rise = np.diff(bids), np.diff(types)
    if not ((width > 0).all() and (rise > 0).all()):
        raise SolverFailure(STEEP)
    d0, d1 = slopes[::2] * width, slopes[1::2] * width
    e0, e1 = curvatures[::2] * width**2, curvatures[1::2] * width**2
    inner = rise - 0.4 * (d0 + d1) - 0.05 * (e0 - e1)
    fine = (d0 >= 0) & (d1 >= 0) & (d0 / 5 + e0 / 20 >= 0) & (inner >= 0) & (d1 / 5 - e1 / 20 >= 0)
    straight = np.repeat(~fine, 2)
    slopes = np.where(straight, np.repeat(rise / width * (1.0 - 1e-12), 2), slopes)
    return InverseBids(
        bids=bids, types=types, slopes=slopes, curvatures=np.where(straight, 0.0, curvatures), outside="itself"
    )
