r"""Shares $x_i=b_i^{-\alpha}/\sum_jb_j^{-\alpha}$ of work by reported costs $b_i$.

**Myerson's payment** $c_ix_i+\int_{c_i}^\infty x_i(z)dz$: $x_i$ falls in one's report, so the truth is dominant. With
$A=\sum_{j\ne i}c_j^{-\alpha}$ and $u=1/(Ac^\alpha)$ the substitution $z=cs^{-1/(\alpha-1)}$ turns the integral into Euler's for
$\frac{c\,u}{\alpha-1}{}_2F_1(1,1-\frac1\alpha;2-\frac1\alpha;-u)$; for $\alpha=2$ it is $\operatorname{atan}(1/(\sqrt
Ac))/\sqrt A$.

**Proportional payment** $b_ix_i$: $u=(b-c)x(b)$ rises where $(1-c/b)\,\alpha(1-x(b))<1$; the left side grows in $b$, so
the zero of the slope is the one best reply, $b=c\alpha(1-x)/(\alpha(1-x)-1)$, with $x<1-1/\alpha$. With
$T=\sum_jb_j^{-\alpha}$ shares solve $T=G_i(x)=b_i(x)^{-\alpha}/x$, which falls in $x$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial

from flint import arb

from equilibria.checking.document import Rejected, only
from equilibria.checking.known_values import (
    KnownContest,
    Solution,
    Value,
    Values,
    ball,
    difference,
    plus,
    product,
    quotient,
    total,
)
from equilibria.checking.share_brackets import bracket, read_shares

ZERO = Fraction(0)

WHOLE = 64
"""Whole exponents up to this are taken exactly."""


def certify_myerson(market: KnownContest, profile: Mapping[str, object], alpha: Fraction) -> Solution:
    """Truthful shares and payments."""
    only(profile, (), "profile")
    if alpha <= 1 or len(market.costs) < 2:
        raise Rejected("Myerson's payment is finite for alpha above 1 and two provers or more only")
    scores: Values = {label: _power(cost, -alpha) for label, cost in market.costs.items()}
    everything = total(scores)
    shares: Values = {}
    rents: Values = {}
    for label, cost in market.costs.items():
        rivals = ball(total({other: score for other, score in scores.items() if other != label}))
        shares[label] = quotient(scores[label], everything)
        u, a = 1 / (rivals * ball(cost) ** ball(alpha)), 1 - 1 / ball(alpha)
        rents[label] = ball(cost) * u / (ball(alpha) - 1) * (-u).hypgeom_2f1(1, a, 1 + a)
    return _solution(market, shares, dict(market.costs), rents, ZERO)


def _power(base: Fraction, exponent: Fraction) -> Value:
    whole = exponent.denominator == 1 and abs(exponent) <= WHOLE
    return base ** int(exponent) if whole else ball(base) ** ball(exponent)


def certify_proportional(market: KnownContest, profile: Mapping[str, object], alpha: Fraction) -> Solution:
    """The one equilibrium where everybody is paid its bid for its share."""
    stated, radius = read_shares(profile)
    if set(stated) != set(market.costs) or alpha <= 1:
        raise Rejected("profile.shares must be those of all provers, and alpha above 1")

    def bid(label: str, share: Value) -> Value:
        slack = product(alpha, difference(Fraction(1), share))
        bare = difference(slack, Fraction(1))
        return quotient(product(market.costs[label], slack), bare)

    def level(label: str, share: Value) -> arb:
        return ball(bid(label, share)) ** ball(-alpha) / ball(share)

    for label, share in stated.items():
        if not share * (1 + radius * (1 - share)) < 1 - 1 / alpha:
            raise Rejected(f"profile.shares.{label} must be below 1 - 1/alpha; above it a higher bid is always better")
    alike = len(set(market.costs.values())) == 1
    shares, _ = bracket(level, alike, stated, radius, (ZERO, 1 - 1 / alpha))
    bids: Values = {label: bid(label, share) for label, share in shares.items()}
    surplus: Values = {label: product(difference(bids[label], market.costs[label]), share) for label, share in shares.items()}
    exact = all(isinstance(share, Fraction) for share in shares.values())
    return _solution(market, shares, bids, surplus, ZERO if exact else partial(_gain, market, alpha))


def _gain(market: KnownContest, alpha: Fraction, bids: Values) -> arb:
    r"""The most that anybody gains where everybody bids anything within enclosures that hold the equilibrium.

    The best reply's value moves by at most $\Delta S\,\sup_b(b-c)X/(X+S)^2\le\Delta S\,c^{1-\alpha}/S^2$, since $X=b^{-\alpha}$
    and $b\ge c$; one's own utility by at most $\Delta b+b\,(\Delta X+\Delta S)/T$.
    """
    scores = {label: ball(bid) ** ball(-alpha) for label, bid in bids.items()}
    spread = sum((score.upper() - score.lower() for score in scores.values()), arb(0))
    everything, worst = sum(scores.values(), arb(0)).lower(), arb(0)
    for label, bid in bids.items():
        others = sum((score for other, score in scores.items() if other != label), arb(0)).lower()
        loss = spread * ball(market.costs[label]) ** (1 - ball(alpha)) / others**2
        price = ball(bid)
        worst = worst.max(loss + price.upper() - price.lower() + price.upper() * spread / everything)
    return worst


def _solution(
    market: KnownContest, shares: Values, bids: Values, surplus: Values, gain: Value | Callable[[Values], Value]
) -> Solution:
    cost = total({label: product(market.costs[label], share) for label, share in shares.items()})
    kept = total(surplus)
    return Solution(
        shares=shares,
        efforts=bids,
        surplus=surplus,
        gain=gain,
        payment=plus(cost, kept),
        cost=cost,
        redundant=ZERO,
        no_award=ZERO,
    )
