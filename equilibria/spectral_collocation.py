r"""The equilibrium of a pay-as-bid auction by spectral collocation of its inverse bids.

The first-order conditions $\sum_{j\ne i}f_j(\varphi_j)\varphi_j'/(1-F_j(\varphi_j))=1/(b-\varphi_i)$, from the unknown lowest
bid, where costs are lowest, to the known highest one, where every cost that may win meets the bid (Lebrun 1999; Maskin and
Riley 2000, mirrored), are solved as one boundary-value problem: polynomials on cells, Newton's method with the Jacobian, cells
cut where the residual is worst. The system is singular at both ends; bids run along a power of the distance to an end where the
solution is one of its root, and cells shrink towards it, so that what is not smooth there costs a few cells and no digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from equilibria._bid_cells import Array, Cell, lobatto, matrices
from equilibria._cell_curves import cell_curves
from equilibria._collocation import Collocation
from equilibria._collocation_cells import LEAST_POWER, MOST_POWER, OUTBID, first_cells, outbid_cells
from equilibria._collocation_neighbour import Neighbour, neighbour
from equilibria._collocation_start import Guess, coarse_shooting, common_prior
from equilibria.blas_threads import with_one_blas_thread
from equilibria.equilibrium import Equilibrium
from equilibria.highest_bid import highest_bid
from equilibria.inverse_curves import InverseCurve, stated_curves
from equilibria.strategies import Strategy, Truthful
from mechanisms.distributions import Distribution
from mechanisms.errors import SolverFailure

LEAST_CELL = 1e-12
"""The smallest cell, as a share of its segment."""

ROUNDING = 1e-6
"""By what share curves may be bent so that they rise: where they fall by more, a prover begins to bid elsewhere."""

HARDLY, LEAST_FALL = 0.99, 0.1
"""From how far up a reserve is followed down, as a share of the way to where it would not bind, and the least step of it."""

TRIALS = 48
"""Trials of Newton's method from a common prior after which coarse shooting gives the better start."""

WORST = 5e-8
"""The gain from residuals, as a share of the bid range, above which the solution is not used."""


