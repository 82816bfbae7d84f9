r"""Pay as bid where several bids win, provers that differ: collocation of inverse bids, by continuation from equal provers.

With $X_i(b)$ the expected award of a bid (`_award_odds`) and $\varphi_i(b)$ the cost that makes it, an equilibrium satisfies
$X_i+(b-\varphi_i)X_i'=0$ for every prover $i$, from the unknown lowest bid, where costs are lowest, to the known highest one.
Near the lowest bid at least $q$ rivals must bid below to cost anybody an award, so that $\varphi_i$ is smooth in the $q$-th root
of the distance, along which the first cells run. Newton's method starts at the equilibrium of equal provers with the mean of the
priors, in closed form, and follows the priors to the true ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from equilibria._award_collocation import AwardEquations, Blend, Law, Prior, Thinned
from equilibria._award_odds import AwardOdds
from equilibria._award_start import equal_provers, stretched
from equilibria._bid_cells import Array, Break, Cell, lobatto, matrices
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

FLATTEST = 1e-12
"""The least slope of a stated curve, as a share of its rise on the cell."""

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

    def strategies(
        self, priors: Mapping[str, Distribution], odds: AwardOdds, top: float, presence: Sequence[float] | None = None,
        secret: Distribution | None = None,
    ) -> dict[str, InverseCurve]:
        """Equilibrium strategies in the orientation of a procurement.

        Args:
            priors: cost distributions by label, whose supports begin together and end together or above `top`.
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
        for power, degree in ((odds.order(), self.degree), (3 * odds.order(), self.degree), (odds.order(), self.degree + 4)):
            try:
                problem, x = replace(self, degree=degree)._solved(laws, odds, top, min(power, MOST_POWER), secret)
            except SolverFailure as failure:
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
        """Solve on a few cells, then where costs pass knots, then on finer cells."""
        reserved = top < min(law.support[1] for law in laws)
        cells = [Cell(0, 0.0, 0.2, "left", power), Cell(0, 0.2, 0.6, "left", power), Cell(0, 0.6, 1.0, "right", 1 + reserved)]
        problem, x = self._continued(laws, odds, top, cells, secret)
        breaks, starts = _breaks(problem, x, laws, secret)
        if breaks:
            cells = _segmented(len(breaks), power, reserved)
        finer = AwardEquations(laws, problem.odds, top, cells, breaks, self.degree, secret)
        found = finer.solve(_moved(problem, x, finer, starts, powers=False), 1e-6)
        if found is None:
            raise SolverFailure("the equations were not solved where costs pass knots of their priors. Use smoother priors.")
        return self._refined(finer, found)

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
                found = finer.solve(_moved(problem, x, finer, x[problem.starts], powers), 1e-6)
                if found is not None:
                    break
            if found is None:
                break
            problem, x = finer, found
        final = problem.solve(x, 1e-11)
        return problem, x if final is None else final


def _parts(cell: Cell) -> list[Cell]:
    return cell.parts() if cell.end - cell.begin > LEAST_CELL else [cell]


def _breaks(
    problem: AwardEquations, x: Array, laws: Sequence[Prior], secret: Distribution | None
) -> tuple[tuple[Break, ...], Array]:
    """Where costs pass knots of their priors, and the bids at which segments begin."""
    begin, found = float(x[problem.starts[0]]), []
    bids = begin * np.linspace(1.0, 0.0, 4001)
    costs = _costs_at(problem, x, bids) + problem.top
    for i, law in enumerate(laws):
        for knot in law.knots[1:-1]:
            if law.support[0] < knot < problem.top:
                found.append((float(np.interp(knot, np.maximum.accumulate(costs[:, i]), bids)), Break(i, knot, False)))
    for knot in () if secret is None else secret.knots:
        if begin + 1e-9 * abs(begin) < knot - problem.top < 0.0:
            found.append((knot - problem.top, Break(-1, knot, False)))
    found.sort(key=lambda item: item[0])
    if len(found) > 16:
        raise SolverFailure(f"{len(found)} knots of priors are too many for collocation. Use smoother priors.")
    return tuple(item for _, item in found), np.array([begin, *(bid for bid, _ in found)])


