r"""What the properties of a rule mean, as obligations: the checker's own definitions.

Variables are the types of the agents in their order (`incentive_agents`), then whatever a property adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, combinations
from math import comb
from typing import TypeAlias

from equilibria.checking.document import Rejected, field, integer, only, string
from equilibria.checking.incentive_agents import Agents, gain, times, utility
from equilibria.checking.incentive_trees import ONE, Condition, Form, Rat, plus, rational
from equilibria.checking.incentive_walks import Claim, Obligation, Outcome

MOST_SETS = 100_000

Claims: TypeAlias = Callable[[Sequence[Outcome]], Sequence[Claim]]


def truthful(agents: Agents, claims: Claims) -> Obligation:
    """One run, in which everybody tells the truth."""
    return Obligation(
        subject="everybody", conditions=tuple(agents.truthful()), runs=(((0, 0), tuple(agents.types())),), claims=claims
    )


def deviation(
    agents: Agents, members: Sequence[int], claims: Claims, *further: Condition, own: int | None = None
) -> Obligation:
    """The truth, and then anything from the members, whose reports are the variables after the types."""
    n = len(agents.labels)
    lie: list[dict[int, Rat]] = agents.types()
    conditions = agents.truthful()
    for number, member in enumerate(members):
        lie[member] = {n + number: 1}
        conditions += agents.within(member, lie[member])
    return Obligation(
        subject=" and ".join(agents.labels[member] for member in members),
        conditions=(*conditions, *further),
        runs=(((0, 0), tuple(agents.types())), ((0, 0), tuple(lie))),
        claims=claims,
        own=own,
    )


def total(forms: Iterable[Form]) -> dict[int, Rat]:
    """The sum of forms."""
    found: dict[int, Rat] = {}
    for form in forms:
        found = plus(found, 1, form)
    return found


def dsic(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    r"""No report is better than the type: $u_i(r, \theta_{-i}; \theta_i) \le u_i(\theta; \theta_i)$."""
    only(parameters, ("name", "side"), "property")
    for i in side(agents, parameters.get("side")):

        def claims(outcomes: Sequence[Outcome], i: int = i) -> list[Claim]:
            return [Claim(gain(agents, i, outcomes))]

        yield deviation(agents, (i,), claims, own=i)


def side(agents: Agents, wanted: object) -> list[int]:
    """The agents of one side, or all."""
    if wanted is None:
        return list(range(len(agents.labels)))
    if wanted not in ("users", "provers"):
        raise Rejected("property.side must be users or provers")
    found = [place for place, sign in enumerate(agents.signs) if sign == (1 if wanted == "users" else -1)]
    if not found:
        raise Rejected("there is nobody on this side")
    return found


def individual_rationality(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    r"""$u_i(\theta; \theta_i) \ge 0$."""
    only(parameters, ("name",), "property")
    places = range(len(agents.labels))
    yield truthful(
        agents, lambda outcomes: [Claim(plus({}, -1, utility(agents, i, {i: 1}, outcomes[0]))) for i in places]
    )


def _few(counts: Iterable[int]) -> None:
    """Refuses to list more sets of agents than can be gone through."""
    if any(count > MOST_SETS for count in accumulate(counts)):
        raise Rejected(f"the property is about over {MOST_SETS} sets of agents, more than the checker goes through")


def _paid_out(agents: Agents, outcome: Outcome) -> dict[int, Rat]:
    """What the rule pays out less what it takes in; a requester takes in what its proofs are worth."""
    found = total(plus({}, -sign, payment) for sign, payment in zip(agents.signs, outcome[1], strict=True))
    if agents.kind != "procurement":
        return found
    if agents.value is None:
        raise Rejected("no_deficit in a procurement needs agents.value")
    return plus(found, -agents.value, total(outcome[0]))


def no_deficit(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """What is paid out is at most what is taken in."""
    only(parameters, ("name",), "property")
    yield truthful(agents, lambda outcomes: [Claim(_paid_out(agents, outcomes[0]))])


def budget_balance(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """What is paid out is what is taken in."""
    only(parameters, ("name",), "property")
    if agents.kind != "exchange":
        raise Rejected("budget_balance is about an exchange")
    yield truthful(
        agents, lambda outcomes: [Claim(plus({}, factor, _paid_out(agents, outcomes[0]))) for factor in (1, -1)]
    )


def efficiency(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """What is chosen is possible, and nothing possible has more reported welfare; a requester without a value buys everything."""
    only(parameters, ("name",), "property")
    if agents.sizes:
        raise Rejected("efficiency is defined for single proofs, not with agents.sizes")
    places = range(len(agents.labels))
    value = agents.value if agents.kind != "exchange" and agents.value is not None else 0
    worths = [plus({i: agents.signs[i]}, -agents.signs[i], {ONE: value}) for i in places]
    most, must = min(agents.units, len(places)), agents.kind == "procurement" and agents.value is None
    buyers, provers = ([place for place in places if agents.signs[place] == sign] for sign in (1, -1))
    sets: list[tuple[int, ...]]
    _few((comb(len(places), k) for k in range(most + 1)) if agents.kind != "exchange" else [2 ** min(len(places), 20)])
    if agents.kind == "exchange":
        sizes = range(min(len(buyers), len(provers)) + 1)
        sets = [some + other for k in sizes for some in combinations(buyers, k) for other in combinations(provers, k)]
    else:
        sets = [some for k in range(most if must else 0, most + 1) for some in combinations(places, k)]

    def claims(outcomes: Sequence[Outcome]) -> list[Claim]:
        shares = outcomes[0][0]
        welfare = total(times(worths[i], shares[i]) for i in places)
        found = [Claim(plus(total(worths[i] for i in chosen), -1, welfare)) for chosen in sets]
        if must:
            found.append(Claim(plus({ONE: most}, -1, total(shares))))
        supply = total(shares[i] for i in provers) if agents.kind == "exchange" else {ONE: agents.units}
        taken = buyers if agents.kind == "exchange" else places
        found.append(Claim(plus(total(shares[i] for i in taken), -1, supply)))
        for i in places:
            found += [Claim(plus(shares[i], -1, {ONE: 1})), Claim(plus({}, -1, shares[i]))]
        return found

    yield truthful(agents, claims)


def monotonicity(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """A higher value gets no less, a higher cost no more."""
    only(parameters, ("name",), "property")
    n = len(agents.labels)
    for i in range(n):

        def claims(outcomes: Sequence[Outcome], i: int = i) -> list[Claim]:
            lower, higher = (outcome[0][i] for outcome in outcomes)
            return [Claim(plus({}, agents.signs[i], plus(lower, -1, higher)))]

        yield deviation(agents, (i,), claims, ({n: 1, i: -1}, False), own=i)


def envy_freeness(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """Nobody prefers what another of its side has."""
    only(parameters, ("name",), "property")
    places = range(len(agents.labels))
    pairs = [(i, j) for i in places for j in places if i != j and agents.signs[i] == agents.signs[j]]

    def claims(outcomes: Sequence[Outcome]) -> list[Claim]:
        (shares, payments) = outcomes[0]
        found = []
        for i, j in pairs:
            has, sees = (plus(times({i: 1}, shares[place]), -1, payments[place]) for place in (i, j))
            found.append(Claim(plus({}, agents.signs[i], plus(sees, -1, has))))
        return found

    yield truthful(agents, claims)


def false_names(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """Nobody gains with further identities, which stand after everybody else; a buyer needs one proof."""
    only(parameters, ("name", "identities", "cost"), "property")
    identities = integer(field(parameters, "identities", "property"), "property.identities")
    cost = rational(string(field(parameters, "cost", "property"), "property.cost"), "property.cost")
    if not 2 <= identities <= 20 or cost < 0:
        raise Rejected("property.identities must be from 2 to 20, and property.cost at least 0")
    n = len(agents.labels)
    for i in range(n):
        for extra in range(1, identities):
            names = [{n + number: 1} for number in range(extra + 1)]
            lie = [names[0] if place == i else report for place, report in enumerate(agents.types())] + names[1:]

            def claims(outcomes: Sequence[Outcome], i: int = i, extra: int = extra) -> list[Claim]:
                honest = utility(agents, i, {i: 1}, outcomes[0])
                mine = (i, *range(n, n + extra))
                amount = total(outcomes[1][0][place] for place in mine)
                if agents.signs[i] > 0:
                    times({i: 1}, amount)  # it is a constant
                    amount = {ONE: min(amount.get(ONE, 0), 1)}
                paid = total(outcomes[1][1][place] for place in mine)
                several = plus({}, agents.signs[i], plus(times({i: 1}, amount), -1, paid))
                return [Claim(plus(plus(several, -1, honest), -1, {ONE: extra * cost}))]

            within = [condition for name in names for condition in agents.within(i, name)]
            yield Obligation(
                subject=f"{agents.labels[i]} with {extra + 1} identities",
                conditions=(*agents.truthful(), *within),
                runs=(((0, 0), tuple(agents.types())), ((i, extra), tuple(lie))),
                claims=claims,
            )


def coalitions(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """Members together gain nothing; without transfers, not all of them gain."""
    only(parameters, ("name", "size", "transfers"), "property")
    size = integer(field(parameters, "size", "property"), "property.size")
    transfers = field(parameters, "transfers", "property")
    if size < 1 or not isinstance(transfers, bool):
        raise Rejected("property.size must be at least 1, and property.transfers true or false")
    most = min(size, len(agents.labels))
    _few(comb(len(agents.labels), count) for count in range(1, most + 1))
    for count in range(1, most + 1):
        for members in combinations(range(len(agents.labels)), count):

            def claims(outcomes: Sequence[Outcome], members: tuple[int, ...] = members) -> list[Claim]:
                gains = [gain(agents, i, outcomes) for i in members]
                return [Claim(total(gains))] if transfers else [Claim(gains[-1], tuple(gains[:-1]))]

            yield deviation(agents, members, claims)


Definition = Callable[[Agents, Mapping[str, object]], Iterator[Obligation]]

DEFINITIONS: dict[str, Definition] = {
    "dsic": dsic,
    "individual_rationality": individual_rationality,
    "no_deficit": no_deficit,
    "budget_balance": budget_balance,
    "efficiency": efficiency,
    "monotonicity": monotonicity,
    "envy_freeness": envy_freeness,
    "false_names": false_names,
    "coalitions": coalitions,
}
"""By name."""
