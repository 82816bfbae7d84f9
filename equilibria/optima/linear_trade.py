r"""Trade between one user and one prover with piecewise-linear laws: Myerson and Satterthwaite's second best, exactly.

With $\phi(v)=v-(1-F)/f$ and $\psi(c)=c+G/g$, a mechanism that is truthful in expectation, in which nobody loses, has a profit
of at most $E[(\phi-\psi)q]$. So its gains are, for every $\mu\ge0$, at most $E[((v-c)+\mu(\phi-\psi))^+]$ if it runs no
deficit: trade where $v-c\ge s\,(K_i+M_j)$ with $s=\mu/(1+2\mu)$, on parts where $\phi=2v-K_i$ and $\psi=2c+M_j$. All of it is
polynomial in the *wedge* $s$, from 0 (first best) to 1/2 (the most profit). The best $s$ is the least at which there is no
deficit.

Reference: Myerson and Satterthwaite, Efficient mechanisms for bilateral trading, J. Econ. Theory 29 (1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from mechanisms import Exchange
from mechanisms.linear_cdf import Corners, linear_cdf

HALVINGS = 100
"""Of the interval that holds the wedge: far below the rounding of the value."""
SIMPLE = 10**6
"""Largest denominator of a wedge that is tried as the exact one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Types from `start` to `end` of a constant density, and the constant of their virtual types."""

    start: Fraction
    end: Fraction
    density: Fraction
    constant: Fraction


@dataclass(frozen=True, slots=True)
class LinearTrade:
    """Both sides of an exchange of one user and one prover."""

    user: tuple[Part, ...]
    prover: tuple[Part, ...]

    @classmethod
    def of(cls, market: Exchange) -> LinearTrade | None:
        """The sides; None where a cdf is not piecewise linear."""
        user, prover = (linear_cdf(law) for law in market.priors)
        if user is None or prover is None:
            return None
        buys = [Part(x0, x1, d, (1 - p0) / d + x0) for x0, x1, p0, d in _parts(user)]
        sells = [Part(x0, x1, d, p0 / d - x0) for x0, x1, p0, d in _parts(prover)]
        return cls(tuple(buys), tuple(sells))

    def gains_and_profit(self, wedge: Fraction) -> tuple[Fraction, Fraction]:
        """Expected gains from trade, and the most profit, of the rule with a wedge."""
        gains = profit = Fraction(0)
        for u in self.user:
            for p in self.prover:
                least = wedge * (u.constant + p.constant)
                area, moment = _beyond(u, p, least)
                gains += u.density * p.density * moment
                profit += u.density * p.density * (2 * moment - (u.constant + p.constant) * area)
        return gains, profit

    def kept_at_gaps(self, wedge: Fraction) -> Fraction:
        """What types beyond a gap of their law keep besides: its length times how often the type before it trades."""
        kept = Fraction(0)
        for below, above in pairwise(self.user):
            for p in self.prover:
                most = below.end - wedge * (below.constant + p.constant)
                trades = p.density * min(max(most - p.start, Fraction(0)), p.end - p.start)
                kept += (above.start - below.end) * (above.constant - above.start) * above.density * trades
        for below, above in pairwise(self.prover):
            for u in self.user:
                least = above.start + wedge * (u.constant + above.constant)
                trades = u.density * min(max(u.end - least, Fraction(0)), u.end - u.start)
                kept += (above.start - below.end) * (above.constant + above.start) * above.density * trades
        return kept

    def bound(self, wedge: Fraction) -> Fraction:
        """What no mechanism without a deficit exceeds."""
        gains, profit = self.gains_and_profit(wedge)
        return gains + wedge / (1 - 2 * wedge) * profit

    def truthful(self, wedge: Fraction) -> str | None:
        """None if better types trade more often under a wedge; otherwise the side on which they do not."""
        for side, parts, sign in (("user", self.user, -1), ("prover", self.prover, 1)):
            for left, right in pairwise(parts):
                if left.end + sign * wedge * left.constant > right.start + sign * wedge * right.constant:
                    return side
        return None

    def best_wedge(self) -> tuple[Fraction, Fraction]:
        """Wedges below and at which there is no deficit: equal if the best one is found exactly."""
        low, high = Fraction(0), Fraction(1, 2)
        if self.gains_and_profit(low)[1] >= self.kept_at_gaps(low):
            return low, low
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if self.gains_and_profit(middle)[1] < 0:
                low = middle
            else:
                high = middle
        simple = high.limit_denominator(SIMPLE)
        if low <= simple <= high and self.gains_and_profit(simple)[1] == 0:
            return simple, simple
        return low, high


def _parts(corners: Corners) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
    return [(x0, x1, p0, (p1 - p0) / (x1 - x0)) for (x0, p0), (x1, p1) in pairwise(corners) if p0 < p1]


def _beyond(u: Part, p: Part, least: Fraction) -> tuple[Fraction, Fraction]:
    """Area of the rectangle of two parts on which v - c is at least a number, and the integral of v - c over it."""
    area = tail = Fraction(0)
    for v, sign in ((u.end, 1), (u.start, -1)):
        for c, turn in ((p.start, 1), (p.end, -1)):
            over = max(v - c - least, Fraction(0))
            area += sign * turn * over**2 / 2
            tail += sign * turn * over**3 / 6
    return area, least * area + tail
