"""`solve` where everybody knows all costs: a finder states an equilibrium, and the checker derives everything about it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from equilibria.equilibrium import Certificate, Equilibrium
from equilibria.known_costs.entry import equal_shares, fixed_speeds, lottery_chance, two_steps, willing
from equilibria.known_costs.profile import Profile
from equilibria.known_costs.score_lottery import score_lottery
from equilibria.known_costs.share_newton import RADIUS, falling_shares
from mechanisms import (
    Contest,
    CurvedShare,
    DesignatedProver,
    Enclosure,
    EqualShare,
    Lottery,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Refused,
    SolverFailure,
    Tullock,
    TwoStepSubmission,
    WeibullRace,
)
from mechanisms.enclosure import round_up

__all__ = ["market_text", "rule_text", "solve_known"]


def solve_known(mechanism: Mechanism, market: Contest, solver: object) -> Equilibrium:
    """The equilibrium of a contest with known costs, with its certificate.

    Raises:
        Refused: the rule has no equilibrium here, or none that is known, and why.
        SolverFailure: the checker did not confirm what was found.
    """
    from equilibria.checking import FORMAT, VERSION, Rejected, sealed
    from equilibria.checking.known_contests import SUBJECT, state_known

    kind = type(mechanism)
    if kind not in FINDERS:
        names = ", ".join(rule.__name__ for rule in FINDERS)
        raise Refused(f"{kind.__name__} has no equilibrium that is known where all costs are. Use one of {names}.")
    if solver is not None:
        raise Refused(f"a contest with known costs needs no solver; got {type(solver).__name__}. Pass solver=None.")
    if market.speeds is not None and kind is not WeibullRace:
        raise Refused(f"{kind.__name__} has no use for speeds. Leave them out, or use WeibullRace(shape=).")
    if market.stakes is not None and not (isinstance(mechanism, ProportionalMining) and mechanism.stake_divisor is not None):
        raise Refused(f"{kind.__name__} has no use for stakes here. Leave them out, or use ProportionalMining(stake_divisor=).")
    profile = FINDERS[kind](mechanism, market)
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "subject": SUBJECT,
        "market": market_text(market),
        "mechanism": rule_text(mechanism),
        "profile": dict(profile.stated),
    }
    try:
        states = state_known(document)
    except Rejected as reason:
        raise SolverFailure(
            f"no equilibrium was confirmed for {mechanism!r}: {reason}. Ties may be undecided: change or round the costs."
        ) from None
    document["states"] = states

    def table(name: str) -> dict[str, Fraction | Enclosure]:
        entries = states[name]
        assert isinstance(entries, Mapping)
        return {label: _value(entry) for label, entry in entries.items()}

    gain, kept = _value(states["epsilon"]), _enclosed(states["prover_surplus"])
    epsilon = max(gain.upper, 0.0) if isinstance(gain, Enclosure) else round_up(gain)
    relative = 0.0 if epsilon == 0.0 else math.nextafter(epsilon / kept.lower, math.inf) if kept.lower > 0.0 else math.inf
    exact = epsilon == 0.0
    return Equilibrium(
        mechanism=mechanism,
        market=market,
        solver=profile.solver,
        status="proved" if exact else "certified",
        message="no contestant has a better effort"
        if exact
        else f"an equilibrium lies within the enclosures, in which no contestant gains more than {epsilon:.3g}",
        complete=profile.complete,
        notes=profile.notes,
        epsilon=epsilon,
        relative_epsilon=relative,
        expected_payment=_enclosed(states["expected_payment"]),
        resource_cost=_enclosed(states["resource_cost"]),
        redundant_cost=_enclosed(states["redundant_cost"]),
        prover_surplus=kept,
        no_award=_enclosed(states["no_award"]),
        strategies={},
        shares=table("shares"),
        efforts=table("efforts"),
        surplus=table("surplus"),
        certificate=Certificate(sealed(document)),
    )


def _value(entry: object) -> Fraction | Enclosure:
    if isinstance(entry, str):
        return Fraction(entry)
    assert isinstance(entry, list)
    return Enclosure(*entry)


def _enclosed(entry: object) -> Enclosure:
    value = _value(entry)
    return value if isinstance(value, Enclosure) else Enclosure.around(value, value)


def market_text(market: Contest) -> dict[str, object]:
    """The market with every amount as text."""
    table: dict[str, object] = {"kind": market.kind, "prize": str(Fraction(market.prize))}
    for name, amounts in (("costs", market.known), ("speeds", market.speeds), ("stakes", market.stakes)):
        if amounts is not None:
            table[name] = dict(zip(market.labels, map(str, amounts), strict=True))
    return table


def rule_text(mechanism: Mechanism) -> dict[str, object]:
    """The rule with every number as text."""
    table: dict[str, object] = {"kind": mechanism.kind}
    for field in dataclasses.fields(mechanism):
        value = getattr(mechanism, field.name)
        if isinstance(value, tuple):
            table[field.name] = [str(Fraction(entry)) for entry in value]
        elif value is not None:
            table[field.name] = value if isinstance(value, str) else str(Fraction(value))
    return table


def _by_label(market: Contest, values: Callable[[Fraction], Fraction | None]) -> dict[str, Fraction | None]:
    assert market.known is not None
    return {label: values(cost) for label, cost in zip(market.labels, market.known, strict=True)}


def _tullock(rule: Tullock, market: Contest) -> Profile:
    if rule.rebate != 0:
        raise Refused(f"rebate must be 0 where all costs are known; got {rule.rebate!r}. Use costs with laws, or rebate=0.")
    prize = Fraction(market.prize)
    return score_lottery(_by_label(market, lambda cost: 1 / (prize - cost) if cost < prize else None), Fraction(rule.alpha))


def _bought(market: Contest, alpha: Fraction, caps: list[Fraction] | None = None) -> Profile:
    prize = Fraction(market.prize)
    return score_lottery(_by_label(market, lambda cost: cost / prize), alpha, caps)


def _race(rule: WeibullRace, market: Contest) -> Profile:
    shape = Fraction(rule.shape)
    return _bought(market, shape) if market.speeds is None else fixed_speeds(market, shape)


def _mining(rule: ProportionalMining, market: Contest) -> Profile:
    caps = rule.caps(market)
    return _bought(market, Fraction(1), None if caps is None else [cap / Fraction(market.prize) for cap in caps])


def _all_pay(rule: PrizeContest, market: Contest) -> Profile:
    if rule.shares != (1.0,):
        raise Refused(f"PrizeContest is solved for one prize where all costs are known; got shares={rule.shares!r}. Use (1.0,).")
    assert market.known is not None
    order = sorted(range(len(market.labels)), key=lambda i: (market.known[i], i))  # type: ignore[index]  # asserted above
    if len(order) < 2:
        raise Refused("a contest with one contestant has no equilibrium: any effort wins, a smaller one as well. Add a rival.")
    costs = [market.known[i] for i in order]
    alike = costs[0] == costs[-1]
    active = [market.labels[i] for i in sorted(order if alike else order[:2])]
    unique = len(order) == 2 or (not alike and costs[1] < costs[2])
    notes = ("Strategies are mixed: efforts are means." + ("" if unique else " There are other equilibria."),)
    return Profile(stated={"active": active}, solver="AllPay()", complete=unique, notes=notes)


def _curved(rule: CurvedShare, market: Contest) -> Profile:
    alpha = Fraction(rule.alpha)
    if rule.payment == "tullock":
        return _bought(market, alpha)
    prize = ("Payments follow from the reports; the prize of the contest is not used.",)
    n = len(market.labels)
    if n < 2:
        raise Refused(f"payment={rule.payment!r} needs two provers: alone, one would do all the work at any report. Add a rival.")
    if rule.payment == "myerson":
        return Profile(stated={}, solver="Dominance()", complete=True, notes=prize)
    if alpha * (n - 1) <= n:
        raise Refused(
            f"alpha must be above n/(n-1) = {Fraction(n, n - 1)} for {n} provers paid their bids; got {float(alpha):.6g}. "
            "Below it ever higher bids pay more than the work that they lose."
        )
    assert market.known is not None
    shares, radius = _proportional(market.known, alpha)
    stated = {label: str(share) for label, share in zip(market.labels, shares, strict=True)}
    return Profile(stated={"shares": stated, "radius": str(radius)}, solver="ShareNewton()", complete=True, notes=prize)


def _proportional(costs: tuple[Fraction, ...], alpha: Fraction) -> tuple[list[Fraction], Fraction]:
    if len(set(costs)) == 1:
        return [Fraction(1, len(costs))] * len(costs), Fraction(0)

    most = 1 - 1 / alpha

    def curve(x: Any, i: int, log: Any) -> tuple[Any, Any]:
        a, c, end = map(float if isinstance(x, float) else _long, (alpha, costs[i], most))
        bare = a * (end - x)  # a (1 - x) - 1, which doubles below the end could round to 0
        bid = log(c) + log(1 + bare) - log(bare)
        return -a * bid - log(x), -a * (a / bare - 1 / (1 - x)) - 1 / x

    shares = falling_shares(curve, len(costs), Fraction(0), most)
    assert shares is not None  # only an interval that ends above 0 may hold none
    return shares, RADIUS


def _long(x: Fraction) -> Any:
    from flint import arb, fmpq

    return arb(fmpq(x.numerator, x.denominator))


FINDERS: Mapping[type[Mechanism], Callable[[Any, Contest], Profile]] = {
    Tullock: _tullock,
    WeibullRace: _race,
    PrizeContest: _all_pay,
    ProportionalMining: _mining,
    Lottery: lambda rule, market: lottery_chance(market),
    EqualShare: lambda rule, market: equal_shares(market),
    TwoStepSubmission: lambda rule, market: two_steps(market, Fraction(rule.capital_rate), Fraction(rule.least_deposit)),
    CurvedShare: _curved,
    DesignatedProver: lambda rule, market: willing(market, Fraction(rule.slash)),
}
"""By rule, what finds an equilibrium."""
