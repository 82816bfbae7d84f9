r"""Affine forms $\sum_i a_i x_i + a_0$ with rational coefficients, as plain dictionaries.

The key of a term is the number of its variable, `ONE` for the constant; coefficients are never zero, and are `int` where they
are whole, because whole numbers are what most rules compute with and Python adds them ten times faster than fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import TypeAlias

__all__ = [
    "ONE", "Form", "Key", "Rat", "combined", "constant", "exact", "key_of", "scaled", "substituted", "summed", "value_at",
    "variable", "whole",
]  # fmt: skip

Rat: TypeAlias = int | Fraction
Form: TypeAlias = Mapping[int, Rat]
Key: TypeAlias = tuple[tuple[int, Rat], ...]

ONE = -1


def exact(number: object) -> Rat | None:
    """A finite number as the rational that it is, a float included; None for anything else."""
    if isinstance(number, int):
        return int(number)
    if isinstance(number, Fraction):
        return number.numerator if number.denominator == 1 else number
    if isinstance(number, Integral):
        return int(number)
    if isinstance(number, Rational | Decimal | Real):
        try:
            return exact(Fraction(number))  # type: ignore[arg-type]  # numpy's floats are Real and convert
        except TypeError:
            return exact(float(number))
        except (ValueError, OverflowError):
            return None
    if hasattr(number, "dtype") and getattr(number, "shape", None) == ():
        return exact(number.item())  # type: ignore[attr-defined]  # a numpy scalar that registers with no number class
    return None


def whole(number: Rat) -> Rat:
    """The same rational, an `int` where it is whole."""
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number


def constant(number: Rat) -> dict[int, Rat]:
    """The form that is a number."""
    return {ONE: number} if number else {}


def variable(place: int) -> dict[int, Rat]:
    """The form that is one variable."""
    return {place: 1}


def combined(first: Form, factor: Rat, second: Form) -> dict[int, Rat]:
    """`first + factor * second`."""
    total = dict(first)
    for place, coefficient in second.items():
        term = total.get(place, 0) + factor * coefficient
        if term:
            total[place] = whole(term)
        else:
            total.pop(place, None)
    return total


def scaled(form: Form, factor: Rat) -> dict[int, Rat]:
    """`factor * form`."""
    return {place: whole(factor * coefficient) for place, coefficient in form.items()} if factor else {}


def substituted(form: Form, reports: Sequence[Form]) -> dict[int, Rat]:
    """The form with the variable `i` replaced by `reports[i]`."""
    total: dict[int, Rat] = {ONE: form[ONE]} if ONE in form else {}
    for place, coefficient in form.items():
        if place == ONE:
            continue
        for inner, weight in reports[place].items():
            term = total.get(inner, 0) + coefficient * weight
            if term:
                total[inner] = whole(term)
            else:
                total.pop(inner, None)
    return total


def value_at(form: Form, point: Sequence[Rat]) -> Rat:
    """The number that a form is at a point."""
    return whole(sum((coefficient * (1 if place == ONE else point[place]) for place, coefficient in form.items()), 0))


def key_of(form: Form) -> Key:
    """A form as something to look up."""
    return tuple(sorted(form.items()))


def summed(forms: Iterable[Form]) -> dict[int, Rat]:
    """The sum of some forms."""
    total: dict[int, Rat] = {}
    for form in forms:
        total = combined(total, 1, form)
    return total
