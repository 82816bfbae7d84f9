r"""A contest with several prizes by rank, all costs of one law: nobody gains anything, and what is spent.

With $n$ contestants, the law $F$ of the cost per unit of effort and the prizes $V_1\ge\dots\ge V_n$, let
$W(z)=\sum_sV_s\binom{n-1}{s-1}z^{s-1}(1-z)^{n-s}$, the expected prize of a cost $F^{-1}(z)$ that is ranked by costs, and
$w=-W'\ge0$.

**Theorem** (Moldovanu and Sela, 2001). If all make the effort $e(c)=\int_{F(c)}^1 w(z)/F^{-1}(z)\,dz$, nobody gains by
another. *Proof.* $e$ falls strictly wherever $F$ rises (as $V_1>V_n$), so ranks go by costs and ties have probability 0. The
effort $e(c')$ is worth $W(F(c'))-c\,e(c')$ to the cost $c$. With $t=F^{-1}(z)$, its change from $c$ to $c'$ is
$\int_{F(c)}^{F(c')}w(z)\,(c/t-1)\,dz\le0$ for $c'>c$, since $t\ge c$ there, and likewise for $c'<c$. More effort than
$e(\ell)$ costs more and wins no more, and $e(h)=0$. ∎

All bear $n\,E[c\,e(c)]=n\int_0^1\frac{w(z)}{t(z)}\int_\ell^{t(z)}c\,dF(c)\,dz$, and the part of those that win nothing has the
factor $1-A(F(c))$ in the inner integral, $A(z)$ being the probability of a rank with a prize.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import comb

from flint import arb, arb_poly, arb_series

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected
from equilibria.checking.joint_integrals import ORDER, exceeding, long_series
from equilibria.checking.priors import Prior, hull
from equilibria.checking.survivals import survival_series
from equilibria.checking.taylor import CELLS, cell_ball, exact_middle, integrate_model, middle

ACCURACY = 1e-13
"""Radius to aim at, as a share of the prize."""

TINY = 1e-13
"""A cell is not halved below this fraction of the support."""


def certify_prizes(laws: Mapping[str, object], prior: Prior, prize: float, shares: Sequence[float]) -> Bounds:
    """Bounds of the symmetric equilibrium.

    Args:
        laws: the law of each contestant's cost as it is written.
        prior: the law of the first.
        prize: what is shared.
        shares: shares of the ranks, the largest first.

    Raises:
        Rejected: a hypothesis fails.
    """
    count = len(laws)
    if any(law != next(iter(laws.values())) for law in laws.values()):
        raise Rejected("all contestants must have the same law of costs")
    if not (prior.low > 0 and prize > 0 and count >= 2 and 0 < len(shares) <= count):
        raise Rejected("costs and the prize must be positive, and there must be two contestants or more and a share for no more")
    padded = [arb(share) for share in shares] + [arb(0)] * (count - len(shares))
    if any(not first >= second for first, second in pairwise(padded)) or not padded[0] > padded[-1] >= 0:
        raise Rejected("mechanism.shares must be at least 0, not rise, and not be all the same")
    total = sum(padded, arb(0))
    if not total <= 1 + 1e-12:
        raise Rejected("mechanism.shares must add up to at most 1")
    with long_series():
        fall = arb_poly([0])
        for s, (first, second) in enumerate(pairwise(padded)):
            fall = fall + _bernstein(count - 2, s) * ((first - second) * (count - 1))
        nothing = arb_poly([0])
        for s, share in enumerate(padded):
            if share == 0:
                nothing = nothing + _bernstein(count - 1, s)
        spent, lost = (count * prize * value for value in _nested(prior, fall, nothing))
    return Bounds(gain=arb(0), payment=prize * total, resource_cost=spent, redundant=lost, no_award=arb(0))


def _bernstein(degree: int, k: int) -> arb_poly:
    return arb_poly([0, 1]) ** k * arb_poly([1, -1]) ** (degree - k) * comb(degree, k)


def _nested(prior: Prior, fall: arb_poly, nothing: arb_poly) -> list[arb]:
    r"""$\int\frac{w(F(t))}t\int_\ell^tc\,g(F(c))\,dF(c)\,dF(t)$ for $g=1$ and $g=1-A$, from left to right."""
    inner, totals = [arb(0), arb(0)], [arb(0), arb(0)]
    stack = [(u, v) for u, v in pairwise(prior.knots)][::-1]
    extent = prior.high - prior.low
    for _ in range(CELLS):
        if not stack:
            return totals
        left, right = stack.pop()
        centre, _ = middle(left, right)
        share = (right - left) / extent
        cell = _smooth(prior, fall, nothing, inner, left, right)
        fine = cell is not None and all(x.is_finite() and x.rad() <= ACCURACY * max(share, 1e-3) for pair in cell for x in pair)
        if not fine:
            cell = _rough(prior, fall, nothing, inner, left, right)
            fine = share <= TINY or not left < centre < right or all(x.rad() <= 1e-3 * ACCURACY for pair in cell for x in pair)
        if not fine or cell is None:
            stack += [(centre, right), (left, centre)]
            continue
        steps, parts = cell
        inner = [a + b for a, b in zip(inner, steps, strict=True)]
        totals = [a + b for a, b in zip(totals, parts, strict=True)]
    raise Rejected(f"an integral was not enclosed within {CELLS} cells")


Pairs = tuple[list[arb], list[arb]]


def _composed(polynomial: arb_poly, x: arb_series) -> arb_series:
    total = arb_series([arb(0)])
    for coefficient in reversed(polynomial.coeffs()):
        total = total * x + coefficient
    return total


def _smooth(prior: Prior, fall: arb_poly, nothing: arb_poly, inner: list[arb], left: float, right: float) -> Pairs | None:
    """Growth of the inner integrals over a cell, and parts of the outer ones, from Taylor models."""
    centre, _ = middle(left, right)
    if not left < centre < right:
        return None
    exact, radius = exact_middle(left, right)
    ball, back = cell_ball(left, right), -radius
    try:
        series = []
        for at in (exact, ball):
            density, cost = prior.density(arb_series([at, 1]), centre), arb_series([at, 1])
            level = 1 - survival_series(prior, at, centre)
            mass = density * cost
            series.append((_composed(fall, level) * density / cost, mass, mass * _composed(nothing, level)))
    except (ValueError, ZeroDivisionError):
        return None
    (outer, *growth), (outer_whole, *growth_whole) = series
    steps, parts = [], []
    for start, point, whole in zip(inner, growth, growth_whole, strict=True):
        steps.append(integrate_model(point, whole, radius, ORDER - 2))
        rising, rising_whole = point.integral(), whole.integral()
        before = sum((rising[k] * back**k for k in range(1, ORDER - 1)), arb(0)) + rising_whole[ORDER - 1] * back ** (ORDER - 1)
        filled = rising + (start - before)
        # over the cell the inner integral grows from `start` to no more than what the cell adds
        over = rising_whole + (hull(start, start + steps[-1]) - rising_whole[0])
        parts.append(integrate_model(outer * filled, outer_whole * over, radius, ORDER - 2))
    return steps, parts


def _rough(prior: Prior, fall: arb_poly, nothing: arb_poly, inner: list[arb], left: float, right: float) -> Pairs:
    """The same from bounds that need no smoothness."""
    mass, cost = exceeding(prior, left) - exceeding(prior, right), cell_ball(left, right)
    level = 1 - hull(exceeding(prior, left), exceeding(prior, right))
    outer = fall(level) / cost * mass
    steps = [cost * mass, cost * mass * nothing(level)]
    return steps, [outer * hull(start, start + step) for start, step in zip(inner, steps, strict=True)]


