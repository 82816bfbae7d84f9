r"""What rules with dominant or trivial strategies pay and cost, as integrals of order statistics of the costs.

Everything is stated for a procurement; a sale arrives reflected, its amounts negated. With $S_j(t)=P(c_j>t)$,
$M_1=\prod_j S_j$ and $M_2=M_1+\sum_i(1-S_i)\prod_{j\ne i}S_j$ are the survival functions of the lowest and the second lowest
cost. A second-price auction with the reserve $r$ then has

$$ E[\text{payment}] = \ell+\int_\ell^r M_2\,dt - r\,M_1(r), \qquad
   E[\text{cost}] = \ell+\int_\ell^r M_1\,dt - r\,M_1(r), $$

with $\ell$ the lowest cost there is: $E\min(c_{(2)},r)$ less $r$ whenever nobody is awarded. Truth is dominant in it, in the
optimal rule and in a posted price; a central prover's price is its best one; in a race there is nothing to report. So no
type gains anything, and `gain` is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, mapping, number, string
from equilibria.checking.joint_integrals import (
    cell_integrals,
    cumulative,
    exceeding,
    joint_integrals,
    long_series,
    products_without,
)
from equilibria.checking.optimal_rule import optimal, price_against
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior, hull
from equilibria.checking.reading import read_prior
from equilibria.checking.survivals import ACCURACY, Survivals, breakpoints, partial_mean


def outcome(*, payment: arb, resource_cost: arb, no_award: arb, redundant: arb | None = None) -> Bounds:
    """Bounds of a rule in which nobody can gain."""
    redundant = arb(0) if redundant is None else redundant
    return Bounds(
        gain=arb(0), payment=payment, resource_cost=resource_cost, redundant=redundant, no_award=no_award
    )


def nobody() -> Bounds:
    """The outcome where no type of anybody is ever awarded."""
    return outcome(payment=arb(0), resource_cost=arb(0), no_award=arb(1))


def lowest_two(survivals: Sequence[Any], one: Any, zero: Any) -> tuple[Any, Any]:
    """P(lowest > t) and P(second lowest > t), in balls or in series."""
    none, single = one, zero
    for s in survivals:
        single = single * s + none * (one - s)
        none = none * s
    return none, none + single


def vickrey(priors: Mapping[str, Prior], reserve: float | None, *, absent: bool = False) -> Bounds:
    """The second-price auction: the lowest cost wins and is paid the second lowest, or the reserve if that is less.

    Args:
        priors: cost distributions by label.
        reserve: the highest bid that is accepted, or None.
        absent: whether the laws lack the mass of provers that are away, who count as if above the reserve.

    Raises:
        Rejected: one prover and no reserve.
    """
    laws = list(priors.values())
    if reserve is None:
        if len(laws) < 2:
            raise Rejected("a second-price auction with one prover and no reserve has no price")
        top = sorted(prior.high for prior in laws)[1]
    else:
        top = reserve
    low = min(prior.low for prior in laws)
    if top <= low:
        return nobody()
    game = Survivals(laws)
    one, zero = arb_series([arb(1)]), arb_series([arb(0)])

    def model(left: float, right: float) -> list[arb]:
        point, whole = (lowest_two(series, one, zero) for series in game.series(left, right))
        return cell_integrals(point, whole, left, right)

    def plain(left: float, right: float) -> list[arb]:
        ends = [lowest_two(game.at(x), arb(1), arb(0)) for x in (left, right)]
        return [hull(ends[0][k], ends[1][k]) * (arb(right) - left) for k in (0, 1)]

    end = top if absent or len(laws) == 1 else min(top, sorted(prior.high for prior in laws)[1])
    aim = ACCURACY * (end - low)
    first, second = joint_integrals(model, plain, breakpoints(laws, low, end), [aim, aim])
    if len(laws) == 1:
        second = arb(top) - low
    lost = lowest_two(game.at(top), arb(1), arb(0))[0]
    return outcome(payment=low + second - top * lost, resource_cost=low + first - top * lost, no_award=lost)


def posted_price(priors: Mapping[str, Prior], price: float) -> Bounds:
    r"""One price for all: whoever has a cost of at most the price accepts, and an even lottery picks one of them.

    Prover $i$ bears $E[c_i; c_i\le p]\,E[1/(1+N_{-i})]$, with $N_{-i}$ the number of others that accept.
    """
    accepts = {label: cumulative(prior, price) for label, prior in priors.items()}
    lost, cost = arb(1), arb(0)
    for label, prior in priors.items():
        lost = lost * exceeding(prior, price)
        if prior.low < price:
            counts = [arb(1)]
            for other, chance in accepts.items():
                if other != label:
                    up, stay = [arb(0), *counts], [*counts, arb(0)]
                    counts = [chance * u + (1 - chance) * s for u, s in zip(up, stay, strict=True)]
            drawn = sum((p / (k + 1) for k, p in enumerate(counts)), arb(0))
            cost += partial_mean(prior, price) * drawn
    return outcome(payment=price * (1 - lost), resource_cost=cost, no_award=lost)


def race(priors: Mapping[str, Prior], prize: float | None) -> Bounds:
    """Everybody proves and bears its cost; the lowest cost, which is the fastest, is paid the prize.

    Args:
        priors: cost distributions by label.
        prize: what the fastest is paid; None for the least prize at which every entrant breaks even in expectation.

    Raises:
        Rejected: no prize was stated, and some prover may never be the fastest.
    """
    laws = list(priors.values())
    low, end = min(prior.low for prior in laws), min(prior.high for prior in laws)
    game = Survivals(laws)
    one = arb_series([arb(1)])

    def model(left: float, right: float) -> list[arb]:
        point, whole = game.series(left, right)
        series = []
        for factors in (point, whole):
            without, product = products_without(factors, one)
            series.append([product, *(-s.derivative() * w for s, w in zip(factors, without, strict=True))])
        return cell_integrals(series[0], series[1], left, right, lost=1)

    def plain(left: float, right: float) -> list[arb]:
        before, after = game.at(left), game.at(right)
        (more, first), (fewer, last) = ((_without(s), _product(s)) for s in (before, after))
        wins = [(s - t) * hull(w, v) for s, t, w, v in zip(before, after, more, fewer, strict=True)]
        return [hull(first, last) * (arb(right) - left), *wins]

    aims = [ACCURACY * (end - low), *(ACCURACY for _ in laws)]
    lowest, *chances = joint_integrals(model, plain, breakpoints(laws, low, end), aims)
    means = [partial_mean(prior, prior.high) for prior in laws]
    total = sum(means, arb(0))
    payment = arb(0 if prize is None else prize)
    if prize is None:
        for k, (label, mean, chance) in enumerate(zip(priors, means, chances, strict=True)):
            if not chance > 0:
                raise Rejected(f"no prize brings {label!r} into the race: its chance of being the fastest may be zero")
            payment = mean / chance if k == 0 else payment.max(mean / chance)
    return outcome(payment=payment, resource_cost=total, redundant=total - low - lowest, no_award=arb(0))


def _product(factors: Sequence[arb]) -> arb:
    result = arb(1)
    for factor in factors:
        result = result * factor
    return result


def _without(factors: Sequence[arb]) -> list[arb]:
    return [_product([*factors[:i], *factors[i + 1 :]]) for i in range(len(factors))]


def central_prover(priors: Mapping[str, Prior], label: str | None, value: float | Prior) -> Bounds:
    """One prover names its price to a requester of this value.

    Args:
        priors: cost distributions by label.
        label: the prover; None for the one of lowest expected cost, the first in order where that is not certain.
        value: the requester's value, which is then the price, or its distribution.

    Raises:
        Rejected: no prover has that label.
    """
    if label is None:
        means = {name: partial_mean(prior, prior.high) for name, prior in priors.items()}
        label = next(name for name, mean in means.items() if not any(other < mean for other in means.values()))
    if label not in priors:
        raise Rejected(f"mechanism.label: no prover is called {label!r}")
    prior = priors[label]
    if not isinstance(value, Prior):
        served = cumulative(prior, value)
        return outcome(
            payment=value * served, resource_cost=partial_mean(prior, value), no_award=exceeding(prior, value)
        )
    payment, cost, lost = price_against(prior, value)
    return outcome(payment=payment, resource_cost=cost, no_award=lost)


def certify_rule(
    priors: Mapping[str, Prior], mechanism: Mapping[str, object], value_node: object, sign: int = 1
) -> Bounds:
    """Bounds for the rule that a certificate names, if its strategies are dominant or trivial.

    Args:
        priors: cost distributions by label, a sale's reflected.
        mechanism: the certificate's `mechanism`, with amounts in the market's own orientation.
        value_node: the market's `value`: None, a number, or a distribution, in the market's own orientation.
        sign: 1 in a procurement, -1 in a sale.

    Returns:
        Bounds in the orientation of a procurement.

    Raises:
        Rejected: an unknown rule or key, or a rule that has no outcome in this market.
    """
    kind = string(field(mechanism, "kind", "mechanism"), "mechanism.kind")
    keys = {"vickrey": "reserve", "posted_price": "price", "race": "prize", "central_prover": "label", "optimal": None}
    if kind not in keys:
        raise Rejected(f"mechanism.kind {kind!r} is not a rule with dominant strategies that the checker knows")
    for key in mechanism:
        if key not in ("kind", keys[kind]):
            raise Rejected(f"mechanism.{key} is not a key of {kind}")
    if kind == "race" and sign < 0:
        raise Rejected("a race has no mirror image in a sale")

    def amount(key: str) -> float | None:
        node = mechanism.get(key)
        return None if node is None else sign * number(node, f"mechanism.{key}")

    with long_series():
        if kind == "vickrey":
            return vickrey(priors, amount("reserve"))
        if kind == "posted_price":
            return posted_price(priors, sign * number(field(mechanism, "price", "mechanism"), "mechanism.price"))
        if kind == "race":
            return race(priors, amount("prize"))
        value = _value(value_node, sign)
        if kind == "central_prover":
            name = mechanism.get("label")
            if value is None:
                raise Rejected("the price of a central prover is unbounded without market.value")
            return central_prover(priors, None if name is None else string(name, "mechanism.label"), value)
        if isinstance(value, Prior):
            raise Rejected("the optimal rule needs market.value as a number, or none")
        if value is None and len(priors) == 1:  # the only prover is paid its highest cost
            prior = next(iter(priors.values()))
            return outcome(
                payment=arb(prior.high), resource_cost=partial_mean(prior, prior.high), no_award=arb(0)
            )
        payment, cost, lost = optimal(priors, value)
        return outcome(payment=payment, resource_cost=cost, no_award=lost)


def _value(node: object, sign: int) -> float | Prior | None:
    if node is None:
        return None
    if isinstance(node, Mapping):
        prior = read_prior(mapping(node, "market.value"), "market.value")
        return prior if sign > 0 else ReflectedPrior(prior)
    return sign * number(node, "market.value")
