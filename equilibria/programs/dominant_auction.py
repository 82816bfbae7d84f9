r"""The optimal auction that is truthful in dominant strategies, by its allocation and utilities at every profile.

Unknowns are $x_i(\theta)$ and the utility $u_i(\theta)$ of each agent at each profile of types, and an agent of type $k$ faces,
whatever the others report, only its neighbours:

$$
u_i(k+1) - u_i(k) \ge (\theta_{k+1} - \theta_k)\, x_i(k), \qquad
u_i(k) - u_i(k+1) \ge -(\theta_{k+1} - \theta_k)\, x_i(k+1).
$$

*Why neighbours suffice.* For fixed reports of the others the two constraints between $k$ and $k+1$ give $x_i(k) \le x_i(k+1)$,
so $x_i$ increases. From $k$ up to $l$, adding neighbours' constraints, $u_i(k) \ge u_i(l) - \sum_{j=k}^{l-1} (\theta_{j+1} -
\theta_j) x_i(j+1) \ge u_i(l) - (\theta_l - \theta_k) x_i(l)$: type $k$ does not gain by reporting $l$. Downwards, $u_i(l) \ge
u_i(k) + \sum_{j=k}^{l-1} (\theta_{j+1} - \theta_j) x_i(j) \ge u_i(k) + (\theta_l - \theta_k) x_i(k)$. All $K (K - 1)$
constraints of an agent so follow from $2 (K - 1)$.

Reference: J.-C. Rochet, "A necessary and sufficient condition for rationalizability in a quasi-linear context",
J. Math. Econ. 16 (1987).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from equilibria.programs.finite_types import NO_LIMITS, REVENUE, FiniteTypes, Goal, Limits, Scaled
from equilibria.programs.linear_program import Columns, Integers, LinearProgram, Rows
from equilibria.programs.profiles import Profiles, expected_rows, narrow
from mechanisms import InvalidInput

Participation = Literal["ex_post", "interim"]


def dominant_auction(
    agents: Sequence[FiniteTypes],
    *,
    units: int = 1,
    goal: Goal = REVENUE,
    limits: Limits = NO_LIMITS,
    deficit_free: bool = False,
    balanced: bool = False,
    participation: Participation = "ex_post",
    capacities: Sequence[int] | None = None,
) -> LinearProgram:
    """The program of the best auction that is truthful in dominant strategies.

    Args:
        agents: the types of each.
        units: how many units there are.
        goal: what to maximise.
        limits: what must hold besides, in expectation.
        deficit_free: no money is lost at any profile.
        balanced: what some pay is what others are paid, at every profile.
        participation: nobody loses at any profile, or only no type in expectation.
        capacities: how many units each agent may get, publicly known; `None` for one each.

    Raises:
        InvalidInput: no agent or unit, or capacities that are not one positive integer an agent.

    Notes:
        The number of profiles is the product of the numbers of types, and there are two columns a profile and agent. Where no
        constraint holds profile by profile, the optimum is that of `symmetric_border` or `asymmetric_border`, which are smaller.

    Example:
        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> optimum = solve_exactly(dominant_auction([FiniteTypes.uniform(10)] * 2))
        >>> print(optimum.exact_value)
        49/100
    """
    if not agents or units < 1:
        raise InvalidInput(f"agents must be a non-empty list and units a positive integer; got {len(agents)} and {units}.")
    capacity = [1] * len(agents) if capacities is None else list(capacities)
    if len(capacity) != len(agents) or min(capacity) < 1:
        raise InvalidInput(f"capacities must be one positive integer an agent; got {capacities}.")
    scaled = Scaled.of(agents)
    profiles = Profiles.of(scaled)
    count, size = len(agents), profiles.size
    money, gains, scale = profiles.goal(goal)
    most = np.repeat(np.array(capacity, dtype=object), size)
    # a lower utility at all of an agent's types costs nothing, unless it is a goal or must cover what others are paid
    bounded = participation == "ex_post" and not balanced and money >= 0
    rents = np.repeat(np.array(profiles.rents(money), dtype=object), size) * most if bounded else None
    columns = [
        Columns("allocation", narrow(np.concatenate([profiles.weight * gain for gain in gains])), 0, most),
        Columns(
            "utility",
            narrow(np.concatenate([-money * profiles.weight] * count)),
            0 if participation == "ex_post" else None,
            rents,
            Fraction(1, scaled.unit),
        ),
    ]
    rows = neighbour_rows(profiles)
    everyone = np.arange(count * size).reshape(count, size).T
    rows.append(Rows("capacity", everyone, np.ones((1, count), dtype=np.int64), None, units))
    if participation == "interim":
        rows += _expected_utility(profiles)
    if deficit_free or balanced:
        paid = [narrow(values)[:, None] for values in profiles.values] + [np.full((size, 1), -1)] * count
        places = np.concatenate([everyone, everyone + count * size], axis=1)
        name = "balanced" if balanced else "deficit_free"
        rows.append(Rows(name, places, np.concatenate(paid, axis=1), 0, 0 if balanced else None, Fraction(scaled.unit)))
    rows += expected_rows(profiles, limits, math.prod(scaled.totals))
    source = {
        "kind": "dominant_auction",
        "agents": [agent.source() for agent in agents],
        "units": str(units),
        "goal": goal.source(),
        "limits": limits.source(),
        "deficit_free": "yes" if deficit_free else "no",
        **({"balanced": "yes"} if balanced else {}),
        **({"participation": "interim"} if participation == "interim" else {}),
        **({} if capacities is None else {"capacities": " ".join(map(str, capacity))}),
    }
    return LinearProgram.assemble(columns, rows, denominator=scaled.unit * math.prod(scaled.totals) * scale, source=source)


def _expected_utility(profiles: Profiles) -> list[Rows]:
    """No type of any agent loses in expectation over the others."""
    count, size = len(profiles.shape), profiles.size
    rows = []
    for i, weights in enumerate(profiles.scaled.weights):
        order = np.argsort(profiles.types[i], kind="stable").reshape(len(weights), -1)
        others = profiles.weight[order] // np.array(weights, dtype=object)[:, None]
        rows.append(Rows("participation", (count + i) * size + order, narrow(others), 0))
    return rows


def neighbour_rows(profiles: Profiles) -> list[Rows]:
    """No agent gains by reporting a neighbouring type, whatever the others report.

    Columns are the allocation and then the utility, agent by agent and profile by profile.
    """
    count, size = len(profiles.shape), profiles.size
    down, up = [], []
    for i in range(count):
        low, high = profiles.neighbours(i)
        step = narrow(profiles.values[i][high] - profiles.values[i][low])
        down.append(_gain(low, high, step, i * size, count * size))
        up.append(_gain(high, low, -step, i * size, count * size))
    named = (("truthful_down", down), ("truthful_up", up))
    return [
        Rows(name, np.concatenate([places for places, _ in parts]), np.concatenate([entries for _, entries in parts]), 0)
        for name, parts in named
    ]


def _gain(report: np.ndarray, truth: np.ndarray, step: Integers, x: int, u: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows `u(truth) - u(report) - step x(report) >= 0`."""
    places = np.column_stack([u + x + truth, u + x + report, x + report])
    ones = np.ones(step.size, dtype=np.int64)
    return places, np.column_stack([ones, -ones, -step])
