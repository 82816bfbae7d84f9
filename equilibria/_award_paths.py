"""Paths to provers that bid for several tasks and differ: from equal ones, whose equilibrium is in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Blend, Law, Padded, Prior, Spread, twins
from equilibria._award_moves import breaks_of, moved
from equilibria._award_odds import AwardOdds
from equilibria._award_start import equal_provers, stretched
from equilibria._bid_cells import Array, Break, Cell
from mechanisms.errors import SolverFailure

__all__ = ["LATE", "PADDED", "continued", "entered", "padded", "segmented", "three_cells"]

PADDED = 0.97
"""How far priors that begin apart are moved from the common one, whose mass below them shows who enters late."""

ENOUGH = 0.85
"""How far it may do to move them."""

ENTRIES = (0.02, 0.06, 0.15)
"""By what shares of the bids late provers may enter later than the others, in the order in which they are tried."""

LATE = (0.02, 0.1, 0.003)
"""Shares of the bids after which an entry is taken for a late one, in the order in which they are tried."""

LEAST_SHARE = 1.0 / 8.0
"""The smallest step of the continuation."""


def continued(
    degree: int, laws: Sequence[Prior], odds: AwardOdds, top: float, cells: list[Cell], hidden: Sequence[Prior]
) -> tuple[AwardEquations, Array]:
    """Follow the solution from equal provers to the true ones, on few cells."""
    n = len(laws)
    rank = min(max(round(odds.awards[:, 0].sum() * odds.awards.shape[1] / sum(odds.sizes) / odds.awards.max()), 1), n - 1)
    rank = min(max(odds.order(), rank), n - 1)
    equal = AwardOdds.of_capacities(rank, (1,) * n)
    alike = not hidden and odds.sizes == equal.sizes and np.array_equal(odds.awards, equal.awards)

    def at(share: float) -> AwardEquations:
        blends: list[Law] = [Blend(law, laws, share) for law in laws]
        mixed = [(1.0, odds)] if alike else [(share, odds), (1.0 - share, equal)]
        if hidden:
            mixed = [(share, odds.with_reserve()), (1.0 - share, equal.with_bystanders(1))]
        return AwardEquations(blends, [(w, o) for w, o in mixed if w > 0.0], top, cells, (), degree, hidden)

    problem = at(0.0)
    start = equal_provers(problem, equal)
    own = at(1.0)
    found = own.solve(stretched(own, start, laws, problem.laws[0]), 1e-4)
    if found is not None:
        return own, found
    found = problem.solve(start, 1e-4)
    if found is None:
        raise SolverFailure("equal provers with the mean prior were not solved. Use a smoother prior.")
    x, done, step = found, 0.0, 1.0
    while done < 1.0:
        share = min(done + step, 1.0)
        problem = at(share)
        found = problem.solve(x, 1e-4)
        if found is not None:
            x, done, step = found, share, 2.0 * step
        else:
            step *= 0.5
            if step < LEAST_SHARE:
                raise SolverFailure(
                    f"the continuation from equal provers stopped at {done:.3g} of the way: a prover may bid over a gap or "
                    "enter late. Make priors or capacities more alike, or set another reserve."
                )
    return problem, x


def entered(
    degree: int, laws: Sequence[Prior], odds: AwardOdds, top: float, cells: list[Cell]
) -> tuple[AwardEquations, Array]:
    """Supports that begin together, but some lose nothing to the first rival below them, and enter late: follow the solution
    from one award, on which every bid counts, until they do, and then where they enter."""
    n, orders = len(laws), odds.orders()
    alike, first = twins(laws, odds), AwardOdds.of_capacities(1, (1,) * len(laws))

    def at(share: float, cells: list[Cell], breaks: tuple[Break, ...]) -> AwardEquations:
        blends: list[Law] = [Blend(law, laws, share) for law in laws]
        mixed = [(w, o) for w, o in ((share, odds), (1.0 - share, first)) if w > 0.0]
        return AwardEquations(blends, mixed, top, cells, breaks, degree)

    late = sorted((i for i in range(n) if orders[i] > min(orders) and alike[i] == i), key=lambda i: orders[i])
    breaks = tuple(Break(i, laws[i].support[0], True) for i in late)
    problem = at(0.0, cells, ())
    found, done, step = problem.solve(equal_provers(problem, first), 1e-4), 0.0, 0.25
    while found is not None and done < 1.0 and step >= LEAST_SHARE / 2.0:
        x, share = found, min(done + step, 1.0)
        for entry in (None,) if problem.breaks else (None, *ENTRIES):
            if entry is None:
                finer = at(share, list(problem.cells), tuple(problem.breaks))
                found = finer.solve(x, 1e-4)
            else:
                finer = at(share, _entering(len(breaks)), breaks)
                starts: Array = np.asarray(float(x[problem.starts[0]]) * (1.0 - entry * np.arange(len(breaks) + 1)))
                found = finer.solve(moved(problem, x, finer, starts, powers=False), 1e-4)
            if found is not None:
                problem, done, step = finer, share, 2.0 * step
                break
        else:
            found, step = x, 0.5 * step
    if found is None or done < 1.0:
        raise SolverFailure(
            "provers that lose nothing to the first rival below them enter late; they were followed to "
            f"{done:.3g} of the way only. Where several enter together the others may leave a gap in their bids, which this "
            "solver does not search. Make capacities more alike, or set another reserve."
        )
    return problem, found


def padded(
    degree: int, laws: Sequence[Prior], odds: AwardOdds, top: float, power: int, hidden: Sequence[Prior]
) -> tuple[AwardEquations, Array]:
    """Supports that begin apart: follow the solution from a common law on all of them to nearly the true ones."""
    low, high = min(law.support[0] for law in laws), max(law.support[1] for law in laws)
    common, reserved = Spread(laws[0], low, high), top < min(law.support[1] for law in laws)
    equal = odds.with_reserve() if hidden else odds

    def at(share: float, cells: list[Cell], breaks: tuple[Break, ...]) -> AwardEquations:
        blends: list[Law] = [Blend(law, [common], share) for law in laws]
        return AwardEquations(blends, [(1.0, equal)], top, cells, breaks, degree, hidden)

    problem, x = continued(degree, [common] * len(laws), odds, top, three_cells(power, reserved), hidden)
    breaks, starts = breaks_of(problem, x, [Padded(law, low) for law in laws], hidden, 1.0)
    cells = segmented(len(breaks), power, reserved)
    first = at(0.0, cells, breaks)
    x, problem, done, step = moved(problem, x, first, starts, powers=False), first, 0.0, 0.5
    while done < PADDED:
        share = min(done + step * (1.0 - done), PADDED)
        finer = at(share, cells, breaks)
        found = finer.solve(x, 1e-4)
        if found is not None:
            problem, x, done, step = finer, found, share, min(2.0 * step, 0.8)
        else:
            step *= 0.5
            if step < LEAST_SHARE and done >= ENOUGH:
                break
            if step < LEAST_SHARE / 4.0:
                raise SolverFailure(
                    f"supports that begin apart were followed to {done:.3g} of the way only. Make them more alike."
                )
    return problem, x


def three_cells(power: int, reserved: bool) -> list[Cell]:
    """Cells to begin with, of one segment."""
    return [Cell(0, 0.0, 0.2, "left", power), Cell(0, 0.2, 0.6, "left", power), Cell(0, 0.6, 1.0, "right", 1 + reserved)]


def segmented(breaks: int, power: int, reserved: bool) -> list[Cell]:
    """Cells of segments that begin at the lowest bid and where costs pass knots."""
    first = [Cell(0, 0.0, 0.3, "left", power), Cell(0, 0.3, 1.0, "left", power)]
    between = [Cell(k, 0.0, 1.0, "right", 1) for k in range(1, breaks)]
    return [*first, *between, Cell(breaks, 0.0, 0.5, "right", 1 + reserved), Cell(breaks, 0.5, 1.0, "right", 1 + reserved)]


def _entering(breaks: int) -> list[Cell]:
    """Cells that are small where provers enter."""
    cuts = (0.0, 0.02, 0.06, 0.15, 0.3, 0.6, 1.0)
    first = [Cell(0, 0.0, 0.3, "left", 1), Cell(0, 0.3, 1.0, "left", 1)]
    return [*first, *(Cell(k, u, v, "left" if v < 1.0 else "right", 1) for k in range(1, breaks + 1) for u, v in pairwise(cuts))]
