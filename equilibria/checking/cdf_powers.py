"""Integrals of polynomials of a cdf, in ball arithmetic, by few wide power series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from flint import arb, arb_series, ctx

from equilibria.checking.disc_tails import Disc, area, fitting, short_numbers
from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull

__all__ = ["Term", "integral_of", "integrals_of"]

ACCURACY = 1e-15
"""Width of an integral per unit length to aim at."""

CELLS = 4000
"""Cells after which an integral is given up."""

Term = Callable[[Any, Any], Any]
"""Of F and the survival S: a sum of products of them with coefficients of at least zero, at most about 1 on [0, 1]."""


def integral_of(prior: Prior, left: float, right: float, term: Term) -> arb:
    """One of `integrals_of`."""
    return integrals_of(prior, left, right, [term])[0]


def integrals_of(prior: Prior, left: float, right: float, terms: Sequence[Term]) -> list[arb]:
    """The integrals of polynomials of F and S between two points of the support.

    As the coefficients are at least zero, bounds of |F| and |S| give one of a polynomial's modulus.

    Raises:
        Rejected: not enclosed within `CELLS` cells.
    """
    totals = [arb(0) for _ in terms]
    if not left < right:
        return totals
    stack = list(pairwise([left, *(k for k in prior.knots if left < k < right), right]))
    levels = {x: prior.cdf(x) for cell in stack for x in cell}
    with short_numbers():
        for _ in range(CELLS):
            if not stack:
                return totals
            u, v = stack.pop()
            centre, width = u + 0.5 * (v - u), arb(v) - u
            found = _series(prior, u, v, terms) if u < centre < v else None
            if found is None:
                level = hull(levels[u], levels[v])
                found = [term(level, 1 - level) * width for term in terms]
                if max(value.rad() for value in found) > 1e-4 * ACCURACY * (right - left) and u < centre < v:
                    levels[centre] = prior.cdf(centre)
                    stack += [(u, centre), (centre, v)]
                    continue
            totals = [total + value for total, value in zip(totals, found, strict=True)]
    raise Rejected(f"an integral of the prior was not enclosed within {CELLS} cells")


def _series(prior: Prior, u: float, v: float, terms: Sequence[Term]) -> list[arb] | None:
    """The integrals over a cell by power series; None where these need too many terms."""
    middle, radius, inside = (arb(u) + v) / 2, (arb(v) - u) / 2, u + 0.5 * (v - u)
    level = prior.below(middle)

    def largest(disc: Disc) -> list[arb]:
        return [term(disc.below, disc.above) for term in terms]

    tails = fitting(prior, middle, radius, inside, level, largest, [0.1 * ACCURACY] * len(terms))
    if tails is None:
        return None
    ctx.cap = tails.terms
    try:
        below = (prior.density(arb_series([middle, radius]), inside) * radius).integral() + level
        above = 1 - below
        series = [term(below, above) for term in terms]
        ctx.cap = tails.terms + 1  # which integrals have
        return [area(s, tails.terms, error) * radius for s, error in zip(series, tails.errors, strict=True)]
    except (ValueError, ZeroDivisionError):
        return None
