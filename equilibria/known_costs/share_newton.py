r"""Shares that one aggregate decides, to many digits: a start in doubles, and Newton's method in long floats.

Contestant $i$'s best reply to the aggregate $e^\tau$ is the share that solves $g_i(p)=\tau$, with $g_i$ falling. Newton's
step for $g_i(p_i)=\tau$, $\sum_ip_i=1$ has the new aggregate
$\tau=\bigl(1-\sum_ip_i+\sum_ig_i/g_i'\bigr)\big/\sum_i1/g_i'$ in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from mechanisms import SolverFailure

__all__ = ["RADIUS", "UNDECIDED", "falling_shares"]

BITS = 256
"""Of the long floats."""

RADIUS = Fraction(1, 2**64)
"""Relative radius of the brackets around shares: what doubles cannot tell apart, and long floats easily."""

UNDECIDED = 1e-9
"""A sum of shares this close above 1 may be 1."""

HALVINGS = 52
STEPS = 8

Curve = Callable[[Any, int, Callable[[Any], Any]], tuple[Any, Any]]
"""From a share, a contestant and a logarithm: $g_i$ and its derivative."""


def falling_shares(curve: Curve, count: int, least: Fraction, most: Fraction) -> list[Fraction] | None:
    """Positive shares that add up to exactly 1, within `RADIUS` of the equilibrium; None where there is none.

    Arguments:
        curve: g and g' by contestant.
        count: contestants.
        least: lower end of the interval on which g falls; g is finite there if it is above 0.
        most: upper end of it, where g falls to minus infinity.

    Raises:
        SolverFailure: costs lie too far apart for doubles, or the equilibrium is at an end of the interval to rounding.
    """
    start = _start(curve, count, float(least), float(most))
    if start is None:
        return None
    shares = _refined(curve, start)
    if shares is None or any(not least <= p - RADIUS * p < p + RADIUS * p * (1 - p) < most for p in shares):
        raise SolverFailure("shares were not found to enough digits: costs lie too far apart, or somebody just breaks even.")
    return shares


def _start(curve: Curve, count: int, least: float, most: float) -> list[float] | None:
    def share(i: int, tau: float) -> float:
        low, high = -700.0, 700.0  # of the logit between the ends
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            p = _between(middle, least, most)
            if not least < p < most:  # rounded to an end
                low, high = (middle, high) if p <= least else (low, middle)
            else:
                low, high = (middle, high) if curve(p, i, math.log)[0] > tau else (low, middle)
        return _between(0.5 * (low + high), least, most)

    low, high = -1e4, 1e4
    if least > 0.0:
        high = min(curve(least, i, math.log)[0] for i in range(count))
        if sum(share(i, high) for i in range(count)) > 1.0 + UNDECIDED:
            return None
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if sum(share(i, middle) for i in range(count)) > 1.0 else (low, middle)
    found = [share(i, 0.5 * (low + high)) for i in range(count)]
    if not abs(sum(found) - 1.0) < 1e-6:
        raise SolverFailure("shares were not found: costs lie too far apart for doubles. Leave the dearest out.")
    return found


def _between(logit: float, least: float, most: float) -> float:
    weight = 1.0 / (1.0 + math.exp(-logit)) if logit > -700.0 else 0.0
    return least + (most - least) * weight


def _refined(curve: Curve, start: Sequence[float]) -> list[Fraction] | None:
    from flint import arb, ctx

    def middle(value: Any) -> Any:
        return arb(value.mid())

    precision = ctx.prec
    ctx.prec = BITS
    try:
        shares = [arb(p) for p in start]
        for _ in range(STEPS):
            if not all(p > 0 and p < 1 for p in shares):
                return None
            pairs = [curve(p, i, lambda x: x.log()) for i, p in enumerate(shares)]
            weights = sum((1 / slope for _, slope in pairs), arb(0))
            tau = (1 - sum(shares, arb(0)) + sum((g / slope for g, slope in pairs), arb(0))) / weights
            shares = [middle(p + (tau - g) / slope) for p, (g, slope) in zip(shares, pairs, strict=True)]
        if not all(p > 0 and p < 1 for p in shares):
            return None
        exact = []
        for p in shares:
            mantissa, exponent = p.mid().man_exp()
            exact.append(Fraction(int(mantissa)) * Fraction(2) ** int(exponent))
    finally:
        ctx.prec = precision
    largest = max(range(len(exact)), key=lambda i: exact[i])
    exact[largest] += 1 - sum(exact)
    return exact
