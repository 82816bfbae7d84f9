"""Integrals of polynomials of a cdf, in ball arithmetic, by few wide Taylor models."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull
from equilibria.checking.symmetric_bids import ORDER, long_series
from equilibria.checking.taylor import cell_ball, exact_middle, integrate_model

__all__ = ["integral_of"]

ACCURACY = 1e-15
"""Width of an integral per unit length to aim at."""

CELLS = 4000
"""Cells after which an integral is given up."""


def integral_of(prior: Prior, left: float, right: float, term: Callable[[arb_series], arb_series]) -> arb:
    """The integral of a polynomial of F, not larger than about 1 on [0, 1], between two points of the support.

    Raises:
        Rejected: not enclosed within `CELLS` cells.
    """
    total = arb(0)
    if not left < right:
        return total
    stack = list(pairwise([left, *(k for k in prior.knots if left < k < right), right]))
    levels = {x: prior.cdf(x) for cell in stack for x in cell}
    with long_series():
        for _ in range(CELLS):
            if not stack:
                return total
            u, v = stack.pop()
            centre, width = u + 0.5 * (v - u), arb(v) - u
            whole_level = hull(levels[u], levels[v])
            value = _model(prior, u, v, whole_level, term)
            if value is not None and value.rad() <= ACCURACY * width:
                total += value
                continue
            plain = term(arb_series([whole_level]))[0] * width
            if plain.rad() <= 1e-4 * ACCURACY * (right - left) or not u < centre < v:
                total += plain
                continue
            levels[centre] = prior.cdf(centre)
            stack += [(u, centre), (centre, v)]
    raise Rejected(f"an integral of the prior was not enclosed within {CELLS} cells")


def _model(prior: Prior, u: float, v: float, level: arb, term: Callable[[arb_series], arb_series]) -> arb | None:
    """The integral over a cell by a Taylor model; None where the density has no series."""
    middle, radius = exact_middle(u, v)
    inside = u + 0.5 * (v - u)
    try:
        point = term(prior.density(arb_series([middle, 1]), inside).integral() + prior.below(middle))
        whole = term(prior.density(arb_series([cell_ball(u, v), 1]), inside).integral() + level)
        value = integrate_model(point, whole, radius, ORDER - 1)
    except (ValueError, ZeroDivisionError):
        return None
    return value if value.is_finite() else None
