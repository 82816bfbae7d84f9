r"""Certify a second price among provers who may be alone, which pays a lone one its own bid, or the reserve.

Each of $n\ge2$ provers is there with a chance, by default 1. Paid the reserve when alone, it does best to bid its cost, whatever
the others do. Paid its own bid it marks its cost up: the file then states the one strategy of provers alike, and the bound and
its proof are those of `equilibria.checking.symmetric_bids`, with the law of a prover without the mass of its absence.
"""

from __future__ import annotations

from collections.abc import Mapping

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.joint_integrals import long_series
from equilibria.checking.order_statistics import vickrey
from equilibria.checking.single_task import single_task
from equilibria.checking.symmetric_bids import certify_symmetric
from equilibria.checking.symmetric_games import read_symmetric
from equilibria.checking.symmetric_odds import LoneOdds
from equilibria.checking.thinned_prior import ThinnedPrior

__all__ = ["certify"]


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for truth, or for the stated strategy of all provers.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    market, presence = mapping(field(tree, "market", "certificate"), "market"), dict[str, float]()
    if market.get("kind") == "uncertain_presence":
        only(market, ("kind", "market", "presence"), "market")
        for label, chance in mapping(field(market, "presence", "market"), "market.presence").items():
            presence[label] = number(chance, f"market.presence.{label}")
            if not 0.0 < presence[label] <= 1.0:
                raise Rejected(f"market.presence.{label} must be above 0 and at most 1; got {presence[label]!r}")
        tree = dict(tree) | {"market": field(market, "market", "market")}
    sign, priors, _ = single_task(tree)
    if market.get("kind") == "uncertain_presence" and set(presence) != set(priors):
        raise Rejected("market.presence must name exactly the agents of the market")
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    limit = sign * number(field(mechanism, "reserve", "mechanism"), "mechanism.reserve")
    if not _pays_own(mechanism):
        if "equilibrium" in tree:
            raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant")
        laws = {label: ThinnedPrior(prior, presence.get(label, 1.0)) for label, prior in priors.items()}
        with long_series():
            return vickrey(laws, limit, absent=True), sign
    if len(set(presence.values())) > 1:
        raise Rejected("market.presence must be one number for all: the bound is for provers alike")
    sign, prior, n, _ = read_symmetric(tree)
    law = ThinnedPrior(prior, next(iter(presence.values()), 1.0))
    node = field(tree, "equilibrium", "certificate")
    return certify_symmetric(law, n, 1, "set", limit, node, progress, LoneOdds(n)), sign


def _pays_own(mechanism: Mapping[str, object]) -> bool:
    """Whether a lone prover is paid its own bid."""
    if mechanism["kind"] == "vickrey":
        only(mechanism, ("kind", "reserve"), "mechanism")
        return False
    only(mechanism, ("kind", "reserve", "lone"), "mechanism")
    lone = mechanism.get("lone", "own_bid")
    if lone not in ("own_bid", "reserve"):
        raise Rejected(f"mechanism.lone must be 'own_bid' or 'reserve'; got {lone!r}")
    return lone == "own_bid"
