"""The first rung: Myerson's optimum of a procurement or a sale, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equilibria.checking import sealed
from equilibria.equilibrium import Certificate
from equilibria.optima.constraints import Constraint, Constraints
from equilibria.optima.finite_myerson import FiniteAgent, FiniteOptimum, RankByLevel, finite_myerson
from equilibria.optima.objectives import Weights, weights
from equilibria.optima.optimal_mechanism import OptimalMechanism, Table
from mechanisms import Enclosure, Market, Optimal, Procurement, Refused, Sale

STATED = {"dsic", "bic", "ex_post_ir", "interim_ir"}


def finite_closed_form(
    market: Market,
    agents: tuple[FiniteAgent, ...],
    objective: str | Mapping[str, Fraction],
    given: tuple[Constraint, ...],
    constraints: Constraints,
) -> OptimalMechanism:
    """The closed form on finitely many types, certified."""
    terms = weights(objective, market)
    if terms.outside is None and sum(agent.capacity for agent in agents) < market.tasks:
        raise Refused(
            f"'payment' buys all {market.tasks} tasks in every case, and the provers can take "
            f"{sum(agent.capacity for agent in agents)} together. Use 'surplus', or pass Capacity({{label: units}})."
        )
    found = finite_myerson(agents, market.tasks, terms)
    certificate = _certificate(market, found, objective, constraints)
    several = market.tasks > 1 or any(agent.capacity > 1 for agent in agents)
    plain = isinstance(objective, str) and objective != "welfare" and not several
    return OptimalMechanism(
        market=market,
        objective=objective,
        constraints=given,
        route="myerson",
        status="optimal",
        message=(
            "Myerson's closed form, ironed, in exact rationals: "
            + ("tasks go" if several else "the task goes")
            + f" to the best {'virtual ' if terms.rents else ''}{'cost' if market.sign > 0 else 'value'}, each winner "
            + ("is paid" if market.sign > 0 else "pays")
            + " the threshold type; truth is dominant, and no Bayesian mechanism does better."
        ),
        value=Enclosure.around(found.value, found.value),
        exact_value=found.value,
        mechanism=Optimal() if plain else None,
        rule_market=_rule_market(market, terms) if plain else None,
        rule=RankByLevel(agents, found.levels, market.tasks, terms.outside, market.sign),
        allocation=_table(market, found, found.tasks, 1),
        payments=_table(market, found, found.payments, -market.sign),
        virtual=_table(market, found, found.levels, -market.sign),
        reserves=_reserves(market, found, terms),
        certificate=certificate,
    )


def _rule_market(market: Market, terms: Weights) -> Market:
    value = None if terms.outside is None else float(-market.sign * terms.outside)
    laws = dict(zip(market.labels, market.priors, strict=True))
    return Procurement(laws, value, market.tasks) if market.sign > 0 else Sale(laws, value, market.tasks)


def _table(market: Market, found: FiniteOptimum, rows: tuple[tuple[Fraction, ...], ...], sign: int) -> Table:
    """Rows by label and type, in the market's own orientation and from its lowest type to its highest."""
    table: dict[str, dict[Fraction, Fraction]] = {}
    for agent, row in zip(found.agents, rows, strict=True):
        entries = [(-market.sign * t, sign * entry) for t, entry in zip(agent.types, row, strict=True)]
        table[agent.label] = dict(entries if market.sign < 0 else reversed(entries))
    return table


def _reserves(market: Market, found: FiniteOptimum, terms: Weights) -> dict[str, Fraction | None]:
    reserves: dict[str, Fraction | None] = {}
    for agent, own in zip(found.agents, found.levels, strict=True):
        sold = [t for t, level in zip(agent.types, own, strict=True) if terms.outside is None or level >= terms.outside]
        reserves[agent.label] = -market.sign * sold[0] if sold else None
    return reserves


def _certificate(
    market: Market, found: FiniteOptimum, objective: str | Mapping[str, Fraction], constraints: Constraints
) -> Certificate:
    levels = {
        label: [str(level) for level in row.values()] for label, row in _table(market, found, found.levels, -market.sign).items()
    }
    document: dict[str, object] = {
        "format": "prover-markets/certificate",
        "version": 1,
        "subject": "optimal_mechanism",
        "route": "myerson",
        "market": market.spec(),
        "objective": objective if isinstance(objective, str) else {name: str(share) for name, share in objective.items()},
        "mechanism": {"levels": levels},
        "states": {"value": list(Enclosure.around(found.value, found.value)), "exact_value": str(found.value)},
    }
    if constraints.capacity is not None:
        document["capacities"] = dict(constraints.capacity.units)
    return Certificate(sealed(document))
