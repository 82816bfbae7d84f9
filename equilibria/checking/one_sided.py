r"""Integrals of the positive and of the negative part of a residual.

With $I=\int r$ and $\int|r|\le L=\sqrt{2\rho\int r^2}$ on an interval of radius $\rho$, the integral of the positive part of
$r$ is at most $(L+I)/2$ and that of the negative part at most $(L-I)/2$ (Cauchy and Schwarz); where $r$ has one sign $L=|I|$.
"""

from __future__ import annotations

from flint import arb, arb_poly

HALVINGS = 18
"""How often an interval is halved where a residual's polynomial touches 0 or changes sign."""

INTERVALS = 200
"""Intervals after which none is halved any more: a polynomial has few roots, but its coefficients may be wide balls."""

ALIKE = 3.0
"""How many times larger than the other one part is where a residual is not just all error, so that halving pays."""


def one_sided(poly: arb_poly, radius: arb, slack: arb) -> tuple[arb, arb]:
    """Bounds of the integrals of the positive and of the negative part of a polynomial over [-radius, radius]."""
    up, down = arb(0), arb(0)
    stack, intervals = [(poly(arb_poly([0, radius])), 0)], 0
    while stack:
        intervals += 1
        scaled, depth = stack.pop()
        first, *rest = scaled.coeffs() or [arb(0)]
        scale = radius / 2**depth
        whole = scale * _integral(scaled)
        if sum((abs(c) for c in rest), arb(0)) <= abs(first):  # one sign
            up, down = up + positive(whole), down + positive(-whole)
            continue
        size = positive(2 * scale * scale * _integral(scaled * scaled)).sqrt()
        high, low = positive(size + whole) / 2, positive(size - whole) / 2
        least, most = high.min(low), high.max(low)
        if least > slack and depth < (HALVINGS if most > ALIKE * least else 1) and intervals < INTERVALS:
            stack += [(scaled(arb_poly([0.5 * side, 0.5])), depth + 1) for side in (-1, 1)]
            continue
        up, down = up + high, down + low
    return up, down


def _integral(poly: arb_poly) -> arb:
    """The integral over [-1, 1]."""
    whole = poly.integral()
    return arb(whole(1) - whole(-1))


def positive(ball: arb) -> arb:
    """The largest value of a ball, or zero."""
    return arb(ball.upper()).max(arb(0))
