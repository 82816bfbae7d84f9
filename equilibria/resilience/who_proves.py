r"""Who starts a proof, and when, under each rule.

A *draw* is a way in which a request may be given out: the provers that start first, and those that start at the fallback. A
plan is a list of draws: with chances, where the rule draws lots that are known, or without, where costs decide that nobody
here knows, so that only the best and the worst draw are said.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations
from math import comb, perm

from equilibria.equilibrium import Equilibrium
from mechanisms import (
    CentralProver,
    Contest,
    CurvedShare,
    DesignatedProver,
    Enclosure,
    Exchange,
    ExchangeMechanism,
    InvalidInput,
    KDoubleAuction,
    Market,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Refused,
    SplitAward,
)
from mechanisms.distributions.parameters import shown

__all__ = ["NEVER", "RACES", "Bounds", "Draw", "Plan", "plan_of"]

AWARDED_TO_ONE = (
    "central_prover", "commit_reveal", "discriminatory", "dutch_clock", "first_price", "generalized_second_price", "kth_price",
    "optimal", "posted_price", "proportional_mining", "secret_reserve", "tullock", "undercut_auction", "uniform_price", "vickrey",
)  # fmt: skip
"""Kinds of rules that give a request to one prover; with several tasks, each task to another."""

RACES = ("equal_share", "lottery", "prize_contest", "race", "two_step_submission", "weibull_race")
"""Kinds of rules under which everybody that takes part proves."""

Bounds = tuple[Fraction, Fraction]
SURELY, NEVER = (Fraction(1), Fraction(1)), (Fraction(0), Fraction(0))

DRAWS = 5_000
"""Most draws that are listed."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One way to give a request out.

    Arguments:
        first: places of those who start first.
        later: places of those who start at the fallback.
        parts: bounds of the part of the request that each of the first does, if all of them are needed; None if each of them
            proves all of it.
        drawn: how many of the later ones are drawn, evenly; None for all.
    """

    first: tuple[int, ...]
    later: tuple[int, ...]
    parts: tuple[Bounds, ...] | None = None
    drawn: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All draws.

    Arguments:
        labels: of the provers, which places refer to.
        draws: the ways in which a request may be given out.
        chances: bounds of that of each draw; None where they are not known, so that the best and the worst are said.
        proving: bounds of the probability with which each prover takes part at all.
        unawarded: bounds of the probability that a part is given to nobody, if the equilibrium says so otherwise than by that
            of no award; None if not.
    """

    labels: tuple[str, ...]
    draws: tuple[Draw, ...]
    chances: tuple[Bounds, ...] | None
    proving: tuple[Bounds, ...]
    unawarded: Bounds | None = None


def plan_of(
    mechanism: Mechanism, market: Market, equilibrium: Equilibrium | None, rescued: bool, user: str | None = None
) -> Plan:
    """Who may prove a request.

    Arguments:
        mechanism: the rule.
        market: its provers.
        equilibrium: of the rule in this market; where costs are known it says who takes part, and who wins how often.
        rescued: whether all others may prove from the time of the fallback.
        user: whose request it is, in an exchange; None for that which is worst, and best, off.

    Raises:
        InvalidInput: there is no such user.
        Refused: the rule is of another kind, or has too many draws.
    """
    if isinstance(market, Exchange):
        return _served(mechanism, market, rescued, user)
    if user is not None:
        raise InvalidInput(f"user must be None where one requester asks; got {shown(user)}. Leave it out.")
    labels, kind = market.labels, mechanism.kind
    count = len(labels)
    everybody = tuple(range(count))
    proving = (SURELY,) * count
    if kind in RACES:
        return Plan(labels, (Draw(everybody, ()),), None, _taking_part(mechanism, market, equilibrium))
    if isinstance(mechanism, DesignatedProver):
        return _committees(mechanism, market, rescued)
    if isinstance(mechanism, SplitAward):
        return _split(mechanism, market, equilibrium, rescued)
    if isinstance(mechanism, CurvedShare):
        if equilibrium is None:
            raise Refused("equilibrium must be given for CurvedShare: it says who does how much. Pass solve(mechanism, market).")
        shares = [equilibrium.shares[label] for label in labels]
        parts = {place: _bounds(share) for place, share in enumerate(shares) if share != 0}
        return Plan(labels, (_draw(tuple(parts), everybody, rescued, tuple(parts.values())),), None, proving)
    if kind == "second_lowest_pair":
        if count < 3:
            raise Refused("SecondLowestPair needs three provers: the lowest bid does not win. Add one.")
        pairs = tuple(combinations(everybody, 2))
        return Plan(labels, tuple(_draw(pair, everybody, rescued) for pair in pairs), None, proving)
    if kind not in AWARDED_TO_ONE:
        known = ", ".join((*AWARDED_TO_ONE, *RACES, "curved_share", "designated_prover", "second_lowest_pair", "split_award"))
        raise Refused(f"{type(mechanism).__name__} is none of the rules that liveness knows: {known}, and those of an Exchange.")
    if isinstance(mechanism, CentralProver) and mechanism.label is not None:
        return Plan(labels, (_draw((market.index(mechanism.label),), everybody, rescued),), None, proving)
    draws = tuple(_draw((winner,), everybody, rescued) for winner in everybody)
    if equilibrium is None or not equilibrium.shares:
        return Plan(labels, draws, None, proving)
    weights = equilibrium.efforts if isinstance(mechanism, ProportionalMining) else equilibrium.shares
    return Plan(labels, draws, _ratios([_bounds(weights[label]) for label in labels]), proving)


