r"""Certify agents alike with one known budget: buyers whose bids it caps, provers whose outlays it caps.

**A sale**, mirrored: $n\ge2$ buyers have costs $c=-v$ of law $F$ on $[l,h]$, the highest bid accepted is $R$ (or $h$), and no
bid may be below $m=-w$. Let $t=\min(R,h)$, $X=(1-F)^{n-1}$ and $u(c)=\int_c^tX$. The file states a switch $s\in[l,t]$. Costs
below $s$ bid $m$; the others up to $t$ bid what they would without a budget: $\beta=c+u/X$ (pay as bid) or $\beta=cX+u$ (all
pay; here $h\le0$ and $t=h$); costs above $t$ abstain. Among equal bids chance decides. Who bids $m$ wins, with $q=F(s)$, with
probability
$$ X_m=\sum_j\binom{n-1}jq^j(1-q)^{n-1-j}\frac1{j+1}=\frac1n\sum_{j<n}(1-q)^j\;\ge\;(1-q)^{n-1}=X(s), $$
and earns $u_m(c)=(m-c)X_m$, or $m-cX_m$. Let $D=u_m(s)-u(s)$, and let $\beta(s)\ge m$ if $s<t$, which is checked.

**Theorem.** No type gains more than $D^+$ if it does not bid $m$, and $D^-$ if it does.
*Proof.* Without $m$: bidding $\beta(z)$, $z\ge s$, earns $c$ the amount $u(z)+(z-c)X(z)$, which at $z=\max(c,s)$ is largest,
for its derivative is $(z-c)X'$. A bid between $m$ and $\beta(s)$ wins as often as $\beta(s)$ and is paid less; one above
$\beta(t)=R$ is not accepted, or never wins. A cost in $[s,t]$ gains from $m$ at most $u_m(c)-u(c)$, which does not increase in
$c$, for its derivative is $X(c)-X_m\le0$: at most $D$. A cost above $t=R\ge m$ would lose by it. A cost $c<s$ earns
$u_m(c)=u_m(s)+(s-c)X_m$ by $m$ and at most $u(s)+(s-c)X(s)$ without: it gains at most $-D$; to abstain is worth $0\le u(s)$. ∎

The cost of who wins is $nX_m\int_l^sc\,dF+\int_s^tc\,d(1-S^n)$, $S=1-F$, and payments are that plus
$n\int_l^su_m\,dF+n\bigl(\int_s^tXF-u(s)F(s)\bigr)$.

**A procurement** at first prices, where a cost above the budget $w$ cannot take part. With $t=\min(w,R,h)$ all costs up to $t$
bid $c+((R-t)X(t)+\int_c^tX)/X(c)$. Bids increase to $R$ at $t$, and a type $c\le t$ that bids like $c'$ gains
$\int_c^{c'}(z-c)X'\,dz\le0$; those above $t$ cannot bid, or would lose. Nobody gains anything. ∎
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flint import arb

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.cdf_powers import integral_of, integrals_of
from equilibria.checking.costly_entry import certify_entry
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.priors import Prior
from equilibria.checking.symmetric_games import read_symmetric
from equilibria.checking.symmetric_odds import power_of

__all__ = ["certify"]


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for a market with a budget.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "budget"), "market")
    sign, prior, n, tasks = read_symmetric({"market": field(outer, "market", "market")})
    budget = number(field(outer, "budget", "market"), "market.budget")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    kind, reserve = mechanism["kind"], mechanism.get("reserve")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    if not budget > 0.0 or tasks != 1 or n < 2 or kind not in ("first_price", "all_pay"):
        raise Rejected("the bound needs a positive budget, one task, two agents or more, and first_price or all_pay")
    if sign > 0:
        if kind != "first_price" or limit is None or "equilibrium" in tree:
            raise Rejected("in a procurement a budget is handled under first_price with a reserve, and no equilibrium is stated")
        last = min(limit, budget, prior.high)
        if not last > prior.low:
            raise Rejected("no cost lies below the reserve and the budget")
        return replace(certify_entry(prior, n, limit, 0.0, last, None), gain=arb(0)), sign
    stated = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(stated, ("switch",), "equilibrium")
    switch = 0.0 - number(field(stated, "switch", "equilibrium"), "equilibrium.switch")
    if kind == "all_pay" and (limit or prior.high > 0.0):
        raise Rejected("under all_pay the bound needs values of at least 0 and no reserve")
    return _capped(prior, n, limit, 0.0 - budget, switch, all_pay=kind == "all_pay"), sign


def _capped(prior: Prior, n: int, limit: float | None, least: float, switch: float, *, all_pay: bool) -> Bounds:
    end = prior.high if limit is None else min(limit, prior.high)
    if limit is not None and (least > limit or not limit > prior.low):
        raise Rejected("nobody can bid the reserve")
    if not prior.low <= switch <= end:
        raise Rejected(f"equilibrium.switch must lie between {-end!r} and {-prior.low!r}; got {-switch!r}")
    pooled, outside = prior.cdf(switch), prior.survival(end)
    above = prior.survival(switch)
    wins = sum((above**j for j in range(n)), arb(0)) / n
    chance = above ** (n - 1)
    # Relative to the chance at the switch, which may be too small for an absolute accuracy.
    markup = arb(0)
    if switch < end:
        markup = integral_of(prior, switch, end, lambda f, s: power_of(s * (1 / above), n - 1))
    rent, scale = markup * chance, chance if all_pay else arb(1)
    capped = least - switch * wins if all_pay else (least - arb(switch)) * wins
    if switch < end and not (switch + markup) * scale - least >= 0:
        raise Rejected("a type that does not bid the budget may bid more than it: equilibrium.switch is too high")
    excess, gain = capped - rent, arb(0)
    if switch < end:
        gain = gain.max(excess)
    if switch > prior.low:
        gain = gain.max(-excess)
    mean = switch * pooled - integral_of(prior, prior.low, switch, lambda f, s: f)
    earned = least * pooled * (1 if all_pay else wins) - wins * mean
    between, kept = integrals_of(prior, switch, end, [lambda f, s: power_of(s, n - 1) * f, lambda f, s: power_of(s, n)])
    spent = n * wins * mean + switch * above**n - end * outside**n + kept
    return Bounds(
        gain=gain,
        payment=spent + n * (earned + between - rent * pooled),
        resource_cost=spent,
        redundant=arb(0),
        no_award=outside**n,
    )
