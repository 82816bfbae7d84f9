"""Numbers as text: bounds are rounded outward, so that what is printed is still true."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Context

from mechanisms import Enclosure

SMALL = 1e-4  # written with an exponent


def about(value: float | Enclosure, digits: int = 6) -> str:
    """A number, or the middle of an enclosure, rounded to nearest."""
    return f"{value.midpoint if isinstance(value, Enclosure) else value:.{digits}g}"


def at_least(value: float, digits: int = 10) -> str:
    """A number of so many digits that is not above `value`."""
    return _rounded(value, digits, ROUND_FLOOR)


def at_most(value: float, digits: int = 10) -> str:
    """A number of so many digits that is not below `value`.

    Example:
        >>> at_most(1 / 3, 4), at_least(1 / 3, 4)
        ('0.3334', '0.3333')
    """
    return _rounded(value, digits, ROUND_CEILING)


def _rounded(value: float, digits: int, rounding: str) -> str:
    if not math.isfinite(value):
        return str(value)
    exact = Context(prec=digits, rounding=rounding).create_decimal_from_float(value)
    return f"{exact:e}" if 0.0 < abs(value) < SMALL else f"{exact.normalize():f}"
