"""Read the market of a certificate: priors from their stated parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from flint import arb

from equilibria.checking.beta_prior import BetaPrior
from equilibria.checking.document import Rejected, field, mapping, number, numbers, only, string
from equilibria.checking.finite_agents import read_law
from equilibria.checking.prior_laws import (
    CubicPrior,
    LogNormalPrior,
    MixturePrior,
    ReflectedPrior,
    UniformPrior,
    WeibullPrior,
)
from equilibria.checking.priors import Prior

KEYS: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"), "piecewise_linear": ("points", "cdf"), "empirical": ("points", "cdf", "density"),
    "beta": ("a", "b", "low", "high"), "log_normal": ("mu", "sigma", "low", "high"), "mixture": ("parts",), "reflected": ("of",),
    "weibull": ("shape", "scale", "low", "high"),
}  # fmt: skip
"""What the laws of each kind hold besides their kind."""

MOST_PARTS = 64
"""Parts of one law in all, those of mixtures within mixtures included: each is evaluated wherever the law is."""

DEEPEST = 50
"""How deep laws may lie in one another."""


def _interval(node: object, where: str) -> tuple[float, float]:
    low, high = (number(field(node, key, where), f"{where}.{key}") for key in ("low", "high"))
    if not low < high:
        raise Rejected(f"{where}: low must be less than high; got {low!r} and {high!r}")
    return low, high


def _increasing(values: Sequence[float], where: str, *, strictly: bool = True) -> None:
    for index, (first, second) in enumerate(pairwise(values)):
        if not (first < second or (first == second and not strictly)):
            raise Rejected(f"{where} must increase; entries {index} and {index + 1} are {first!r} and {second!r}")


def _levels(node: object, where: str) -> tuple[list[float], list[float]]:
    points = numbers(field(node, "points", where), f"{where}.points")
    levels = numbers(field(node, "cdf", where), f"{where}.cdf", len(points))
    if len(points) < 2 or levels[0] != 0.0 or levels[-1] != 1.0:
        raise Rejected(f"{where}.cdf must run from 0 to 1 over two points or more")
    _increasing(points, f"{where}.points")
    _increasing(levels, f"{where}.cdf", strictly=False)
    return points, levels


def read_prior(node: object, where: str) -> Prior:
    """Build the prior that `node` describes.

    Between two knots there must be a double, or what is "inside" a piece could not be said. A law has at most `MOST_PARTS`
    parts and is nested at most `DEEPEST` deep, since both multiply the work of every check.

    Args:
        node: `{"kind": ..., parameters...}` as `Distribution.spec()` writes it.
        where: the place in the file, for messages.

    Raises:
        Rejected: unknown kind, a parameter out of its range, too many parts, or two knots without a double between them.
    """
    _refuse_long_work(node, where)
    prior = _prior(node, where)
    for left, right in pairwise(prior.knots):
        if not left < left + 0.5 * (right - left) < right:
            raise Rejected(f"{where}: there is no double between the knots {left!r} and {right!r}")
    return prior


def _refuse_long_work(node: object, where: str) -> None:
    """Count the parts of a law before any is read."""
    parts, stack = 0, [(node, 0)]
    while stack:
        law, depth = stack.pop()
        if not isinstance(law, Mapping):
            continue
        inner = law.get("parts")
        within = [part.get("distribution") for part in inner if isinstance(part, Mapping)] if isinstance(inner, list) else []
        parts += len(within)
        if parts > MOST_PARTS:
            raise Rejected(f"{where} has more than {MOST_PARTS} parts, nested ones included; each multiplies the work of a check")
        if depth > DEEPEST:
            raise Rejected(f"{where} is nested more than {DEEPEST} deep; that multiplies the work of a check")
        stack += [(law.get("of"), depth + 1), *((item, depth + 1) for item in within)]


def _prior(node: object, where: str) -> Prior:
    kind = string(field(node, "kind", where), f"{where}.kind")
    if kind in KEYS:
        only(mapping(node, where), ("kind", *KEYS[kind]), where)
    if kind == "uniform":
        return UniformPrior(*_interval(node, where))
    if kind == "piecewise_linear":
        points, levels = _levels(node, where)
        steps = zip(pairwise(points), pairwise(levels), strict=True)
        secants = [(arb(q) - arb(p)) / (arb(y) - arb(x)) for (x, y), (p, q) in steps]
        return CubicPrior(points, levels, [(s, s) for s in secants])
    if kind == "empirical":
        points, levels = _levels(node, where)
        slopes = numbers(field(node, "density", where), f"{where}.density", len(points))
        for index, (d0, d1) in enumerate(pairwise(slopes)):
            limit = 3 * (arb(levels[index + 1]) - levels[index]) / (arb(points[index + 1]) - points[index])
            if not (d0 > 0 and d1 > 0 and arb(d0) < limit and arb(d1) < limit):
                raise Rejected(f"{where}.density: the cubic after point {index} may not increase strictly")
        return CubicPrior(points, levels, [(arb(d0), arb(d1)) for d0, d1 in pairwise(slopes)])
    if kind == "beta":
        a, b = (number(field(node, key, where), f"{where}.{key}") for key in ("a", "b"))
        if not (a > 0 and b > 0):
            raise Rejected(f"{where}: a and b must be positive; got {a!r} and {b!r}")
        return BetaPrior(a, b, *_interval(node, where))
    if kind == "log_normal":
        mu, sigma = (number(field(node, key, where), f"{where}.{key}") for key in ("mu", "sigma"))
        low, high = _interval(node, where)
        if not (sigma > 0 and low >= 0):
            raise Rejected(f"{where}: sigma must be positive and low at least 0; got {sigma!r} and {low!r}")
        return LogNormalPrior(mu, sigma, low, high)
    if kind == "weibull":
        shape, scale = (number(field(node, key, where), f"{where}.{key}") for key in ("shape", "scale"))
        low, high = _interval(node, where)
        if not (shape > 0 and scale > 0 and low >= 0):
            raise Rejected(f"{where}: shape and scale must be positive and low at least 0; got {shape!r}, {scale!r}, {low!r}")
        return WeibullPrior(shape, scale, low, high)
    if kind == "mixture":
        parts = field(node, "parts", where)
        if not isinstance(parts, list) or not parts:
            raise Rejected(f"{where}.parts must be a list of one part or more")
        places = [f"{where}.parts[{k}]" for k in range(len(parts))]
        for part, at in zip(parts, places, strict=True):
            only(mapping(part, at), ("weight", "distribution"), at)
        weights = [number(field(p, "weight", at), f"{at}.weight") for p, at in zip(parts, places, strict=True)]
        if not all(w > 0 for w in weights):
            raise Rejected(f"{where}.parts: every weight must be positive")
        laws = [field(p, "distribution", at) for p, at in zip(parts, places, strict=True)]
        return MixturePrior(weights, [read_prior(law, f"{at}.distribution") for law, at in zip(laws, places, strict=True)])
    if kind == "reflected":
        return ReflectedPrior(read_prior(field(node, "of", where), f"{where}.of"))
    raise Rejected(f"{where}.kind {kind!r} is not a distribution that the checker knows")


def read_value(market: Mapping[str, object]) -> None:
    """Read `market.value` where no bound depends on it: what nobody reads may mean anything.

    Raises:
        Rejected: it is neither a number nor a law.
    """
    value = market.get("value")
    if isinstance(value, Mapping) and value.get("kind") == "discrete":
        read_law(value, "market.value")
    elif isinstance(value, Mapping):
        read_prior(value, "market.value")
    elif value is not None:
        number(value, "market.value")


def read_market(tree: Mapping[str, object]) -> tuple[int, dict[str, Prior]]:
    """The market of a certificate as a procurement: `(sign, priors by label)`; a sale has sign -1 and reflected values."""
    market = mapping(field(tree, "market", "certificate"), "market")
    kind = string(field(market, "kind", "market"), "market.kind")
    if "costs" in market and "values" in market:
        raise Rejected("market must have costs or values, not both")
    if kind == "procurement":
        costs = mapping(field(market, "costs", "market"), "market.costs")
        return 1, {label: read_prior(spec, f"market.costs.{label}") for label, spec in costs.items()}
    if kind == "sale":
        values = mapping(field(market, "values", "market"), "market.values")
        return -1, {label: ReflectedPrior(read_prior(spec, f"market.values.{label}")) for label, spec in values.items()}
    raise Rejected(f"market.kind must be 'procurement' or 'sale'; got {kind!r}")
