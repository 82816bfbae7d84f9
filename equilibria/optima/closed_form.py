"""The first rung: Myerson's optimum of a procurement or a sale, in closed form.

On finitely many types and for piecewise-linear cdfs it is exact; for other laws it is an enclosure by ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equilibria.checking import FORMAT, VERSION, Rejected, sealed
from equilibria.equilibrium import Certificate
from equilibria.optima.finite_myerson import FiniteAgent, FiniteOptimum, RankByLevel, finite_agents, finite_myerson
from equilibria.optima.linear_myerson import LinearAgent, has_gap, linear_agents, linear_value
from equilibria.optima.objectives import Weights, weights
from equilibria.optima.optimal_mechanism import OptimalMechanism, Table
from equilibria.optima.question import Question, exact_text
from mechanisms import Enclosure, Market, Mechanism, Optimal, Procurement, Refused, Sale, SolverFailure, Vickrey
from mechanisms.ironing import ironed_virtual_cost

WIDENED = 4e-16
"""Relative widening of an enclosure, so that a checker whose balls differ in their last bits confirms it."""


def closed_form(question: Question) -> OptimalMechanism:
    """The closed form, by the kind of laws that the market has.

    Raises:
        Refused: discrete laws beside others, or laws without an exact form where only an exact one serves.
    """
    market, objective, capacities = question.market, question.objective, question.capacities
    agents = finite_agents(market, capacities)
    if agents is not None:
        return _finite_closed_form(question, agents)
    mixed = [label for label, prior in zip(market.labels, market.priors, strict=True) if prior.atoms]
    if mixed:
        raise Refused(
            f"the law of {mixed[0]!r} is Discrete and that of another agent is not. Make all of them Discrete, or none."
        )
    terms = weights(objective, market)
    _refuse_too_few(market, sum(capacities.get(label, 1) for label in market.labels), terms)
    linear = linear_agents(market, terms, capacities)
    if linear is not None:
        return _linear_closed_form(question, linear, terms)
    gaps = [label for label, law in zip(market.labels, market.priors, strict=True) if has_gap(law)] if terms.rents else []
    if gaps:  # an enclosure would be as wide as the law
        raise Refused(
            f"the law of {gaps[0]!r} has a gap, and what is ironed has no rational level, or the objective is weighted. Use "
            "Discrete.grid or a law without gaps."
        )
    return _enclosed(question)


def _linear_closed_form(question: Question, agents: tuple[LinearAgent, ...], terms: Weights) -> OptimalMechanism:
    market, objective = question.market, question.objective
    found = linear_value(agents, market.tasks, terms)
    ironed = {}
    for agent in agents:
        rows = agent.ironed if market.sign < 0 else [(-last, -first, -level) for first, last, level in reversed(agent.ironed)]
        ironed[agent.label] = [[str(entry) for entry in row] for row in rows]
    rule, rule_market = _rule(market, objective, terms, market.tasks > 1 or any(agent.capacity > 1 for agent in agents))
    return OptimalMechanism(
        market=market,
        objective=objective,
        constraints=question.given,
        route="myerson",
        status="optimal",
        message=_message(market, terms, "by exact integration of piecewise-linear laws"),
        value=Enclosure.around(found, found),
        exact_value=found,
        mechanism=rule,
        rule_market=rule_market,
        reserves={agent.label: None if agent.sold_from is None else -market.sign * agent.sold_from for agent in agents},
        certificate=_sealed(question, {"ironed": ironed}, found),
    )


def _enclosed(question: Question) -> OptimalMechanism:
    from equilibria.checking.smooth_optimum import smooth_optimum

    market, objective = question.market, question.objective
    if not isinstance(objective, str) or market.tasks > 1 or question.capacities:
        what = "a weighted objective" if not isinstance(objective, str) else "more than one task an agent or a market"
        raise Refused(
            f"{what} is solved on finitely many types and for piecewise-linear cdfs whose levels are rational only. Use Discrete "
            "or PiecewiseLinear laws."
        )
    document = _document(question, None)
    try:
        lower, upper, _ = smooth_optimum(document)
    except Rejected as reason:
        raise SolverFailure(f"no bound of the optimum could be derived: {reason}") from None
    slack = Fraction(WIDENED) * max(abs(lower), abs(upper))
    value = Enclosure.around(lower - slack, upper + slack)
    terms = weights(objective, market)
    rule, rule_market = _rule(market, objective, terms, False)
    return OptimalMechanism(
        market=market,
        objective=objective,
        constraints=question.given,
        route="myerson",
        status="optimal",
        message=_message(market, terms, "enclosed by ball arithmetic"),
        value=value,
        exact_value=None,
        mechanism=rule,
        rule_market=rule_market,
        reserves=_approximate_reserves(market, terms),
        certificate=Certificate(sealed({**document, "states": {"value": list(value)}})),
    )


def _approximate_reserves(market: Market, terms: Weights) -> dict[str, Fraction | float | None]:
    """Reserves as doubles, from numerical virtual costs."""
    reserves: dict[str, Fraction | float | None] = {}
    for label, prior in zip(market.labels, market.priors, strict=True):
        law = prior if market.sign > 0 else prior.reflected()
        low, high = law.support
        level = None if terms.outside is None else float(-terms.outside)
        if level is not None and level <= low:
            reserves[label] = None
        elif terms.rents == 0 or level is None:
            reserves[label] = market.sign * (high if level is None else min(level, high))
        else:
            reserves[label] = market.sign * float(ironed_virtual_cost(law).threshold(level, True))
    return reserves


def _finite_closed_form(question: Question, agents: tuple[FiniteAgent, ...]) -> OptimalMechanism:
    market, objective = question.market, question.objective
    terms = weights(objective, market)
    _refuse_too_few(market, sum(agent.capacity for agent in agents), terms)
    found = finite_myerson(agents, market.tasks, terms)
    rule, rule_market = _rule(market, objective, terms, market.tasks > 1 or any(agent.capacity > 1 for agent in agents))
    levels = _table(market, found, found.levels, -market.sign)
    stated = {"levels": {label: [str(level) for level in row.values()] for label, row in levels.items()}}
    return OptimalMechanism(
        market=market,
        objective=objective,
        constraints=question.given,
        route="myerson",
        status="optimal",
        message=_message(market, terms, "in exact rationals"),
        value=Enclosure.around(found.value, found.value),
        exact_value=found.value,
        mechanism=rule,
        rule_market=rule_market,
        rule=RankByLevel(agents, found.levels, market.tasks, terms.outside, market.sign),
        allocation=_table(market, found, found.tasks, 1),
        payments=_table(market, found, found.payments, -market.sign),
        virtual=levels,
        reserves=_reserves(market, found, terms),
        certificate=_sealed(question, stated, found.value),
    )


def _refuse_too_few(market: Market, able: int, terms: Weights) -> None:
    if terms.outside is None and able < market.tasks:
        raise Refused(
            f"'payment' buys all {market.tasks} tasks in every case, and the provers can take {able} together. Use 'surplus', or "
            "give the market capacities."
        )


def _message(market: Market, terms: Weights, how: str) -> str:
    best = "lowest" if market.sign > 0 else "highest"
    what = f"{'ironed virtual ' if terms.rents else ''}{'cost' if market.sign > 0 else 'value'}"
    pays = "is paid the highest cost" if market.sign > 0 else "pays the lowest value"
    return (
        f"Myerson's closed form, {how}: the {best} {what} is served first and {pays} at which it would still be; truth is "
        "dominant, and no Bayesian mechanism does better."
    )


def _rule(
    market: Market, objective: str | Mapping[str, Fraction], terms: Weights, several: bool
) -> tuple[Mechanism | None, Market | None]:
    """A rule of the catalogue that is the optimum, and the market with the value at which it is."""
    if several or not isinstance(objective, str):
        return None, None
    if objective != "welfare":
        return Optimal(), _rule_market(market, terms)
    assert terms.outside is not None
    return (None, None) if any(law.atoms for law in market.priors) else (Vickrey(float(-market.sign * terms.outside)), market)


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


def _reserves(market: Market, found: FiniteOptimum, terms: Weights) -> dict[str, Fraction | float | None]:
    reserves: dict[str, Fraction | float | None] = {}
    for agent, own in zip(found.agents, found.levels, strict=True):
        sold = [t for t, level in zip(agent.types, own, strict=True) if terms.outside is None or level >= terms.outside]
        reserves[agent.label] = -market.sign * sold[0] if sold else None
    return reserves


def _document(question: Question, mechanism: Mapping[str, object] | None) -> dict[str, object]:
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "subject": "optimal_mechanism",
        "route": "myerson",
        "market": question.market.played(),
        "objective": question.stated_objective,
    }
    return document if mechanism is None else {**document, "mechanism": mechanism}


def _sealed(question: Question, mechanism: Mapping[str, object], value: Fraction) -> Certificate:
    states = {"value": list(Enclosure.around(value, value)), "exact_value": exact_text(value)}
    return Certificate(sealed({**_document(question, mechanism), "states": states}))
