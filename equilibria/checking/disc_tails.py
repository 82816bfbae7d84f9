r"""How many terms a power series needs, before any is computed: Cauchy's estimate on a disc around a part of the types.

A part is the image of $s\in[-1,1]$. A function that is analytic and at most $M$ in modulus for $|s|\le q$, $q>1$, has
coefficients of at most $Mq^{-k}$, so that on the part its first $K$ terms are off by at most

$$ \sum_{k\ge K}Mq^{-k}=\frac{M\,q^{1-K}}{q-1}. $$

With the density of a prior at most $m$ on the disc (per unit of $s$), its cdf and its survival are there at most their values at
the middle plus $qm$, and what is computed from them by sums and products at most what the same sums and products make of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, comb, inf, log
from operator import itemgetter

from flint import arb, arb_mat, arb_poly, arb_series, ctx

from equilibria.checking.priors import Prior
from equilibria.checking.taylor import numbers_of

__all__ = ["UNIT", "Disc", "Tails", "area", "around_zero", "fitting", "moduli", "short_numbers", "spanned", "sure"]

FIRST, WIDER, NARROWER = 4.5, 7.0, 3.0
"""Radii of discs: the one tried first, one tried where that asks for many terms, and one for where it asks for too many."""

MOST_TERMS = 48
"""Terms after which a part is halved instead."""

FEW = 20
"""Terms that are few."""

HOPELESS = 76
"""Terms on the first disc at which no other is tried."""

PRECISION = 64
"""Bits of midpoints: a few parts in 10^20, where strategies are doubles."""

UNIT = arb(0, 1)
"""The ball of all parameters of a part."""


def short_numbers() -> AbstractContextManager[None]:
    """Midpoints of `PRECISION` bits, and power series of any length until the end."""
    return numbers_of(PRECISION, ctx.cap)


@dataclass(frozen=True, slots=True)
class Disc:
    """Of radius `ratio`: the density per unit of the parameter is at most `density`, the cdf within `moved` of the `level`."""

    ratio: float
    density: arb
    level: arb
    moved: arb

    @property
    def below(self) -> arb:
        """At least the modulus of the cdf."""
        return abs(self.level) + self.moved

    @property
    def above(self) -> arb:
        """At least the modulus of the survival."""
        return abs(1 - self.level) + self.moved


@dataclass(frozen=True, slots=True)
class Tails:
    """Terms to keep, and how much each function is then off by, at most, anywhere on the part."""

    terms: int
    errors: list[arb]


def fitting(
    prior: Prior,
    middle: arb,
    radius: arb,
    inside: float,
    level: arb,
    largest: Callable[[Disc], Sequence[arb]],
    aims: Sequence[float],
) -> Tails | None:
    """The fewest terms that leave each function at most its aim, over the discs tried; None if these are too many.

    Args:
        prior: the law.
        middle: of the part.
        radius: half its width.
        inside: a double inside the piece of the law that holds the part.
        level: the cdf at the middle.
        largest: bounds of the moduli of the functions on a disc.
        aims: how much each may be off by.
    """

    def tried(ratio: float) -> tuple[float, float, Sequence[arb]]:
        """The terms that a disc asks for, its ratio, and the bounds there."""
        try:
            density = arb((prior.density_bound(middle, radius * ratio, inside) * radius).upper())
        except (ValueError, ZeroDivisionError):
            return inf, ratio, ()
        bounds = largest(Disc(ratio, density, level, density * ratio))
        most = max(float(bound) / aim for bound, aim in zip(bounds, aims, strict=True))
        return ceil(1.0 + log(max(most, 1e-300) / (ratio - 1.0)) / log(ratio)) if most < inf else inf, ratio, bounds

    best = tried(FIRST)
    if FEW < best[0] < HOPELESS:
        best = min(best, tried(WIDER), key=itemgetter(0))
    if MOST_TERMS < best[0] < HOPELESS or best[0] == inf:
        best = min(best, tried(NARROWER), key=itemgetter(0))
    if best[0] > MOST_TERMS:
        return None
    terms, ratio = max(int(best[0]), 2), arb(best[1])
    left = ratio ** (1 - terms) / (ratio - 1)
    return Tails(terms, [bound * left for bound in best[2]])


def around_zero(error: arb) -> arb:
    """The ball of all numbers that are at most the error."""
    return error.union(-error)


def sure(series: arb_series, terms: int) -> arb_series:
    """The series, if it has its terms: that of a singular function may not.

    Raises:
        ValueError: it does not.
    """
    if series.prec < terms:
        raise ValueError("no power series")
    return series


def area(series: arb_series, terms: int, error: arb) -> arb:
    """The integral over [-1, 1] of what a series of so many terms is off from by at most the error.

    Raises:
        ValueError: it is not finite.
    """
    odd = sure(series, terms).integral().coeffs()[1::2]
    value = 2 * sum(odd, around_zero(error))
    if not value.is_finite():
        raise ValueError("no power series")
    return value


def moduli(poly: arb_poly) -> arb_poly:
    """The polynomial of the moduli of coefficients: its value at a ratio bounds that of the other on the disc."""
    return arb_poly([abs(c) for c in poly.coeffs()])


def spanned(poly: arb_poly) -> arb:
    """A ball of all values of a polynomial on [-1, 1], by its Chebyshev coefficients: of rounding they hold far less."""
    coefficients = poly.coeffs() or [arb(0)]
    first, *rest = (_chebyshev(len(coefficients)) * arb_mat(len(coefficients), 1, coefficients)).entries()
    return first + around_zero(sum((abs(c) for c in rest), arb(0)))


@lru_cache(maxsize=64)
def _chebyshev(length: int) -> arb_mat:
    r"""From monomials to Chebyshev polynomials: $x^k=2^{1-k}\sum_{2j\le k}\binom kjT_{k-2j}$, of $T_0$ one half; all exact."""
    rows = [[arb(0)] * length for _ in range(length)]
    for k in range(length):
        for j in range(k // 2 + 1):
            rows[k - 2 * j][k] = arb(comb(k, j)) / 2**k * (1 if 2 * j == k else 2)
    return arb_mat(rows)