@dataclass(frozen=True, slots=True)
class SpectralCollocation:
    """Collocation with piecewise Chebyshev polynomials and free end points.

    Arguments:
        degree: of the polynomials.
        cells: the most cells.
        tolerance: the gain from residuals, as a share of the bid range, at which no cell is cut further.
        near: an equilibrium of the same provers, found by this solver, from which to start: with another reserve, or with laws
            that are a little different. Where nothing is found from there, it is left aside.
    """

    degree: int = 14
    cells: int = 48
    tolerance: float = 1e-12
    near: Equilibrium | None = field(default=None, repr=False, compare=False)

    @with_one_blas_thread
    def strategies(self, priors: Mapping[str, Distribution], reserve: float | None) -> dict[str, Strategy]:
        """Equilibrium strategies in the orientation of a procurement.

        Args:
            priors: cost distributions by label, two of which or more may win.
            reserve: highest accepted bid, or None.

        Raises:
            SolverFailure: Newton's method did not converge; `HazardShooting` may.
        """
        able = {label: law for label, law in priors.items() if reserve is None or law.support[0] < reserve}
        if len(able) < 2:
            raise SolverFailure("spectral collocation needs two provers that may win. Use HazardShooting().")
        top = highest_bid(able, reserve)
        active = {label: law for label, law in able.items() if law.support[0] < top}
        laws = list(active.values())
        if len(laws) < 2:
            raise SolverFailure("spectral collocation needs two provers that may win. Use HazardShooting().")
        known = None if self.near is None else neighbour(self.near, tuple(active))
        curves = self._from_some_start(laws, top, known)
        idle: dict[str, Strategy] = {label: Truthful() for label in priors}
        return idle | dict(zip(active, curves, strict=True))

    def _from_some_start(
        self, laws: Sequence[Distribution], top: float, known: Neighbour | None, *, lower: bool = True
    ) -> list[InverseCurve]:
        """Solve from a neighbour if there is one, from a common prior where that is close, else from coarse shooting, with
        higher powers at the lowest bid and finer cells at the highest, another degree, or from another reserve, if need be."""
        if known is not None:
            try:
                return _confirmed(*self._solved(known.guess(laws, top), laws, top, known))
            except SolverFailure:
                pass
        if len(laws) <= 4 and min(law.support[1] for law in laws) >= top:
            try:
                return _confirmed(*self._solved(common_prior(laws, top), laws, top, most=TRIALS))
            except SolverFailure:
                pass
        guess = coarse_shooting(laws, top)
        for eager in (False, True):
            try:
                return _confirmed(*self._solved(guess, laws, top, eager=eager))
            except SolverFailure:
                pass
        try:
            return _confirmed(*replace(self, degree=self.degree + 3)._solved(guess, laws, top))
        except SolverFailure:
            if not lower:
                raise
            return self._lowered(laws, top)

    def _lowered(self, laws: Sequence[Distribution], top: float) -> list[InverseCurve]:
        """Follow the solution from a reserve that hardly binds down to the one that is asked for.

        Raises:
            SolverFailure: the reserve does not bind, or the solution was not followed.
        """
        least, high = sorted(law.support[0] for law in laws)[1], min(law.support[1] for law in laws)
        start = least + HARDLY * (high - least)
        if not top < start:
            raise SolverFailure("no start led to a solution of the collocation equations. Use HazardShooting().")
        curves, at, step = self._from_some_start(laws, start, None, lower=False), start, start - top
        while at > top:
            lower = max(at - step, top)
            known = Neighbour(laws, curves)
            try:
                curves, at, step = _confirmed(*self._solved(known.guess(laws, lower), laws, lower, known)), lower, 2.0 * step
            except SolverFailure:
                step *= 0.5
                if step < LEAST_FALL * (start - top):
                    raise
        return curves

    def _solved(
        self, guess: Guess, laws: Sequence[Distribution], top: float, known: Neighbour | None = None, eager: bool = False,
        most: float = np.inf,
    ) -> tuple[Collocation, Array]:
        """Solve on a few cells, or on those of a neighbour, then cut the worst ones until the residuals are small."""
        ends = np.array([min(0.0, law.support[1] - top) for law in laws])
        starts, breaks = guess.segments(laws, top)
        strong = int(np.argmin(ends)) if ends.min() < 0.0 else None
        if strong is not None:
            near = top + guess.costs(1e-4 * starts[-1:])[0, strong]
            strong = strong if float(laws[strong].survival(near)) < OUTBID[-1] else None
        cells = first_cells(laws, top, ends, breaks, bool(ends.min() < 0.0), MOST_POWER if eager else LEAST_POWER)
        known_cells = [] if known is None else known.cells(len(starts))
        if known_cells:
            cells = known_cells
        elif strong is not None:
            last = [cell.segment for cell in cells].index(len(breaks))
            outbid = outbid_cells(guess, laws, strong, starts, top)
            first = replace(outbid[0], side=cells[last].side, power=cells[last].power, smooth=cells[last].smooth)
            cells = [*cells[:last], first, *outbid[1:]]
        elif eager:
            cells = [*cells[:-1], *cells[-1].parts()]
        problem = Collocation(laws, top, ends, cells, breaks, self.degree, strong)
        nodes = lobatto(self.degree)
        bids = problem.bids(problem.pack(np.zeros((len(cells), len(nodes), len(laws))), starts), nodes)[0]
        costs = guess.costs(bids)
        if strong is not None:
            costs[-1] = costs[-1, 0] + 0.5 * (1.0 + nodes[:, None]) * (ends - costs[-1, 0])
        x = problem.solve(problem.pack(costs, starts), 1e-6, most)
        if x is None:
            raise SolverFailure("the collocation equations were not solved from the start that is known. Use HazardShooting().")
        return self._refined(problem, x)

    def _refined(self, problem: Collocation, x: Array) -> tuple[Collocation, Array]:
        """Cut the worst cells until the residuals are small, and keep the best that was found."""
        allowed, best = -self.tolerance * float(x[problem.starts[0]]), (np.inf, problem, x)
        for _ in range(20):
            errors = problem.errors(x).max(axis=1)
            if errors.sum() > 0.9 * best[0]:  # perhaps for want of a Newton step
                polished = problem.solve(x, 1e-9)
                x = x if polished is None else polished
                errors = problem.errors(x).max(axis=1)
            stuck = errors.sum() > 0.9 * best[0]
            if errors.sum() < 2.0 * best[0]:  # finer cells are estimated better
                best = errors.sum(), problem, x
            worst = errors > max(allowed / (2.0 * len(errors)), 0.02 * errors.max())
            if errors.sum() <= allowed or stuck or len(problem.cells) + worst.sum() > self.cells:
                break
            worst[-1] = worst[-1] and problem.strong is None
            finer, moved = _cut(problem, x, worst)
            if len(finer.cells) == len(problem.cells):
                break
            found = finer.solve(moved, 1e-5)
            if found is None:
                finer, moved = _cut(problem, x, worst & (errors == errors.max()))
                found = finer.solve(moved, 1e-5)
            if found is None:
                break
            problem, x = finer, found
        _, problem, x = best
        final = problem.solve(x, 1e-11)
        return problem, x if final is None else final


