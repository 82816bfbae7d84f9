"""Certificates of contests."""

from __future__ import annotations

from collections.abc import Mapping

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.contests import Game, certify_contest
from equilibria.checking.document import Rejected, field, mapping, number, numbers, only, string
from equilibria.checking.priors import Prior
from equilibria.checking.prize_contests import certify_prizes
from equilibria.checking.reading import read_prior


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


def prizes(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    prize, laws, priors = _read_contest(tree)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "shares"), "mechanism")
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: the theory states it")
    shares = numbers(field(mechanism, "shares", "mechanism"), "mechanism.shares")
    return certify_prizes(laws, next(iter(priors.values())), prize, shares), 1


def contest(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    mechanism = mapping(tree["mechanism"], "mechanism")
    prize, laws, priors = _read_contest(tree)
    race = mechanism["kind"] == "weibull_race"
    only(mechanism, ("kind", "shape") if race else ("kind", "alpha", "rebate"), "mechanism")
    exponent = "shape" if race else "alpha"
    rule = Game(
        prize=prize,
        exponent=number(field(mechanism, exponent, "mechanism"), f"mechanism.{exponent}"),
        rebate=0.0 if race else number(field(mechanism, "rebate", "mechanism"), "mechanism.rebate"),
    )
    return certify_contest(priors, laws, rule, field(tree, "equilibrium", "certificate"), progress), 1
