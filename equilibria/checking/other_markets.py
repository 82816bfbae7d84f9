"""Certificates of markets within a market: attitudes to risk, and a cost of entry."""

from __future__ import annotations

from collections.abc import Mapping

from equilibria.checking import risk_averse_bids
from equilibria.checking.attitudes import read_attitudes
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.costly_entry import certify_entry
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.single_task import dominant, single_task


def risk_averse(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """A market with attitudes to risk: pay as bid, or a rule under which truth is dominant whatever the attitude."""
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "attitudes"), "market")
    within = dict(tree) | {"market": field(outer, "market", "market")}
    mechanism = mapping(tree["mechanism"], "mechanism")
    sign, priors, _ = single_task(within)
    attitudes = read_attitudes(field(outer, "attitudes", "market"), priors)
    if mechanism["kind"] == "vickrey":
        return dominant(within, progress)
    if mechanism["kind"] != "first_price":
        raise Rejected("agents that are averse to risk are handled under first_price and vickrey only")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = field(tree, "equilibrium", "certificate")
    return risk_averse_bids.certify(priors, attitudes, limit, stated, progress), sign


def costly_entry(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Provers alike with a cost of entry, at first or second prices with a reserve."""
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "cost", "informed"), "market")
    sign, priors, inner = single_task(dict(tree) | {"market": field(outer, "market", "market")})
    laws = list(mapping(inner["costs" if sign > 0 else "values"], "market.market").values())
    if not laws:
        raise Rejected("market.market must have agents")
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
