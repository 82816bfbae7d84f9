r"""Collocation of the first-order conditions of a contest with private costs, by Newton's method.

Unknown are the efforts at Chebyshev points in the logarithm of the cost, one polynomial for each law of costs. With the scores
$x=e^\alpha$, the transforms $L_j(t)=E[e^{-te_j(c)^\alpha}]$ and $\Lambda_i=\prod_{j\ne i}L_j$,

$$ P_i=x\int_0^\infty e^{-tx}\Lambda_i\,dt,\qquad \frac{dP_i}{de}=\alpha e^{\alpha-1}\int_0^\infty(1-tx)e^{-tx}\Lambda_i\,dt, $$

so the sum over rivals, whatever their number, is a product, and the condition $T'(e)=c$ has an exact Jacobian. The integrals over
$t$ are trapezoidal sums in $\log t$. Where high costs stay out, the highest that takes part is $T'(0)$ for $\alpha=1$ and
$\max_eT(e)/e$ above, a fixed point that is found by turns with Newton's method. Exponents above 1 are reached by continuation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equilibria._contest_conditions import Conditions, State
from equilibria._contest_grids import Array, coefficients, grid
from equilibria.share_functions import ShareFunctions
from mechanisms import Distribution, InvalidInput

__all__ = ["ContestCollocation"]

REPLIES = (2, 16)
"""Rounds of best replies before Newton's method, at first and where it failed."""

REACHES = 40
"""Times that the highest costs which take part are moved."""

STRIDE, SHORTEST = 0.25, 0.02
"""First and least step of the continuation in the exponent."""

NEXT_TO_NOTHING = (
    "contestants of high cost make efforts next to nothing: an effort pays them only where all rivals happen to be as weak, and "
    "polynomials do not follow efforts over so many orders of magnitude. Use narrower laws of costs, fewer contestants, or leave "
    "the weakest out of the market."
)
"""What is said of contests in which everybody may come close to staying out."""

STAYS_OUT = (
    "there is no equilibrium in pure strategies in which some contestant always takes part: at such an exponent high costs lose "
    "by any effort and stay out, and where all rivals may stay out the least effort wins. Use a smaller exponent."
)
"""What is said of exponents above 1 at which everybody may stay out."""

ENTRIES = 12
"""Rounds of best replies from which an exponent above 1 is tried once more, with high costs out."""

Laws = Sequence[tuple[Distribution, int]]
"""Laws of costs, each with the number of its contestants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Efforts on grids, and why they may not be an equilibrium (None where the solver is content)."""

    state: State
    failure: str | None


def extrapolated(first: list[float], second: list[float], third: list[float]) -> list[float]:
    """Aitken's limit of three steps of a linearly converging iteration, for each entry."""
    limits = []
    for a, b, c in zip(first, second, third, strict=True):
        bend = (c - b) - (b - a)
        limit = c - (c - b) ** 2 / bend if bend != 0.0 else c
        limits.append(limit if abs(limit - c) < 10.0 * abs(c - b) else c)
    return limits


