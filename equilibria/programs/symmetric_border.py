r"""The optimal auction among equals, by the interim allocation alone.

With $n$ agents of one prior, types $\theta_1 < \dots < \theta_K$ of probability $f_k$, the unknowns are the chance $X_k$ that a
type wins and its expected utility $U_k$. Averaging a mechanism over the permutations of the agents changes neither its value nor
any constraint here, so symmetric ones suffice.

$$
\max\ n \sum_k f_k \bigl[ (m + s) \theta_k X_k + a X_k - m\, U_k \bigr]
$$

$$
U_{k+1} - U_k \ge (\theta_{k+1} - \theta_k) X_k, \qquad
U_k - U_{k+1} \ge -(\theta_{k+1} - \theta_k) X_{k+1}, \qquad U_k \ge 0,
$$

$$
n \sum_{j \ge k} f_j X_j \le \mathbb{E} \min\bigl(q, \#\{i : \theta_i \ge \theta_k\}\bigr) \qquad \text{(Border, for } q \text{
units)}.
$$

*Why neighbours suffice.* The two constraints between $k$ and $k+1$ give $X_k \le X_{k+1}$. Adding those from $k$ up to $l$, each
step's gain $(\theta_{j+1} - \theta_j) X_{j+1} \le (\theta_{j+1} - \theta_j) X_l$ gives $U_k \ge U_l - (\theta_l - \theta_k) X_l$,
which is that type $k$ does not gain by reporting $l$; downwards alike.

*Why sets that are alike for all agents suffice.* The largest weighted award of any auction is a convex function of the weights of
types, symmetric in the agents, and Border's right side at sets is its value at indicators. If an interim allocation that is the
same for all agents exceeds it at some weights, it does so at their average over the permutations, and then at one of the level
sets of that average, which are alike (the function is additive over level sets).

*Why level sets suffice.* For sets alike the right side is a concave function of the chance $f(S)$ of the set. Let $S$, of types
and fractions of types, be violated most. Exchanging mass for that of types of larger $X$ does not lower the left side and keeps
the right one, so some worst $S$ is $\{\theta_k, \dots, \theta_K\}$ up to a fraction of $\theta_k$; the violation is convex in
that fraction, so it is largest at none or all of it. This uses that $X$ increases in the type.

The unknowns are $Q_k = \sum_{j \ge k} f_j X_j$ instead of $X_k$: Border's rows are then bounds, $K$ of them, and the program has
$2K$ columns, about as many rows, and four entries a row.

References: K. Border, "Implementation of reduced form auctions", Econometrica 59 (1991), and Economic Theory 31 (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np

from equilibria.programs.finite_types import (
    NO_LIMITS,
    REVENUE,
    FiniteTypes,
    Goal,
    Limits,
    Number,
    Scaled,
    award_gain,
    goal_scale,
)
from equilibria.programs.interim_rows import truthful_rows
from equilibria.programs.linear_program import Columns, LinearProgram, Rows, integers
from mechanisms import InvalidInput

MOST_AGENTS = 1000
"""More are refused, by the checker too: the chances of a thousand agents have thousands of digits."""


def symmetric_border(
    values: Sequence[Number],
    probabilities: Sequence[Number],
    *,
    agents: int,
    units: int = 1,
    goal: Goal = REVENUE,
    limits: Limits = NO_LIMITS,
) -> LinearProgram:
    """The program of the best Bayesian incentive compatible, interim individually rational auction among equals.

    Args:
        values: types, increasing.
        probabilities: of the types.
        agents: how many, each of whom may get one unit.
        units: how many units there are.
        goal: what to maximise.
        limits: what must hold besides.

    Raises:
        InvalidInput: types that `FiniteTypes` refuses, or no agent or unit.

    Example:
        Revenue from three buyers with values uniform on 1/10, ..., 1; a fair chance of each to be served half of the time:

        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> from equilibria.programs.finite_types import FiniteTypes
        >>> prior = FiniteTypes.uniform(10)
        >>> print(solve_exactly(symmetric_border(prior.values, prior.probabilities, agents=3)).exact_value)
        123/200
    """
    if not 1 <= agents <= MOST_AGENTS or not 1 <= units <= MOST_AGENTS:
        raise InvalidInput(f"agents and units must be integers from 1 to {MOST_AGENTS}; got {agents} and {units}.")
    prior = FiniteTypes(tuple(values), tuple(probabilities))  # type: ignore[arg-type]
    scaled, scale = Scaled.of([prior]), goal_scale(goal)
    unit, theta, total, weight = scaled.unit, scaled.values[0], scaled.totals[0], scaled.weights[0]
    count = len(theta)
    gains = [award_gain(goal, unit, scale, value) for value in theta]
    money = int(Fraction(goal.money) * scale)
    above = [total - below for below in accumulate(weight, initial=0)][:count]
    rank = [_served(agents, units, Fraction(part, total)) for part in above]
    caps = [total * served / agents for served in rank]
    if limits.share_at_most is not None:
        caps[0] = min(caps[0], Fraction(limits.share_at_most) * total)
    columns = [
        Columns(
            "won_from",
            integers([agents * (here - before) for before, here in zip([0, *gains], gains, strict=False)]),
            0,
            np.array(caps, dtype=object),
            Fraction(1, total),
        ),
        Columns(
            "utility",
            integers([-agents * money * chance for chance in weight]),
            0,
            theta[-1] - theta[0] if money >= 0 else None,
            Fraction(1, unit),
        ),
    ]
    rows = truthful_rows([theta], [weight])
    if limits.award_at_least is not None:
        rows.append(
            Rows("award", np.array([[0]]), integers([agents]), Fraction(limits.award_at_least) * total, unit=Fraction(total))
        )
    if limits.money_at_least is not None:
        taken = [here - before for before, here in zip([0, *theta], theta, strict=False)] + [-chance for chance in weight]
        needed = Fraction(limits.money_at_least) * unit * total
        rows.append(
            Rows(
                "money",
                np.arange(2 * count)[None, :],
                integers([agents * part for part in taken]),
                needed,
                unit=Fraction(total * unit),
            )
        )
    source = {
        "kind": "symmetric_border",
        "agents": str(agents),
        "units": str(units),
        **prior.source(),
        "goal": goal.source(),
        "limits": limits.source(),
    }
    return LinearProgram.assemble(columns, rows, denominator=unit * total * scale, source=source)


def _served(agents: int, units: int, chance: Fraction) -> Fraction:
    """The expectation of `min(units, N)` for `N` of the agents, each in with the chance given."""
    if units == 1:
        return 1 - (1 - chance) ** agents
    held = [Fraction(1)]
    for _ in range(agents):
        held = [
            stay * (1 - chance) + move * chance for stay, move in zip([*held, Fraction(0)], [Fraction(0), *held], strict=True)
        ]
    return sum((min(units, number) * odds for number, odds in enumerate(held)), Fraction(0))
