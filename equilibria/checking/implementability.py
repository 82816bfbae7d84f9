r"""Whether payments make truth optimal for finitely many types, confirmed from a file.

The file holds `values` (rows of types) and what each type gets: `outcomes`, a column each, or `quantities`, a row each,
valued at the sum of products. Either `payments` are there, and the checker compares every type with every outcome (neighbours
alone if there is one good: with quantities sorted by value, their constraints sum up to all others), and each type with
staying away. Or the types of the file form a cycle, in order, and the checker sums its steps: payments cancel around it, so a
sum below zero excludes them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from operator import mul, sub

from equilibria.checking.document import Rejected, field, integer, mapping, only, string

_RATIONAL = re.compile(r"-?[0-9]+(/[1-9][0-9]*)?")
_KEYS = ("format", "version", "subject", "types", "values", "outcomes", "quantities", "payments", "states", "sha256")


def implementability(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Confirm a file about payments for finitely many types.

    Raises:
        Rejected: malformed, or what it states does not follow from its table.
    """
    only(tree, _KEYS, "certificate")
    states = mapping(field(tree, "states", "certificate"), "states")
    types = [integer(node, f"types[{k}]") for k, node in enumerate(_list(field(tree, "types", "certificate"), "types"))]
    if not types or len(set(types)) != len(types) or min(types) < 0:
        raise Rejected("types must be different numbers of rows")
    values = _rows(field(tree, "values", "certificate"), "values", len(types))
    if ("outcomes" in tree) == ("quantities" in tree):
        raise Rejected("certificate must hold either outcomes or quantities")
    claim = field(states, "implementable", "states")
    if claim is True:
        only(states, ("implementable",), "states")
        payments = _rationals(field(tree, "payments", "certificate"), "payments", len(types))
        if "quantities" in tree and len(values[0]) == 1:
            quantities = _rows(tree["quantities"], "quantities", len(values), 1)
            _neighbours([row[0] for row in values], [row[0] for row in quantities], payments)
        else:
            _everyone(*_worth(tree, values, payments), progress)
        return f"under these payments truth is optimal for each of {len(types)} types, and none has less than nothing"
    if claim is not False:
        raise Rejected("states.implementable must be true or false")
    only(states, ("implementable", "weight"), "states")
    if "payments" in tree:
        raise Rejected("certificate.payments cannot be there for a cycle")
    worth, _, unit = _worth(tree, values, [])
    steps = [(row[t] - row[t - 1]) for t, row in enumerate(map(worth, range(len(types))))]
    weight = Fraction(sum(steps), unit)
    if weight != _rational(field(states, "weight", "states"), "states.weight"):
        raise Rejected(f"states.weight is not the weight of the cycle, which is {weight}")
    if weight >= 0:
        raise Rejected(f"the cycle weighs {weight}: it excludes no payments")
    return f"no payments make truth optimal: {len(types)} types gain {-weight} in total by lies in a circle"


Worth = Callable[[int], list[int]]
"""What the type of a row values that which each type gets at, as multiples of a unit."""


def _worth(
    tree: Mapping[str, object], values: list[list[Fraction]], payments: list[Fraction]
) -> tuple[Worth, list[int], int]:
    """Values and payments as integers, and how many of their unit make one."""
    fees = math.lcm(*(payment.denominator for payment in payments))
    table, unit = _integers(values)
    if "outcomes" in tree:
        nodes = _list(tree["outcomes"], "outcomes", len(values))
        outcomes = [integer(node, f"outcomes[{k}]") for k, node in enumerate(nodes)]
        if not all(0 <= outcome < len(values[0]) for outcome in outcomes):
            raise Rejected("outcomes must be columns of values")
        whole = math.lcm(unit, fees)
        scale = whole // unit
        return (
            lambda t: [scale * table[t][outcome] for outcome in outcomes],
            [int(payment * whole) for payment in payments],
            whole,
        )
    rows, other = _integers(_rows(tree["quantities"], "quantities", len(values), len(values[0])))
    whole = math.lcm(unit * other, fees)
    scale = whole // (unit * other)
    return (
        lambda t: [scale * sum(map(mul, table[t], row)) for row in rows],
        [int(payment * whole) for payment in payments],
        whole,
    )


def _integers(rows: list[list[Fraction]]) -> tuple[list[list[int]], int]:
    unit = math.lcm(*(entry.denominator for row in rows for entry in row))
    return [[int(entry * unit) for entry in row] for row in rows], unit


def _everyone(worth: Worth, payments: list[int], unit: int, progress: Callable[[float], None] | None) -> None:
    for t, payment in enumerate(payments):
        row = worth(t)
        utility = row[t] - payment
        if utility < 0:
            raise Rejected(f"row {t} has {Fraction(utility, unit)}, less than nothing")
        if max(map(sub, row, payments)) > utility:
            raise Rejected(f"row {t} prefers what another row gets")
        if progress is not None:
            progress((t + 1) / len(payments))


def _neighbours(values: list[Fraction], quantities: list[Fraction], payments: list[Fraction]) -> None:
    order = sorted(range(len(values)), key=lambda t: (values[t], quantities[t]))
    if any(values[t] * quantities[t] < payments[t] for t in order):
        raise Rejected("a type has less than nothing")
    for s, t in pairwise(order):
        more, fee = quantities[t] - quantities[s], payments[t] - payments[s]
        if not values[s] * more <= fee <= values[t] * more:
            raise Rejected(f"of rows {s} and {t} one prefers what the other gets")


def _list(node: object, where: str, length: int | None = None) -> Sequence[object]:
    if not isinstance(node, list):
        raise Rejected(f"{where} must be a list; got {type(node).__name__}")
    if length is not None and len(node) != length:
        raise Rejected(f"{where} must have {length} entries; got {len(node)}")
    return node


def _rows(node: object, where: str, length: int, width: int | None = None) -> list[list[Fraction]]:
    rows = [_rationals(row, f"{where}[{k}]", width) for k, row in enumerate(_list(node, where, length))]
    if not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise Rejected(f"{where} must have rows of one length")
    return rows


def _rationals(node: object, where: str, length: int | None = None) -> list[Fraction]:
    return [_rational(entry, f"{where}[{k}]") for k, entry in enumerate(_list(node, where, length))]


def _rational(node: object, where: str) -> Fraction:
    text = string(node, where)
    if not _RATIONAL.fullmatch(text):
        raise Rejected(f'{where} must be a rational, "p" or "p/q"; got {text:.40}')
    return Fraction(text)
