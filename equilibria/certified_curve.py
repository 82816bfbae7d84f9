"""The curve of a tuning: each reserve solved once and certified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from equilibria.equilibrium import Equilibrium
from equilibria.requester_surplus import requester_surplus
from equilibria.reserve_search import Shape, award_density
from equilibria.solving import Progress, solve
from equilibria.tuning_record import CurvePoint, Objective, Sensitivity
from mechanisms import FirstPrice, Market, Mechanism, PostedPrice, SolverFailure

SEARCH_CELLS = 60
"""Bid cells of a first-price equilibrium during the search; the tuned one gets the solver's default."""
BESIDE_GRID = 20
"""Reserves that are solved beside the grid, about; for progress only."""


@dataclass(slots=True)
class CertifiedCurve:
    """Certified points of the curve; $x$ is the reserve in a procurement and minus the reserve in a sale."""

    mechanism: Mechanism
    market: Market
    objective: Objective
    progress: Progress | None
    points: dict[float | None, CurvePoint] = field(default_factory=dict)
    failures: int = 0
    planned: int = BESIDE_GRID
    near: Equilibrium | None = None
    """The equilibrium that collocation found last, from which the next reserve starts."""
    rough: bool = False
    """Whether collocation has found nothing once, so that it is not tried again."""

    def range(self) -> tuple[float, float]:
        """The reserves worth searching: from the lowest cost to where nothing changes, or only for the worse."""
        supports = [prior.support for prior in self.market.as_procurement().priors]
        tops = sorted(high for _, high in supports)
        certain = isinstance(self.mechanism, PostedPrice) or len(tops) == 1
        return min(low for low, _ in supports), tops[0] if certain else tops[1]

    def may_go_without(self) -> bool:
        """Whether the rule has a meaning without a reserve."""
        return not isinstance(self.mechanism, PostedPrice) and len(self.market.labels) > 1

    def solved(self, x: float | None, *, search: bool = True) -> Equilibrium:
        """The equilibrium with reserve `x`."""
        rule = self.mechanism
        if x is None:
            rule = type(rule)()
        else:
            rule = with_reserve(rule, self.market.sign * x + 0.0)
        if not (search and isinstance(rule, FirstPrice)):
            return solve(rule, self.market)
        from equilibria.games.pay_as_bid import spectral_solver
        from equilibria.games.symmetric import suits
        from equilibria.hazard_shooting import HazardShooting

        if suits(self.market, None if rule.reserve is None else float(rule.reserve)):
            return solve(rule, self.market)  # in a few milliseconds
        spectral = None if self.rough else spectral_solver(self.market.priors, self.near)
        if spectral is not None:
            try:
                self.near = solve(rule, self.market, spectral)
                return self.near
            except SolverFailure:
                self.rough = True
        return solve(rule, self.market, HazardShooting(cells=SEARCH_CELLS))

    def point(self, x: float | None) -> CurvePoint:
        """The point of the curve with reserve `x`, solved on first use."""
        if x not in self.points:
            self._add(x, self.solved(x))
            if self.progress is not None:
                self.progress("tuning", min(0.99, len(self.points) / self.planned))
        return self.points[x]

    def _add(self, x: float | None, equilibrium: Equilibrium) -> None:
        kept = equilibrium.expected_payment if self.objective == "payment" else requester_surplus(equilibrium)
        assert kept is not None
        self.points[x] = CurvePoint(
            reserve=None if x is None else self.market.sign * x + 0.0,
            expected_payment=equilibrium.expected_payment,
            no_award=equilibrium.no_award,
            objective=kept,
            epsilon=equilibrium.epsilon,
        )

    def plan(self, reserves: int) -> None:
        """Say how many reserves the grid has, for progress."""
        self.planned = reserves + BESIDE_GRID

    @property
    def better(self) -> int:
        """+1 where more of the objective is better, -1 where less is."""
        return -self.market.sign if self.objective == "payment" else 1

    def score(self, x: float) -> float:
        """The objective, more being better; between its neighbours where the solver fails."""
        try:
            return self.better * self.point(x).objective.midpoint
        except SolverFailure:
            known = {y: point.objective.midpoint for y, point in self.points.items() if y is not None}
            if not known:
                raise
            self.failures += 1
            around = sorted(known)
            return self.better * float(np.interp(x, around, [known[y] for y in around]))

    def allowed(self, x: float, limit: float) -> float:
        """`x`, or the next reserve above it at which the certified probability of no award is within the limit."""
        for y in self._upward(x):
            if self.point(y).no_award.upper <= limit:
                return y
            del self.points[y]
        raise SolverFailure(f"no award within {limit:.3g} could not be certified near the reserve {self.market.sign * x:.6g}.")

    def confirmed(self, x: float, limit: float | None) -> tuple[float, Equilibrium]:
        """The reserve and its equilibrium by the solver's default; `x` moves up if the limit is not certified there."""
        for y in self._upward(x):
            found = self.solved(y, search=False)
            if limit is None or found.no_award.upper <= limit:
                self._add(y, found)
                return y, found
        raise SolverFailure(f"no award within {limit:.3g} could not be certified near the reserve {self.market.sign * x:.6g}.")

    def _upward(self, x: float) -> Iterator[float]:
        """`x`, then reserves above it by growing steps, the first of one unit in the last place."""
        low, high = self.range()
        step = float(np.spacing(max(abs(low), abs(high))))
        while step < 1e-6 * (high - low):
            yield x
            x, step = x + step, 4.0 * step

    def sensitivity(self, x: float, flat: tuple[float, float], shape: Shape, *, held: bool) -> Sensitivity:
        """What the search found around `x`, in the orientation of the market and of the objective."""
        sign = self.market.sign
        below, above = (self.better * sign * slope for slope in (shape.left, shape.right)[::sign])
        per_value = None
        if self.objective == "surplus":
            free = shape.smooth and not held
            priors = self.market.as_procurement().priors
            per_value = -award_density(priors, x) / shape.bend if free else 0.0
        low, high = sorted(sign * end + 0.0 for end in flat)
        return Sensitivity(
            flat=(low, high), slope_below=below + 0.0, slope_above=above + 0.0, reserve_per_value=per_value
        )


def with_reserve(mechanism: Mechanism, reserve: float) -> Mechanism:
    """The same rule with its reserve (or posted price) set."""
    amount = {"price": reserve} if isinstance(mechanism, PostedPrice) else {"reserve": reserve}
    return replace(mechanism, **amount)
