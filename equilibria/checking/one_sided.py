"""Integrals of the positive and of the negative part of a residual."""

from __future__ import annotations

from flint import arb, arb_poly

HALVINGS = 14
"""How often an interval is halved to bound a residual's polynomial where it changes sign or touches 0."""

INTERVALS = 200
"""Intervals after which none is halved any more: a polynomial has few roots, but its coefficients may be wide balls."""


def one_sided(poly: arb_poly, radius: arb, slack: arb) -> tuple[arb, arb]:
    """Bounds of the integrals of the positive and of the negative part of a polynomial over [-radius, radius]."""
    up, down = arb(0), arb(0)
    stack, intervals = [(poly(arb_poly([0, radius])), 0)], 0
    while stack:
        intervals += 1
        scaled, depth = stack.pop()
        first, *rest = scaled.coeffs() or [arb(0)]
        spread, width = sum((abs(c) for c in rest), arb(0)), 2 * radius / 2**depth
        if spread <= abs(first):  # one sign
            whole = width * sum((c / (2 * m + 1) for m, c in enumerate([first, *rest][::2])), arb(0))
            up, down = up + positive(whole), down + positive(-whole)
            continue
        high, low = positive(first + spread) * width, positive(spread - first) * width
        if depth < HALVINGS and intervals < INTERVALS and high.max(low) > slack:
            stack += [(scaled(arb_poly([0.5 * side, 0.5])), depth + 1) for side in (-1, 1)]
            continue
        up, down = up + high, down + low
    return up, down


def positive(ball: arb) -> arb:
    """The largest value of a ball, or zero."""
    return arb(ball.upper()).max(arb(0))
