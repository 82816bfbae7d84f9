"""Contests in which everybody knows everything: the market of a certificate, and what is derived about it.

All amounts in such a file are texts, "p/q" for a rational. What is derived is a rational where the equilibrium is one, and a ball
otherwise; the file states the rational itself, or doubles around the ball.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq

from equilibria.checking.document import Rejected, field, mapping, numbers, only, string

Value = Fraction | arb
Values = dict[str, Value]

DIGITS = 2000
"""The most of a numerator or a denominator."""

TEXT = re.compile(rf"-?[0-9]{{1,{DIGITS}}}(/[0-9]{{1,{DIGITS}}})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownContest:
    """The market of a certificate."""

    prize: Fraction
    costs: dict[str, Fraction]
    speeds: dict[str, Fraction] | None
    stakes: dict[str, Fraction] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What holds: by label, the share of the award, the effort and the surplus; the most that one gains; and expectations.

    Where efforts are enclosed, the most that one gains is a function of them: what holds for all efforts within intervals that
    hold the equilibrium's.
    """

    shares: Values
    efforts: Values
    surplus: Values
    gain: Value | Callable[[Values], Value]
    payment: Value
    cost: Value
    redundant: Value
    no_award: Value


def rational(node: object, where: str) -> Fraction:
    """A text "p/q" or "p" as the rational that it is."""
    text = string(node, where)
    if not TEXT.fullmatch(text) or text.endswith("/0"):
        raise Rejected(f"{where} must be a rational as text, such as \"11/10\"; got {text!r:.40}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise Rejected(f"{where} divides by zero") from None


def rationals(node: object, where: str) -> dict[str, Fraction]:
    """Rationals by label."""
    return {label: rational(entry, f"{where}.{label}") for label, entry in mapping(node, where).items()}


def parameter(rule: Mapping[str, object], name: str) -> Fraction:
    """A parameter of the rule."""
    return rational(field(rule, name, "mechanism"), f"mechanism.{name}")


def positive(value: Fraction, where: str) -> Fraction:
    """`value`, which must be above 0."""
    if value <= 0:
        raise Rejected(f"{where} must be positive; got {value}")
    return value


def ball(value: Value) -> arb:
    """A value as a ball."""
    return value if isinstance(value, arb) else arb(fmpq(value.numerator, value.denominator))


def total(values: Mapping[str, Value]) -> Value:
    """The sum, a rational where all terms are."""
    terms = list(values.values())
    if all(isinstance(term, Fraction) for term in terms):
        return sum(terms, Fraction(0))
    return sum((ball(term) for term in terms), arb(0))


def product(first: Value, second: Value) -> Value:
    """A rational where both are, or where one is an exact zero."""
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first * second
    if any(isinstance(value, Fraction) and value == 0 for value in (first, second)):
        return Fraction(0)
    return ball(first) * ball(second)


def quotient(first: Value, second: Value) -> Value:
    """A rational where both are."""
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first / second
    return ball(first) / ball(second)


def plus(first: Value, second: Value) -> Value:
    """A rational where both are."""
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first + second
    return ball(first) + ball(second)


def difference(first: Value, second: Value) -> Value:
    """A rational where both are."""
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first - second
    return ball(first) - ball(second)


def read_known(node: object) -> KnownContest:
    """The market of a certificate about a contest with known costs."""
    market = mapping(node, "market")
    only(market, ("kind", "prize", "costs", "speeds", "stakes"), "market")
    if string(field(market, "kind", "market"), "market.kind") != "contest":
        raise Rejected("market.kind must be 'contest'")
    costs = rationals(field(market, "costs", "market"), "market.costs")
    if not costs:
        raise Rejected("market.costs must name a contestant")
    extra: dict[str, dict[str, Fraction] | None] = {"speeds": None, "stakes": None}
    for name in extra:
        if name in market:
            given = extra[name] = rationals(market[name], f"market.{name}")
            if set(given) != set(costs):
                raise Rejected(f"market.{name} must have the labels of market.costs")
    for name, table in (("costs", costs), *extra.items()):
        for label, value in (table or {}).items():
            positive(value, f"market.{name}.{label}")
    prize = positive(rational(field(market, "prize", "market"), "market.prize"), "market.prize")
    return KnownContest(prize=prize, costs=costs, **extra)


def stated(value: Value) -> str | list[float]:
    """What a certificate states of a value: the rational, or doubles around the ball."""
    if isinstance(value, Fraction):
        if max(abs(value.numerator), value.denominator) >= 10**DIGITS:
            raise Rejected(f"a statement is a rational of more than {DIGITS} digits")
        return str(value)
    if not value.is_finite():
        raise Rejected("a bound is not finite")
    lower, upper = -_up(-value), _up(value)
    if not (math.isfinite(lower) and math.isfinite(upper)):
        raise Rejected("a bound is beyond doubles")
    slack = 1e-9 * (upper - lower)  # for a checker whose balls differ in their last bits
    return [math.nextafter(lower - slack, -math.inf), math.nextafter(upper + slack, math.inf)]


def within(entry: object, where: str) -> Value:
    """What a statement says: the rational, or the ball between two doubles."""
    if not isinstance(entry, list):
        return rational(entry, where)
    lower, upper = numbers(entry, where, 2)
    if not lower <= upper:
        raise Rejected(f"{where} must be an interval; got [{lower!r}, {upper!r}]")
    return arb(lower).union(arb(upper))


def _up(value: arb) -> float:
    return math.nextafter(float(value.upper()), math.inf)


def confirm(claim: object, value: Value, where: str) -> None:
    """Refuse a claim about a value that is not the value, or does not contain it."""
    if isinstance(claim, list):
        lower, upper = numbers(claim, where, 2)
        if not (ball(value) >= arb(lower) and ball(value) <= arb(upper)):
            raise Rejected(f"{where} is [{lower!r}, {upper!r}], but only {value} can be confirmed")
    elif not isinstance(value, Fraction) or rational(claim, where) != value:
        raise Rejected(f"{where} is {claim!r:.40}, but only {value} can be confirmed")
