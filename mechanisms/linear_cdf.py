"""The corners of a piecewise-linear cdf as exact rationals."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from mechanisms.distributions import Distribution, Mixture, PiecewiseLinear, Reflected, Uniform

__all__ = ["Corners", "linear_cdf"]

Corners: TypeAlias = tuple[tuple[Fraction, Fraction], ...]
"""Pairs of a cost and the probability up to it, from 0 to 1; straight lines in between."""


def linear_cdf(distribution: Distribution) -> Corners | None:
    """Corners of the cdf, exactly; None where it is not piecewise linear.

    Example:
        >>> from mechanisms import Mixture, Uniform
        >>> [(float(x), float(p)) for x, p in linear_cdf(Mixture([(1, Uniform(0, 1)), (3, Uniform(0, 2))]))]
        [(0.0, 0.0), (1.0, 0.625), (2.0, 1.0)]
    """
    match distribution:
        case Uniform(low, high):
            return (Fraction(low), Fraction(0)), (Fraction(high), Fraction(1))
        case PiecewiseLinear(points, cdf):
            return tuple((Fraction(x), Fraction(p)) for x, p in zip(points, cdf, strict=True))
        case Reflected(of):
            inner = linear_cdf(of)
            return None if inner is None else tuple((-x, 1 - p) for x, p in reversed(inner))
        case Mixture(parts):
            return _mixed(parts)
    return None


def _mixed(parts: tuple[tuple[float, Distribution], ...]) -> Corners | None:
    total = sum(Fraction(weight) for weight, _ in parts)
    weighted = []
    for weight, part in parts:
        corners = linear_cdf(part)
        if corners is None:
            return None
        weighted.append((Fraction(weight) / total, corners))
    points = sorted({x for _, corners in weighted for x, _ in corners})
    return tuple((x, sum((w * interpolate(of, x) for w, of in weighted), Fraction(0))) for x in points)


def interpolate(corners: Corners, x: Fraction) -> Fraction:
    """The cdf at `x`."""
    if x <= corners[0][0]:
        return Fraction(0)
    for (x0, p0), (x1, p1) in pairwise(corners):
        if x <= x1:
            return p0 + (p1 - p0) * (x - x0) / (x1 - x0)
    return Fraction(1)
