r"""Certify equal provers at a second price where whoever bids alone is paid its own bid, or the reserve.

Each of $n\ge2$ provers is there with the same chance, by default 1, and bids by the one strategy that the file states. The bound
and its proof are those of `equilibria.checking.symmetric_bids`, with the law of a prover without the mass of its absence.
"""

from __future__ import annotations

from collections.abc import Mapping

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.priors import Prior
from equilibria.checking.symmetric_bids import certify_symmetric
from equilibria.checking.symmetric_games import read_symmetric
from equilibria.checking.thinned_prior import ThinnedPrior

__all__ = ["certify"]


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for the stated strategy of all provers.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    market, presence = mapping(field(tree, "market", "certificate"), "market"), 1.0
    if market.get("kind") == "uncertain_presence":
        only(market, ("kind", "market", "presence"), "market")
        chances = mapping(field(market, "presence", "market"), "market.presence")
        inner = mapping(field(market, "market", "market"), "market.market")
        sign, prior, n, tasks = read_symmetric(dict(tree) | {"market": inner})
        if set(chances) != set(mapping(inner["costs" if sign > 0 else "values"], "market.market")):
            raise Rejected("market.presence must name exactly the agents of the market")
        found = {number(chance, f"market.presence.{label}") for label, chance in chances.items()}
        presence = found.pop()
        if found or not 0.0 < presence <= 1.0:
            raise Rejected("market.presence must be one number for all, above 0 and at most 1: the bound is for provers alike")
    else:
        sign, prior, n, tasks = read_symmetric(tree)
    if tasks != 1:
        raise Rejected("market.tasks must be 1")
    law: Prior = ThinnedPrior(prior, presence)
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    limit = sign * number(field(mechanism, "reserve", "mechanism"), "mechanism.reserve")
    lone = "reserve"
    if mechanism["kind"] == "vickrey":
        only(mechanism, ("kind", "reserve"), "mechanism")
    else:
        only(mechanism, ("kind", "reserve", "lone"), "mechanism")
        lone = str(mechanism.get("lone", "own_bid"))
        if lone not in ("own_bid", "reserve"):
            raise Rejected(f"mechanism.lone must be 'own_bid' or 'reserve'; got {lone!r}")
    node = field(tree, "equilibrium", "certificate")
    return certify_symmetric(law, n, 1, "lone" if lone == "own_bid" else "second", limit, node, progress), sign
