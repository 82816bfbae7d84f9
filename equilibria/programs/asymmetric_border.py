r"""The optimal auction among different agents, by interim allocations and cuts.

The unknowns are, for each agent $i$, the chance $X_{i,k}$ that type $k$ wins and its utility $U_{i,k}$. Border's condition says
which chances some auction has: for all sets $S_i$ of types,

$$
\sum_i \sum_{k \in S_i} f_{i,k} X_{i,k} \le 1 - \prod_i \bigl(1 - f_i(S_i)\bigr).
$$

*Why thresholds suffice.* With the other sets fixed the right side is affine in $f_i(S_i)$, with slope $b = \prod_{j \ne i} (1 -
f_j(S_j))$: the worst $S_i$ holds the types with $X_{i,k} > b$, and those are the highest types, as $X_i$ increases. There are
still $\prod_i (K_i + 1)$ choices of thresholds, so rows are added as they are violated.

*All of them, exactly.* Whether any is violated is decided without going through them. A choice of thresholds of the first agents
is a point $(s, c)$, its share of the left side and its product of chances below; whatever the others choose, the violation is
$s + c\,w$ plus a constant, with $w \in [0, 1]$. So only the upper right hull of these points matters, and is merged with the next
agent's thresholds. This proves that an interim allocation is implementable; the certificate relies on it.

*Several units*, and agents with capacities $q_i$: the right side becomes $\mathbb{E} \min(q, \sum_i q_i 1\{\theta_i \in
S_i\})$, still affine in each $f_i(S_i)$. It is no product, so the choices of all agents but the last are gone through.

The first rows are the level sets of the ironed virtual values: without limits they prove the upper bound already.
With limits, those of the virtual values at the limits' prices are added, and the rows that a point violates.

References: K. Border, Economic Theory 31 (2007); Y.-K. Che, J. Kim, K. Mierendorff, Econometrica 81 (2013).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from equilibria.programs.border_cuts import Cut, Supply, level_sets, served, violated_cuts, worst_cut
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import NO_LIMITS, REVENUE, FiniteTypes, Goal, Limits, Scaled, award_gain, goal_scale
from equilibria.programs.float_simplex import Basis, float_simplex
from equilibria.programs.interim_rows import truthful_rows
from equilibria.programs.linear_program import Columns, LinearProgram, Rows, integers
from mechanisms import InvalidInput

TILT = 1 << 16
"""What an award adds, in units of the program's objective, is tilted by one part in this."""


LIMITED = ("award", "money")
"""Rows whose prices move virtual values."""


def asymmetric_border(
    agents: Sequence[FiniteTypes],
    *,
    units: int = 1,
    capacities: Sequence[int] | None = None,
    goal: Goal = REVENUE,
    limits: Limits = NO_LIMITS,
    timeout: float = 600.0,
) -> ExactOptimum:
    """The best Bayesian incentive compatible, interim individually rational auction.

    Args:
        agents: the types of each.
        units: how many units there are.
        capacities: how many each agent may get, publicly known; `None` for one each.
        goal: what to maximise.
        limits: what must hold besides, in expectation.
        timeout: seconds.

    Returns:
        The optimum of the program with the rows of Border's condition that were needed. Its point satisfies all of them.

    Raises:
        InvalidInput: no agent or unit, capacities that are not one positive integer an agent, or `timeout` is not positive.

    Example:
        A buyer whose value is 1 or 2 and one whose value is 1 or 3, all equally likely:

        >>> from fractions import Fraction
        >>> half = (Fraction(1, 2), Fraction(1, 2))
        >>> optimum = asymmetric_border([FiniteTypes((1, 2), half), FiniteTypes((1, 3), half)])
        >>> print(optimum.status, optimum.exact_value)
        proved 2
    """
    if not timeout > 0.0:
        raise InvalidInput(f"timeout must be a positive number of seconds; got {timeout!r}.")
    deadline = time.monotonic() + timeout
    scaled = Scaled.of(agents)
    cuts, supply = level_sets(scaled, goal), supply_of(agents, units, capacities)
    basis: Basis | None = None
    while True:
        program = asymmetric_border_program(agents, cuts, units=units, capacities=capacities, goal=goal, limits=limits)
        left = max(deadline - time.monotonic(), 0.001)
        found = float_simplex(_tilted(program, scaled), timeout=left, start=basis)
        fresh: list[Cut] = []
        if found.outcome == "optimal" and found.basis is not None and time.monotonic() < deadline:
            fresh = violated_cuts(scaled, found.x, set(cuts), supply)
            if fresh:
                prices = {block.name: float(found.y[block.start]) / TILT for block in program.row_blocks if block.name in LIMITED}
                chain = level_sets(scaled, goal, award_price=prices.get("award", 0.0), money_price=prices.get("money", 0.0))
                fresh = sorted({*fresh, *chain} - set(cuts)) if prices else fresh
            basis = _extended(found.basis, len(fresh))
        if not fresh:
            optimum = solve_exactly(program, timeout=left, start=found.basis)
            if optimum.primal is None:
                return optimum
            worst = worst_cut(scaled, optimum.primal, supply)
            if worst is None:
                return optimum
            if worst in cuts or time.monotonic() > deadline:
                return ExactOptimum.unknown(
                    program, "rows of Border's condition are missing that the time did not suffice to add"
                )
            fresh, basis = [worst], None if optimum.basis is None else _extended(optimum.basis, 1)
        cuts = cuts + fresh


