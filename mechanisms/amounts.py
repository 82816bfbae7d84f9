"""Amounts that are kept exactly: rationals from whatever a caller or a file writes, and back."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["exact_amount", "exact_or_double"]

GREATEST = Fraction(10) ** 150
"""Amounts up to this, and from its inverse on, keep products and ratios within doubles."""

LONGEST = 400
"""Characters of a number in text; more is no amount that anybody wrote."""


def exact_amount(value: object, name: str, *, positive: bool = False) -> Fraction:
    """`value` as the exact rational that it is.

    Arguments:
        value: an int, a double, a `Fraction`, or text such as "11/10" or "1.1", which says exactly eleven tenths.
        name: what errors call it.
        positive: whether it must be above 0; at least 0 otherwise.

    Raises:
        InvalidInput: not a finite number, or out of its range.

    Example:
        >>> exact_amount("1.1", "cost"), exact_amount(0.25, "cost")
        (Fraction(11, 10), Fraction(1, 4))
    """
    amount: Fraction | None = None
    if isinstance(value, Fraction):
        amount = value
    elif isinstance(value, int | np.integer) and not isinstance(value, bool):
        amount = Fraction(int(value))
    elif isinstance(value, float | np.floating) and math.isfinite(value):
        amount = Fraction(float(value))
    elif isinstance(value, str) and len(value) <= LONGEST and "e" not in value.lower():
        try:
            amount = Fraction(value)
        except (ValueError, ZeroDivisionError):
            amount = None
    if amount is None:
        raise InvalidInput(
            f"{name} must be a finite number; got {shown(value)}. Give an int, a float, a Fraction or text such as '11/10'."
        )
    if amount < 0 or (positive and amount == 0):
        least = "positive" if positive else "at least 0"
        raise InvalidInput(f"{name} must be {least}; got {shown(value)}. Give a larger number.")
    if amount and not 1 / GREATEST <= amount <= GREATEST:
        raise InvalidInput(f"{name} must lie between 1e-150 and 1e150; got {shown(value)}. Use another unit.")
    return amount


def exact_or_double(amount: Fraction) -> float | str:
    """A JSON value that `exact_amount` reads back: the double where it is one, text such as "11/10" otherwise."""
    double = float(amount)
    return double if Fraction(double) == amount else str(amount)
