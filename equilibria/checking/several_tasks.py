"""Several tasks, or shares of one, from a certificate: how many places a bid takes and what it is awarded behind others."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from flint import arb

from equilibria.checking import symmetric_games
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, integer, mapping, number, numbers, only
from equilibria.checking.reading import read_market
from equilibria.checking.several_winners import certify_awards

MOST_TASKS = 1000
"""Tasks beyond which no bound is derived."""


def discriminatory(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """The lowest unit bids win all that their provers can make, the last winner what is left; everybody is paid as bid.

    Equal provers with one task each may state one strategy on types; otherwise inverse bids are stated.
    """
    node = tree.get("equilibrium")
    if isinstance(node, Mapping) and "ends" in node:
        return symmetric_games.discriminatory(tree, progress)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    market = mapping(field(tree, "market", "certificate"), "market")
    tasks = integer(market.get("tasks", 1), "market.tasks")
    if not 1 <= tasks <= MOST_TASKS:
        raise Rejected(f"market.tasks must be from 1 to {MOST_TASKS}; got {tasks}")
    sizes: dict[str, int] = {}
    if "capacities" in market:
        for label, capacity in mapping(market["capacities"], "market.capacities").items():
            sizes[label] = integer(capacity, f"market.capacities.{label}")
            if sizes[label] < 1:
                raise Rejected(f"market.capacities.{label} must be at least 1; got {sizes[label]}")

    def awards(label: str) -> list[arb]:
        return [arb(min(sizes[label], tasks - taken)) for taken in range(tasks)]

    sign, priors = read_market(tree)
    if "capacities" in market and set(sizes) != set(priors):
        raise Rejected("market.capacities must name exactly the agents of the market")
    sizes = sizes or dict.fromkeys(priors, 1)
    return _certify(tree, sign, sizes, {label: awards(label) for label in priors}, progress)


def split_award(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """The lowest bids get stated shares of one task, and these shares of their bids."""
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve", "shares"), "mechanism")
    market = mapping(field(tree, "market", "certificate"), "market")
    if "capacities" in market or integer(market.get("tasks", 1), "market.tasks") != 1:
        raise Rejected("a split award is of one task; market.tasks must be 1 and market.capacities left out")
    shares = numbers(field(mechanism, "shares", "mechanism"), "mechanism.shares")
    if not shares or not shares[-1] > 0.0 or any(first < second for first, second in pairwise(shares)):
        raise Rejected("mechanism.shares must be above 0 and not rise")
    if sum(map(Fraction, shares)) > 1 + Fraction(1, 10**12):
        raise Rejected("mechanism.shares must add up to at most 1")
    sign, priors = read_market(tree)
    awards = {label: [arb(share) for share in shares] for label in priors}
    return _certify(tree, sign, dict.fromkeys(priors, 1), awards, progress)


def _certify(
    tree: Mapping[str, object], sign: int, sizes: Mapping[str, int], awards: Mapping[str, list[arb]], progress: Progress | None
) -> tuple[Bounds, int]:
    """Read the rest of the file, which both rules have in common, and derive its bounds."""
    market, mechanism = mapping(tree["market"], "market"), mapping(tree["mechanism"], "mechanism")
    only(market, ("kind", "costs", "values", "value", "tasks", "capacities"), "market")
    value, reserve = market.get("value"), mechanism.get("reserve")
    if value is not None and not isinstance(value, Mapping):
        number(value, "market.value")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    stated = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(stated, ("inverse_bids",), "equilibrium")
    priors = read_market(tree)[1]
    node = field(stated, "inverse_bids", "equilibrium")
    return certify_awards(priors, sizes, awards, limit, node, progress), sign
