r"""Pay as bid where several bids win, provers that differ: collocation of inverse bids, by continuation from equal provers.

With $X_i(b)$ the expected award of a bid (`_award_odds`) and $\varphi_i(b)$ the cost that makes it, an equilibrium satisfies
$X_i+(b-\varphi_i)X_i'=0$ for every prover $i$, from the unknown lowest bid, where costs are lowest, to the known highest one.
Near the lowest bid at least $q$ rivals must bid below to cost anybody an award, so that $\varphi_i$ is smooth in the $q$-th root
of the distance, along which the first cells run. Newton's method starts at the equilibrium of equal provers with the mean of the
priors, in closed form, and follows the priors to the true ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equilibria._award_collocation import AwardEquations, Blend, Law
from equilibria._award_odds import AwardOdds
from equilibria._bid_cells import Array, Break, Cell, lobatto, matrices
from equilibria.inverse_curves import InverseCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import SolverFailure

__all__ = ["AwardCollocation"]

WORST = 1e-6
"""The gain from residuals, as a share of the bid range, above which the solution is not used."""

LEAST_CELL = 1e-9
"""The smallest cell, as a share of its segment."""

LEAST_SHARE = 1.0 / 64.0
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

    def strategies(self, priors: Mapping[str, Distribution], odds: AwardOdds, top: float) -> dict[str, InverseCurve]:
        """Equilibrium strategies in the orientation of a procurement.

        Args:
            priors: cost distributions by label, whose supports begin together and end together or above `top`.
            odds: what bids are awarded.
            top: the highest bid.

        Raises:
            SolverFailure: the continuation or Newton's method did not converge.
        """
        laws = list(priors.values())
        reserved = top < min(law.support[1] for law in laws)
        power = _power(laws, odds.order())
        cells = [Cell(0, 0.0, 0.2, "left", power), Cell(0, 0.2, 0.6, "left", power), Cell(0, 0.6, 1.0, "right", 1 + reserved)]
        problem, x = self._continued(laws, odds, top, cells)
        breaks, starts = _breaks(problem, x, laws)
        if breaks:
            cells = _segmented(cells, len(breaks), power, reserved)
            finer = AwardEquations(laws, [(1.0, odds)], top, cells, breaks, self.degree)
            problem, x = finer, _moved(problem, x, finer, starts)
            x = _solved(problem, x)
        problem, x = self._refined(problem, x)
        error = float(problem.errors(x).max(axis=1).sum()) / -float(x[problem.starts[0]])
        if not error <= WORST:
            raise SolverFailure(f"collocation leaves residuals of {error:.1e} of the bid range. Use more cells or a smoother prior.")
        return dict(zip(priors, _curves(problem, x), strict=True))

    def _continued(
        self, laws: Sequence[Distribution], odds: AwardOdds, top: float, cells: list[Cell]
    ) -> tuple[AwardEquations, Array]:
        """Follow the solution from equal provers to the true ones, on few cells."""
        n = len(laws)
        rank = min(max(round(odds.awards[:, 0].sum() * odds.awards.shape[1] / sum(odds.sizes) / odds.awards.max()), 1), n - 1)
        rank = min(max(odds.order(), rank), n - 1)
        equal = AwardOdds.of_capacities(rank, (1,) * n)
        alike = odds.sizes == equal.sizes and odds.awards.shape == equal.awards.shape and bool((odds.awards == equal.awards).all())

        def at(share: float) -> AwardEquations:
            blends: list[Law] = [Blend(law, laws, share) for law in laws]
            mixed = [(1.0, odds)] if alike else [(share, odds), (1.0 - share, equal)]
            return AwardEquations(blends, [(w, o) for w, o in mixed if w > 0.0], top, cells, (), self.degree)

        problem = at(0.0)
        found = problem.solve(_equal_provers(problem, equal), 1e-4)
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
        problem = AwardEquations(problem.laws, problem.odds, problem.top, problem.cells, problem.breaks, problem.degree)
        x = _solved(problem, x)
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
            finer = AwardEquations(problem.laws, problem.odds, problem.top, cells, problem.breaks, self.degree)
            found = finer.solve(_moved(problem, x, finer, x[problem.starts]), 1e-6)
            if found is None:
                break
            problem, x = finer, found
        final = problem.solve(x, 1e-11)
        return problem, x if final is None else final


def _solved(problem: AwardEquations, x: Array) -> Array:
    found = problem.solve(x, 1e-6)
    if found is None:
        raise SolverFailure("the collocation equations were not solved where costs pass knots of their priors. Use a smoother prior.")
    return found


def _parts(cell: Cell) -> list[Cell]:
    return cell.parts() if cell.end - cell.begin > LEAST_CELL else [cell]


def _power(laws: Sequence[Distribution], order: int) -> int:
    """The power of the distance to the lowest bid along which costs are smooth."""
    low, high = laws[0].support
    near = np.float64(low + 1e-7 * (high - low))
    exponents = [float((near - low) * law.pdf(near) / law.cdf(near)) for law in laws]
    return min(max(round(order * max(exponents)), 1), 12)


def _equal_provers(problem: AwardEquations, odds: AwardOdds) -> Array:
    """The symmetric equilibrium under the mean prior, as unknowns."""
    law, n = problem.laws[0], len(problem.laws)
    a = problem.top + float(problem.ends[0])
    low = problem.top + float(problem.lows[0])
    c = low + (a - low) * np.sin(np.linspace(0.0, 0.5 * np.pi, 2001)) ** 2
    below, above = (np.tile(np.asarray(part), (n, 1)) for part in (law.cdf(c), law.survival(c)))
    chance = odds.evaluate(below, above)[0][0]
    slices = 0.5 * (chance[1:] + chance[:-1]) * np.diff(c)
    rest = np.append(np.cumsum(slices[::-1])[::-1], 0.0)
    markup = np.where(chance > 1e-12, rest / np.maximum(chance, 1e-300), 0.0)
    bids = np.maximum.accumulate(c + markup) - problem.top
    nodes = lobatto(problem.degree)
    x = np.zeros(problem.size)
    x[problem.starts] = bids[0]
    at = problem.bids(x, nodes)[0]
    costs = np.minimum(np.interp(at, bids, c) - problem.top, at)
    return problem.pack(np.repeat(costs[:, :, None], n, axis=2), np.array([bids[0]]))


def _breaks(problem: AwardEquations, x: Array, laws: Sequence[Distribution]) -> tuple[tuple[Break, ...], Array]:
    """Where costs pass knots of their priors, and the bids at which segments begin."""
    begin, found = float(x[problem.starts[0]]), []
    bids = begin * np.linspace(1.0, 0.0, 4001)
    costs = _costs_at(problem, x, bids) + problem.top
    for i, law in enumerate(laws):
        for knot in law.knots[1:-1]:
            if law.support[0] < knot < problem.top:
                found.append((float(np.interp(knot, np.maximum.accumulate(costs[:, i]), bids)), Break(i, knot, False)))
    found.sort(key=lambda item: item[0])
    if len(found) > 16:
        raise SolverFailure(f"{len(found)} knots of priors are too many for collocation. Use smoother priors.")
    return tuple(item for _, item in found), np.array([begin, *(bid for bid, _ in found)])


def _segmented(cells: list[Cell], breaks: int, power: int, reserved: bool) -> list[Cell]:
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


def _moved(problem: AwardEquations, x: Array, finer: AwardEquations, starts: Array) -> Array:
    """The same costs on other cells."""
    bids = finer.bids(np.concatenate([np.zeros(int(finer.starts[0])), starts]), lobatto(finer.degree))[0]
    return finer.pack(_costs_at(problem, x, bids), starts)


def _curves(problem: AwardEquations, x: Array) -> list[InverseCurve]:
    """The solution as it is stated: exact ends, polynomials between."""
    from numpy.polynomial import chebyshev

    degree, costs = problem.degree, problem.top + x[problem.index]
    bounds = problem.top + np.append(x[problem.starts], 0.0)
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
        found.append(
            InverseCurve(reach=float(values[-1]), bids=bids, anchors=anchors, powers=powers, costs=values, bends=bends)
        )
    return found
