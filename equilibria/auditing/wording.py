"""Numbers in stories."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["short"]


def short(number: Fraction | int) -> str:
    """A simple fraction as it is, another one to six digits; instances hold the exact ones."""
    exact = Fraction(number)
    return str(exact) if exact.denominator < 1000 and abs(exact.numerator) < 10**6 else f"{float(exact):.6g}"
