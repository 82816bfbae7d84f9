"""A prover that faces no rival at the top: what it gains by bidding more, and a constant bid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.attitudes import NEUTRAL, Attitude
from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, number, only, string
from equilibria.checking.priors import Prior
from equilibria.checking.taylor import CELLS, cell_ball, integral, middle

NEGLIGIBLE = 1e-11
"""A slope (a probability) this small is not worth refining."""


def gain_above(
    rivals: list[Prior], cost: float, top: float, reserve: float | None, attitude: Attitude = NEUTRAL
) -> arb:
    """The most utility that a prover of this cost gains by bidding above `top` against rivals that bid their costs there."""
    end = max(prior.high for prior in rivals)
    end = end if reserve is None else min(end, reserve)
    if end <= top:
        return arb(0)

    def value(b_win: float, b_pay: float) -> arb:
        product = attitude.utility(arb(b_pay) - cost)
        for prior in rivals:
            product = product * prior.survival(b_win)
        return product

    base = value(top, top)
    knots = sorted({top, end, *(k for prior in rivals for k in prior.knots if top < k < end)})
    stack = [(u, v) for u, v in reversed(list(pairwise(knots)))]
    best, risen = arb(0), arb(0)
    for _ in range(CELLS):
        if not stack:
            return best
        left, right = stack.pop()
        centre, _ = middle(left, right)
        width = arb(right) - left
        plain = (value(left, right) - base).max(arb(0))
        if plain.upper() <= 0:
            risen = arb(0)
            continue
        ball = cell_ball(left, right)
        hazard, product = arb(0), arb(1)
        for prior in rivals:
            survival = prior.survival(ball)
            product = product * survival
            if prior.low < right and left < prior.high:
                hazard += prior.density(arb_series([ball], 1), centre)[0] / survival
        profit = ball - cost
        slope = (attitude.marginal(profit) * product * (1 - attitude.worth(profit) * hazard)).max(arb(0))
        small = slope.is_finite() and slope.upper() <= NEGLIGIBLE
        if not small and float(width) > 1e-12 * (end - top) and left < centre < right:
            stack.extend([(centre, right), (left, centre)])
            continue
        risen = risen + (slope * width if slope.is_finite() else plain)
        best = best.max(plain.min(risen))
    raise Rejected(f"bids above the highest one were not bounded within {CELLS} cells")


def relative_gain_above(
    rivals: list[Prior], cost: float, top: float, reserve: float | None, attitude: Attitude
) -> arb:
    """`gain_above` as a share of the utility that the prover expects at `top`."""
    base = attitude.utility(arb(top) - cost)
    for prior in rivals:
        base = base * prior.survival(top)
    if not base > 0:
        raise Rejected(f"a prover of cost {cost!r} earns nothing at the highest bid {top!r} and could bid more")
    return gain_above(rivals, cost, top, reserve, attitude) / base


def certify_constant(
    priors: Mapping[str, Prior],
    reserve: float | None,
    node: Mapping[str, object],
    attitudes: Mapping[str, Attitude] | None = None,
) -> Bounds:
    """One prover faces nobody: it always bids the same, and the others cannot win.

    What an averse prover gains by more, as a share of its utility, is most at its highest cost; see `risk_averse_bids`.
    """
    only(node, ("label", "bid"), "equilibrium.constant")
    label = string(field(node, "label", "equilibrium.constant"), "equilibrium.constant.label")
    bid = number(field(node, "bid", "equilibrium.constant"), "equilibrium.constant.bid")
    if label not in priors:
        raise Rejected(f"equilibrium.constant.label: no prover is called {label!r}")
    rivals = [prior for name, prior in priors.items() if name != label]
    if any(prior.low < bid for prior in rivals):
        raise Rejected(f"a rival of {label!r} could win below the constant bid {bid!r}")
    prior = priors[label]
    gain = arb(0)
    if reserve is None or bid != reserve:
        if prior.high > bid or not rivals or (reserve is not None and bid > reserve):
            raise Rejected("a constant bid must be the reserve, or lie above the prover's costs and below its rivals'")
        if attitudes is None:
            gain = gain_above(rivals, prior.high, bid, reserve)
        else:
            share = relative_gain_above(rivals, prior.high, bid, reserve, attitudes[label])
            gain = share * attitudes[label].worth(arb(bid) - prior.low)
    reach = min(bid, prior.high)
    if reach <= prior.low:
        return Bounds(gain=gain, payment=arb(0), resource_cost=arb(0), redundant=arb(0), no_award=arb(1))
    mass = prior.cdf(reach)
    cost = reach * mass - cdf_integral(prior, reach)
    return Bounds(gain=gain, payment=bid * mass, resource_cost=cost, redundant=arb(0), no_award=1 - mass)


def cost_between(prior: Prior, first: arb, last: arb, wins: arb) -> arb:
    """The integral of c X dF(c) from a point in the ball `first` to one in the ball `last`, for any X inside the ball `wins`.

    The cost is split as `low + (c - low)`: the second part has one sign, so X may be pulled out of its integral.
    """
    low, high = math.nextafter(float(first.lower()), -math.inf), math.nextafter(float(last.upper()), math.inf)
    mass = prior.cdf(high) - prior.cdf(low)
    excess = (high - arb(low)) * prior.cdf(high) - cdf_integral(prior, high, low)
    uncertain = (prior.cdf(first) - prior.cdf(low)).abs_upper() + (prior.cdf(high) - prior.cdf(last)).abs_upper()
    mass += (-uncertain).union(uncertain)
    uncertain *= arb(high) - low
    excess += (-uncertain).union(uncertain)
    return low * wins * mass + wins * excess


def cdf_integral(prior: Prior, upper: float, lower: float | None = None) -> arb:
    """The integral of a prior's cdf from `lower` (by default the lower end of its support) to `upper`."""

    def series(x: arb, inside: float) -> arb_series:
        return prior.density(arb_series([x, 1]), inside).integral() + prior.cdf(x)

    start = prior.low if lower is None else max(lower, prior.low)
    if start < upper <= prior.high:
        first, last = prior.area(start), prior.area(upper)
        if first is not None and last is not None:
            return last - first
    points = [start, *(k for k in prior.knots if start < k < upper), upper]
    return integral(series, lambda u, v: prior.cdf(cell_ball(u, v)), points, 1e-12)