def _segmented(breaks: int, power: int, reserved: bool) -> list[Cell]:
    """Cells of segments that begin at the lowest bid and where costs pass knots."""
    first = [Cell(0, 0.0, 0.3, "left", power), Cell(0, 0.3, 1.0, "left", power)]
    between = [Cell(k, 0.0, 1.0, "right", 1) for k in range(1, breaks)]
    return [*first, *between, Cell(breaks, 0.0, 0.5, "right", 1 + reserved), Cell(breaks, 0.5, 1.0, "right", 1 + reserved)]


def _costs_at(problem: AwardEquations, x: Array, bids: Array) -> Array:
    """Costs at bids, counted from the highest bid, with one more axis."""
    costs, bounds = x[problem.index], np.append(x[problem.starts], 0.0)
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


def _moved(problem: AwardEquations, x: Array, finer: AwardEquations, starts: Array, powers: bool) -> Array:
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
    return finer.pack(costs, starts)


def _power_at(near: Array, steps: Array) -> tuple[Array, Array]:
    """Size and exponent of powers, from values at two points beside a place."""
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.diff(np.log(near), axis=0)[0] / np.diff(np.log(steps))[0]
    return near.mean(axis=0), np.clip(np.where(np.isfinite(power), power, 1.0), 0.05, 10.0)


def _rising(first: float, last: float, bend: Array) -> Array:
    """A bend, shrunk so that its curve rises everywhere: near the lowest bid a slope may vanish, or a polynomial wiggle."""
    from numpy.polynomial import Polynomial

    slope = (Polynomial([1.0, 0.0, -1.0]) * Polynomial(bend)).deriv()(-np.cos(np.linspace(0.0, np.pi, 400)))
    fall = float(slope.min()) / (last - first)
    return bend if fall > FLATTEST - 0.5 else bend * ((0.5 - FLATTEST) / -fall)


def _curves(problem: AwardEquations, x: Array) -> list[InverseCurve]:
    """The solution as it is stated: exact ends, polynomials between."""
    from numpy.polynomial import chebyshev

    degree, costs = problem.degree, problem.top + x[problem.index]
    bounds = problem.top + np.append(x[problem.starts], 0.0)
    for k, b in enumerate(problem.breaks):
        if b.prover < 0:
            bounds[k + 1] = b.cost
    inner = lobatto(degree)[1:-1]
    to_powers: NDArray[np.float64] = np.zeros((degree - 1, degree - 1))
    for k in range(degree - 1):
        to_powers[: k + 1, k] = chebyshev.cheb2poly(np.eye(degree - 1)[k])[: k + 1]
    fit = to_powers @ np.linalg.inv(chebyshev.chebvander(inner, degree - 2))
    left, right = bounds[problem.segment], bounds[problem.segment + 1]
    shares = np.array([cell.begin for cell in problem.cells])
    bids = np.append(np.where(shares == 0.0, left, left + (right - left) * shares), problem.top)
    anchors = np.where([cell.side == "left" for cell in problem.cells], left, right)
    powers = np.array([cell.power for cell in problem.cells])
    found = []
    for i, law in enumerate(problem.laws):
        values = np.append(costs[:, 0, i], min(problem.top, law.support[1]))
        values[0] = law.support[0]
        for k, b in enumerate(problem.breaks):
            if b.prover == i:
                values[int(np.argmax(problem.segment > k))] = b.cost
        line = values[:-1, None] + 0.5 * (1.0 + inner) * np.diff(values)[:, None]
        bends = ((costs[:, 1:-1, i] - line) / ((1.0 - inner) * (1.0 + inner))) @ fit.T
        bends = np.array([_rising(u, v, bend) for (u, v), bend in zip(pairwise(values), bends, strict=True)])
        found.append(
            InverseCurve(reach=float(values[-1]), bids=bids, anchors=anchors, powers=powers, costs=values, bends=bends)
        )
    return found
