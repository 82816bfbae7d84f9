"""Powers of power series with real exponents, and their bounds on discs."""

from __future__ import annotations

from flint import arb, arb_series


def power(base: arb_series, exponent: arb) -> arb_series:
    whole = whole_number(exponent)
    return (base.log() * exponent).exp() if whole is None else base**whole


def whole_number(exponent: arb) -> int | None:
    """The exponent if it is an integer so small that a power is a product, and so a polynomial."""
    whole = exponent.unique_fmpz()
    return int(whole) if whole is not None and 0 <= int(whole) <= 64 else None


def power_bound(base: arb, distance: arb, exponent: arb) -> arb:
    """At least |z^exponent| within a distance of a point at or above 0.

    Raises:
        ValueError: 0 may be within it, where a power is not analytic unless it is a polynomial.
    """
    whole = whole_number(exponent)
    if whole is not None:
        return (abs(base) + distance) ** whole
    if not distance < base:
        raise ValueError("a power has no series at 0")
    return (base + distance) ** exponent if exponent > 0 else (base - distance) ** exponent
