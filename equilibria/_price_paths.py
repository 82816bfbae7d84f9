"""The path to provers of whom some set a uniform price: from a first price among them, then down a fading prize.

Where the lowest bids leave no part, nobody's own bid is the price, and markups vanish towards the lowest cost, often like
$c\\log c$. A little more is paid there on the way, to whoever is below all others who set the price: `size` times
$e^{-(b-\\ell)/scale}$. Bids then begin at one above the lowest cost, as they do at a first price, and both numbers are brought down
together: what is left of it adds at most their product to any gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Blend, Law, Prior
from equilibria._award_moves import moved
from equilibria._award_odds import AwardOdds
from equilibria._award_paths import three_cells
from equilibria._award_start import equal_provers
from equilibria._bid_cells import Array, Break, Cell
from mechanisms.errors import SolverFailure

__all__ = ["Fading", "graded", "price_path"]

SIZE = 0.1
"""The prize to begin with, as a share of the most tasks that one can make."""

LAST = 1e-5
"""The scale, as a share of the bids, and with it the prize as a share of the first one, at which the path ends."""

FACTORS = (0.1, 0.3, 0.6)
"""By how much the prize is brought down in one step, in the order in which they are tried."""

LEAST_SHARE = 1.0 / 64.0
"""The smallest step from a first price."""

GRADE = 4.0
"""How much larger each of the cells above the lowest bid is than the one below it."""


@dataclass(frozen=True, slots=True)
class Fading:
    """What takes the prize away: an exponential law of bids."""

    low: float
    scale: float

    @property
    def support(self) -> tuple[float, float]:
        return self.low, np.inf

    @property
    def knots(self) -> tuple[float, ...]:
        return ()

    def cdf(self, x: Array) -> Array:
        return np.asarray(-np.expm1(-np.maximum(x - self.low, 0.0) / self.scale))

    def survival(self, x: Array) -> Array:
        return np.asarray(np.exp(-np.maximum(x - self.low, 0.0) / self.scale))

    def pdf(self, x: Array) -> Array:
        return np.asarray(self.survival(x) / self.scale)

    def quantile(self, p: Array) -> Array:
        return np.asarray(self.low - self.scale * np.log1p(-p))


class PricePath:
    """Equations along the path.

    Arguments:
        degree: of the polynomials.
        laws: priors of those who set the price.
        truthful: priors of those who bid their costs.
        odds: of the first and then of the others.
        top: the highest bid.
    """

    def __init__(self, degree: int, laws: Sequence[Prior], truthful: Sequence[Prior], odds: AwardOdds, top: float) -> None:
        self.degree, self.laws, self.truthful, self.top = degree, laws, truthful, top
        n, others = len(laws), len(truthful)
        self.low = min(law.support[0] for law in laws)
        self.extent = top - self.low
        self.size, self.scale = SIZE * max(odds.sizes[:n]), self.extent
        self.reserved = top < min(law.support[1] for law in laws)
        self.odds = odds.with_bystanders(1)
        self.first = AwardOdds.of_capacities(1, (1,) * n)
        self.start = self.first.with_bystanders(others + 1)
        prize = np.zeros((n + others + 1, 1))
        prize[:n] = 1.0
        self.prize = AwardOdds((1,) * n + (0,) * others + (1,), np.zeros_like(prize), prize)

    def equations(self, share: float, cells: Sequence[Cell], breaks: Sequence[Break] = ()) -> AwardEquations:
        """Of a share of the way from a first price."""
        blends: list[Law] = [Blend(law, self.laws, share) for law in self.laws] if share < 1.0 else list(self.laws)
        mixed = [(share, self.odds), (share * self.size, self.prize), (1.0 - share, self.start)]
        hidden: list[Law] = [*self.truthful, Fading(self.low, self.scale)]
        return AwardEquations(blends, [(w, o) for w, o in mixed if w > 0.0], self.top, cells, breaks, self.degree, hidden)

    def whole(self) -> tuple[AwardEquations, Array]:
        """Follow the solution from a first price among equal provers.

        Raises:
            SolverFailure: it was lost.
        """
        cells = three_cells(1, self.reserved)
        problem = self.equations(0.0, cells)
        alone = AwardEquations(problem.laws, [(1.0, self.first)], self.top, cells, (), self.degree)
        found = problem.solve(equal_provers(alone, self.first), 1e-4)
        if found is None:
            raise SolverFailure("equal provers with the mean prior were not solved. Use a smoother prior.")
        x, done, step = found, 0.0, 0.25
        while done < 1.0:
            share = min(done + step, 1.0)
            finer = self.equations(share, cells)
            found = finer.solve(x, 1e-4)
            if found is not None:
                problem, x, done, step = finer, found, share, 2.0 * step
                continue
            step *= 0.5
            if step < LEAST_SHARE:
                raise SolverFailure(
                    f"the path from a first price stopped at {done:.3g} of the way: a prover may bid over a gap, or enter late "
                    "since the first rival below costs it nothing. Make priors or capacities more alike, or set another reserve."
                )
        return problem, x

    def down(self, problem: AwardEquations, x: Array) -> tuple[AwardEquations, Array]:
        """Bring the prize down, as far as it goes."""
        while self.scale > LAST * self.extent:
            size, scale = self.size, self.scale
            for factor in FACTORS:
                self.size, self.scale = factor * size, max(factor * scale, LAST * self.extent)
                finer = self.equations(1.0, self.cells())
                found = finer.solve(moved(problem, x, finer, x[problem.starts], powers=False), 1e-6)
                if found is not None:
                    problem, x = finer, found
                    break
            else:
                self.size, self.scale = size, scale
                break
        return problem, x

    def cells(self, breaks: int = 0, share: float = 1.0) -> list[Cell]:
        """Cells that suit the prize; the first segment is a share of all bids."""
        return graded(min(0.05, 0.1 * self.scale / (share * self.extent)), breaks, self.reserved)


def graded(smallest: float, breaks: int, reserved: bool) -> list[Cell]:
    """Cells that are small at the lowest bid, in shares of the first segment, and one or two for each other segment."""
    cuts = [0.0, smallest]
    while cuts[-1] * GRADE < 0.3:
        cuts.append(cuts[-1] * GRADE)
    power = 1 + reserved
    cells = [Cell(0, u, v, "left", 1) for u, v in zip(cuts, cuts[1:], strict=False)]
    if not breaks:
        return [*cells, Cell(0, cuts[-1], 0.6, "left", 1), Cell(0, 0.6, 1.0, "right", power)]
    between = [Cell(k, 0.0, 1.0, "right", 1) for k in range(1, breaks)]
    last = [Cell(breaks, 0.0, 0.5, "right", power), Cell(breaks, 0.5, 1.0, "right", power)]
    return [*cells, Cell(0, cuts[-1], 1.0, "left", 1), *between, *last]
