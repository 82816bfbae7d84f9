"""How many of independent events happen, when they have one of two chances; on balls and on power series."""

from __future__ import annotations

from typing import TypeVar

from flint import arb, arb_series

Number = TypeVar("Number", arb, arb_series)


def _counts(a: int, below: Number, b: int, also: Number) -> list[Number]:
    """The law of the number of successes among `a` trials of chance `below` and `b` of chance `also`."""
    law: list[Number] = [0 * below + 1]
    for chance in [below] * a + [also] * b:
        law = [
            (law[i] * (1 - chance) if i < len(law) else 0 * chance) + (law[i - 1] * chance if i > 0 else 0 * chance)
            for i in range(len(law) + 1)
        ]
    return law


def exactly(j: int, a: int, below: Number, b: int, also: Number) -> Number:
    """P_j(a, b)."""
    law = _counts(a, below, b, also)
    return law[j] if j < len(law) else 0 * below


def at_most(j: int, a: int, below: Number, b: int, also: Number) -> Number:
    """P_0(a, b) + ... + P_j(a, b)."""
    total = 0 * below
    for chance in _counts(a, below, b, also)[: j + 1]:
        total = total + chance
    return total


def power(base: Number, exponent: int) -> Number:
    """A whole power, also of a ball that contains 0."""
    value = 0 * base + 1
    for _ in range(exponent):
        value = value * base
    return value
