"""Several tasks, or shares of one, from a certificate: how many places a bid takes and what it is awarded behind others."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from flint import arb

from equilibria.checking import second_price, symmetric_games
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, integer, mapping, number, numbers, only
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_market, read_prior, read_value
from equilibria.checking.set_prices import certify_set_prices
from equilibria.checking.several_winners import certify_awards
from equilibria.checking.thinned_prior import ThinnedPrior

MOST_TASKS = 1000
"""Tasks beyond which no bound is derived."""


def discriminatory(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """The lowest unit bids win all that their provers can make, the last winner what is left; everybody is paid as bid.

    Equal provers with one task each may state one strategy on types; otherwise inverse bids are stated.
    """
    node = tree.get("equilibrium")
    if isinstance(node, Mapping) and "ends" in node:
        return symmetric_games.discriminatory(tree, progress)
    return _inverse_bids(tree, None, progress)


def pay_as_bid(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """The lowest bids get stated shares of one task; or nobody knows the reserve. Everybody is paid as bid."""
    return _inverse_bids(tree, None, progress)


def set_prices(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """The lowest unit bids win all that their provers can make, at the first one that loses."""
    mechanism, market = mapping(tree["mechanism"], "mechanism"), mapping(field(tree, "market", "certificate"), "market")
    only(mechanism, ("kind", "reserve"), "mechanism")
    sign, priors = read_market(tree)
    limit, stated, tasks = _read(tree, mechanism, market, sign)
    sizes = _capacities(market, priors)
    return certify_set_prices(priors, sizes, tasks, limit, field(stated, "inverse_bids", "equilibrium"), progress), sign


def uncertain_presence(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Provers that are there with stated probabilities, under pay as bid or at a second price."""
    if mapping(field(tree, "mechanism", "certificate"), "mechanism").get("kind") in ("vickrey", "commit_reveal"):
        return second_price.certify(tree, progress)
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "presence"), "market")
    presence: dict[str, float] = {}
    for label, chance in mapping(field(outer, "presence", "market"), "market.presence").items():
        presence[label] = number(chance, f"market.presence.{label}")
        if not 0.0 < presence[label] <= 1.0:
            raise Rejected(f"market.presence.{label} must be above 0 and at most 1; got {presence[label]!r}")
    return _inverse_bids(dict(tree) | {"market": field(outer, "market", "market")}, presence, progress)


def _inverse_bids(
    tree: Mapping[str, object], presence: Mapping[str, float] | None, progress: Progress | None
) -> tuple[Bounds, int]:
    """Read a market, a rule that pays as bid and inverse bids, and derive their bounds."""
    mechanism, market = mapping(tree["mechanism"], "mechanism"), mapping(field(tree, "market", "certificate"), "market")
    sign, priors = read_market(tree)
    limit, stated, tasks = _read(tree, mechanism, market, sign)
    sizes, awards = _awards(mechanism, market, priors, tasks)
    secret = None
    if mechanism["kind"] == "secret_reserve":
        secret = read_prior(field(market, "value", "market"), "market.value")
        secret = secret if sign > 0 else ReflectedPrior(secret)
    if presence is not None:
        if set(presence) != set(priors):
            raise Rejected("market.presence must name exactly the agents of the market")
        priors = {label: ThinnedPrior(prior, presence[label]) for label, prior in priors.items()}
    node = field(stated, "inverse_bids", "equilibrium")
    return certify_awards(priors, sizes, awards, limit, node, progress, secret), sign


def _read(
    tree: Mapping[str, object], mechanism: Mapping[str, object], market: Mapping[str, object], sign: int
) -> tuple[float | None, Mapping[str, object], int]:
    """The highest bid that is accepted, what is stated of the equilibrium, and how many tasks there are."""
    only(market, ("kind", "costs", "values", "value", "tasks", "capacities"), "market")
    read_value(market)
    tasks = integer(market.get("tasks", 1), "market.tasks")
    if not 1 <= tasks <= MOST_TASKS:
        raise Rejected(f"market.tasks must be from 1 to {MOST_TASKS}; got {tasks}")
    reserve = mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(stated, ("inverse_bids",), "equilibrium")
    return limit, stated, tasks


def _awards(
    mechanism: Mapping[str, object], market: Mapping[str, object], priors: Mapping[str, Prior], tasks: int
) -> tuple[dict[str, int], dict[str, list[arb]]]:
    """Places that every prover takes, and what it is awarded behind 0, 1, ... of them."""
    kind = mechanism["kind"]
    one = dict.fromkeys(priors, 1)
    several = kind in ("discriminatory", "secret_reserve")
    if not several and (tasks != 1 or "capacities" in market):
        raise Rejected("market.tasks must be 1 and market.capacities left out: this rule awards one task")
    if kind == "split_award":
        only(mechanism, ("kind", "reserve", "shares"), "mechanism")
        shares = numbers(field(mechanism, "shares", "mechanism"), "mechanism.shares")
        if not shares or not shares[-1] > 0.0 or any(first < second for first, second in pairwise(shares)):
            raise Rejected("mechanism.shares must be above 0 and not rise")
        if sum(map(Fraction, shares)) > 1 + Fraction(1, 10**12):
            raise Rejected("mechanism.shares must add up to at most 1")
        return one, {label: [arb(share) for share in shares] for label in priors}
    if kind != "first_price" and not several:
        raise Rejected("pay as bid is handled under first_price, discriminatory, split_award and secret_reserve only")
    only(mechanism, ("kind",) if kind == "secret_reserve" else ("kind", "reserve"), "mechanism")
    sizes = _capacities(market, priors) if "capacities" in market else one
    return sizes, {label: [arb(min(sizes[label], tasks - taken)) for taken in range(tasks)] for label in priors}


def _capacities(market: Mapping[str, object], priors: Mapping[str, Prior]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for label, capacity in mapping(market["capacities"], "market.capacities").items():
        sizes[label] = integer(capacity, f"market.capacities.{label}")
        if sizes[label] < 1:
            raise Rejected(f"market.capacities.{label} must be at least 1; got {sizes[label]}")
    if set(sizes) != set(priors):
        raise Rejected("market.capacities must name exactly the agents of the market")
    return sizes
