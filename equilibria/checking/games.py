"""Which bound is derived for which mechanism.

A game reads everything that it needs from the certificate, refuses keys that it does not read, and returns bounds in the
orientation of a procurement with the sign of its market: +1, or -1 for a sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking import symmetric_games, uniform_price
from equilibria.checking.affiliated_bids import certify_affiliated, is_one_factor
from equilibria.checking.bounds import Bounds
from equilibria.checking.contests import Game as ContestRule
from equilibria.checking.contests import certify_contest
from equilibria.checking.document import Rejected, field, integer, mapping, number, numbers, only, string
from equilibria.checking.double_auction import certify_double_auction
from equilibria.checking.order_statistics import certify_rule
from equilibria.checking.package_sale import certify_core_selecting
from equilibria.checking.priors import Prior
from equilibria.checking.prize_contests import certify_prizes
from equilibria.checking.reading import read_market, read_prior
from equilibria.checking.sealed_bids import certify
from equilibria.checking.step_strategies import certify_steps

Progress = Callable[[float], None]
Game = Callable[[Mapping[str, object], Progress | None], tuple[Bounds, int]]


def single_task(tree: Mapping[str, object]) -> tuple[int, dict[str, Prior], Mapping[str, object]]:
    """Sign, priors and market of a procurement or sale of one task."""
    sign, priors = read_market(tree)
    market = mapping(tree["market"], "market")
    only(market, ("kind", "costs", "values", "value", "tasks"), "market")
    if integer(market.get("tasks", 1), "market.tasks") != 1:
        raise Rejected("market.tasks must be 1")
    value = market.get("value")
    if value is not None and not isinstance(value, Mapping):
        number(value, "market.value")
    return sign, priors, market


def _pay_as_bid(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    node = tree.get("equilibrium")
    if isinstance(node, Mapping) and "ends" in node:
        return symmetric_games.first_price(tree, progress)
    if is_one_factor(tree):
        return certify_affiliated(tree, progress)
    sign, priors, _ = single_task(tree)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = field(tree, "equilibrium", "certificate")
    if isinstance(stated, Mapping) and "steps" in stated:
        return certify_steps(priors, limit, stated, progress), sign
    return certify(priors, limit, stated, progress), sign


def _second_price(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    return certify_affiliated(tree, progress) if is_one_factor(tree) else _dominant(tree, progress)


def _dominant(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    sign, priors, market = single_task(tree)
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant, or nothing is chosen")
    return certify_rule(priors, mapping(tree["mechanism"], "mechanism"), market.get("value"), sign), sign


def _read_contest(tree: Mapping[str, object]) -> tuple[float, Mapping[str, object], dict[str, Prior]]:
    """Prize, laws of costs as they are written, and as priors."""
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "prize", "costs"), "market")
    if string(field(market, "kind", "market"), "market.kind") != "contest":
        raise Rejected("market.kind must be 'contest' for this rule")
    laws = mapping(field(market, "costs", "market"), "market.costs")
    if len(laws) < 2:
        raise Rejected("market.costs: a contest needs two contestants, for any effort wins against nobody")
    priors = {label: read_prior(law, f"market.costs.{label}") for label, law in laws.items()}
    return number(field(market, "prize", "market"), "market.prize"), laws, priors


def _prizes(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    prize, laws, priors = _read_contest(tree)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "shares"), "mechanism")
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: the theory states it")
    shares = numbers(field(mechanism, "shares", "mechanism"), "mechanism.shares")
    return certify_prizes(laws, next(iter(priors.values())), prize, shares), 1


def _contest(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    mechanism = mapping(tree["mechanism"], "mechanism")
    prize, laws, priors = _read_contest(tree)
    race = mechanism["kind"] == "weibull_race"
    only(mechanism, ("kind", "shape") if race else ("kind", "alpha", "rebate"), "mechanism")
    exponent = "shape" if race else "alpha"
    rule = ContestRule(
        prize=prize,
        exponent=number(field(mechanism, exponent, "mechanism"), f"mechanism.{exponent}"),
        rebate=0.0 if race else number(field(mechanism, "rebate", "mechanism"), "mechanism.rebate"),
    )
    return certify_contest(priors, laws, rule, field(tree, "equilibrium", "certificate"), progress), 1


GAMES: Mapping[str, Game] = {
    "first_price": _pay_as_bid,
    "k_double_auction": certify_double_auction,
    "core_selecting": certify_core_selecting,
    "discriminatory": symmetric_games.discriminatory, "all_pay": symmetric_games.all_pay, "kth_price": symmetric_games.kth_price,
    "uniform_price": uniform_price.certify,
    "tullock": _contest, "weibull_race": _contest, "prize_contest": _prizes,
    "vickrey": _second_price, "optimal": _dominant, "posted_price": _dominant, "race": _dominant, "central_prover": _dominant,
}  # fmt: skip
"""By kind of mechanism."""
