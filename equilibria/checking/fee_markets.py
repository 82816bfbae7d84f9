r"""What the properties of a fee market mean, and the checker of their proofs.

A fee rule has an honest miner, who includes some of the bids, and a chain, which confirms bids of a block, lets them pay, and
gives the miner a part. A variant `[stage, m]` of it takes $m$ bids of at least 0 and a 0 that stands for the miner. Its tree says
for each bid its chance of being confirmed and what it pays, and last, among the payments, what the miner gets:

- stage 0: the bids meet an honest miner. With a stage above 0 the places of its bits give a value, not a bid, and the rule's
  suggestion for that value is bidden;
- stage -1: the bids *are* the block;
- stage -2: instead of the chance, whether an honest miner includes the bid.

Users have values within the bounds of the file, bids of others are at least 0. A bid that is not confirmed costs who made it
$\gamma$ times what it exceeds its value by; bids that are added have the value 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations, product

from equilibria.checking.document import Rejected, only
from equilibria.checking.incentive_agents import Agents, times
from equilibria.checking.incentive_trees import ONE, Condition, Form, Rat, plus
from equilibria.checking.incentive_variants import (
    Definition,
    Variant,
    check_variants,
    choice_field,
    count_field,
    flag_field,
    rational_field,
)
from equilibria.checking.incentive_walks import Claim, Obligation, Outcome

BLOCK, INCLUDED = -1, -2
BIDDING = ("suggested", "truthful")


def check_fee_market(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """The sentence that says what holds.

    Raises:
        Rejected: the file is malformed, or an entry of its proof is wrong.
    """
    return check_variants(tree, DEFINITIONS, fee_reports, progress)


def fee_reports(agents: Agents, variant: Variant) -> int:
    """How many reports a stage takes."""
    stage, bids = variant
    n = len(agents.labels)
    if stage < INCLUDED or stage >= 2**n or bids < (0 if stage == BLOCK else n):
        raise Rejected(f"{list(variant)} is no stage of a fee rule with {n} users")
    return bids + 1


def _users(agents: Agents) -> range:
    if agents.kind != "block_space" or any(low is None or low < 0 for low, _ in agents.bounds):
        raise Rejected("agents.kind must be block_space, and values at least 0")
    return range(len(agents.labels))


def _gamma(parameters: Mapping[str, object]) -> Rat:
    gamma = rational_field(parameters, "gamma")
    if not 0 <= gamma <= 1:
        raise Rejected("property.gamma must lie from 0 to 1")
    return gamma


def _domain(agents: Agents, valued: Sequence[int], variables: int) -> list[Condition]:
    """Values of `valued` lie in their bounds, all other variables are bids."""
    return list(
        chain.from_iterable(
            agents.within(place, {place: 1}) if place in valued else [({place: 1}, False)] for place in range(variables)
        )
    )


def _stage(members: Sequence[int], bidding: str) -> int:
    return sum(2**member for member in members) if bidding == "suggested" else 0


def _sides(pairs: Sequence[tuple[Form, Form]], gamma: Rat) -> Iterator[tuple[tuple[Condition, ...], tuple[bool, ...]]]:
    """Bids above their values or not, in every combination, if that matters."""
    for above in product((True, False), repeat=len(pairs)) if gamma else [(False,) * len(pairs)]:
        conditions = [
            (plus(bid, -1, worth), False) if over else (plus(worth, -1, bid), False)
            for (bid, worth), over in zip(pairs, above, strict=True)
        ]
        yield tuple(conditions) if gamma else (), above


def _exposed(outcome: Outcome, place: int, bid: Form, worth: Form) -> dict[int, Rat]:
    return times(plus({ONE: 1}, -1, outcome[0][place]), plus(bid, -1, worth))


def _utility(user: int, outcome: Outcome, place: int) -> dict[int, Rat]:
    return plus(times({user: 1}, outcome[0][place]), -1, outcome[1][place])


def uic(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """No user gains by another bid than it is to make, nor by bids that it adds."""
    only(parameters, ("name", "fakes", "gamma", "charged", "bidding"), "property")
    fakes, gamma = count_field(parameters, "fakes", 0), _gamma(parameters)
    bidding = choice_field(parameters, "bidding", BIDDING)
    included = choice_field(parameters, "charged", ("submitted", "included")) == "included" and gamma != 0
    users = _users(agents)
    n = len(users)
    for i in users:
        for added in range(fakes + 1):
            total = n + 1 + added
            sent: list[dict[int, Rat]] = [{n if user == i else user: 1} for user in users]
            sent += [{variable: 1} for variable in range(n + 1, total)]
            mine: list[tuple[int, dict[int, Rat]]] = [(i, {i: 1}), *((place, {}) for place in range(n, n + added))]
            for conditions, (over,) in _sides([({n: 1}, {i: 1})], gamma):

                def claims(
                    outcomes: Sequence[Outcome],
                    i: int = i,
                    sent: list[dict[int, Rat]] = sent,
                    mine: list[tuple[int, dict[int, Rat]]] = mine,
                    over: bool = over,
                ) -> list[Claim]:
                    gain = plus(_utility(i, outcomes[1], i), -1, _utility(i, outcomes[0], i))
                    for place, worth in mine:
                        if place != i:
                            gain = plus(gain, -1, outcomes[1][1][place])
                        if gamma and (place != i or over):
                            cost = _exposed(outcomes[1], place, sent[place], worth)
                            gain = plus(gain, -gamma, times(outcomes[2][0][place], cost) if included else cost)
                    return [Claim(gain)]

                told = tuple({user: 1} for user in users)
                runs: list[tuple[Variant, tuple[Form, ...]]] = [
                    ((_stage((i,), bidding), n), (*told, {})), ((0, n + added), (*sent, {}))
                ]  # fmt: skip
                if included:
                    runs.append(((INCLUDED, n + added), (*sent, {})))
                yield Obligation(
                    subject=agents.labels[i],
                    conditions=(*_domain(agents, (i,), total), *conditions),
                    runs=tuple(runs),
                    claims=claims,
                )


def joint(
    agents: Agents, coalition: Sequence[int], bidding: str, fakes: int, gamma: Rat, short: bool
) -> Iterator[Obligation]:
    """The miner and some users gain nothing together, by any block of at most `units` bids."""
    users = _users(agents)
    n, size = len(users), agents.units
    if not short and n + fakes < size:
        raise Rejected(f"property.short is false, and no {n} bids and {fakes} added ones fill a block of {size}")
    for added in range(min(fakes, size) + 1):
        for count in range(min(n, size - added) + 1):
            if not short and count + added < size:
                continue
            for chosen in combinations(users, count):
                yield from _block(agents, coalition, bidding, gamma, chosen, added)


def _block(
    agents: Agents, coalition: Sequence[int], bidding: str, gamma: Rat, chosen: Sequence[int], added: int
) -> Iterator[Obligation]:
    n = len(agents.labels)
    inside = [user for user in chosen if user in coalition]
    lies = {user: n + place for place, user in enumerate(inside)}
    total = n + len(inside) + added
    block: list[dict[int, Rat]] = [{lies.get(user, user): 1} for user in chosen]
    block += [{variable: 1} for variable in range(n + len(inside), total)]
    for conditions, above in _sides([({lies[user]: 1}, {user: 1}) for user in inside], gamma):
        over = dict(zip(inside, above, strict=True))

        def claims(outcomes: Sequence[Outcome], over: dict[int, bool] = over) -> list[Claim]:
            honest, made = outcomes
            gain = plus(made[1][-1], -1, honest[1][-1])
            for user in coalition:
                gain = plus(gain, -1, _utility(user, honest, user))
            for place, user in enumerate(chosen):
                if user in coalition:
                    gain = plus(gain, 1, _utility(user, made, place))
                    if over[user]:
                        gain = plus(gain, -gamma, _exposed(made, place, block[place], {user: 1}))
            for place in range(len(chosen), len(block)):
                gain = plus(plus(gain, -1, made[1][place]), -gamma, _exposed(made, place, block[place], {}))
            return [Claim(gain)]

        yield Obligation(
            subject=" and ".join(("the miner", *(agents.labels[user] for user in coalition))),
            conditions=(*_domain(agents, coalition, total), *conditions),
            runs=(
                ((_stage(coalition, bidding), n), (*({user: 1} for user in range(n)), {})),
                ((BLOCK, len(block)), (*block, {})),
            ),
            claims=claims,
        )


def mic(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """The miner alone gains nothing."""
    only(parameters, ("name", "fakes", "gamma", "short"), "property")
    yield from joint(
        agents, (), "truthful", count_field(parameters, "fakes", 0), _gamma(parameters), flag_field(parameters, "short")
    )


def scp(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """The miner and up to so many users, or exactly so many, gain nothing together."""
    only(parameters, ("name", "users", "exactly", "fakes", "gamma", "short", "bidding"), "property")
    most, exactly = count_field(parameters, "users", 1), flag_field(parameters, "exactly")
    bidding, fakes = choice_field(parameters, "bidding", BIDDING), count_field(parameters, "fakes", 0)
    gamma, short = _gamma(parameters), flag_field(parameters, "short")
    for size in range(most if exactly else 1, min(most, len(agents.labels)) + 1):
        for coalition in combinations(_users(agents), size):
            yield from joint(agents, coalition, bidding, fakes, gamma, short)


def off_chain_agreements(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """Nobody loses by its bid, and the miner and all users together gain nothing."""
    only(parameters, ("name", "fakes", "short", "bidding"), "property")
    bidding, users = choice_field(parameters, "bidding", BIDDING), _users(agents)
    for i in users:
        yield Obligation(
            subject=agents.labels[i],
            conditions=tuple(_domain(agents, (i,), len(users))),
            runs=(((_stage((i,), bidding), len(users)), (*({user: 1} for user in users), {})),),
            claims=lambda outcomes, i=i: [Claim(plus({}, -1, _utility(i, outcomes[0], i)))],  # type: ignore[misc]  # i is bound
        )
    yield from joint(agents, users, bidding, count_field(parameters, "fakes", 0), 0, flag_field(parameters, "short"))


DEFINITIONS: dict[str, tuple[Definition, str]] = {
    "uic": (uic, "no user gains by another bid or by adding bids"),
    "mic": (mic, "the miner gains nothing by another block"),
    "scp": (scp, "the miner and a few users gain nothing together"),
    "off_chain_agreements": (off_chain_agreements, "no off-chain agreement does better than the chain"),
}
"""By name: the definition, and what it says."""
