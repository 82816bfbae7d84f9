r"""How many terms a power series needs, before any is computed: Cauchy's estimate on a disc around a part of the types.

A part is the image of $s\in[-1,1]$. A function that is analytic and at most $M$ in modulus for $|s|\le q$, $q>1$, has
coefficients of at most $Mq^{-k}$, so that on the part its first $K$ terms are off by at most

$$ \sum_{k\ge K}Mq^{-k}=\frac{M\,q^{1-K}}{q-1}. $$

With the density of a prior at most $m$ on the disc (per unit of $s$), its cdf and its survival are there at most their values at
the middle plus $qm$, and what is computed from them by sums and products at most what the same sums and products make of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, inf, log

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.priors import Prior

__all__ = ["UNIT", "Disc", "Tails", "area", "around_zero", "complete", "fitting", "moduli", "short_numbers"]

RATIOS = (3.0, 4.5, 7.0, 11.0)
"""Radii of discs that are tried."""

MOST_TERMS = 36
"""Terms after which a part is halved instead."""

PRECISION = 64
"""Bits of midpoints: a few parts in 10^20, where strategies are doubles."""

UNIT = arb(0, 1)
"""The ball of all parameters of a part."""


@contextmanager
def short_numbers() -> Iterator[None]:
    """Midpoints of `PRECISION` bits, and power series of any length until the end."""
    precision, cap = ctx.prec, ctx.cap
    ctx.prec = PRECISION
    try:
        yield
    finally:
        ctx.prec, ctx.cap = precision, cap


@dataclass(frozen=True, slots=True)
class Disc:
    """Bounds on the disc of radius `ratio`: of the density per unit of the parameter, of the cdf and of the survival."""

    ratio: float
    density: arb
    below: arb
    above: arb


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
    best, chosen, moduli = MOST_TERMS + 1, 0.0, list[arb]()
    for ratio in RATIOS:
        try:
            density = arb((prior.density_bound(middle, radius * ratio, inside) * radius).upper())
        except (ValueError, ZeroDivisionError):
            break
        moved = density * ratio
        bounds = [arb(bound.upper()) for bound in largest(Disc(ratio, density, abs(level) + moved, abs(1 - level) + moved))]
        terms = max(_terms(float(bound), ratio, aim) for bound, aim in zip(bounds, aims, strict=True))
        if terms < best:
            best, chosen, moduli = int(terms), ratio, bounds
    if not chosen:
        return None
    left = arb(chosen) ** (1 - best) / (arb(chosen) - 1)
    return Tails(best, [bound * left for bound in moduli])


def _terms(most: float, ratio: float, aim: float) -> float:
    """Terms after which a function that is at most `most` on the disc is off by about the aim; at least two."""
    if not most < inf:
        return inf
    return max(2.0, ceil(1.0 + log(most / (aim * (ratio - 1.0))) / log(ratio))) if most > 0.0 else 2.0


def complete(series: arb_series, terms: int) -> list[arb]:
    """The coefficients of a series.

    Raises:
        ValueError: some are missing or not finite, as the series of a singular function are.
    """
    coefficients = series.coeffs()
    if series.prec < terms or not all(c.is_finite() for c in coefficients):
        raise ValueError("no power series")
    return coefficients


def around_zero(error: arb) -> arb:
    """The ball of all numbers that are at most the error."""
    return error.union(-error)


def area(series: arb_series, terms: int, error: arb) -> arb:
    """The integral over [-1, 1] of what a series of so many terms is off from by at most the error."""
    even = complete(series, terms)[::2]
    return 2 * sum((c / (2 * k + 1) for k, c in enumerate(even)), around_zero(error))


def moduli(poly: arb_poly) -> arb_poly:
    """The polynomial whose value at a ratio bounds that of another on the disc: its coefficients are the moduli of the other's."""
    return arb_poly([abs(c) for c in poly.coeffs()])
