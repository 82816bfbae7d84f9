"""Certificates of a procurement or sale of one task: pay as bid, or truth dominant."""

from __future__ import annotations

import json
from collections.abc import Mapping

from equilibria.checking import symmetric_games
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, integer, mapping, number, only
from equilibria.checking.inverse_curves import certify_inverse_curves
from equilibria.checking.order_statistics import certify_rule
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_market, read_value
from equilibria.checking.sealed_bids import certify
from equilibria.checking.step_strategies import certify_steps


def single_task(tree: Mapping[str, object]) -> tuple[int, dict[str, Prior], Mapping[str, object]]:
    """Sign, priors and market of a procurement or sale of one task."""
    sign, priors = read_market(tree)
    market = mapping(tree["market"], "market")
    only(market, ("kind", "costs", "values", "value", "tasks"), "market")
    if integer(market.get("tasks", 1), "market.tasks") != 1:
        raise Rejected("market.tasks must be 1")
    read_value(market)
    return sign, priors, market


def pay_as_bid(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    node = tree.get("equilibrium")
    if isinstance(node, Mapping) and "ends" in node:
        return symmetric_games.first_price(tree, progress)
    sign, priors, _ = single_task(tree)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = field(tree, "equilibrium", "certificate")
    if isinstance(stated, Mapping) and "inverse_bids" in stated:
        only(stated, ("inverse_bids",), "equilibrium")
        return certify_inverse_curves(priors, limit, stated["inverse_bids"], progress), sign
    if isinstance(stated, Mapping) and "steps" in stated:
        return certify_steps(priors, limit, stated, progress), sign
    return certify(priors, limit, stated, progress), sign


def dominant(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    sign, priors, market = single_task(tree)
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant, or nothing is chosen")
    laws = mapping(market["costs" if sign > 0 else "values"], "market")
    first: dict[str, Prior] = {}  # agents of one law have one prior, so that what is costly is found once a law
    for label in priors:
        priors[label] = first.setdefault(json.dumps(laws[label], sort_keys=True), priors[label])
    return certify_rule(priors, mapping(tree["mechanism"], "mechanism"), market.get("value"), sign), sign
