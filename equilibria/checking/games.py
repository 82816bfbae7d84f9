"""Which bound is derived for which mechanism.

A game reads everything that it needs from the certificate, refuses keys that it does not read, and returns bounds in the
orientation of a procurement with the sign of its market: +1, or -1 for a sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking import risk_averse_bids
from equilibria.checking.attitudes import read_attitudes
from equilibria.checking.bounds import Bounds
from equilibria.checking.costly_entry import certify_entry
from equilibria.checking.document import Rejected, field, integer, mapping, number, only
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
    return certify(priors, limit, field(tree, "equilibrium", "certificate"), progress), sign


def _dominant(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    sign, priors, market = single_task(tree)
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant, or nothing is chosen")
    return certify_rule(priors, mapping(tree["mechanism"], "mechanism"), market.get("value"), sign), sign


def _risk_averse(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """A market with attitudes to risk: pay as bid, or a rule under which truth is dominant whatever the attitude."""
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "attitudes"), "market")
    within = dict(tree) | {"market": field(outer, "market", "market")}
    mechanism = mapping(tree["mechanism"], "mechanism")
    sign, priors, _ = single_task(within)
    attitudes = read_attitudes(field(outer, "attitudes", "market"), priors)
    if mechanism["kind"] == "vickrey":
        return _dominant(within, progress)
    if mechanism["kind"] != "first_price":
        raise Rejected("agents that are averse to risk are handled under first_price and vickrey only")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = field(tree, "equilibrium", "certificate")
    return risk_averse_bids.certify(priors, attitudes, limit, stated, progress), sign


def _costly_entry(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Provers alike with a cost of entry, at first or second prices with a reserve."""
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "cost", "informed"), "market")
    sign, priors, inner = single_task(dict(tree) | {"market": field(outer, "market", "market")})
    laws = list(mapping(inner["costs" if sign > 0 else "values"], "market.market").values())
    if any(law != laws[0] for law in laws):
        raise Rejected("market.market must give every agent the same distribution")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    if mechanism["kind"] not in ("first_price", "vickrey"):
        raise Rejected("entry at a cost is handled under first_price and vickrey only")
    reserve = sign * number(field(mechanism, "reserve", "mechanism"), "mechanism.reserve")
    cost, informed = number(field(outer, "cost", "market"), "market.cost"), field(outer, "informed", "market")
    if not cost > 0.0 or not isinstance(informed, bool):
        raise Rejected("market.cost must be positive and market.informed true or false")
    stated = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    key = "threshold" if informed else "probability"
    only(stated, (key,), "equilibrium")
    value = number(field(stated, key, "equilibrium"), f"equilibrium.{key}")
    threshold, probability = (value, None) if informed else (None, value)
    return certify_entry(next(iter(priors.values())), len(priors), reserve, cost, threshold, probability), sign


MARKETS: Mapping[str, Game] = {"risk_averse": _risk_averse, "costly_entry": _costly_entry}
"""By kind of market, where that decides; otherwise `GAMES`."""

GAMES: Mapping[str, Game] = {
    "first_price": _pay_as_bid,
    "vickrey": _dominant, "optimal": _dominant, "posted_price": _dominant, "race": _dominant, "central_prover": _dominant,
}  # fmt: skip
"""By kind of mechanism."""
