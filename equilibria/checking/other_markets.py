r"""Certificates of markets within a market: attitudes to risk, a cost of entry, and a bond at stake.

**A bond at stake.** A winner bears its cost $c$, is paid its price $p$ with probability $1-q$ and loses the bond $S$ otherwise:
it expects $\nu(p)-c$ with $\nu(p)=(1-q)p-qS$. This $\nu$ is one increasing affine function for everybody. So bids $b$ rank
like net bids $\nu(b)$, a price that is a bid becomes that net bid, and a bid is accepted up to $R$ if and only if its net bid
is up to $\nu(R)$: the game is the same rule in net bids, with the costs and laws as they are. Strategies of that game are
certified, and every gain and expectation is that of the original, payments being net of lost bonds.

*Rounding.* The net game is taken with the largest double $\rho\le\nu(R)$ for its reserve. With strategies that bid at most $\rho$
or abstain, the true reserve changes nothing but this: bids in $(\rho,\nu(R)]$ are accepted, which gain at most $\nu(R)-\rho$ over
$\rho$ or over abstaining, and a second price without a rival is $\nu(R)$. Epsilon and payments are widened by $\nu(R)-\rho$. ∎
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from flint import arb, fmpq

from equilibria.checking import risk_averse_bids
from equilibria.checking.attitudes import read_attitudes
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.costly_entry import certify_entry
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.single_task import dominant, pay_as_bid, single_task


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


def bond_at_stake(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """A procurement whose winner may fail and lose its bond, at first or second prices."""
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "failure", "bond"), "market")
    failure, bond = (Fraction(number(field(outer, key, "market"), f"market.{key}")) for key in ("failure", "bond"))
    if not (0 <= failure < 1 and bond >= 0):
        raise Rejected("market.failure must be a probability below 1 and market.bond at least 0")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    if mechanism["kind"] not in ("first_price", "vickrey"):
        raise Rejected("a bond at stake is handled under first_price and vickrey only")
    net: dict[str, object] = {"kind": mechanism["kind"]}
    rounded, rest, limit = arb(0), Fraction(0), 0.0
    if mechanism.get("reserve") is not None:
        exact = (1 - failure) * Fraction(number(mechanism["reserve"], "mechanism.reserve")) - failure * bond
        limit = float(exact)
        limit = limit if Fraction(limit) <= exact else math.nextafter(limit, -math.inf)
        net["reserve"] = limit
        rest = exact - Fraction(limit)
        rounded = arb(fmpq(rest.numerator, rest.denominator))
    inner = {key: node for key, node in tree.items() if key not in ("market", "mechanism")}
    inner |= {"market": field(outer, "market", "market"), "mechanism": net}
    game = pay_as_bid if mechanism["kind"] == "first_price" else dominant
    bounds, sign = game(inner, progress)
    if mechanism["kind"] == "vickrey" and rest > 0:
        # Truthful costs up to the exact net reserve are awarded too. Within an ulp no amount changes its sign, so all of them are
        # monotone in the reserve there.
        above, _ = game(inner | {"mechanism": net | {"reserve": math.nextafter(limit, math.inf)}}, progress)
        bounds = replace(
            bounds,
            payment=bounds.payment.union(above.payment),
            resource_cost=bounds.resource_cost.union(above.resource_cost),
            no_award=bounds.no_award.union(above.no_award),
        )
    if sign < 0:
        raise Rejected("a bond at stake has no meaning in a sale")
    return replace(bounds, gain=bounds.gain + rounded, payment=bounds.payment + arb(0).union(rounded)), sign
