r"""Pay as bid where several bids win, provers that differ: collocation of inverse bids, by continuation from equal provers.

With $X_i(b)$ the expected award of a bid (`_award_odds`) and $\varphi_i(b)$ the cost that makes it, an equilibrium satisfies
$X_i+(b-\varphi_i)X_i'=0$ for every prover $i$, from the unknown lowest bid, where costs are lowest, to the known highest one.
Near the lowest bid at least $q$ rivals must bid below to cost anybody an award, so that $\varphi_i$ is smooth in the $q$-th root
of the distance, along which the first cells run. Newton's method starts at the equilibrium of equal provers with the mean of the
priors, in closed form, and follows the priors to the true ones. Where supports begin apart, priors keep a little mass below them
on the way, which shows at what bids late provers enter; these bids are then unknowns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Blend, Law, Padded, Prior, Spread, Thinned
from equilibria._award_moves import breaks_of, moved, same_levels
from equilibria._award_odds import AwardOdds
from equilibria._award_start import equal_provers, stretched
from equilibria._bid_cells import Array, Break, Cell
from equilibria._cell_curves import cell_curves
from equilibria.blas_threads import with_one_blas_thread
from equilibria.inverse_curves import InverseCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import SolverFailure

__all__ = ["AwardCollocation"]

WORST = 1e-6
"""The gain from residuals, as a share of the bid range, above which the solution is not used."""

GOOD = 1e-9
"""The gain from residuals at which no other cells are tried."""

MOST_POWER = 12
"""The highest power of a map of bids."""

LEAST_CELL = 1e-9
"""The smallest cell, as a share of its segment."""

PADDED = 0.97
"""How far priors that begin apart are moved from the common one, whose mass below them shows who enters late."""

ENOUGH = 0.85
"""How far it may do to move them."""

LATE = (0.02, 0.1, 0.003)
"""Shares of the bids after which an entry is taken for a late one, in the order in which they are tried."""

LEAST_SHARE = 1.0 / 8.0
"""The smallest step of the continuation."""


@dataclass(frozen=True, slots=True)
class AwardCollocation:
    """Collocation with piecewise Chebyshev polynomials, continued from equal provers.

    Arguments:
        degree: of the polynomials.
        cells: the most cells.
        tolerance: the gain from residuals, as a share of the bid range, at which no cell is cut further.
    """

    degree: int = 12
    cells: int = 40
    tolerance: float = 1e-11

    @with_one_blas_thread
    def strategies(
        self, priors: Mapping[str, Distribution], odds: AwardOdds, top: float, presence: Sequence[float] | None = None,
        secret: Distribution | None = None,
    ) -> dict[str, InverseCurve]:
        """Equilibrium strategies in the orientation of a procurement.

        Args:
            priors: cost distributions by label, whose supports end together or above `top`.
            odds: what bids are awarded.
            top: the highest bid.
            presence: the probability that each prover is there; None where all are.
            secret: the law of a reserve that nobody knows, or None.

        Raises:
            SolverFailure: the continuation or Newton's method did not converge.
        """
        laws: list[Prior] = list(priors.values())
        if presence is not None:
            laws = [Thinned(law, chance) for law, chance in zip(priors.values(), presence, strict=True)]
        best, reason = None, None
        for power, degree in ((odds.order(), self.degree), (odds.order(), self.degree + 4), (3 * odds.order(), self.degree)):
            try:
                problem, x = replace(self, degree=degree)._solved(laws, odds, top, min(power, MOST_POWER), secret)
            except SolverFailure as failure:
                if reason is not None:
                    break
                reason = failure
                continue
            error = float(problem.errors(x).max(axis=1).sum()) / -float(x[problem.starts[0]])
            if best is None or error < best[0]:
                best = error, problem, x
            if error <= GOOD:
                break
        if best is None:
            raise reason or SolverFailure("nothing was found.")
        if not best[0] <= WORST:
            raise SolverFailure(
                f"collocation leaves residuals of {best[0]:.1e} of the bid range. Use more cells, smoother or more alike priors."
            )
        return dict(zip(priors, _curves(best[1], best[2]), strict=True))

    def _solved(
        self, laws: Sequence[Prior], odds: AwardOdds, top: float, power: int, secret: Distribution | None
    ) -> tuple[AwardEquations, Array]:
        """Solve on a few cells, then where costs pass knots and late provers enter, then on finer cells."""
        reserved = top < min(law.support[1] for law in laws)
        cells = _three_cells(power, reserved)
        if len({law.support[0] for law in laws}) == 1:
            problem, x = self._continued(laws, odds, top, cells, secret)
            attempts: tuple[float, ...] = (1.0,)
        else:
            problem, x = self._padded(laws, odds, top, power, secret)
            attempts = LATE
        final = [(1.0, odds if secret is None else odds.with_reserve())]
        for late in attempts:
            breaks, starts = breaks_of(problem, x, laws, secret, late)
            if breaks:
                cells = _segmented(len(breaks), power, reserved)
            finer = AwardEquations(laws, final, top, cells, breaks, self.degree, secret)
            rough = moved(problem, x, finer, starts, powers=False)
            if len(attempts) > 1:
                rough = same_levels(problem, x, finer, rough, laws)
            found = finer.solve(rough, 1e-6)
            if found is not None:
                return self._refined(finer, found)
        raise SolverFailure(
            "the equations were not solved where costs pass knots of their priors or late provers enter. Use smoother priors, or "
            "supports that begin together."
        )

    def _continued(
        self, laws: Sequence[Prior], odds: AwardOdds, top: float, cells: list[Cell], secret: Distribution | None
    ) -> tuple[AwardEquations, Array]:
        """Follow the solution from equal provers to the true ones, on few cells."""
        n = len(laws)
        rank = min(max(round(odds.awards[:, 0].sum() * odds.awards.shape[1] / sum(odds.sizes) / odds.awards.max()), 1), n - 1)
        rank = min(max(odds.order(), rank), n - 1)
        equal = AwardOdds.of_capacities(rank, (1,) * n)
        alike = secret is None and odds.sizes == equal.sizes and np.array_equal(odds.awards, equal.awards)

        def at(share: float) -> AwardEquations:
            blends: list[Law] = [Blend(law, laws, share) for law in laws]
            mixed = [(1.0, odds)] if alike else [(share, odds), (1.0 - share, equal)]
            if secret is not None:
                mixed = [(share, odds.with_reserve()), (1.0 - share, equal.with_bystander())]
            return AwardEquations(blends, [(w, o) for w, o in mixed if w > 0.0], top, cells, (), self.degree, secret)

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

    def _padded(
        self, laws: Sequence[Prior], odds: AwardOdds, top: float, power: int, secret: Distribution | None
    ) -> tuple[AwardEquations, Array]:
        """Supports that begin apart: follow the solution from a common law on all of them to nearly the true ones."""
        low, high = min(law.support[0] for law in laws), max(law.support[1] for law in laws)
        common, reserved = Spread(laws[0], low, high), top < min(law.support[1] for law in laws)
        equal = odds if secret is None else odds.with_reserve()

        def at(share: float, cells: list[Cell], breaks: tuple[Break, ...]) -> AwardEquations:
            blends: list[Law] = [Blend(law, [common], share) for law in laws]
            return AwardEquations(blends, [(1.0, equal)], top, cells, breaks, self.degree, secret)

        problem, x = self._continued([common] * len(laws), odds, top, _three_cells(power, reserved), secret)
        breaks, starts = breaks_of(problem, x, [Padded(law, low) for law in laws], secret, 1.0)
        cells = _segmented(len(breaks), power, reserved)
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

    def _refined(self, problem: AwardEquations, x: Array) -> tuple[AwardEquations, Array]:
        """Cut the worst cells until the residuals are small."""
        allowed, best = -self.tolerance * float(x[problem.starts[0]]), np.inf
        for _ in range(12):
            errors = problem.errors(x).max(axis=1)
            worst = errors > max(allowed / (2.0 * len(errors)), 0.02 * errors.max())
            if errors.sum() <= allowed or errors.sum() > 0.9 * best or len(problem.cells) + worst.sum() > self.cells:
                break
            best = errors.sum()
            cells = [part for cell, bad in zip(problem.cells, worst, strict=True) for part in (_parts(cell) if bad else [cell])]
            if len(cells) == len(problem.cells):
                break
            finer = AwardEquations(problem.laws, problem.odds, problem.top, cells, problem.breaks, self.degree, problem.secret)
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


def _three_cells(power: int, reserved: bool) -> list[Cell]:
    """Cells to begin with, of one segment."""
    return [Cell(0, 0.0, 0.2, "left", power), Cell(0, 0.2, 0.6, "left", power), Cell(0, 0.6, 1.0, "right", 1 + reserved)]


def _segmented(breaks: int, power: int, reserved: bool) -> list[Cell]:
    """Cells of segments that begin at the lowest bid and where costs pass knots."""
    first = [Cell(0, 0.0, 0.3, "left", power), Cell(0, 0.3, 1.0, "left", power)]
    between = [Cell(k, 0.0, 1.0, "right", 1) for k in range(1, breaks)]
    return [*first, *between, Cell(breaks, 0.0, 0.5, "right", 1 + reserved), Cell(breaks, 0.5, 1.0, "right", 1 + reserved)]


def _curves(problem: AwardEquations, x: Array) -> list[InverseCurve]:
    """The solution as it is stated."""
    bounds = problem.top + np.append(x[problem.starts], 0.0)
    for k, b in enumerate(problem.breaks):
        if b.prover < 0:
            bounds[k + 1] = b.cost
    costs = problem.top + problem.costs(x)
    supports = [law.support for law in problem.laws]
    return cell_curves(supports, problem.top, problem.cells, problem.breaks, problem.first, bounds, costs)
