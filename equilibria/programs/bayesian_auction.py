r"""The optimal auction that is truthful in expectation, or nearly so, over the allocations at all profiles.

Unknowns are the allocation $x_i(\theta)$ at each profile, the interim chances $X_i(k) = \mathbb{E}[x_i(\theta) \mid \theta_i =
k]$ and the interim utilities $U_i(k)$. No theory of reduced forms is needed here, so the incentive constraints may be weakened:
with `epsilon` positive, no type gains more than that by *any* report, which is a row for each pair of types. With `epsilon`
zero neighbours suffice (see `dominant_auction`).

Lowering all utilities of an agent by its least one costs nothing, unless rents are a goal; then
$0 \le U_i(k) \le \theta_{i,K} - \theta_{i,1} + \varepsilon$, since the type of least utility would report $k$ otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from equilibria.programs.finite_types import NO_LIMITS, REVENUE, FiniteTypes, Goal, Limits, Number, Scaled
from equilibria.programs.linear_program import Columns, LinearProgram, Rows, integers
from equilibria.programs.profiles import Profiles, narrow
from mechanisms import InvalidInput


def bayesian_auction(
    agents: Sequence[FiniteTypes],
    *,
    units: int = 1,
    goal: Goal = REVENUE,
    limits: Limits = NO_LIMITS,
    epsilon: Number = 0,
) -> LinearProgram:
    """The program of the best auction in which no type gains more than `epsilon` in expectation by lying.

    Args:
        agents: the types of each.
        units: how many units there are; each agent may get one.
        goal: what to maximise.
        limits: what must hold besides, in expectation.
        epsilon: the most that a lie may gain, in units of value.

    Raises:
        InvalidInput: no agent or unit, or `epsilon` is negative.

    Example:
        A twentieth of tolerance is worth more than that to the seller:

        >>> from fractions import Fraction
        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> pair = [FiniteTypes.uniform(4)] * 2
        >>> print(*(solve_exactly(bayesian_auction(pair, epsilon=e)).exact_value for e in (0, Fraction(1, 20))))
        19/32 331/480
    """
    if not agents or units < 1 or epsilon < 0:
        raise InvalidInput(
            f"agents must be a non-empty list, units positive and epsilon not negative; got {len(agents)}, {units} and {epsilon}."
        )
    scaled = Scaled.of(agents)
    profiles = Profiles.of(scaled)
    total, count, size = math.prod(scaled.totals), len(agents), profiles.size
    money, _, scale = profiles.goal(goal)
    kinds = [len(values) for values in scaled.values]
    interim = count * size + np.concatenate([[0], np.cumsum(kinds)])
    utility = interim + sum(kinds)
    slack = Fraction(epsilon) * scaled.unit
    slope, level = (Fraction(goal.money) + goal.types) * scale, Fraction(goal.award) * scale * scaled.unit
    won, rent, taken, tops, define, truthful = [], [], [], list[object](), [], []
    for i, (values, weights, own) in enumerate(zip(scaled.values, scaled.weights, scaled.totals, strict=True)):
        # X is counted in units of one over the totals of the others
        won.append([weight * int(slope * value + level) for weight, value in zip(weights, values, strict=True)])
        taken += [weight * value for weight, value in zip(weights, values, strict=True)]
        rent += [weight * (total // own) for weight in weights]
        tops += [values[-1] - values[0] + slack if money >= 0 else None] * kinds[i]
        order = np.argsort(profiles.types[i], kind="stable").reshape(kinds[i], -1)
        others = profiles.weight[order] // np.array(weights, dtype=object)[:, None]
        places = np.column_stack([i * size + order, interim[i] + np.arange(kinds[i])])
        define.append(Rows(f"interim_{i}", places, narrow(np.column_stack([others, np.full(kinds[i], -1, dtype=object)])), 0, 0))
        truth, report = _pairs(kinds[i], everyone=epsilon > 0)
        gaps = [values[t] - values[r] for t, r in zip(truth, report, strict=True)]
        places = np.column_stack([utility[i] + truth, utility[i] + report, interim[i] + report])
        entries = integers([part for gap in gaps for part in (total // own, -(total // own), -gap)]).reshape(len(gaps), 3)
        truthful.append(Rows(f"truthful_{i}", places, entries, -slack * (total // own)))
    columns = [
        Columns("allocation", np.zeros(count * size, dtype=np.int64), 0, 1),
        *(
            Columns(f"interim_{i}", integers(won[i]), 0, total // own, Fraction(own, total))
            for i, own in enumerate(scaled.totals)
        ),
        Columns("utility", integers([-money * part for part in rent]), 0, np.array(tops, dtype=object), Fraction(1, scaled.unit)),
    ]
    everyone = np.arange(count * size).reshape(count, size).T
    rows = [*define, *truthful, Rows("capacity", everyone, np.ones((1, count), dtype=np.int64), None, units)]
    alike = np.arange(int(interim[0]), int(utility[0]))
    odds = [weight for weights in scaled.weights for weight in weights]
    if limits.award_at_least is not None:
        rows.append(
            Rows("award", alike[None, :], integers(odds)[None, :], Fraction(limits.award_at_least) * total, unit=Fraction(total))
        )
    if limits.money_at_least is not None:
        both = np.concatenate([alike, alike + sum(kinds)])[None, :]
        needed = Fraction(limits.money_at_least) * total * scaled.unit
        rows.append(
            Rows("money", both, integers(taken + [-part for part in rent])[None, :], needed, unit=Fraction(total * scaled.unit))
        )
    if limits.share_at_most is not None:
        for i, weights in enumerate(scaled.weights):
            mine = np.arange(int(interim[i]), int(interim[i + 1]))[None, :]
            most = Fraction(limits.share_at_most) * total
            rows.append(Rows("share", mine, integers(list(weights))[None, :], None, most, Fraction(total)))
    source = {
        "kind": "bayesian_auction",
        "agents": [agent.source() for agent in agents],
        "units": str(units),
        "goal": goal.source(),
        "limits": limits.source(),
        "epsilon": str(epsilon),
    }
    return LinearProgram.assemble(columns, rows, denominator=scaled.unit * total * scale, source=source)


def _pairs(count: int, *, everyone: bool) -> tuple[np.ndarray, np.ndarray]:
    """Types and what they may report: any other, or a neighbour."""
    truth, report = np.divmod(np.arange(count * count), count)
    apart = np.abs(truth - report)
    kept = apart > 0 if everyone else apart == 1
    return truth[kept], report[kept]
