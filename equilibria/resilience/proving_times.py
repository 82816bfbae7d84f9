r"""Laws of the seconds of a proof, and integrals of products of them.

A way in which a request goes is a set $J$ of provers who each do a part $x_i$ of it, in $x_i$ times the seconds of a proof, a
set $K$ of provers who each do all of it, and a pool from which $m$ more are drawn evenly. Prover $i$ starts at $a_i$, works
with probability $q_i$ and needs a time with cdf $F$. The chance that there is no proof by $t$ is

$$ L(t)=s+(1-s)\Bigl(1-[J\ne\emptyset]\prod_{i\in J}q_iF\bigl(\tfrac{t-a_i}{x_i}\bigr)\Bigr)
   \prod_{j\in K}(1-q_jF(t-a_j))\,\binom{n}{m}^{-1}e_m\bigl(1-q_1F(t-a_1),\dots,1-q_nF(t-a_n)\bigr) $$

with $e_m$ the elementary symmetric polynomial, and the mean of the time until a proof or a deadline is $\int_0^DL$.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import comb, lcm, prod
from typing import Any, NamedTuple

from equilibria.redundancy import LogNormalTimes
from mechanisms import Enclosure
from mechanisms.amounts import exact_amount

__all__ = ["Amount", "Run", "Way", "chance_in_time", "late_by", "waiting"]

Amount = Fraction | int | float | str

EARLY = 1e-9
"""Seconds after a start in which a log-normal proof is not looked at: the chance of none by then is taken as [0, 1]."""


class Run(NamedTuple):
    """A prover that may prove: when it starts, how likely it works, and which part of the request it does."""

    start: Fraction
    works: Fraction
    part: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which a request may go.

    Arguments:
        alone: each of these proves the whole request.
        jointly: all of these together do.
        pool: of these, `drawn` are drawn evenly, and each of them proves the whole request.
        drawn: how many.
    """

    alone: tuple[Run, ...] = ()
    jointly: tuple[Run, ...] = ()
    pool: tuple[Run, ...] = ()
    drawn: int = 0

    @property
    def runs(self) -> tuple[Run, ...]:
        """All of them."""
        return self.alone + self.jointly + self.pool

    def fails(self, chance: Callable[[Run], Any], one: Any) -> Any:
        """The chance of no proof, from the chance of each run to end in time, on the numbers of `one`."""
        value = one - prod(map(chance, self.jointly), start=one) if self.jointly else one
        value *= prod((one - chance(run) for run in self.alone), start=one)
        if self.drawn:
            misses = [one - chance(run) for run in self.pool]
            symmetric = _exact if isinstance(one, Fraction) else _symmetric
            value *= symmetric(misses, self.drawn, one) / comb(len(self.pool), self.drawn)
        return value


def _symmetric(factors: Sequence[Any], degree: int, one: Any) -> Any:
    sums = [one] + [one * 0] * degree
    for factor in factors:
        for k in range(degree, 0, -1):
            sums[k] += factor * sums[k - 1]
    return sums[degree]


def _exact(factors: Sequence[Fraction], degree: int, one: Fraction) -> Fraction:
    """The same on whole numbers, over a common denominator, which is many times as fast."""
    common = lcm(*(factor.denominator for factor in factors))
    whole = _symmetric([int(factor * common) for factor in factors], degree, 1)
    return one * Fraction(whole, common**degree)


def chance_in_time(law: LogNormalTimes | Amount, left: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of the probability that a proof takes at most the seconds that are left."""
    if not isinstance(law, LogNormalTimes):
        sure = Fraction(exact_amount(law, "proving_time", positive=True) <= left)
        return sure, sure
    if left <= 0:
        return Fraction(0), Fraction(0)
    # Rounding the time either way keeps the bounds, because a cdf increases.
    around = Enclosure.around(left, left)
    lower = law.in_time(around.lower).lower if around.lower > 0 else 0.0
    return Fraction(max(0.0, lower)), Fraction(min(1.0, law.in_time(around.upper).upper))


def late_by(law: LogNormalTimes | Amount, way: Way, shock: Fraction, when: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of the chance of no proof by a time."""
    places = {(run.start, run.part) for run in way.runs}
    chances = {place: chance_in_time(law, (when - place[0]) / place[1]) for place in places}

    def fails(end: int) -> Fraction:
        failed: Fraction = way.fails(lambda run: run.works * chances[run.start, run.part][end], Fraction(1))
        return failed

    least = fails(1)  # no proof is the less likely, the likelier each prover is in time
    most = fails(0) if any(low != high for low, high in chances.values()) else least
    return shock + (1 - shock) * least, shock + (1 - shock) * most


def waiting(law: LogNormalTimes | Amount, way: Way, shock: Fraction, deadline: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of the mean of the time until a proof or the deadline, whichever is first."""
    if not isinstance(law, LogNormalTimes):
        takes = exact_amount(law, "proving_time", positive=True)
        ends = {run.start + run.part * takes for run in way.runs}
        jumps = sorted({end for end in ends if end < deadline} | {Fraction(0), deadline})
        exact = sum(((v - u) * late_by(law, way, shock, u)[0] for u, v in pairwise(jumps)), Fraction(0))
        return exact, exact
    from flint import acb, arb, ctx

    precision = ctx.prec
    ctx.prec = 96
    try:
        total = arb(0)
        works = {run: _ball(run.works) for run in way.runs}
        places = {(run.start, run.part): law.mu + _ball(run.part).log() for run in way.runs}
        edges = sorted({start for start, _ in places if start < deadline} | {Fraction(0), deadline})
        for left, right in pairwise(edges):
            running = [place for place in places if place[0] <= left]
            if not running:
                total += _ball(right - left)
                continue
            inset = min(Fraction(EARLY), (right - left) / 2)

            def none(t: Any, analytic: bool, running: Sequence[tuple[Fraction, Fraction]] = running) -> Any:
                in_time = dict.fromkeys(places, acb(0))
                for place in running:
                    z = ((t - _ball(place[0])).log(analytic=analytic) - places[place]) / (acb(2).sqrt() * law.sigma)
                    in_time[place] = (-z).erfc() / 2
                fails = way.fails(lambda run: works[run] * in_time[run.start, run.part], acb(1))
                return _ball(shock) + _ball(1 - shock) * fails

            total += _ball(inset) * arb(0).union(arb(1))
            total += acb.integral(none, acb(_ball(left + inset)), acb(_ball(right))).real
        return _fraction(float(total.lower()), -math.inf), _fraction(float(total.upper()), math.inf)
    finally:
        ctx.prec = precision


def _ball(number: Fraction) -> Any:
    from flint import arb

    return arb(number.numerator) / arb(number.denominator)


def _fraction(number: float, outward: float) -> Fraction:
    return Fraction(math.nextafter(number, outward))
