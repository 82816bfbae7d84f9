r"""Laws of the seconds of a proof, and integrals of products of them.

With provers that start at $x_i$, work with probability $q_i$ and need a time with cdf $F$, the chance that there is no proof by
$t$ is $L(t)=s+(1-s)\prod_i(1-q_iF(t-x_i))$, and the mean of the time until a proof or a deadline is $\int_0^DL$.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

from equilibria.redundancy import LogNormalTimes
from mechanisms import Enclosure
from mechanisms.amounts import exact_amount

__all__ = ["Amount", "Starts", "chance_in_time", "late_by", "waiting"]

Amount = Fraction | int | float | str
Starts = Sequence[tuple[Fraction, Fraction]]
"""Of each prover that may prove: when it starts, and how likely it works."""

EARLY = 1e-9
"""Seconds after a start in which a log-normal proof is not looked at: the chance of none by then is taken as [0, 1]."""


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


def late_by(law: LogNormalTimes | Amount, starts: Starts, shock: Fraction, when: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of the chance of no proof by a time."""
    chances = {start: chance_in_time(law, when - start) for start in {start for start, _ in starts}}
    most, least = (prod((1 - q * chances[start][end] for start, q in starts), start=Fraction(1)) for end in (0, 1))
    return shock + (1 - shock) * least, shock + (1 - shock) * most


def waiting(law: LogNormalTimes | Amount, starts: Starts, shock: Fraction, deadline: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of the mean of the time until a proof or the deadline, whichever is first."""
    if not isinstance(law, LogNormalTimes):
        takes = exact_amount(law, "proving_time", positive=True)
        jumps = sorted({start + takes for start, _ in starts if start + takes < deadline} | {Fraction(0), deadline})
        exact = sum(((v - u) * late_by(law, starts, shock, u)[0] for u, v in pairwise(jumps)), Fraction(0))
        return exact, exact
    from flint import acb, arb, ctx

    precision = ctx.prec
    ctx.prec = 96
    try:
        total = arb(0)
        edges = sorted({start for start, _ in starts if start < deadline} | {Fraction(0), deadline})
        for left, right in pairwise(edges):
            running = [(start, q) for start, q in starts if start <= left]
            if not running:
                total += _ball(right - left)
                continue
            inset = min(Fraction(EARLY), (right - left) / 2)

            def none(t: Any, analytic: bool, running: Starts = tuple(running)) -> Any:
                value = acb(1)
                for start, q in running:
                    z = ((t - _ball(start)).log(analytic=analytic) - law.mu) / (acb(2).sqrt() * law.sigma)
                    value *= 1 - _ball(q) * (-z).erfc() / 2
                return _ball(shock) + _ball(1 - shock) * value

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
