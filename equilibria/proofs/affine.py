r"""Affine forms $\sum_i a_i x_i + a_0$ with rational coefficients, as plain dictionaries.

The key of a term is the number of its variable, `ONE` for the constant; coefficients are never zero, and are `int` where they
are whole, because whole numbers are what most rules compute with and Python adds them ten times faster than fractions.

A polynomial is such a form in which products of variables count as variables of their own, numbered from `PRODUCTS` up. What is
concluded about them as variables is true of them as products; what is not needs a solver that knows what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import TypeAlias

__all__ = [
    "ONE", "Form", "Key", "Rat", "combined", "constant", "exact", "factors", "is_affine", "key_of", "multiplied", "scaled",
    "substituted", "summed", "value_at", "variable", "whole",
]  # fmt: skip

Rat: TypeAlias = int | Fraction
Form: TypeAlias = Mapping[int, Rat]
Key: TypeAlias = tuple[tuple[int, Rat], ...]

ONE = -1
PRODUCTS = 1_000_000

_FACTORS: list[tuple[int, ...]] = []
_PLACES: dict[tuple[int, ...], int] = {}


def factors(place: int) -> tuple[int, ...]:
    """The variables whose product a variable stands for; itself, for an ordinary one."""
    return _FACTORS[place - PRODUCTS] if place >= PRODUCTS else (place,)


def multiplied(first: Form, second: Form) -> dict[int, Rat]:
    """The product of two forms, a polynomial."""
    total: dict[int, Rat] = {}
    for place, coefficient in first.items():
        for other, weight in second.items():
            total = combined(total, coefficient * weight, {_product(place, other): 1})
    return total


def _product(place: int, other: int) -> int:
    if ONE in (place, other):
        return max(place, other)
    both = tuple(sorted((*factors(place), *factors(other))))
    if both not in _PLACES:
        _PLACES[both] = PRODUCTS + len(_FACTORS)
        _FACTORS.append(both)
    return _PLACES[both]


def is_affine(form: Form) -> bool:
    """Whether no product of variables occurs."""
    return all(place < PRODUCTS for place in form)


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
        inside: Form = {ONE: 1} if place >= PRODUCTS else reports[place]
        for factor in factors(place) if place >= PRODUCTS else ():
            inside = multiplied(inside, reports[factor])
        for inner, weight in inside.items():
            term = total.get(inner, 0) + coefficient * weight
            if term:
                total[inner] = whole(term)
            else:
                total.pop(inner, None)
    return total


def value_at(form: Form, point: Sequence[Rat]) -> Rat:
    """The number that a form is at a point."""
    return whole(sum((coefficient * _at(place, point) for place, coefficient in form.items()), 0))


def _at(place: int, point: Sequence[Rat]) -> Rat:
    if place < PRODUCTS:
        return 1 if place == ONE else point[place]
    value: Rat = 1
    for factor in factors(place):
        value = value * point[factor]
    return value


def key_of(form: Form) -> Key:
    """A form as something to look up."""
    return tuple(sorted(form.items()))


def summed(forms: Iterable[Form]) -> dict[int, Rat]:
    """The sum of some forms."""
    total: dict[int, Rat] = {}
    for form in forms:
        total = combined(total, 1, form)
    return total
