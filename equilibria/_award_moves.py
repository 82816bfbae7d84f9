"""Solutions of the equations of awards carried to other cells: where segments begin, and costs at the new nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Knotted, Prior, twins
from equilibria._bid_cells import Array, Break, lobatto, matrices
from mechanisms.errors import SolverFailure

__all__ = ["breaks_of", "moved", "same_levels"]


def breaks_of(
    problem: AwardEquations, x: Array, laws: Sequence[Knotted], hidden: Sequence[Knotted], late: float
) -> tuple[tuple[Break, ...], Array]:
    """Where costs pass knots of their priors or enter later than a share of the bids, and where segments begin."""
    begin, found = float(x[problem.starts[0]]), []
    bids = begin * np.linspace(1.0, 0.0, 4001)
    costs = _costs_at(problem, x, bids) + problem.top
    alike = twins(laws, problem.odds[0][1])
    for i, law in enumerate(laws):
        if alike[i] != i:
            continue
        met = float(np.interp(law.support[0], np.maximum.accumulate(costs[:, i]), bids))
        if met - begin > -late * begin:
            found.append((met, Break(i, law.support[0], True)))
        for knot in law.knots[1:-1]:
            if law.support[0] < knot < problem.top:
                found.append((float(np.interp(knot, np.maximum.accumulate(costs[:, i]), bids)), Break(i, knot, False)))
    for knot in sorted({knot for law in hidden for knot in law.knots}):
        if begin + 1e-9 * abs(begin) < knot - problem.top < 0.0:
            found.append((knot - problem.top, Break(-1, knot, False)))
    found.sort(key=lambda item: item[0])
    for k in range(1, len(found)):  # no two at one bid to begin with
        found[k] = max(found[k][0], found[k - 1][0] - 1e-3 * begin / (k + 1)), found[k][1]
    if len(found) > 16:
        raise SolverFailure(f"{len(found)} knots of priors are too many for collocation. Use smoother priors.")
    return tuple(item for _, item in found), np.array([begin, *(bid for bid, _ in found)])


def _costs_at(problem: AwardEquations, x: Array, bids: Array) -> Array:
    """Costs at bids, counted from the highest bid, with one more axis."""
    costs, bounds = problem.costs(x), np.append(x[problem.starts], 0.0)
    left, right = bounds[problem.segment], bounds[problem.segment + 1]
    begins = left + (right - left) * np.array([cell.begin for cell in problem.cells])
    found = np.empty((*bids.shape, len(problem.laws)))
    place = np.clip(np.searchsorted(begins, bids, side="right") - 1, 0, len(problem.cells) - 1)
    for k, cell in enumerate(problem.cells):
        here = place == k
        if here.any():
            share = np.clip((bids[here] - left[k]) / (right[k] - left[k]), 0.0, 1.0)
            u, v = cell.roots()
            w = (share if cell.side == "left" else 1.0 - share) ** (1.0 / cell.power)
            at = np.clip((2.0 * w - u - v) / (v - u), -1.0, 1.0)
            found[here] = matrices(problem.degree, at)[0] @ costs[k]
    return found


def moved(problem: AwardEquations, x: Array, finer: AwardEquations, starts: Array, powers: bool) -> Array:
    """The same costs on other cells; with `powers` new cells at the two ends of the bid range get powers of the distance."""
    unknowns = np.concatenate([np.zeros(int(finer.starts[0])), starts])
    bids = finer.bids(unknowns, lobatto(finer.degree))[0]
    costs = _costs_at(problem, x, bids)
    steps = 1.0 + np.array([-1e-3, 1e-3])
    if powers and finer.cells[-1] != problem.cells[-1]:
        here = bids[-1, 0]
        near = here * steps[:, None] - _costs_at(problem, x, here * steps)
        gap, power = _power_at(near, steps)
        below = bids[-1, :, None]
        costs[-1] = below - gap * (below / here) ** power + problem.ends * (below == 0.0)
    if powers and finer.cells[0] != problem.cells[0]:
        begin, here = float(starts[0]), bids[0, -1] - starts[0]
        rise, power = _power_at(_costs_at(problem, x, begin + here * steps) - problem.lows, steps)
        costs[0] = problem.lows + rise * ((bids[0] - begin) / here)[:, None] ** power
    return finer.pack(np.maximum(costs, finer.lows), starts)


def same_levels(problem: AwardEquations, x: Array, finer: AwardEquations, rough: Array, laws: Sequence[Prior]) -> Array:
    """From costs under padded priors: of the true priors the same levels at the lowest bid, the same costs at the highest one."""
    bids, costs = finer.bids(rough, lobatto(finer.degree))[0], finer.costs(rough)
    padded, share = _costs_at(problem, x, bids) + problem.top, 1.0 - bids / bids[0, 0]
    for i, (law, own) in enumerate(zip(problem.laws, laws, strict=True)):
        levels = law.cdf(padded[:, :, i])
        start = levels[finer.first[i], 0]
        at = own.quantile(np.clip((levels - start) / (1.0 - start), 0.0, 1.0)) - finer.top
        costs[:, :, i] = (1.0 - share) * at + share * np.maximum(costs[:, :, i], finer.lows[i])
    return finer.pack(costs, rough[finer.starts])


def _power_at(near: Array, steps: Array) -> tuple[Array, Array]:
    """Size and exponent of powers, from values at two points beside a place."""
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.diff(np.log(near), axis=0)[0] / np.diff(np.log(steps))[0]
    return near.mean(axis=0), np.clip(np.where(np.isfinite(power), power, 1.0), 0.05, 10.0)
