"""Certificates about contests in which everybody knows all costs: the subject `known_contest`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from equilibria.checking import curved_shares, entry_contests
from equilibria.checking.all_pay_contests import certify_all_pay
from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.known_values import (
    KnownContest,
    Solution,
    Value,
    confirm,
    parameter,
    positive,
    read_known,
    stated,
    total,
    within,
)
from equilibria.checking.score_lotteries import ScoreLottery, solution
from equilibria.checking.taylor import ball_arithmetic

SUBJECT = "known_contest"
AMOUNTS = {"expected_payment": "payment", "resource_cost": "cost", "redundant_cost": "redundant", "no_award": "no_award"}
SCORES = ("increment", "penalty", "largest", "slope", "full", "minimum")
BY_LABEL = ("shares", "efforts", "surplus")

Game = Callable[[KnownContest, Mapping[str, object], Mapping[str, object]], Solution]


def _tullock(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    if parameter(rule, "rebate") != 0:
        raise Rejected("mechanism.rebate must be 0 where costs are known")
    values = {label: market.prize - cost for label, cost in market.costs.items()}
    game = ScoreLottery(values=values, unit_costs=dict.fromkeys(values, Fraction(1)), alpha=_exponent(rule, "alpha"))
    return solution(game, profile, market.costs, "delivers")


def _exponent(rule: Mapping[str, object], name: str) -> Fraction:
    return positive(parameter(rule, name), f"mechanism.{name}")


def _speeds_are_bought(
    market: KnownContest, profile: Mapping[str, object], alpha: Fraction, how: str, caps: dict[str, Fraction] | None = None
) -> Solution:
    game = ScoreLottery(values=dict.fromkeys(market.costs, market.prize), unit_costs=market.costs, alpha=alpha, caps=caps)
    return solution(game, profile, market.costs, how)


def _race(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    shape = _exponent(rule, "shape")
    if market.speeds is not None:
        return entry_contests.certify_race(market, profile, shape)
    return _speeds_are_bought(market, profile, shape, "races")


def _mining(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    caps: dict[str, Fraction] | None = None
    if "stake_divisor" in rule:
        if market.stakes is None:
            raise Rejected("market.stakes is missing: a stake_divisor caps rewards by them")
        divisor = _exponent(rule, "stake_divisor")
        caps = {label: stake / divisor / market.prize for label, stake in market.stakes.items()}
    return _speeds_are_bought(market, profile, Fraction(1), "shares", caps)


def _curved(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    alpha, payment = _exponent(rule, "alpha"), string(field(rule, "payment", "mechanism"), "mechanism.payment")
    if payment == "tullock":
        return _speeds_are_bought(market, profile, alpha, "shares")
    if payment == "proportional":
        return curved_shares.certify_proportional(market, profile, alpha)
    if payment != "myerson":
        raise Rejected(f"mechanism.payment must be myerson, proportional or tullock; got {payment!r:.40}")
    return curved_shares.certify_myerson(market, profile, alpha)


def _all_pay(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    if field(rule, "shares", "mechanism") != ["1"]:
        raise Rejected("mechanism.shares must be one share of 1 where costs are known")
    return certify_all_pay(market, profile)


def _equal(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    if market.speeds is not None:
        raise Rejected("market.speeds is nothing that this rule reads")
    scores = {name: parameter(rule, name) for name in SCORES}
    if any(value.denominator != 1 or value < 1 for value in scores.values()) or scores["minimum"] > scores["full"]:
        raise Rejected(f"mechanism: {', '.join(SCORES)} must be positive whole numbers, and minimum at most full")
    return entry_contests.certify_race(market, profile, Fraction(1))


def _lottery(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    return entry_contests.certify_lottery(market, profile)


def _two_steps(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    return entry_contests.certify_two_steps(market, profile, rule)


def _designated(market: KnownContest, rule: Mapping[str, object], profile: Mapping[str, object]) -> Solution:
    return entry_contests.certify_designated(market, profile, rule)


RULES: Mapping[str, tuple[Game, tuple[str, ...]]] = {
    "tullock": (_tullock, ("alpha", "rebate")),
    "weibull_race": (_race, ("shape",)),
    "prize_contest": (_all_pay, ("shares",)),
    "proportional_mining": (_mining, ("stake_divisor",)),
    "lottery": (_lottery, ()),
    "equal_share": (_equal, SCORES),
    "two_step_submission": (_two_steps, ("capital_rate", "least_deposit", "wrong_proof", "no_proof")),
    "curved_share": (_curved, ("alpha", "payment")),
    "designated_prover": (_designated, ("committee", "slash")),
}
"""By kind of mechanism, what derives everything, and the parameters that the rule has."""


def derive_known(tree: Mapping[str, object], efforts: object = None) -> dict[str, Value | dict[str, Value]]:
    """Everything that a certificate may state, from its market, its mechanism and its profile.

    Args:
        tree: the certificate.
        efforts: what it states of them, for `epsilon` bounds what anybody gains at *any* efforts within these intervals; None
            for what `stated` writes.

    Raises:
        Rejected: malformed, or the profile is no equilibrium.
    """
    only(tree, ("format", "version", "subject", "market", "mechanism", "profile", "states", "sha256"), "certificate")
    with ball_arithmetic():
        rule = mapping(field(tree, "mechanism", "certificate"), "mechanism")
        kind = string(field(rule, "kind", "mechanism"), "mechanism.kind")
        if kind not in RULES:
            raise Rejected(f"mechanism.kind {kind!r} is not a rule for known costs that the checker knows")
        game, parameters = RULES[kind]
        only(rule, ("kind", *parameters), "mechanism")
        market = read_known(field(tree, "market", "certificate"))
        if market.stakes is not None and "stake_divisor" not in rule:
            raise Rejected("market.stakes is nothing that this rule reads")
        if market.speeds is not None and kind != "weibull_race":
            raise Rejected("market.speeds is nothing that this rule reads")
        found = game(market, rule, mapping(field(tree, "profile", "certificate"), "profile"))
        derived: dict[str, Value | dict[str, Value]] = {name: getattr(found, name) for name in BY_LABEL}
        gain = found.gain
        if callable(gain):
            claims = {label: stated(effort) for label, effort in found.efforts.items()} if efforts is None else efforts
            gain = gain(_efforts(claims, found))
        derived |= {name: getattr(found, attribute) for name, attribute in AMOUNTS.items()}
        return derived | {"epsilon": gain, "prover_surplus": total(found.surplus)}


def _efforts(claims: object, found: Solution) -> dict[str, Value]:
    table = mapping(claims, "states.efforts")
    if set(table) != set(found.efforts):
        raise Rejected("states.efforts must have the labels of market.costs")
    return {label: within(table[label], f"states.efforts.{label}") for label in found.efforts}


def state_known(tree: Mapping[str, object]) -> dict[str, object]:
    """What to write under `states`: rationals as text, doubles around everything else.

    Raises:
        Rejected: the profile is no equilibrium.
    """
    with ball_arithmetic():
        return {
            name: {label: stated(entry) for label, entry in value.items()} if isinstance(value, dict) else stated(value)
            for name, value in derive_known(tree).items()
        }


def check_known(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Confirm every statement of a certificate.

    Raises:
        Rejected: one does not hold.
    """
    states = mapping(field(tree, "states", "certificate"), "states")
    derived = derive_known(tree, field(states, "efforts", "states"))
    only(states, derived, "states")
    with ball_arithmetic():
        for name, value in derived.items():
            claim = field(states, name, "states")
            if isinstance(value, dict):
                claims = mapping(claim, f"states.{name}")
                if set(claims) != set(value):
                    raise Rejected(f"states.{name} must have the labels of market.costs")
                for label, entry in value.items():
                    if name == "efforts" and isinstance(entry, Fraction) and isinstance(claims[label], list):
                        raise Rejected(f"states.efforts.{label} must be {entry}: nobody gains at that effort, not near it")
                    confirm(claims[label], entry, f"states.{name}.{label}")
            else:
                confirm(claim, value, f"states.{name}")
    exact = derived["epsilon"] == Fraction(0)
    return "no contestant gains by another effort" if exact else "an equilibrium lies within every interval that is stated"

