"""The path to provers of whom some set a uniform price: from a first price among them, then down a fading prize.

Where the lowest bids leave no part, nobody's own bid is the price, and markups vanish towards the lowest cost, often like
$c\\log c$. A little more is paid there on the way, to whoever is below all others who set the price: `size` times
$e^{-(b-\\ell)/scale}$. Bids then begin at one above the lowest cost, as they do at a first price, and both numbers are
brought down together: what is left of it adds at most their product to any gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Blend, Fading, Knotted, Law, Padded, Prior, twins
from equilibria._award_moves import breaks_of, moved, same_levels
from equilibria._award_odds import AwardOdds
from equilibria._award_paths import LATE, PADDED, three_cells
from equilibria._award_start import equal_provers
from equilibria._bid_cells import Array, Break, Cell, lobatto
from mechanisms.distributions import Uniform
from mechanisms.errors import SolverFailure

__all__ = ["PricePath"]

SIZE = 0.1
"""The prize to begin with, as a share of the most tasks that one can make."""

LAST = 1e-5
"""The scale, as a share of the bids, and with it the prize as a share of the first one, at which the path ends."""

ENOUGH = 1.1e-4
"""The share below which it ends where a step fails."""

FACTOR = 0.1
"""By how much the prize is brought down in a step that goes well; where one fails, by the root of it."""

MOST_FACTOR = 0.8
"""The smallest step."""

FALL = 1e-6
"""The chance of costs between a bid and a lower one, that no bid should leave, which tells a late entry."""

STRETCHES = (1.0, 0.7, 1.4, 0.5, 2.0)
"""How far from the lowest bid a late entry is, as a share of where the cost was lowest, in the order in which they are tried."""

ENTRY = (0.0, 0.02, 0.06, 0.15, 0.3, 0.6, 1.0)
"""Where cells begin and end in a segment that begins with an entry."""

GRAINS = (1.0, 0.1)
"""How much smaller cells beside the lowest bid are on the way from a first price, in the order in which they are tried."""

MOST_POWER = 12
"""The highest power of a map of bids."""

LEAST_SHARE = 1.0 / 16.0
"""The smallest step from a first price, as a share of what is left of the way."""

MOST_STEPS = 40
"""Steps from a first price after which the way is given up."""

MOST_LOST = 4
"""Times that late entries were not found after which they are not looked for."""

LEAST_STEP = 1e-4
"""The smallest step of all."""

GRADE = 4.0
"""How much larger each of the cells above the lowest bid is than the one below it."""


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
        self.second = sorted(law.support[0] for law in laws)[1]  # no rival is below
        self.padded = 1.0 if all(law.support[0] == self.low for law in laws) else PADDED
        self.kinked = self.padded < 1.0 or any(len(law.knots) > 2 for law in laws)
        self.common: Sequence[Law] = laws
        self.breaks: tuple[Break, ...] = ()
        self.done, self.grain, self.lost = 0.0, 1.0, 0
        self.extent = top - self.low
        self.size, self.scale = SIZE * max(odds.sizes[:n]), self.extent
        self.reserved = top < min(law.support[1] for law in laws)
        whole = odds.with_bystanders(1)
        setting = (np.arange(n + others + 1) < n)[:, None]
        self.odds = replace(whole, awards=setting * whole.awards)  # nobody asks what the others are awarded
        self.order = min(odds.order(), MOST_POWER)
        self.first = AwardOdds.of_capacities(1, (1,) * n)
        self.start = self.first.with_bystanders(others + 1)
        prize = np.zeros((n + others + 1, 1))
        prize[:n] = 1.0
        self.prize = AwardOdds((1,) * n + (0,) * others + (1,), np.zeros_like(prize), prize)

    def whole(self) -> tuple[AwardEquations, Array]:
        """Follow the solution from a first price among equal provers, and then the prize down, as far as it goes.

        Raises:
            SolverFailure: it was lost.
        """
        problem, x = self._first()
        for grain in GRAINS:
            self.grain = grain
            problem, x, done = self._along(problem, x)
            if done == 1.0:
                break
        else:
            raise SolverFailure(
                f"the path from a first price stopped at {done:.4g} of the way: a prover may bid over a gap. Make priors or "
                "capacities more alike, or set another reserve."
            )
        self.grain = 1.0
        if self.padded < 1.0:
            problem, x = self._apart(problem, x)
        problem, x = self._down(*(self._knotted(problem, x) or (problem, x)))
        entered = self._entered(problem, x, 1.0)
        if entered is not None:
            problem, x = self._down(*entered)
        knotted = self._knotted(problem, x)
        if knotted is None:
            raise SolverFailure("the equations were not solved where costs pass knots of their priors. Use smoother priors.")
        return knotted

    def _first(self) -> tuple[AwardEquations, Array]:
        """A first price among equal provers.

        Raises:
            SolverFailure: it was not solved.
        """
        cells, even = three_cells(1, self.reserved), Uniform(self.low, max(law.support[1] for law in self.laws))
        for common in ([even],) if self.kinked else (self.laws, [even]):
            self.common = common
            problem = self._equations(0.0, cells)
            alone = AwardEquations(problem.laws, [(1.0, self.first)], self.top, cells, (), self.degree)
            x = problem.solve(equal_provers(alone, self.first), 1e-4)
            if x is not None:
                break
        if x is None:
            raise SolverFailure("a first price among equal provers was not solved. Use smoother priors, or another reserve.")
        laws: list[Knotted] = [Padded(law, self.low) if law.support[0] > self.low else law for law in self.laws]
        self.breaks, starts = breaks_of(problem, x, laws, self.truthful, 1.0)
        if not self.breaks:
            return problem, x
        finer = self._equations(0.0, self._cells(starts))  # densities jump there on the way
        return finer, moved(problem, x, finer, starts, powers=False)

    def _along(self, problem: AwardEquations, x: Array) -> tuple[AwardEquations, Array, float]:
        """Move towards the rule, and how far it went."""
        step = 0.25
        for _ in range(MOST_STEPS):
            if self.done == 1.0:
                break
            share = min(self.done + step, 1.0)
            finer, found = self._tried(problem, x, share, x[problem.starts])
            if found is not None:
                problem, x, self.done, step = finer, found, share, 2.0 * step
                continue
            entered = self._entered(problem, x, self.done)
            if entered is not None:
                problem, x = entered
                continue
            step *= 0.5
            if step < max(LEAST_SHARE * (1.0 - self.done), LEAST_STEP):
                break
        return problem, x, self.done

    def _down(self, problem: AwardEquations, x: Array) -> tuple[AwardEquations, Array]:
        """Bring the prize down, as far as it goes."""
        factor = FACTOR
        while self.scale > LAST * self.extent:
            size, scale = self.size, self.scale
            self.size, self.scale = factor * size, max(factor * scale, LAST * self.extent)
            finer, found = self._tried(problem, x, 1.0, x[problem.starts])
            if found is not None:
                problem, x, factor = finer, found, max(factor**2, FACTOR)
                continue
            self.size, self.scale, factor = size, scale, factor**0.5
            entered = self._entered(problem, x, 1.0)
            if entered is not None:
                problem, x = entered
            elif factor > MOST_FACTOR or scale < ENOUGH * self.extent:
                break
        return problem, x

    def _equations(self, share: float, cells: Sequence[Cell]) -> AwardEquations:
        """Of a share of the way from a first price."""
        own = share * self.padded
        blends: list[Law] = [Blend(law, self.common, own) for law in self.laws] if own < 1.0 else list(self.laws)
        mixed = [(share, self.odds), (share * self.size, self.prize), (1.0 - share, self.start)]
        hidden: list[Law] = [*self.truthful, Fading(self.second, self.scale)]
        return AwardEquations(blends, [(w, o) for w, o in mixed if w > 0.0], self.top, cells, self.breaks, self.degree, hidden)

    def _entered(self, problem: AwardEquations, x: Array, share: float) -> tuple[AwardEquations, Array] | None:
        """A solution in which provers whose costs fall in the bid enter late; None where none do, or none was found."""
        late = self._late(problem, x)
        if not late or self.lost == MOST_LOST:
            return None
        begin, kept = float(x[problem.starts[0]]), self.breaks
        entries = [(float(bid), b) for bid, b in zip(x[problem.starts[1:]], kept, strict=True)]
        for stretch in STRETCHES:
            places = [(begin + stretch * (bid - begin), Break(i, self.laws[i].support[0], True)) for i, bid in late.items()]
            together = sorted([*entries, *places], key=lambda place: place[0])
            starts = np.array([begin, *(bid for bid, _ in together)])
            if not (np.diff(np.append(starts, 0.0)) > 0.0).all():
                continue
            self.breaks = tuple(b for _, b in together)
            entering, found = self._tried(problem, x, share, starts)
            if found is not None and not self._late(entering, found):
                return entering, found
        self.breaks, self.lost = kept, self.lost + 1
        return None

    def _tried(self, problem: AwardEquations, x: Array, share: float, starts: Array) -> tuple[AwardEquations, Array | None]:
        """The equations with the present prize and entries, and their solution from another one."""
        finer = self._equations(share, self._cells(starts))
        return finer, finer.solve(moved(problem, x, finer, starts, powers=False), 1e-6)

    def _apart(self, problem: AwardEquations, x: Array) -> tuple[AwardEquations, Array]:
        """A solution for supports that begin apart, from one in which each has a little mass below.

        Raises:
            SolverFailure: none was found.
        """
        self.padded = 1.0
        for late in LATE:
            self.breaks, starts = breaks_of(problem, x, self.laws, self.truthful, late)
            finer = self._equations(1.0, self._cells(starts))
            rough = same_levels(problem, x, finer, moved(problem, x, finer, starts, powers=False), self.laws)
            found = finer.solve(rough, 1e-6)
            if found is not None:
                return finer, found
        raise SolverFailure(
            "supports of provers who set the price begin apart, and where later ones enter was not found. Make them more alike."
        )

    def _late(self, problem: AwardEquations, x: Array) -> dict[int, float]:
        """Whose cost falls in the bid, and at what bid it is lowest."""
        bids, costs = problem.bids(x, lobatto(self.degree))[0].ravel(), problem.costs(x)
        alike, found = twins(problem.laws, self.odds), {}
        for i in range(len(self.laws)):
            levels = self.laws[i].cdf(self.top + costs[:, :, i].ravel())
            falls = np.maximum.accumulate(levels) - levels
            if alike[i] == i and falls.max() > FALL and not any(b.prover == i for b in self.breaks):
                found[i] = float(bids[np.argmax(falls)])
        return found

    def _knotted(self, problem: AwardEquations, x: Array) -> tuple[AwardEquations, Array] | None:
        """A solution with segments that begin where costs pass knots of their priors; None if none was found."""
        knots, starts = breaks_of(problem, x, self.laws, self.truthful, 1.0)
        new = [(float(bid), b) for bid, b in zip(starts[1:], knots, strict=True) if b not in self.breaks]
        if not new:
            return problem, x
        kept, old = self.breaks, zip(x[problem.starts[1:]], self.breaks, strict=True)
        places = sorted([*new, *((float(bid), b) for bid, b in old)], key=lambda place: place[0])
        self.breaks = tuple(b for _, b in places)
        finer, found = self._tried(problem, x, 1.0, np.array([starts[0], *(bid for bid, _ in places)]))
        if found is None:
            self.breaks = kept
            return None
        return finer, found

    def _cells(self, starts: Array) -> list[Cell]:
        """Cells that are small at the lowest bid, as suits the prize, and where provers enter."""
        power, last, cuts = 1 + self.reserved, len(self.breaks), [0.0]
        share = float(np.append(starts, 0.0)[1] - starts[0]) / self.extent
        cuts.append(self.grain * min(0.05, 0.1 * self.scale / (share * self.extent)))
        while cuts[-1] * GRADE < 0.3:
            cuts.append(cuts[-1] * GRADE)
        cells = [Cell(0, u, v, "left", 1 if u > 0.0 else self.order) for u, v in pairwise([*cuts, 0.6])]
        cells.append(Cell(0, 0.6, 1.0, "left", 1) if last else Cell(0, 0.6, 1.0, "right", power))
        for k, b in enumerate(self.breaks, start=1):
            points = ENTRY if b.entry else (0.0, 0.5, 1.0)
            side: Literal["left", "right"] = "right" if k == last else "left"
            inner = [Cell(k, u, v, "left", 1) for u, v in pairwise(points[:-1])]
            cells += [*inner, Cell(k, points[-2], 1.0, side, power if k == last else 1)]
        return cells