def _draw(
    first: tuple[int, ...], everybody: tuple[int, ...], rescued: bool, parts: tuple[Bounds, ...] | None = None
) -> Draw:
    return Draw(first, tuple(i for i in everybody if i not in first) if rescued else (), parts)


def _taking_part(mechanism: Mechanism, market: Market, equilibrium: Equilibrium | None) -> tuple[Bounds, ...]:
    """With what chance each prover of a race makes a proof at all."""
    labels = market.labels
    if equilibrium is None or not equilibrium.efforts:
        idle = isinstance(mechanism, PrizeContest) and mechanism.shares == (mechanism.shares[0],) * len(labels)
        return (NEVER if idle else SURELY,) * len(labels)  # nobody works for a prize that the last gets too
    if mechanism.kind == "weibull_race":
        return tuple(SURELY if equilibrium.shares[label] != 0 else NEVER for label in labels)
    if not isinstance(mechanism, PrizeContest):
        return tuple(_chance(equilibrium, label) for label in labels)
    # Two contestants of an all-pay contest mix: the second makes an effort with the chance v2/v1, which is twice its share.
    wins = [_bounds(equilibrium.shares[label]) for label in labels]
    two = sum(high > 0 for _, high in wins) == 2
    return tuple((min(2 * low, Fraction(1)), min(2 * high, Fraction(1))) if two else SURELY for low, high in wins)


def _served(mechanism: Mechanism, exchange: Exchange, rescued: bool, user: str | None) -> Plan:
    """A request that is served is made by provers that nobody here knows: as many as its demand, or fewer with capacities."""
    if isinstance(mechanism, ExchangeMechanism):
        mechanism.exchange(exchange)
    elif not isinstance(mechanism, KDoubleAuction) or not exchange.unit:
        raise Refused(f"{type(mechanism).__name__} is no rule of this Exchange. Use one that it has room for, such as DaraStyle.")
    if user is not None and user not in exchange.users:
        names = ", ".join(map(repr, exchange.users))
        raise InvalidInput(f"user must be one of {names}; got {shown(user)}. Name whose request it is.")
    everybody = tuple(range(len(exchange.provers)))
    wanted = {d for label, d in zip(exchange.users, exchange.demands, strict=True) if user in (None, label)}
    whole = (Fraction(1), Fraction(1))  # proofs of one request are made side by side, each in the time of a proof
    draws: list[Draw] = []
    for size in range(1, min(max(wanted), len(everybody)) + 1):
        if comb(len(everybody), size) + len(draws) > DRAWS:
            raise Refused(f"more than {DRAWS} sets of provers may make {max(wanted)} proofs. Name a user of a smaller demand.")
        for made_by in combinations(everybody, size):
            if any(size <= demand <= sum(exchange.capacities[i] for i in made_by) for demand in wanted):
                draws.append(_draw(made_by, everybody, rescued, (whole,) * size))
    if not draws:
        raise Refused(f"{max(wanted)} proofs are more than the provers of this exchange can make. No such request is served.")
    return Plan(exchange.provers, tuple(draws), None, (SURELY,) * len(everybody))


