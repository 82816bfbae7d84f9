r"""The rungs below the closed form: linear programs on finitely many types, the smallest that holds the constraints.

| asked for | route | program |
|---|---|---|
| a cap on concentration, no deficit; agents alike | `symmetric_border` | interim awards of one agent, level sets |
| the same, agents or their capacities different | `border_cuts` | interim awards, rows of Border's condition as needed |
| epsilon-IC | `bic_program` | awards in every profile, truthful in expectation |
| a cap with `"dsic"` or `"ex_post_ir"` | `dsic_program` | awards in every profile, truthful in dominant strategies |
| an exchange of one user and one prover, least regret | `general_program` | its own |

The programs and their certificates are those of `equilibria.programs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import prod
from typing import TYPE_CHECKING

from equilibria.optima.finite_myerson import FiniteAgent, finite_agents
from equilibria.optima.objectives import weights
from equilibria.optima.optimal_mechanism import OptimalMechanism, Route, Table
from equilibria.optima.program_record import Solved, program_mechanism
from equilibria.optima.question import Question
from mechanisms import Market, Refused

if TYPE_CHECKING:
    from equilibria.programs.exact_optimum import ExactOptimum
    from equilibria.programs.finite_types import FiniteTypes, Goal, Limits

MOST_PROFILES = 50_000
"""Profiles of types of the programs that have columns for each; more take minutes."""
Rows = Sequence[tuple[Fraction, ...]]


def one_sided_program(question: Question) -> OptimalMechanism:
    """The optimum of a procurement or a sale under constraints, by a program.

    Raises:
        Refused: laws that are not discrete, capacities, or constraints that do not go together.
        SolverFailure: nothing was proved within the time.
    """
    market, constraints = question.market, question.constraints
    agents = finite_agents(market, question.capacities)
    if agents is None:
        asked = ", ".join(map(str, question.given))
        raise Refused(
            f"{asked}: a program needs finitely many types, and some law of the market has a density. Use Discrete laws, for "
            "example Discrete.grid(low, high, 50)."
        )
    if question.capacities and constraints.epsilon is not None:
        raise Refused("EpsilonIC is solved for agents that can take one task each; the market has capacities. Drop one of them.")
    profiled = constraints.epsilon is not None or bool(constraints.named & {"dsic", "ex_post_ir"})
    if constraints.epsilon is not None and constraints.named & {"dsic", "ex_post_ir"}:
        raise Refused("EpsilonIC is truth in expectation up to epsilon; it does not go with 'dsic' or 'ex_post_ir'. Drop one.")
    alike = len({(agent.types, agent.chances) for agent in agents}) == 1 and max(agent.capacity for agent in agents) == 1
    profiles = prod(len(agent.types) for agent in agents)
    if profiles > MOST_PROFILES and profiled:
        raise Refused(
            f"this needs a program over {profiles} profiles of types, and at most {MOST_PROFILES} are taken. Use fewer types, or "
            "drop 'dsic', which costs nothing where types are independent."
        )
    goal, limits = _goal(question), _limits(question)
    if profiled and constraints.epsilon is None:
        solved = _dominant(question, agents, goal, limits)
    elif profiled:
        solved = _bayesian(question, agents, goal, limits)
    else:
        solved = (_symmetric if alike else _border)(question, agents, goal, limits)
    allocation, payments = _tables(market, agents, solved)
    sign = weights(question.objective, market).sign
    return program_mechanism(question, solved, sign=sign, allocation=allocation, payments=payments)


def _dominant(question: Question, agents: Sequence[FiniteAgent], goal: Goal, limits: Limits) -> Solved:
    from equilibria.programs.dominant_auction import dominant_auction
    from equilibria.programs.exact_simplex import solve_exactly

    types = _types(agents)
    capacities = [agent.capacity for agent in agents] if question.capacities else None
    program = dominant_auction(types, units=question.market.tasks, capacities=capacities, goal=goal, limits=limits)
    found = solve_exactly(program, timeout=question.timeout)
    won, kept = _from_profiles(found, types)
    why = "dominant strategies and constraints together need awards in every profile"
    return _solved("dsic_program", why, found, agents, won, kept)


def _bayesian(question: Question, agents: Sequence[FiniteAgent], goal: Goal, limits: Limits) -> Solved:
    from equilibria.programs.bayesian_auction import bayesian_auction
    from equilibria.programs.exact_simplex import solve_exactly

    types, given = _types(agents), question.constraints.epsilon
    assert given is not None
    epsilon = given.amount
    program = bayesian_auction(types, units=question.market.tasks, goal=goal, limits=limits, epsilon=epsilon)
    found = solve_exactly(program, timeout=question.timeout)
    won = [_block(found, f"interim_{i}") for i in range(len(types))]
    kept = _split(_block(found, "utility"), types)
    why = "a lie may gain up to epsilon, so awards in every profile are needed"
    return _solved("bic_program", why, found, agents, won, kept)


def _symmetric(question: Question, agents: Sequence[FiniteAgent], goal: Goal, limits: Limits) -> Solved:
    from equilibria.programs.exact_simplex import solve_exactly
    from equilibria.programs.symmetric_border import symmetric_border

    [kind, *_], tasks = _types(agents), question.market.tasks
    program = symmetric_border(kind.values, kind.probabilities, agents=len(agents), units=tasks, goal=goal, limits=limits)
    found = solve_exactly(program, timeout=question.timeout)
    row, kept = _shares(_block(found, "won_from"), kind), _block(found, "utility")
    price = Fraction(0) if limits.share_at_most is None else _price_of_bounds(found, [0], [tasks * _total(kind)])
    why = "the agents are alike, so interim awards of one of them are enough"
    return _solved("symmetric_border", why, found, agents, [row] * len(agents), [kept] * len(agents), price)


def _border(question: Question, agents: Sequence[FiniteAgent], goal: Goal, limits: Limits) -> Solved:
    from equilibria.programs.asymmetric_border import asymmetric_border

    types, tasks = _types(agents), question.market.tasks
    found = asymmetric_border(
        types,
        units=tasks,
        capacities=[agent.capacity for agent in agents],
        goal=goal,
        limits=limits,
        timeout=question.timeout,
    )
    won = [_shares(_block(found, f"won_from_{i}"), kind) for i, kind in enumerate(types)]
    kept = _split(_block(found, "utility"), types)
    price = Fraction(0)
    if limits.share_at_most is not None:
        starts = [sum(len(kind.values) for kind in types[:i]) for i in range(len(types))]
        price = _price_of_bounds(found, starts, [tasks * _total(kind) for kind in types])
    why = "the agents differ: interim awards, with rows of Border's condition as needed"
    return _solved("border_cuts", why, found, agents, won, kept, price)


def _solved(
    route: Route,
    why: str,
    found: ExactOptimum,
    agents: Sequence[FiniteAgent],
    won: Rows,
    kept: Rows,
    price: Fraction = Fraction(0),
) -> Solved:
    labels = [agent.label for agent in agents]
    return Solved(
        route=route,
        why=why,
        optimum=found,
        tasks=dict(zip(labels, won, strict=True)),
        utilities=dict(zip(labels, kept, strict=True)),
        prices={"share": price},
    )


def _types(agents: Sequence[FiniteAgent]) -> list[FiniteTypes]:
    from equilibria.programs.finite_types import FiniteTypes

    return [FiniteTypes(agent.types, agent.chances) for agent in agents]


def _goal(question: Question) -> Goal:
    from equilibria.programs.finite_types import Goal

    terms = weights(question.objective, question.market)
    return Goal(terms.rents, terms.types - terms.rents, -(terms.outside or Fraction(0)))


def _limits(question: Question) -> Limits:
    from equilibria.programs.finite_types import Limits

    market, share = question.market, question.constraints.share
    always = weights(question.objective, market).outside is None
    able = sum(question.capacities.values()) or len(market.labels)
    if always and market.tasks > able:
        raise Refused(f"'payment' buys all {market.tasks} tasks, and the provers can take {able} together. Use 'surplus'.")
    return Limits(
        award_at_least=market.tasks if always else None,
        money_at_least=0 if "no_deficit" in question.constraints.named else None,
        share_at_most=None if share is None else share * market.tasks,
    )


def _shares(won_from: tuple[Fraction, ...], kind: FiniteTypes) -> tuple[Fraction, ...]:
    """Awards of each type from those of it and all better ones together."""
    steps = pairwise((*won_from, Fraction(0)))
    return tuple((here - beyond) / f for (here, beyond), f in zip(steps, kind.probabilities, strict=bool(won_from)))


def _total(kind: FiniteTypes) -> int:
    from equilibria.programs.finite_types import Scaled

    return Scaled.of([kind]).totals[0]


def _block(found: ExactOptimum, name: str) -> tuple[Fraction, ...]:
    return () if found.primal is None else found.primal_block(name)


def _split(block: tuple[Fraction, ...], types: list[FiniteTypes]) -> list[tuple[Fraction, ...]]:
    """A block agent by agent."""
    ends = [0, *accumulate(len(kind.values) for kind in types)]
    return [block[start:end] for start, end in pairwise(ends)]


def _from_profiles(found: ExactOptimum, types: list[FiniteTypes]) -> tuple[Rows, Rows]:
    """Expected tasks and utilities by agent and type, from those of every profile."""
    from equilibria.programs.finite_types import Scaled
    from equilibria.programs.profiles import Profiles

    if found.primal is None:
        return [()] * len(types), [()] * len(types)
    profiles = Profiles.of(Scaled.of(types))
    total = prod(profiles.scaled.totals)
    rows: tuple[list[tuple[Fraction, ...]], list[tuple[Fraction, ...]]] = [], []
    for out, block in zip(rows, (found.primal_block("allocation"), found.primal_block("utility")), strict=True):
        for i, kind in enumerate(types):
            sums = [Fraction(0)] * len(kind.values)
            own = block[i * profiles.size : (i + 1) * profiles.size]
            for k, weight, entry in zip(profiles.types[i].tolist(), profiles.weight.tolist(), own, strict=True):
                sums[k] += weight * entry
            out.append(tuple(entry / total / chance for entry, chance in zip(sums, kind.probabilities, strict=True)))
    return rows


def _price_of_bounds(found: ExactOptimum, columns: list[int], widths: list[int]) -> Fraction:
    """What the upper bounds of columns are worth, when all grow by their widths a unit: the reduced costs."""
    if found.dual is None:
        return Fraction(0)
    program = found.program
    prices = found.dual.fractions(0, len(found.dual))
    worth = {j: Fraction(int(program.objective[j])) for j in columns}
    for row, (start, end) in enumerate(pairwise(program.starts.tolist())):
        if prices[row]:
            for j, entry in zip(program.indices[start:end].tolist(), program.entries[start:end].tolist(), strict=True):
                if j in worth:
                    worth[j] -= prices[row] * entry
    total = sum((max(worth[j], Fraction(0)) * width for j, width in zip(columns, widths, strict=True)), Fraction(0))
    return total / program.denominator


def _tables(market: Market, agents: Sequence[FiniteAgent], solved: Solved) -> tuple[Table, Table]:
    """Awards and payments by label and type, in the market's own orientation."""
    allocation: dict[str, dict[Fraction, Fraction]] = {}
    payments: dict[str, dict[Fraction, Fraction]] = {}
    for agent in agents:
        rows = list(zip(agent.types, solved.tasks[agent.label], solved.utilities[agent.label], strict=False))
        entries = [(-market.sign * t, x, -market.sign * (t * x - u)) for t, x, u in rows]
        entries = entries if market.sign < 0 else entries[::-1]
        allocation[agent.label] = {t: x for t, x, _ in entries}
        payments[agent.label] = {t: p for t, _, p in entries}
    return allocation, payments
