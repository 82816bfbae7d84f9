r"""Certify a war of attrition between two buyers of any laws: one of a continuum of equilibria, bids without bound.

Buyer $i$ of two has a value with the law $F_i$ on $[\ell_i,h_i]$, $\ell_i\ge0$, density positive inside; $H_i=-\log(1-F_i)$. The
file states for each the least value $a_i$ that takes part and a *start* $s_i\ge a_i$, $s_i>0$, with $a_i=s_i$ for one of the two
at least, and means: values $y_1,y_2$ that **meet**,

$$ \int_{s_1}^{y_1}\frac{dH_1}x=\int_{s_2}^{y_2}\frac{dH_2}x=t,\qquad\text{both bid}\qquad b(t)=r+\int_0^ty_1y_2\,dt; $$

values of $[a_i,s_i]$ bid $r$, lower ones do not take part. (Where the rival's $a_j<s_j$, $a_i$ itself does not either.) Both
integrals run to infinity with $y_i\to h_i$, and so does $b$: **every** bid above $r$ is made by one value of each.

**Theorem.** With the other index $j$, no value of buyer $i$ gains more, by any bid or by staying away, than
$\varepsilon_i=|a_iF_j(s_j)-r|$, or than $(r-a_iF_j(s_j))^+$ if $a_i=\ell_i$ and $a_j=s_j$.

*Proof.* Let $U(z;v)$ be what $v$ expects from the bid of $z\ge s_i$, and $G(z)=F_j(y_j)$ for the $y_j$ that meets $z$. Then
$dU=v\,dG-(1-G)\,db$, and $(1-G)\,db=(1-F_j)\,y_iy_j\,dt=y_i(1-F_j)\,dH_j=y_i\,dG$, so that
$U(z;v)-U(v;v)=\int_v^z(v-y)\,dG(y)\le0$, whichever way it runs; a value of $[a_i,s_i]$ loses by a higher bid in the same way. A
bid of $r$, or of a little more, is worth at most $vF_j(s_j)-r$; the bid of $a_i$ is worth just that to $a_i$, and more to a
higher value. So none that takes part gains by staying away more than $(r-a_iF_j(s_j))^+$, and none below $a_i$ by taking part
more than $(a_iF_j(s_j)-r)^+$. ∎

Only the starts define the strategies, and the bound above is exact. Expected amounts need the values that meet: the file lists
pairs of them, roughly; each is mended by the difference of the two integrals, enclosed by Taylor models. While both stay, both
pay: $\mathrm E[\text{revenue}]=r\sum(1-F_i(a_i))+2\int(1-F_1)(1-F_2)\,db$, the integral being
$\int\varphi(1-F_2(\varphi))\,dF_1$ for $\varphi(y_1)=y_2$. With
$\varphi'=\frac{f_1(y)}{y(1-F_1(y))}\cdot\frac{\varphi(1-F_2(\varphi))}{f_2(\varphi)}$ the integrands
have power series; beyond the last pair, and in cells with a knot of a law, they are enclosed by monotonicity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flint import arb

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.cdf_powers import integral_of
from equilibria.checking.document import Rejected
from equilibria.checking.meeting_types import Meeting, clock, follow, long_series, mended
from equilibria.checking.priors import Prior
from equilibria.checking.two_buyers import TwoBuyers, read_two_buyers

__all__ = ["certify_pair"]

@dataclass(frozen=True, slots=True)
class _Buyer:
    """One of the two: its law, the least value that takes part, and the values that meet the other's."""

    law: Prior
    entry: float
    meets: list[float]

    @property
    def start(self) -> float:
        return self.meets[0]

    def mean_between(self, left: float, right: float) -> arb:
        """The integral of the value over its law between two values."""
        if not left < right:
            return arb(0)
        return right * self.law.cdf(right) - left * self.law.cdf(left) - integral_of(self.law, left, right, lambda f, s: f)


def certify_pair(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for the stated member of the family.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    sale = read_two_buyers(tree, "a war of attrition")
    first, second = (_buyer(sale, label) for label in sale.laws)
    if first.entry < first.start and second.entry < second.start:
        raise Rejected("equilibrium.entries: one buyer at most may make the lowest bid with a positive chance")
    with long_series():
        return _bounds(first, second, sale.reserve, progress), -1


def _buyer(sale: TwoBuyers, label: str) -> _Buyer:
    law, meets = sale.laws[label], sale.meetings[label]
    if label not in sale.entries:
        raise Rejected(f"equilibrium.entries.{label} is missing")
    entry = sale.entries[label]
    if not (law.low <= entry <= meets[0] and meets[0] > 0.0 and meets[-1] < law.high):
        raise Rejected(
            f"equilibrium.meetings.{label} must be positive, from the entry {entry!r} within [{law.low!r}, {law.high!r}) on"
        )
    return _Buyer(law, entry, meets)


def _bounds(first: _Buyer, second: _Buyer, reserve: float, progress: Progress | None) -> Bounds:
    gain = _regret(first, second, reserve).max(_regret(second, first, reserve))
    stays = [first.law.survival(value) for value in first.meets]
    others = [second.law.survival(value) for value in second.meets]
    times = clock(first.law, first.meets, stays), clock(second.law, second.meets, others)
    met = [mended(second.law, v, late - early) for v, early, late in zip(second.meets, *times, strict=True)]
    others = [second.law.survival(value) for value in met]
    both, value = arb(0), arb(0)
    cells = len(met) // 2
    for k in range(cells):
        if progress is not None and k % 16 == 0:
            progress(k / cells)
        place = slice(2 * k, 2 * k + 3)
        cell = Meeting(first.meets[place], met[place], stays[place], others[place])
        spent, won = follow(first.law, second.law, cell)
        both, value = both + spent, value + won
    both, value = both + _late(first, second, met[-1]), value + _won_late(first, second, met[-1])
    for buyer, rival in ((first, second), (second, first)):
        value += buyer.mean_between(buyer.entry, buyer.start) * rival.law.cdf(rival.entry)
    out = [buyer.law.cdf(buyer.entry) for buyer in (first, second)]
    return Bounds(
        gain=gain,
        payment=-(reserve * (2 - out[0] - out[1]) + both),
        resource_cost=-value,
        redundant=arb(0),
        no_award=out[0] * out[1],
    )


def _regret(buyer: _Buyer, rival: _Buyer, reserve: float) -> arb:
    excess = buyer.entry * rival.law.cdf(rival.start) - reserve
    everybody = buyer.entry == buyer.law.low and rival.entry == rival.start
    return (-excess).max(arb(0)) if everybody else abs(excess)


def _late(first: _Buyer, second: _Buyer, met: arb) -> arb:
    """What both pay after the last pair."""
    return arb(0).union(2 * second.law.high * second.law.survival(met) * first.law.survival(first.meets[-1]))


def _won_late(first: _Buyer, second: _Buyer, met: arb) -> arb:
    """The winner's value where it is beyond the last pair."""
    last = first.meets[-1]
    mine = first.mean_between(last, first.law.high) * second.law.cdf(met).union(arb(1))
    rest = second.mean_between(second.meets[-1], second.law.high)
    off = second.law.high * abs(second.law.cdf(met) - second.law.cdf(second.meets[-1]))
    return mine + (rest + off.union(-off)) * first.law.cdf(last).union(arb(1))
