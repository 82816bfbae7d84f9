r"""Certify an all-pay auction between two buyers of any laws.

Buyer $i$ of two has a value with the law $F_i$ on $[\ell_i,h_i]$, $\ell_i\ge0$, density positive inside. Values $y_1,y_2$
**meet** where

$$ \int_{y_1}^{h_1}\frac{dF_1}x=\int_{y_2}^{h_2}\frac{dF_2}x=t . $$

Without a reserve the curve of values that meet is followed from the highest ones down to the time $T$ at which no mass of one of
the two is left; with a reserve $r>0$, to the lowest pair $(s_1,s_2)$ of the file. Both bid

$$ b(t)=r+\int_t^Ty_1y_2\,dt'. $$

Values below their start $s_i$ do not take part, but for one buyer, for whom the file may state a lower *entry* $a_i<s_i$: its
values of $[a_i,s_i]$ bid $r$. For the other $a_j=s_j$.

**Theorem.** Without a reserve this is an equilibrium. With one no value of buyer $i$ gains more, by any bid or by staying away,
than $\varepsilon_i=|a_iF_j(s_j)-r|$, or than $(r-a_iF_j(s_j))^+$ if $a_i=\ell_i$.

*Proof.* Let $U(z;v)$ be what $v$ expects from the bid of $z\ge s_i$, and $G(z)=F_j(y_j)$ for the $y_j$ that meets $z$. Upwards
$dG=y_j\,|dt|$ and $db=y_iy_j\,|dt|=y_i\,dG$, so that $dU=v\,dG-db=(v-y)\,dG$ at $y=z$ and
$U(z;v)-U(v;v)=\int_v^z(v-y)\,dG(y)\le0$, whichever way it runs; a value below $s_i$ loses by a higher bid than that of $s_i$ in
the same way. Both bid alike at the top, and to bid more costs more and wins no more. A bid of $r$, or of a little more, is worth
at most $vF_j(s_j)-r$; the bid of $a_i$ is worth just that to $a_i$, as only one of the two makes the bid $r$ with a positive
chance, and more to a higher value. So none that takes part gains by staying away more than $(r-a_iF_j(s_j))^+$, and none below
$a_i$ by taking part more than $(a_iF_j(s_j)-r)^+$. Without a reserve $F_j(s_j)=0$ if $j$ is the one of whom no mass is left, so
that values of $i$ below $s_i$ do not gain, and $U(s_j;v)=vF_i(s_i)\ge0$ for $j$, of whom all take part. ∎

Expected amounts need the values that meet: the file lists pairs of them, roughly, up to the highest; those of the second are
mended by the difference of the two integrals, enclosed by Taylor models. The revenue is
$r\sum(1-F_i(a_i))+\int\varphi\,[(1-F_1)+(1-F_2(\varphi))]\,dF_1$ for $\varphi(y_1)=y_2$. Below the lowest pair $(m_1,m_2)$ the
integral is at most $2\min(m_1F_2(m_2),m_2F_1(m_1))$.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flint import arb

from equilibria.checking import all_pay_curves, symmetric_games
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.cdf_powers import integral_of
from equilibria.checking.document import Rejected
from equilibria.checking.meeting_types import Meeting, clock, follow, long_series, mended
from equilibria.checking.priors import Prior
from equilibria.checking.two_buyers import TwoBuyers, read_two_buyers

__all__ = ["certify"]

@dataclass(frozen=True, slots=True)
class _Buyer:
    """One of the two: its law, the values that meet the other's, and the least value that bids the reserve, or None."""

    law: Prior
    meets: list[float]
    entry: float | None


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for the stated strategies of two buyers, of several along one curve, or for that of all alike.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    stated = tree.get("equilibrium")
    if isinstance(stated, Mapping) and "bids" in stated:
        return all_pay_curves.certify(tree, progress)
    if not (isinstance(stated, Mapping) and "meetings" in stated):
        return symmetric_games.all_pay(tree, progress)
    sale = read_two_buyers(tree, "all pay")
    if len(sale.entries) > (sale.reserve > 0.0):
        raise Rejected("equilibrium.entries: with a reserve, one buyer may bid it with a positive chance, else none")
    buyers = [_buyer(sale, label) for label in sale.laws]
    # of whom no mass is left is followed: values of the other are mended
    first, second = sorted(buyers, key=lambda buyer: buyer.meets[0] > buyer.law.low)
    with long_series():
        return _bounds(first, second, sale.reserve, progress), -1


