"""Symmetric games from a certificate: one prior for everybody, and a strategy that everybody uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, integer, mapping, number, only
from equilibria.checking.kth_price_bids import certify_kth_price, rank
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_prior, read_value
from equilibria.checking.symmetric_bids import certify_symmetric

Progress = Callable[[float], None]


def read_symmetric(tree: Mapping[str, object]) -> tuple[int, Prior, int, int]:
    """Sign, the one prior (of costs), the number of provers and the number of tasks.

    Raises:
        Rejected: malformed, or two priors are not stated alike.
    """
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "costs", "values", "value", "tasks"), "market")
    kind = field(market, "kind", "market")
    if kind not in ("procurement", "sale"):
        raise Rejected(f"market.kind must be 'procurement' or 'sale'; got {kind!r}")
    key, other = ("costs", "values") if kind == "procurement" else ("values", "costs")
    if other in market:
        raise Rejected(f"market.{other} has no meaning in a {kind}")
    laws = mapping(field(market, key, "market"), f"market.{key}")
    if not laws:
        raise Rejected(f"market.{key} must name somebody")
    read_value(market)
    tasks = integer(market.get("tasks", 1), "market.tasks")
    if tasks < 1:
        raise Rejected(f"market.tasks must be at least 1; got {tasks}")
    first, law = next(iter(laws.items()))
    for label, spec in laws.items():
        if spec != law:
            raise Rejected(f"market.{key}.{label} must be stated like {first!r}: the bound needs one prior for all")
    prior = read_prior(law, f"market.{key}.{first}")
    return (1, prior, len(laws), tasks) if kind == "procurement" else (-1, ReflectedPrior(prior), len(laws), tasks)


def _one_task(tree: Mapping[str, object]) -> Mapping[str, object]:
    market = mapping(field(tree, "market", "certificate"), "market")
    if integer(market.get("tasks", 1), "market.tasks") != 1:
        raise Rejected("market.tasks must be 1")
    return tree


def _limit(tree: Mapping[str, object], sign: int, *keys: str) -> float | None:
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve", *keys), "mechanism")
    reserve = mechanism.get("reserve")
    return None if reserve is None else sign * number(reserve, "mechanism.reserve")


def first_price(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Pay as bid, one task."""
    return discriminatory(_one_task(tree), progress)


def discriminatory(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Pay as bid, several tasks."""
    sign, prior, n, tasks = read_symmetric(tree)
    limit, node = _limit(tree, sign), field(tree, "equilibrium", "certificate")
    return certify_symmetric(prior, n, tasks, "bid", limit, node, progress), sign


def all_pay(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """All pay, in a sale of one item."""
    sign, prior, n, _ = read_symmetric(_one_task(tree))
    if sign > 0:
        raise Rejected("an all-pay rule has no meaning in a procurement")
    limit, node = _limit(tree, sign), field(tree, "equilibrium", "certificate")
    if limit is not None and limit > 0.0:
        raise Rejected("mechanism.reserve must be at least 0")
    return certify_symmetric(prior, n, 1, "all", 0.0 if limit is None else limit, node, progress), sign


def kth_price(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """The lowest bid wins and is paid the k-th lowest."""
    sign, prior, n, _ = read_symmetric(_one_task(tree))
    limit, node = _limit(tree, sign, "k"), field(tree, "equilibrium", "certificate")
    return certify_kth_price(prior, n, rank(tree), limit, node, progress), sign
