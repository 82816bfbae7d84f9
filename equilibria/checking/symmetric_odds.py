r"""Chances of one among equal provers, in balls and series of $F$: how much it is awarded, and when its own bid is the price.

All are sums of products of $F$ and $S=1-F$ with coefficients of at least zero, so that what bounds the moduli of these two on a
set of complex numbers gives a bound of theirs there.

Of $n$ provers the $k$ lowest win: $X=P(B\le k-1)$ with $B\sim\mathrm{Bin}(n-1,F)$ rivals below. Where each can make $m$ of
$k=jm+\rho$ tasks, $0\le\rho<m$, it is awarded $w(B)=\min(m,(k-mB)^+)$, and if $B=j$ the part $\rho$: then what it is not awarded
is the first that loses, and its own bid is a uniform price, $M=\rho P(B=j)$. A second price that pays a lone bidder its own bid
has $M$ the chance that no rival bids, which is $X$ of the highest type that does.
"""

from __future__ import annotations

from math import comb
from typing import TypeVar

from flint import arb, arb_series

__all__ = ["LoneOdds", "Odds", "PartOdds", "power_of"]

B = TypeVar("B", arb, arb_series)
"""A number or a power series."""

HIGH = 6
"""The least exponent that is worth a logarithm."""

CLEAR = 1.5
"""How many times its slope a series must be for few digits to be lost by that."""


class Odds:
    """One task each for the `k` lowest of `n`."""

    def __init__(self, n: int, k: int) -> None:
        self.n, self.k = n, k
        self._kappa = (n - 1) * comb(n - 2, k - 1)
        self._binomials = [comb(n - 1, j) for j in range(k)]

    def chance(self, cdf: arb) -> arb:
        """X, at a value of F."""
        survival, below, total = 1 - cdf, arb(1), arb(0)
        for binomial in self._binomials:
            total = total * survival + below * binomial
            below = below * cdf
        return total * power_of(survival, self.n - self.k)

    def falls(self, below: B, above: B) -> B:
        """-X'/f, in F and the survival."""
        rest = power_of(above, self.n - 1 - self.k)
        return (rest if self.k == 1 else rest * power_of(below, self.k - 1)) * self._kappa

    def falls_near(self, level: arb, moved: arb) -> arb:
        r"""At least |X'/f| wherever F, as a complex number, is within a distance $d$ of a level $p$.

        $w^a(1-w)^b$ is largest on the circle around $p$, where $(1-p)|w|^2+p|1-w|^2=p(1-p)+d^2$; so that by the inequality
        of the means its modulus is at most $((p(1-p)+d^2)/(a+b))^{(a+b)/2}(a/(1-p))^{a/2}(b/p)^{b/2}$.
        """
        above = 1 - level
        plain = self.falls(abs(level) + moved, abs(above) + moved)
        a, b = self.k - 1, self.n - 1 - self.k
        if a <= 0 or b <= 0 or not (level > 0 and above > 0):
            return plain
        mean = (level * above + moved * moved) / (a + b)
        return plain.min((mean ** (a + b) * (a / above) ** a * (b / level) ** b).sqrt() * self._kappa)

    def asked(self, below: B, above: B, last: arb) -> B:
        """M, given X of the highest type: nobody's bid is another's price."""
        return below * 0


class LoneOdds(Odds):
    """A second price that pays whoever bids alone its own bid."""

    def __init__(self, n: int) -> None:
        super().__init__(n, 1)

    def asked(self, below: B, above: B, last: arb) -> B:
        """The chance to be alone."""
        return below * 0 + last


class PartOdds(Odds):
    """A uniform price among `n` who can each make `size` of the tasks."""

    def __init__(self, n: int, size: int, tasks: int) -> None:
        self.n, self.size, self.tasks = n, size, tasks
        self.full, self.part = divmod(tasks, size)

    def falls_near(self, level: arb, moved: arb) -> arb:
        """At least |X'/f| wherever F, as a complex number, is within a distance of a level."""
        return self.falls(abs(level) + moved, abs(1 - level) + moved)

    def _binomial(self, below: B, above: B, count: int, rivals: int) -> B:
        """The chance that just so many of the rivals are below."""
        if not 0 <= count <= rivals:
            return below * 0
        return power_of(below, count) * power_of(above, rivals - count) * comb(rivals, count)

    def chance(self, cdf: arb) -> arb:
        """X, at a value of F."""
        awards = [min(self.size, max(self.tasks - self.size * j, 0)) for j in range(min(self.n, self.full + 1))]
        survival = 1 - cdf
        return sum((award * self._binomial(cdf, survival, j, self.n - 1) for j, award in enumerate(awards)), arb(0))

    def falls(self, below: B, above: B) -> B:
        """-X'/f: a rival more costs what is left of the part, or the part."""
        more = self._binomial(below, above, self.full - 1, self.n - 2) * (self.size - self.part)
        return (more + self._binomial(below, above, self.full, self.n - 2) * self.part) * (self.n - 1)

    def asked(self, below: B, above: B, last: arb) -> B:
        """The mean award of whoever is awarded a part."""
        return self._binomial(below, above, self.full, self.n - 1) * self.part


def power_of(base: B, exponent: int) -> B:
    """A power: of a series that stays well away from zero and to a high power through its logarithm, which is faster."""
    if exponent >= HIGH and isinstance(base, arb_series) and base[0] > CLEAR * abs(base[1]):
        return (base.log() * exponent).exp()
    return base**exponent if exponent > 1 else base if exponent else base * 0 + 1
