"""Solutions of the equations of awards: refined where their residuals are large, and stated as inverse bids."""

from __future__ import annotations

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_moves import moved
from equilibria._bid_cells import Array, Cell
from equilibria._cell_curves import cell_curves
from equilibria.inverse_curves import InverseCurve

__all__ = ["refined", "stated_as"]

LEAST_CELL = 1e-9
"""The smallest cell, as a share of its segment."""


def refined(problem: AwardEquations, x: Array, most: int, tolerance: float) -> tuple[AwardEquations, Array]:
    """Cut the worst cells until the residuals are small, or there are more than so many cells."""
    allowed, best = -tolerance * float(x[problem.starts[0]]), np.inf
    for _ in range(12):
        errors = problem.errors(x).max(axis=1)
        worst = errors > max(allowed / (2.0 * len(errors)), 0.02 * errors.max())
        if errors.sum() <= allowed or errors.sum() > 0.9 * best or len(problem.cells) + worst.sum() > most:
            break
        best = errors.sum()
        cells = [part for cell, bad in zip(problem.cells, worst, strict=True) for part in (_parts(cell) if bad else [cell])]
        if len(cells) == len(problem.cells):
            break
        finer = AwardEquations(problem.laws, problem.odds, problem.top, cells, problem.breaks, problem.degree, problem.hidden)
        for powers in (True, False):
            found = finer.solve(moved(problem, x, finer, x[problem.starts], powers), 1e-6)
            if found is not None:
                break
        if found is None:
            break
        problem, x = finer, found
    final = problem.solve(x, 1e-11)
    return problem, x if final is None else final


def _parts(cell: Cell) -> list[Cell]:
    return cell.parts() if cell.end - cell.begin > LEAST_CELL else [cell]


def stated_as(problem: AwardEquations, x: Array) -> list[InverseCurve]:
    """The solution as it is stated."""
    bounds = problem.top + np.append(x[problem.starts], 0.0)
    for k, b in enumerate(problem.breaks):
        if b.prover < 0:
            bounds[k + 1] = b.cost
    costs = problem.top + problem.costs(x)
    supports = [law.support for law in problem.laws]
    return cell_curves(supports, problem.top, problem.cells, problem.breaks, problem.first, bounds, costs)
