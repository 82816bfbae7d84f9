"""Which bound is derived for which mechanism.

A game reads everything that it needs from the certificate, refuses keys that it does not read, and returns bounds in the
orientation of a procurement with the sign of its market: +1, or -1 for a sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, integer, mapping, number, only
from equilibria.checking.inverse_curves import certify_inverse_curves
from equilibria.checking.order_statistics import certify_rule
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_market
from equilibria.checking.sealed_bids import certify

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
    sign, priors, _ = single_task(tree)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = field(tree, "equilibrium", "certificate")
    if isinstance(stated, Mapping) and "inverse_bids" in stated:
        only(stated, ("inverse_bids",), "equilibrium")
        return certify_inverse_curves(priors, limit, stated["inverse_bids"], progress), sign
    return certify(priors, limit, stated, progress), sign


def _dominant(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    sign, priors, market = single_task(tree)
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant, or nothing is chosen")
    return certify_rule(priors, mapping(tree["mechanism"], "mechanism"), market.get("value"), sign), sign


GAMES: Mapping[str, Game] = {
    "first_price": _pay_as_bid,
    "vickrey": _dominant, "optimal": _dominant, "posted_price": _dominant, "race": _dominant, "central_prover": _dominant,
}  # fmt: skip
"""By kind of mechanism."""
