r"""Certify symmetric entry, with a cost, into a first-price or a second-price procurement.

There are $n$ provers alike, with costs of law $F$ on $[l,h]$, a reserve $R$ and a cost of entry $K>0$. The file states a
threshold $t$ (provers know their costs: exactly those up to $t$ enter; $q=1$) or a probability $q$ (they do not: each enters with
it, and bids if its cost is at most $t=\min(R,h)$). Either way a prover bids at all with a cost up to $c$ with probability
$qF(c)$, so a bidder of cost $c$ beats all others with probability $X(c)=(1-qF(c))^{n-1}$. The strategies are, in a second-price
auction, to bid one's cost, and in a first-price auction
$$\beta(c)=c+\frac{(R-t)X(t)+\int_c^tX(z)\,dz}{X(c)},\qquad c\le t.$$

**Bids are exact.** $\beta$ is continuous, does not decrease, and $\beta(t)=R$ (or $t$ where $X(t)=0$ and no higher bid wins). A
type $c\le t$ that bids $\beta(c')$ gains
$\int_c^{c'}(z-c)X'(z)\,dz\le0$ over $\beta(c)$; lower bids win no more often than $\beta(l)$, which always wins, and higher ones
are not accepted. A type $c>t$ that had entered would do best with the bid $R$, by the same integral, and earn
$(R-c)^+X(t)$. In a second-price auction truth is dominant and gives every type the same expected profit: the
difference of two such profits is $\int X$, and the type $t$ wins at the price $R$ only.

**Entry.** The type $c\le t$ expects $v(c)=(R-t)X(t)+\int_c^tX$ before the cost of entry. *Informed:* $v$ falls from type to type,
so staying out gains at most $[K-v(t)]^+$, and entering gains a type above $t$ at most $[v(t)-K]^+$ (there is none if $t=h$).
*Uninformed:* a prover expects $\pi=\int v\,dF=v(t)F(t)+\int_l^tX F\,dz$; staying out for certain gains at most $[K-\pi]^+$,
entering for certain at most $[\pi-K]^+$ (if $q<1$). The largest of these is epsilon. ∎

Expected payments are winners' costs plus $n q\pi$, resource costs include the costs of entry, and redundant costs are those of
entrants that do not win.
"""

from __future__ import annotations

from flint import arb

from equilibria.checking.bounds import Bounds
from equilibria.checking.cdf_powers import integrals_of
from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior
from equilibria.checking.symmetric_odds import power_of


def certify_entry(
    prior: Prior, provers: int, reserve: float, cost: float, threshold: float | None, probability: float | None
) -> Bounds:
    """Bounds for stated entry.

    Args:
        prior: the law of every prover's cost.
        provers: how many there are.
        reserve: the highest bid that is accepted.
        cost: of entry.
        threshold: the highest cost that enters, where costs are known before; otherwise None.
        probability: of entry, where costs are not known before; otherwise None.

    Raises:
        Rejected: what is stated is outside its range.
    """
    if not reserve > prior.low:
        raise Rejected(f"no cost lies below the reserve {reserve!r}")
    if (threshold is None) == (probability is None):
        raise Rejected("equilibrium must state threshold (informed) or probability (uninformed)")
    end = min(reserve, prior.high) if threshold is None else threshold
    if not prior.low < end <= min(reserve, prior.high):
        most = min(reserve, prior.high)
        raise Rejected(f"equilibrium.threshold must lie above {prior.low!r} and up to {most!r}; got {end!r}")
    if probability is not None and not 0.0 < probability <= 1.0:
        raise Rejected(f"equilibrium.probability must be above 0 and at most 1; got {probability!r}")
    q = arb(1 if probability is None else probability)
    mass = prior.cdf(end)
    outside = 1 - q * mass
    edge = (arb(reserve) - end) * outside ** (provers - 1)
    # 1 - qF, as a sum of what is positive
    rents, kept = integrals_of(
        prior, prior.low, end,
        [lambda f, s: f * power_of(s + f * (1 - q), provers - 1), lambda f, s: power_of(s + f * (1 - q), provers)],
    )  # fmt: skip
    expected = edge * mass + rents
    if probability is None:
        gain = (cost - edge).max((edge - cost) if end < prior.high else arb(0))
        entrants = provers * mass
    else:
        gain = (cost - expected).max((expected - cost) if probability < 1.0 else arb(0))
        entrants = provers * q
    unsold = outside**provers
    spent = prior.low - end * unsold + kept
    return Bounds(
        gain=arb(gain.max(arb(0)).upper()),
        payment=spent + provers * q * expected,
        resource_cost=spent + cost * entrants,
        redundant=cost * (entrants - 1 + unsold),
        no_award=unsold,
    )
