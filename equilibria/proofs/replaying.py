r"""Runs the original rule at a point: in `Fraction`, in float, and in exact numbers that take floats of the rule as they are.

A rule with a float in it, `0.1 * bid`, computes in floats when it is given fractions, because that is Python's arithmetic. What
is proved is the rule in which `0.1` is the rational number that the float is; so the fractions of a replay keep to that, and one
that met other numbers, or a float in the outcome, is repeated on symbols of constants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from equilibria.proofs.affine import ONE, Form, Rat, constant, exact
from equilibria.proofs.rules import Rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.symbols import Symbol, Untraceable
from mechanisms.errors import MarketError

__all__ = ["Raised", "exactly", "replayed"]


@dataclass(frozen=True, slots=True)
class Raised:
    """The rule raised an exception, and this is what it said."""

    message: str


class _Exact(Fraction):
    """A fraction that takes the floats it meets as the rationals that they are."""


def _taking_floats(name: str) -> Any:
    method = getattr(Fraction, name)

    def act(self: Fraction, *others: Any) -> Any:
        result = method(self, *(Fraction(x) if isinstance(x, float) and math.isfinite(x) else x for x in others))
        return _Exact(result) if type(result) is Fraction else result

    return act


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "neg", "pos", "abs"):
    setattr(_Exact, f"__{_name}__", _taking_floats(f"__{_name}__"))


class _Numbers:
    """Answers comparisons of constants."""

    def at_least(self, left: Form, right: Form) -> bool:
        return left.get(ONE, 0) >= right.get(ONE, 0)

    def sign(self, left: Form, right: Form) -> int:
        first, second = left.get(ONE, 0), right.get(ONE, 0)
        return (first > second) - (first < second)

    def first_max(self, forms: list[Form]) -> int:
        return max(range(len(forms)), key=lambda place: forms[place].get(ONE, 0))

    def spelled(self) -> None:
        pass


Outcome = tuple[tuple[Rat, ...], tuple[Rat, ...]]


def replayed(
    rule: Rule, setting: Setting, point: Sequence[Rat], numbers: Literal["fraction", "float", "exact"]
) -> tuple[Outcome, bool] | Raised:
    """Shares and payments at a point, and whether all of them are exact; or what the rule raised."""
    reports: list[Any]
    if numbers == "fraction":
        reports = [_Exact(value) for value in point]
    elif numbers == "float":
        reports = [float(value) for value in point]
    else:
        decider = _Numbers()
        reports = [Symbol(decider, constant(value)) for value in point]
    try:
        shares, payments = rule.outcome(reports, setting)
    except MarketError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever the rule raises is an outcome
        return Raised(f"{type(error).__name__}: {error}")
    pure = not any(isinstance(value, float) or hasattr(value, "dtype") for value in (*shares, *payments))
    return (tuple(map(_rational, shares)), tuple(map(_rational, payments))), pure


def _rational(value: Any) -> Rat:
    if isinstance(value, Symbol) and value.form.keys() - {ONE}:
        raise Untraceable("returns what it was given in an earlier run: it depends on what it did before")
    number = value.form.get(ONE, 0) if isinstance(value, Symbol) else exact(value)
    assert number is not None  # read_outcome has seen it
    return number


def exactly(rule: Rule, setting: Setting, point: Sequence[Rat]) -> Outcome | Raised:
    """What the rule decides at a point, its floats taken as the rationals that they are."""
    found = replayed(rule, setting, point, "fraction")
    if isinstance(found, Raised) or not found[1]:
        found = replayed(rule, setting, point, "exact")
    return found if isinstance(found, Raised) else found[0]