@dataclass(frozen=True, slots=True)
class ContestCollocation:
    """Newton's method on the collocated first-order conditions.

    Arguments:
        degree: degree of the polynomials to begin with; it is doubled until their last coefficients are small.
        largest_degree: where doubling ends.
        tolerance: relative error of the first-order conditions, and relative size of the last coefficients, to reach.
        iterations: Newton steps for each degree, exponent and highest cost.

    Raises:
        InvalidInput: a parameter is out of its range.
    """

    degree: int = 16
    largest_degree: int = 96
    tolerance: float = 1e-11
    iterations: int = 60

    def __post_init__(self) -> None:
        if not (2 <= self.degree <= self.largest_degree <= 128 and self.tolerance > 0.0 and self.iterations > 0):
            raise InvalidInput(f"degrees must be 2 <= degree <= largest_degree <= 128, the rest positive; got {self!r}.")

    def efforts(self, laws: Laws, prize: float, exponent: float, rebate: float = 0.0) -> Found:
        """Efforts on Chebyshev points for laws of costs with their numbers of contestants."""
        done = min(exponent, 1.0)
        game, step = Conditions(prize, done, rebate), STRIDE
        for rounds in REPLIES:
            state = self._start(laws, prize, done)
            for _ in range(rounds):
                state = game.replied(state)
            found = self._settled(state, game, laws, last=done == exponent)
            if found.failure is None:
                break
        while found.failure is None and done < exponent:
            ahead, last = min(done + step, exponent), found.state
            lifted = State(list(last.grids), [np.maximum(e, 1e-3 * e.max()) for e in last.efforts], list(last.which))
            tried = self._settled(lifted, Conditions(prize, ahead, rebate), laws, last=ahead == exponent)
            if tried.failure is None:
                found, done = tried, ahead
            else:
                step /= 2.0
                if step < SHORTEST:
                    return Found(state=found.state, failure=tried.failure)
        return found

    def _start(self, laws: Laws, prize: float, exponent: float) -> State:
        """What each cost would do if it were everybody's; idle is who would be at its lowest cost against mean costs."""
        which = list(range(len(laws)))
        if exponent == 1.0:
            means = np.concatenate([np.full(count, law.mean()) for law, count in laws])
            total = float(ShareFunctions().efforts(means, prize).sum())
            which = [k for k, (law, _) in enumerate(laws) if law.support[0] * total < prize]
        number = sum(laws[k][1] for k in which)
        share = exponent * (number - 1) / number**2
        grids = [grid(*laws[k], laws[k][0].support[1], self.degree) for k in which]
        return State(grids, [share * prize / each.costs for each in grids], which)

    def _settled(self, state: State, game: Conditions, laws: Laws, *, last: bool) -> Found:
        """A solution in which nobody who is idle would rather make an effort; its degree is raised for the last exponent."""
        for _ in laws:
            found = self._solve(state, game, last)
            again = [] if found.failure is not None else game.attracted(found.state, laws)
            if not again:
                return found
            if game.exponent > 1.0:
                return Found(state=found.state, failure=STAYS_OUT)
            state = found.state
            for k in again:
                low, high = laws[k][0].support
                each = grid(*laws[k], low + 1e-3 * (high - low), state.degree)
                state.grids.append(each)
                state.efforts.append(np.linspace(1e-3, 1e-6, state.degree + 1) * game.prize / low)
                state.which.append(k)
            game.reached(state)
        return Found(state=state, failure="it was not found out who stays out at every cost. Leave out the weakest contestants.")

    def _solve(self, state: State, game: Conditions, last: bool) -> Found:
        while True:
            failure = self._newton(state, game)
            if failure is not None and game.exponent > 1.0:
                for _ in range(ENTRIES):
                    state = game.replied(state)
                failure = self._newton(state, game)
            ends: list[list[float]] = []
            for _ in range(REACHES):
                if failure is not None or game.exponent < 1.0 or not game.reached(state):
                    break
                ends = [*ends, [g.reach for g in state.grids]]
                if len(ends) == 3 and len({len(reaches) for reaches in ends}) == 1:
                    game.end_at(state, extrapolated(*ends))
                ends = ends[-2:] if len(ends) < 3 else []
                if game.exponent > 1.0 and all(g.absent > 0.0 for g in state.grids):
                    return Found(state=state, failure=STAYS_OUT)
                failure = self._newton(state, game)
            tails = [float(np.abs(coefficients(e)[-3:]).max() / np.abs(e).max()) for e in state.efforts]
            if failure is not None or not last or max(tails) <= self.tolerance or state.degree == self.largest_degree:
                return Found(state=state, failure=failure or game.objection(state))
            state = state.refined(min(2 * state.degree, self.largest_degree))

    def _newton(self, state: State, game: Conditions) -> str | None:
        error, linear = np.inf, game.exponent == 1.0
        for _ in range(self.iterations):
            residual, jacobian = game.linearised(state)
            error = float(np.abs(residual).max())
            if not np.isfinite(error) or not np.isfinite(jacobian).all():
                break
            if error <= self.tolerance:
                return None
            try:
                step: Array = np.asarray(np.linalg.solve(jacobian * state.scale(linear), -residual), dtype=np.float64)
            except np.linalg.LinAlgError:
                break
            if game.exponent == 1.0 and game.vanishing(state) and game.reached(state):
                if all(g.absent > 0.0 for g in state.grids):
                    return NEXT_TO_NOTHING
                continue
            state.move(step * min(1.0, 1.0 / float(np.abs(step).max())), linear)
        if error <= 1e3 * self.tolerance:
            return None
        if game.exponent == 1.0 and game.fading(state):
            return NEXT_TO_NOTHING
        return (
            f"Newton's method did not converge at the exponent {game.exponent:g}: the first-order conditions are off by "
            f"{error:.1e}. There may be no equilibrium in pure strategies in which everybody takes part; use a smaller exponent."
        )