def _split(rule: SplitAward, market: Market, equilibrium: Equilibrium | None, rescued: bool) -> Plan:
    """Every rank does its share, and which prover has which rank nobody here knows."""
    count, ranks = len(market.labels), len(rule.shares)
    if sum(rule.shares) < 1 - 1e-12:
        raise Refused(f"shares must add up to 1; got {rule.shares!r}. What is given to nobody is never proved.")
    if ranks > count:
        raise Refused(f"{ranks} shares and {count} provers leave a share to nobody. Add provers, or drop shares.")
    if perm(count, ranks) > DRAWS:
        raise Refused(f"{perm(count, ranks)} ways to divide the ranks are more than the {DRAWS} that are listed. Drop shares.")
    parts = tuple((Fraction(share), Fraction(share)) for share in rule.shares)
    everybody = tuple(range(count))
    draws = tuple(_draw(ranked, everybody, rescued, parts) for ranked in permutations(everybody, ranks))
    unawarded = None
    if equilibrium is not None and rule.reserve is not None:
        around = Enclosure.around(Fraction(rule.reserve), Fraction(rule.reserve))
        unawarded = _fewer_than(ranks, [_bounds(law.cdf_bounds(around.lower, around.upper)) for law in market.priors])
    return Plan(market.labels, draws, None, (SURELY,) * count, unawarded)


def _fewer_than(many: int, chances: list[Bounds]) -> Bounds:
    """Bounds of the probability that fewer than so many of independent events happen."""
    found = []
    for end in (1, 0):  # it is the less likely, the likelier the events are
        counts = [Fraction(1)] + [Fraction(0)] * len(chances)
        for chance in chances:
            p = min(max(chance[end], Fraction(0)), Fraction(1))
            counts = [stay * (1 - p) + rise * p for stay, rise in zip(counts, [Fraction(0), *counts], strict=False)]
        found.append(sum(counts[:many], Fraction(0)))
    return found[0], found[1]


def _committees(mechanism: DesignatedProver, market: Market, rescued: bool) -> Plan:
    """One designated prover, and behind it a committee or, if everybody may, all others; drawn evenly.

    Whose cost is above the prize and the slash does not deliver.
    """
    if not isinstance(market, Contest) or market.known is None:
        raise Refused("DesignatedProver pays a prize for known costs: pass a Contest with a number for each cost.")
    count, worth = len(market.labels), Fraction(market.prize) + Fraction(mechanism.slash)
    proving = tuple(SURELY if cost <= worth else NEVER for cost in market.known)
    if mechanism.committee > count - 1:
        raise Refused(f"the committee has {mechanism.committee} members and there are {count - 1} others. Make it smaller.")
    size = count - 1 if rescued else mechanism.committee
    everybody = range(count)
    draws = [Draw((who,), tuple(i for i in everybody if i != who) if size else (), drawn=size or None) for who in everybody]
    return Plan(market.labels, tuple(draws), ((Fraction(1, count),) * 2,) * count, proving)


def _bounds(number: Fraction | Enclosure) -> Bounds:
    return (number, number) if isinstance(number, Fraction) else (Fraction(number.lower), Fraction(number.upper))


def _ratios(weights: list[Bounds]) -> tuple[Bounds, ...]:
    """Bounds of each weight as a share of all."""
    least, most = (sum((weight[end] for weight in weights), Fraction(0)) for end in (0, 1))
    found = []
    for low, high in weights:
        low, high = max(low, Fraction(0)), max(high, Fraction(0))
        rivals = most - high, max(least - low, Fraction(0))
        found.append((low / (low + rivals[0]) if low else Fraction(0), high / (high + rivals[1]) if high else Fraction(0)))
    return tuple(found)


def _chance(equilibrium: Equilibrium, label: str) -> Bounds:
    low, high = _bounds(equilibrium.efforts[label])
    if high < 0 or low > 1:
        raise InvalidInput(
            f"equilibrium.efforts[{label!r}] must be a probability of taking part; got {equilibrium.efforts[label]!r}."
        )
    return max(low, Fraction(0)), min(high, Fraction(1))
