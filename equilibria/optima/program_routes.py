r"""The rungs below the closed form: linear programs on finitely many types, the smallest that holds the constraints.

| asked for | route | program |
|---|---|---|
| a cap on concentration, no deficit; agents alike | `symmetric_border` | interim awards of one agent, level sets |
| the same, agents different, one task | `border_cuts` | interim awards, rows of Border's condition as needed |
| the same, several tasks; or epsilon-IC | `bic_program` | awards in every profile, truthful in expectation |
| the same with `"dsic"` | `dsic_program` | awards in every profile, truthful in dominant strategies |
| an exchange of one user and one prover, least regret | `general_program` | its own |

The programs and their certificates are those of `equilibria.programs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from equilibria.checking import FORMAT, VERSION, sealed
from equilibria.equilibrium import Certificate
from equilibria.optima.constraints import Constraint, Constraints
from equilibria.optima.finite_myerson import FiniteAgent, finite_agents
from equilibria.optima.objectives import weights
from equilibria.optima.optimal_mechanism import OptimalMechanism, Route, Table
from mechanisms import Discrete, Enclosure, Exchange, Market, Refused, SolverFailure

if TYPE_CHECKING:
    from equilibria.programs.exact_optimum import ExactOptimum
    from equilibria.programs.finite_types import FiniteTypes, Goal, Limits

MOST_PROFILES = 50_000
"""Profiles of types of the programs that have columns for each; more take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A program that was solved, and what it says by agent and type, in the orientation of a sale."""

    route: Route
    why: str
    optimum: ExactOptimum
    tasks: Mapping[str, tuple[Fraction, ...]]
    utilities: Mapping[str, tuple[Fraction, ...]]
    prices: Mapping[str, Fraction]


def one_sided_program(
    market: Market, objective: str | Mapping[str, Fraction], given: tuple[Constraint, ...], constraints: Constraints, timeout: float
) -> OptimalMechanism:
    """The optimum of a procurement or a sale under constraints, by a program.

    Raises:
        Refused: laws that are not discrete, capacities, or constraints that do not go together.
        SolverFailure: nothing was proved within the time.
    """
    agents = finite_agents(market)
    if agents is None:
        asked = ", ".join(map(str, given))
        raise Refused(
            f"{asked}: a program needs finitely many types, and some law of the market has a density. Use Discrete laws, for example "
            "Discrete.grid(low, high, 50)."
        )
    if constraints.capacity is not None:
        raise Refused("Capacity goes with the closed form only: programs award at most one task to an agent. Drop one of the two.")
    if constraints.regret is not None:
        raise Refused("MinMaxRegret is solved for the revenue of a sale of one item to buyers who are alike, without other constraints.")
    solved = _solved(agents, market, objective, constraints, timeout)
    sign = weights(objective, market).sign
    allocation, payments = _tables(market, agents, solved)
    return program_mechanism(
        market, objective, given, constraints, solved, sign, allocation, payments, {name: p for name, p in solved.prices.items() if p}
    )


def _solved(
    agents: tuple[FiniteAgent, ...], market: Market, objective: str | Mapping[str, Fraction], constraints: Constraints, timeout: float
) -> Solved:
    from equilibria.programs.asymmetric_border import asymmetric_border
    from equilibria.programs.bayesian_auction import bayesian_auction
    from equilibria.programs.dominant_auction import dominant_auction
    from equilibria.programs.exact_simplex import solve_exactly
    from equilibria.programs.finite_types import FiniteTypes
    from equilibria.programs.symmetric_border import symmetric_border

    types = [FiniteTypes(agent.types, agent.chances) for agent in agents]
    goal, limits = _goal(objective, market), _limits(market, objective, constraints)
    alike = len({(agent.types, agent.chances) for agent in agents}) == 1
    labels, tasks = market.labels, market.tasks
    profiles = 1
    for agent in agents:
        profiles *= len(agent.types)
    wants_profiles = constraints.epsilon is not None or "dsic" in constraints.named or "ex_post_ir" in constraints.named
    if constraints.epsilon is not None and constraints.named & {"dsic", "ex_post_ir"}:
        raise Refused("EpsilonIC is truth in expectation up to epsilon; it does not go with 'dsic' or 'ex_post_ir'. Drop one.")
    if wants_profiles or (not alike and tasks > 1):
        if profiles > MOST_PROFILES:
            raise Refused(
                f"this needs a program over {profiles} profiles of types, and at most {MOST_PROFILES} are taken. Use fewer types, or "
                "drop 'dsic', which costs nothing where types are independent."
            )
    if wants_profiles and constraints.epsilon is None:
        found = solve_exactly(dominant_auction(types, units=tasks, goal=goal, limits=limits), timeout=timeout)
        won, kept = _from_profiles(found, types)
        return Solved(
            route="dsic_program", why="dominant strategies and constraints together need awards in every profile",
            optimum=found, tasks=dict(zip(labels, won, strict=True)), utilities=dict(zip(labels, kept, strict=True)), prices={},
        )  # fmt: skip
    if constraints.epsilon is not None or (not alike and tasks > 1):
        epsilon = Fraction(constraints.epsilon.epsilon) if constraints.epsilon else Fraction(0)  # type: ignore[arg-type]
        found = solve_exactly(bayesian_auction(types, units=tasks, goal=goal, limits=limits, epsilon=epsilon), timeout=timeout)
        others = 1
        for kind in types:
            others *= _total(kind)
        scales = [Fraction(1, others // _total(kind)) for kind in types]
        won = _split(_block(found, "interim"), types, scales)
        why = "a lie may gain up to epsilon" if constraints.epsilon else "several tasks and agents that differ"
        return Solved(
            route="bic_program", why=f"{why}, so awards in every profile are needed", optimum=found,
            tasks=dict(zip(labels, won, strict=True)), prices={},
            utilities=dict(zip(labels, _split(_block(found, "utility"), types, [Fraction(1)] * len(types)), strict=True)),
        )  # fmt: skip
    if alike:
        program = symmetric_border(types[0].values, types[0].probabilities, agents=len(agents), units=tasks, goal=goal, limits=limits)
        found = solve_exactly(program, timeout=timeout)
        won_from, kept_row = _block(found, "won_from"), _block(found, "utility")
        row = tuple((a - b) / f for a, b, f in zip(won_from, (*won_from[1:], Fraction(0)), types[0].probabilities, strict=bool(won_from)))
        price = _price_of_bounds(found, [0], [tasks * _total(types[0])]) if limits.share_at_most is not None else Fraction(0)
        return Solved(
            route="symmetric_border", why="the agents are alike, so interim awards of one of them are enough", optimum=found,
            tasks=dict.fromkeys(labels, row), utilities=dict.fromkeys(labels, tuple(kept_row)), prices={"share": price},
        )  # fmt: skip
    found = asymmetric_border(types, goal=goal, limits=limits, timeout=timeout)
    totals = [Fraction(1, _total(kind)) for kind in types]
    won_rows = _split(_block(found, "won_from"), types, totals)
    shares = [
        tuple((a - b) / f for a, b, f in zip(row, (*row[1:], Fraction(0)), kind.probabilities, strict=True)) if row else ()
        for row, kind in zip(won_rows, types, strict=True)
    ]
    starts = [sum(len(kind.values) for kind in types[:i]) for i in range(len(types))]
    price = Fraction(0)
    if limits.share_at_most is not None:
        price = _price_of_bounds(found, starts, [tasks * _total(kind) for kind in types])
    return Solved(
        route="border_cuts", why="the agents differ and there is one task: interim awards, with rows of Border's condition as needed",
        optimum=found, tasks=dict(zip(labels, shares, strict=True)), prices={"share": price},
        utilities=dict(zip(labels, _split(_block(found, "utility"), types, [Fraction(1)] * len(types)), strict=True)),
    )  # fmt: skip


def _goal(objective: str | Mapping[str, Fraction], market: Market) -> Goal:
    from equilibria.programs.finite_types import Goal

    terms = weights(objective, market)
    return Goal(terms.rents, terms.types - terms.rents, -(terms.outside or Fraction(0)))


def _limits(market: Market, objective: str | Mapping[str, Fraction], constraints: Constraints) -> Limits:
    from equilibria.programs.finite_types import Limits

    always = weights(objective, market).outside is None
    share = constraints.share
    if always and market.tasks > len(market.labels):
        raise Refused(f"'payment' buys all {market.tasks} tasks, and there are {len(market.labels)} provers for one task each.")
    return Limits(
        award_at_least=market.tasks if always else None,
        money_at_least=0 if constraints.named & {"no_deficit"} else None,
        share_at_most=None if share is None else share * market.tasks,
    )


def _total(kind: FiniteTypes) -> int:
    from equilibria.programs.finite_types import Scaled

    return Scaled.of([kind]).totals[0]


def _block(found: ExactOptimum, name: str) -> tuple[Fraction, ...]:
    return () if found.primal is None else found.primal_block(name)


def _split(
    block: tuple[Fraction, ...], types: list[FiniteTypes], scales: list[Fraction]
) -> list[tuple[Fraction, ...]]:
    """A block agent by agent, each in its own unit."""
    rows, start = [], 0
    for kind, scale in zip(types, scales, strict=True):
        rows.append(tuple(scale * entry for entry in block[start : start + len(kind.values)]))
        start += len(kind.values)
    return rows


def _from_profiles(found: ExactOptimum, types: list[FiniteTypes]) -> tuple[list[tuple[Fraction, ...]], list[tuple[Fraction, ...]]]:
    """Expected tasks and utilities by agent and type, from those of every profile."""
    from equilibria.programs.finite_types import Scaled
    from equilibria.programs.profiles import Profiles

    if found.primal is None:
        return [()] * len(types), [()] * len(types)
    profiles = Profiles.of(Scaled.of(types))
    total = 1
    for part in profiles.scaled.totals:
        total *= part
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


def _tables(market: Market, agents: tuple[FiniteAgent, ...], solved: Solved) -> tuple[Table, Table]:
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


def program_mechanism(
    market: Market, objective: str | Mapping[str, Fraction], given: tuple[Constraint, ...], constraints: Constraints,
    solved: Solved, sign: int, allocation: Table, payments: Table, prices: Mapping[str, Fraction],
) -> OptimalMechanism:  # fmt: skip
    """The record and the certificate of a solved program.

    Raises:
        SolverFailure: nothing was proved, or there is no optimum.
    """
    from equilibria.programs.certificate import proof

    found = solved.optimum
    if found.status in ("unknown", "unbounded"):
        raise SolverFailure(f"{solved.route}: {found.message}. Allow more time, or use fewer types.")
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "subject": "optimal_mechanism",
        "route": solved.route,
        "market": market.spec(),
        "objective": objective if isinstance(objective, str) else {name: str(share) for name, share in objective.items()},
        "subject_to": _stated(constraints),
        "proof": proof(found),
    }
    value: Enclosure | None = None
    exact: Fraction | None = None
    if found.status == "infeasible":
        document["states"] = {"infeasible": "yes"}
        outcome = "no mechanism meets all constraints, and prices of them that contradict each other prove it"
    else:
        assert found.lower is not None
        assert found.upper is not None
        ends = sorted((sign * found.lower, sign * found.upper))
        value = Enclosure.around(*ends)
        exact = ends[0] if ends[0] == ends[1] else None
        document["states"] = {"value": list(value)} | ({} if exact is None else {"exact_value": str(exact)})
        outcome = "solved and proved in rational numbers" if exact is not None else "enclosed by a point and by prices"
    return OptimalMechanism(
        market=market,
        objective=objective,
        constraints=given,
        route=solved.route,
        status="infeasible" if value is None else "bounded" if exact is None else "optimal",
        message=f"{solved.why}: a linear program, {outcome}.",
        value=value,
        exact_value=exact,
        allocation=allocation,
        payments=payments,
        shadow_prices=prices,
        certificate=Certificate(sealed(document)),
    )


def _stated(constraints: Constraints) -> dict[str, object]:
    stated: dict[str, object] = {"named": sorted(constraints.named)}
    if constraints.cap is not None:
        stated["share"] = str(constraints.share)
    if constraints.epsilon is not None:
        stated["epsilon"] = str(constraints.epsilon.epsilon)
    if constraints.regret is not None:
        stated["priors"] = [
            {label: law.spec() for label, law in laws.items()} for laws in constraints.regret.priors
        ]
    return stated


def exchange_program(
    market: Exchange, objective: str | Mapping[str, Fraction], given: tuple[Constraint, ...], constraints: Constraints, timeout: float
) -> OptimalMechanism:
    """The second best of one user and one prover with finitely many types.

    Raises:
        Refused: another exchange, objective or constraint.
    """
    from equilibria.programs.exact_simplex import solve_exactly
    from equilibria.programs.finite_types import FiniteTypes
    from equilibria.programs.two_sided_trade import two_sided_trade

    laws = [law for law in market.priors if isinstance(law, Discrete)]
    if len(laws) != 2 or market.buyers != 1 or len(market.labels) != 2:
        raise Refused("an exchange with finitely many types is solved for one user and one prover. Use Exchange({'u': law}, {'p': law}).")
    if constraints.named & {"dsic", "ex_post_ir"}:
        raise Refused(
            "the second best is truthful in expectation: with 'dsic' no trade rule but a posted price balances the budget. Drop it."
        )
    if objective != "welfare" or not constraints.named & {"no_deficit", "budget_balance"}:
        raise Refused("an exchange is solved for 'welfare' subject to 'no_deficit' (or 'budget_balance', which costs no more).")
    user, prover = (FiniteTypes(law.values, law.probabilities) for law in laws)
    found = solve_exactly(two_sided_trade(user, prover, efficient="efficient" in constraints.named), timeout=timeout)
    solved = Solved(
        route="general_program", why="two sides with private types", optimum=found, tasks={}, utilities={}, prices={},
    )  # fmt: skip
    allocation: dict[str, dict[Fraction, Fraction]] = {}
    payments: dict[str, dict[Fraction, Fraction]] = {}
    if found.primal is not None and found.status != "infeasible":
        trade, few = found.primal_block("trade"), len(prover.values)
        kept = (found.primal_block("user_utility"), found.primal_block("prover_utility"))
        bought = [
            sum((g * trade[k * few + m] for m, g in enumerate(prover.probabilities)), Fraction(0)) for k in range(len(user.values))
        ]
        sold = [sum((f * trade[k * few + m] for k, f in enumerate(user.probabilities)), Fraction(0)) for m in range(few)]
        rows = ((user.values, bought, kept[0], 1), (prover.values, sold, kept[1], -1))
        for label, (types, chances, utilities, side) in zip(market.labels, rows, strict=True):
            allocation[label] = dict(zip(types, chances, strict=True))
            payments[label] = {t: t * x - side * u for t, x, u in zip(types, chances, utilities, strict=True)}
    return program_mechanism(market, objective, given, constraints, solved, 1, allocation, payments, {})


def regret_program(
    market: Market, objective: str | Mapping[str, Fraction], given: tuple[Constraint, ...], constraints: Constraints, timeout: float
) -> OptimalMechanism:
    """The mechanism of least regret over several laws.

    Raises:
        Refused: another market or objective, or laws that differ between agents or in their types.
    """
    from equilibria.programs.exact_simplex import solve_exactly
    from equilibria.programs.least_regret import least_regret, mixture

    assert constraints.regret is not None
    agents = finite_agents(market)
    rows = [dict(zip(market.labels, market.priors, strict=True)), *constraints.regret.priors]
    laws = {law for row in rows for law in row.values() if isinstance(law, Discrete)}
    plain = market.sign < 0 and market.tasks == 1 and objective == "revenue" and not constraints.named - {"dsic", "ex_post_ir", "bic", "interim_ir"}
    if not plain or agents is None or constraints.cap or constraints.epsilon or constraints.capacity:
        raise Refused(
            "MinMaxRegret is solved for the revenue of a sale of one item with Discrete laws, without other constraints than truth and "
            "participation."
        )
    priors = []
    for k, row in enumerate(rows):
        if set(row) != set(market.labels) or len(set(row.values())) != 1 or not all(isinstance(law, Discrete) for law in row.values()):
            raise Refused(f"MinMaxRegret needs one Discrete law for all buyers in every prior; priors[{k - 1}] differs between them.")
        priors.append(next(law for law in row.values() if isinstance(law, Discrete)))
    if len({law.values for law in laws}) != 1:
        raise Refused("MinMaxRegret needs the same values in every prior, with other probabilities. Give rare values a small one.")
    program = least_regret(priors[0].values, [law.probabilities for law in priors], agents=len(agents))
    found = solve_exactly(program, timeout=timeout)
    solved = Solved(
        route="general_program", why="the worst of several laws counts", optimum=found, tasks={}, utilities={}, prices={},
    )  # fmt: skip
    prices = {} if found.dual is None else {f"prior {k}": share for k, share in enumerate(mixture(found))}
    return program_mechanism(market, objective, given, constraints, solved, -1, {}, {}, prices)