def _confirmed(problem: Collocation, x: Array) -> list[InverseCurve]:
    """The solution as curves, unless they miss the conditions or the checker would not accept them as inverse bids."""
    from equilibria.checking import Rejected
    from equilibria.checking.curves import read_curves
    from equilibria.checking.reading import read_prior
    from equilibria.checking.taylor import ball_arithmetic

    error, (costs, bounds) = float(problem.errors(x).sum()) / -float(x[problem.starts[0]]), problem.unpack(x)
    if error > WORST:
        raise SolverFailure(f"collocation leaves residuals of {error:.1e} of the bid range. Use HazardShooting().")
    supports = [law.support for law in problem.laws]
    curves = cell_curves(
        supports, problem.top, problem.cells, problem.breaks, problem.first, problem.top + bounds, problem.top + costs, ROUNDING
    )
    try:
        with ball_arithmetic():
            laws = {f"prover {i}": read_prior(law.spec(), f"prover {i}") for i, law in enumerate(problem.laws)}
            read_curves(laws, stated_curves(dict(zip(laws, curves, strict=True))))
        return curves
    except Rejected as reason:
        raise SolverFailure(f"the curves that were found are no inverse bids: {reason}. Use HazardShooting().") from None


def _cut(problem: Collocation, x: Array, worst: NDArray[np.bool_]) -> tuple[Collocation, Array]:
    """The same polynomials on finer cells."""
    nodes = lobatto(problem.degree)
    costs, _ = problem.unpack(x)
    cells, values = [], []
    for cell, old, bad in zip(problem.cells, costs, worst, strict=True):
        parts = cell.parts() if bad and cell.end - cell.begin > LEAST_CELL else [cell]
        for part in parts:
            cells.append(part)
            u, v = cell.roots()
            a, b = part.roots()
            at = (2.0 * (a + 0.5 * (1.0 + nodes) * (b - a)) - u - v) / (v - u)
            values.append(matrices(problem.degree, at)[0] @ old if len(parts) > 1 else old)
        if len(parts) > 1 and parts[-1].roots()[1] == 0.0 and cell.segment == len(problem.breaks):
            values[-1] = _continued(problem, x, cell, old, parts[-1])
        if len(parts) > 1 and cell.begin == 0.0 and cell.power > 1 and not cell.smooth:
            values[-len(parts)] = _begun(problem, cell, old, parts[0])
    finer = Collocation(problem.laws, problem.top, problem.ends, cells, problem.breaks, problem.degree, problem.strong)
    return finer, finer.pack(np.array(values), x[problem.starts])


def _continued(problem: Collocation, x: Array, cell: Cell, old: Array, part: Cell) -> Array:
    """Costs on the last part before the top: each gap to the bid is continued as a power of the distance."""
    nodes, (u, _) = lobatto(problem.degree), cell.roots()
    start = 1.0 - 2.0 * np.array([part.roots()[0]]) / u
    inter, deriv = matrices(problem.degree, start)
    shares, rates = cell.share(start)
    bottom = x[problem.starts][-1]
    gap = bottom * (1.0 - shares) - (inter @ old)[0]
    slope = -bottom * rates - (deriv @ old)[0]
    power = np.clip(-slope * (1.0 - start) / gap, 0.05, 10.0)
    share = 0.5 * (1.0 - nodes)
    distance = (part.roots()[0] * share) ** part.power
    return np.asarray(bottom * distance[:, None] - gap * share[:, None] ** power + problem.ends * (share[:, None] == 0.0))


def _begun(problem: Collocation, cell: Cell, old: Array, part: Cell) -> Array:
    """Costs on the first part of a segment: each distance to the cost there is continued down as a power."""
    nodes = lobatto(problem.degree)
    ratio = part.roots()[1] / cell.roots()[1]
    inter, deriv = matrices(problem.degree, np.array([2.0 * ratio - 1.0]))
    rise, slope = (inter @ old)[0] - old[0], (deriv @ old)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.clip(np.where(rise > 0.0, slope * 2.0 * ratio / rise, 1.0), 0.2, 10.0)
    return np.asarray(old[0] + rise * (0.5 * (1.0 + nodes[:, None])) ** power)