def _buyer(sale: TwoBuyers, label: str) -> _Buyer:
    law, meets, entry = sale.laws[label], sale.meetings[label], sale.entries.get(label)
    if not (law.low <= meets[0] and meets[0] > 0.0 and meets[-1] == law.high):
        raise Rejected(
            f"equilibrium.meetings.{label} must be positive values from {law.low!r} or higher up to the highest, {law.high!r}"
        )
    if entry is not None and not law.low <= entry:
        raise Rejected(f"equilibrium.entries.{label} must be at least the lowest value, {law.low!r}")
    return _Buyer(law, meets, entry)


def _bounds(first: _Buyer, second: _Buyer, reserve: float, progress: Progress | None) -> Bounds:
    stays = [first.law.survival(value) for value in first.meets]
    others = [second.law.survival(value) for value in second.meets]
    times = clock(first.law, first.meets, stays, own=True), clock(second.law, second.meets, others, own=True)
    met = [mended(second.law, v, late - early, own=True) for v, early, late in zip(second.meets, *times, strict=True)]
    others = [second.law.survival(value) for value in met]
    both, value = arb(0), arb(0)
    cells = len(met) // 2
    for k in range(cells):
        if progress is not None and k % 16 == 0:
            progress(k / cells)
        place = slice(2 * k, 2 * k + 3)
        cell = Meeting(first.meets[place], met[place], stays[place], others[place])
        spent, won = follow(first.law, second.law, cell, own=True)
        both, value = both + spent, value + won
    starts = arb(first.meets[0]), met[0]
    left = first.law.cdf(starts[0]), second.law.cdf(starts[1])
    if reserve == 0.0:
        rest = arb(0).union(2 * (starts[0] * left[1]).min(starts[1] * left[0]))
        won = arb(0).union((starts[0] + starts[1]) * left[0] * left[1])
        return Bounds(
            gain=arb(0), payment=-(both + rest), resource_cost=-(value + won), redundant=arb(0), no_award=arb(0)
        )  # fmt: skip
    gain, out = arb(0), arb(1)
    for buyer, start, rivals, own in ((first, starts[0], left[1], left[0]), (second, starts[1], left[0], left[1])):
        entry = start if buyer.entry is None else arb(buyer.entry)
        if buyer.entry is not None and not entry <= start:
            raise Rejected(f"equilibrium.entries: {buyer.entry!r} must be at most the lowest value that bids more")
        excess = entry * rivals - reserve
        gain = gain.max((-excess).max(arb(0)) if entry <= buyer.law.low else abs(excess))  # nobody is below the lowest value
        away = own if buyer.entry is None else buyer.law.cdf(buyer.entry)
        both, out = both + reserve * (1 - away), out * away
        if buyer.entry is not None:
            # the rival's others stay away: their mass is what it has below its start
            value += _mean_between(buyer.law, buyer.entry, start) * rivals
    return Bounds(gain=gain, payment=-both, resource_cost=-value, redundant=arb(0), no_award=out)


def _mean_between(law: Prior, left: float, right: arb) -> arb:
    """The integral of the value over its law from a value to another, which is a ball."""
    below, above = float(right.lower()), float(right.upper())
    mass = law.cdf(above) - law.cdf(below)
    if not left < below:
        return arb(0).union(arb(above) * (law.cdf(above) - law.cdf(left)))
    inner = below * law.cdf(below) - left * law.cdf(left) - integral_of(law, left, below, lambda f, s: f)
    return inner + arb(0).union(above * mass)