def _tilted(program: LinearProgram, scaled: Scaled) -> LinearProgram:
    """The same with a hair more for each award to an earlier agent, as in the chain of the first rows.

    Where virtual values tie, the optimum is not unique, and most optima of a relaxed program violate further rows.
    """
    objective = program.objective.astype(object) * TILT
    start, every = 0, math.prod(scaled.totals)
    for rank, (weights, total) in enumerate(zip(scaled.weights, scaled.totals, strict=True)):
        objective[start] += (len(scaled.totals) - rank) * (every // total)
        start += len(weights)
    return replace(program, objective=objective)


def _extended(basis: Basis, count: int) -> Basis:
    """The basis with more rows at the end, none of them tight."""
    return Basis(basis.columns, np.concatenate([basis.rows, np.ones(count, dtype=np.int8)]))


def supply_of(agents: Sequence[FiniteTypes], units: int, capacities: Sequence[int] | None) -> Supply:
    """Units and capacities.

    Raises:
        InvalidInput: no unit, or capacities that are not one positive integer an agent.
    """
    capacity = [1] * len(agents) if capacities is None else list(capacities)
    if units < 1 or len(capacity) != len(agents) or min(capacity, default=1) < 1:
        raise InvalidInput(f"units and capacities must be positive, one capacity an agent; got {units} and {capacities}.")
    return Supply(units, tuple(min(units, most) for most in capacity))


def asymmetric_border_program(
    agents: Sequence[FiniteTypes],
    cuts: Sequence[Cut],
    *,
    units: int = 1,
    capacities: Sequence[int] | None = None,
    goal: Goal = REVENUE,
    limits: Limits = NO_LIMITS,
) -> LinearProgram:
    """The program with some rows of Border's condition.

    Args:
        agents: the types of each.
        cuts: the rows: a threshold for each agent, the index of its lowest type in the set, or the number of its types for none.
        units: how many units there are.
        capacities: how many each agent may get.
        goal: what to maximise.
        limits: what must hold besides.

    Raises:
        InvalidInput: no agent or unit, or capacities that are not one positive integer an agent.
    """
    if not agents:
        raise InvalidInput("agents must be a non-empty list; got none.")
    scaled, scale, supply = Scaled.of(agents), goal_scale(goal), supply_of(agents, units, capacities)
    total, money = math.prod(scaled.totals), int(Fraction(goal.money) * scale)
    sizes = [len(held) for held in scaled.values]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    count = int(starts[-1])
    won, rent, caps, rents, taken = [], [], [], [], []
    for values, weights, own, most in zip(scaled.values, scaled.weights, scaled.totals, supply.capacities, strict=True):
        gains = [award_gain(goal, scaled.unit, scale, value) for value in values]
        others = total // own
        won += [others * (here - before) for before, here in zip([0, *gains], gains, strict=False)]
        taken += [others * (here - before) for before, here in zip([0, *values], values, strict=False)]
        rent += [-money * others * weight for weight in weights]
        above: list[int | Fraction] = [most * sum(weights[k:]) for k in range(len(weights))]
        if limits.share_at_most is not None:
            above[0] = min(above[0], Fraction(limits.share_at_most) * own)
        caps += above
        rents += [(values[-1] - values[0]) * most if money >= 0 else None] * len(values)
    columns = [
        *(
            Columns(f"won_from_{i}", integers(won[a:b]), 0, np.array(caps[a:b], dtype=object), Fraction(1, own))
            for i, (a, b, own) in enumerate(zip(starts.tolist(), starts[1:].tolist(), scaled.totals, strict=False))
        ),
        Columns("utility", integers(rent), 0, np.array(rents, dtype=object), Fraction(1, scaled.unit)),
    ]
    rows = truthful_rows(scaled.values, scaled.weights)
    share = [total // own for own in scaled.totals]
    kept = [
        [(start + t, part) for start, t, part, n in zip(starts.tolist(), cut, share, sizes, strict=False) if t < n]
        for cut in cuts
    ]
    if cuts:
        width = len(agents)
        padded = [[*row, *[(0, 0)] * (width - len(row))] for row in kept]
        places = np.array([[j for j, _ in row] for row in padded], dtype=np.int64)
        entries = integers([a for row in padded for _, a in row]).reshape(len(cuts), width)
        right = np.array([served(scaled, cut, supply) for cut in cuts], dtype=object)
        rows.append(Rows("border", places, entries, None, right, Fraction(total)))
    if limits.award_at_least is not None:
        rows.append(
            Rows("award", starts[None, :-1], integers(share), Fraction(limits.award_at_least) * total, unit=Fraction(total))
        )
    if limits.money_at_least is not None:
        lost = [-part * weight for part, held in zip(share, scaled.weights, strict=True) for weight in held]
        needed = Fraction(limits.money_at_least) * total * scaled.unit
        rows.append(
            Rows("money", np.arange(2 * count)[None, :], integers([*taken, *lost]), needed, unit=Fraction(total * scaled.unit))
        )
    source = {
        "kind": "asymmetric_border",
        "agents": [agent.source() for agent in agents],
        "goal": goal.source(),
        "limits": limits.source(),
        **({} if units == 1 else {"units": str(units), "capacities": " ".join(map(str, supply.capacities))}),
        "cuts": [" ".join(map(str, cut)) for cut in cuts],
    }
    return LinearProgram.assemble(columns, rows, denominator=scaled.unit * total * scale, source=source)
