r"""Capacities in an exchange: what a prover gains by reporting less or more than it can make, or by splitting it in two names.

A prover of capacity $s$ and cost $c$ that reports $s'$ is assigned $x'\le s'$ proofs for $t'$ and makes $\min(x', s)$ of them.
Paid on delivery it gets $t'\min(x', s)/x'$, paid on assignment $t'$, whatever it makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from equilibria.auditing.outcome_table import Deviation, OutcomeTable
from equilibria.auditing.proved_kind import ProvedKind, registered
from equilibria.auditing.wording import short
from equilibria.proofs.affine import exact
from equilibria.proofs.stories import others
from mechanisms import Exchange

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["CAPACITY_KINDS"]


def _exchange(table: OutcomeTable) -> Exchange:
    market = table.subject.certain
    assert isinstance(market, Exchange)
    return market


def _has_sizes(subject: Subject) -> str | None:
    market = subject.market
    if not isinstance(market, Exchange) or not subject.mechanism.takes_capacities:
        return "no capacities are reported"
    return None


def _can_be_split(subject: Subject) -> str | None:
    if (reason := _has_sizes(subject)) is not None:
        return reason
    market = subject.market
    assert isinstance(market, Exchange)
    return None if max(market.capacities) > 1 else "nobody makes more than one proof"


def _less(table: OutcomeTable) -> Iterator[Deviation]:
    market = _exchange(table)
    for place, capacity in enumerate(market.capacities):
        yield from _reports(table, place, range(1, capacity), on_delivery=True)


def _more_delivered(table: OutcomeTable) -> Iterator[Deviation]:
    market = _exchange(table)
    for place, capacity in enumerate(market.capacities):
        yield from _reports(table, place, range(capacity + 1, sum(market.demands) + 2), on_delivery=True)


def _more_assigned(table: OutcomeTable) -> Iterator[Deviation]:
    market = _exchange(table)
    for place, capacity in enumerate(market.capacities):
        yield from _reports(table, place, range(capacity + 1, sum(market.demands) + 2), on_delivery=False)


def _reports(table: OutcomeTable, place: int, told: range, *, on_delivery: bool) -> Iterator[Deviation]:
    """One prover reports other capacities and its true cost."""
    market, rule = _exchange(table), table.subject.mechanism
    label, capacity, agent = market.provers[place], market.capacities[place], market.buyers + place
    sizes = dict(zip(market.provers, market.capacities, strict=True))
    demands = dict(zip(market.users, market.demands, strict=True))
    laws = dict(zip(market.labels, market.priors, strict=True))
    sides = {name: laws[name] for name in market.users}, {name: laws[name] for name in market.provers}
    markets = [(size, Exchange(*sides, capacities={**sizes, label: size}, demands=demands)) for size in told]
    for truth in table.profiles((agent,)):
        cost = truth[agent]
        before = table.utility(agent, cost, truth)
        for size, other in markets:
            outcome = rule.outcome(other, dict(zip(market.labels, truth, strict=True)))  # type: ignore[attr-defined]  # has one
            assigned, paid = _exact(outcome.allocation[label]), _exact(outcome.payments[label])
            made = min(assigned, Fraction(capacity))
            if on_delivery and assigned > made:
                paid = paid * made / assigned
            gain = paid - cost * made - before
            story = (
                f"prover {label}, cost {cost} and capacity {capacity}, reports capacity {size} against "
                f"{others(truth, (agent,))}: gains {short(gain)}"
            )
            yield Deviation(gain, truth, truth, (agent,), story)


def _splits(table: OutcomeTable) -> Iterator[Deviation]:
    """One prover splits its capacity between two names, one of which bids its cost."""
    market, rule = _exchange(table), table.subject.mechanism
    laws = dict(zip(market.labels, market.priors, strict=True))
    demands = dict(zip(market.users, market.demands, strict=True))
    for place, capacity in enumerate(market.capacities):
        label, agent = market.provers[place], market.buyers + place
        second = f"{label}+1"
        users = {name: laws[name] for name in market.users}
        provers = {**{name: laws[name] for name in market.provers}, second: laws[label]}
        sizes = dict(zip(market.provers, market.capacities, strict=True))
        markets = [
            (part, Exchange(users, provers, capacities={**sizes, label: capacity - part, second: part}, demands=demands))
            for part in range(1, capacity)
        ]
        for truth in table.profiles((agent,)):
            cost = truth[agent]
            before = table.utility(agent, cost, truth)
            for part, other in markets:
                for ask in table.reports[agent]:
                    bids = {**dict(zip(market.labels, truth, strict=True)), second: ask}
                    outcome = rule.outcome(other, bids)  # type: ignore[attr-defined]  # has one
                    made = sum(_exact(outcome.allocation[name]) for name in (label, second))
                    gain = sum(_exact(outcome.payments[name]) for name in (label, second)) - cost * made - before
                    story = (
                        f"prover {label}, cost {cost} and capacity {capacity}, splits into {capacity - part} at {cost} and "
                        f"{part} at {ask} against {others(truth, (agent,))}: gains {short(gain)}"
                    )
                    yield Deviation(gain, truth, (*truth, ask), (agent,), story)


def _exact(value: object) -> Fraction:
    number = exact(value)
    assert number is not None  # outcomes at rationals are rational
    return Fraction(number)


CAPACITY_KINDS = (
    ProvedKind("capacity_under", registered("capacity_reports", direction="under"), _less, unmet=_can_be_split),
    ProvedKind("capacity_over", registered("capacity_reports", direction="over"), _more_delivered, unmet=_has_sizes),
    ProvedKind(
        "capacity_over_paid_on_assignment",
        registered("capacity_reports", direction="over", paid="assignment"),
        _more_assigned,
        unmet=_has_sizes,
    ),
    ProvedKind("capacity_split", registered("capacity_splits"), _splits, unmet=_can_be_split),
)
"""Less, more (paid on delivery, and on assignment), and split in two."""
