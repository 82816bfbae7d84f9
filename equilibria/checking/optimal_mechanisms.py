"""Certificates of optimal mechanisms: the subject `optimal_mechanism`, one checker for each route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, number, numbers, only, string
from equilibria.checking.finite_optimum import finite_optimum

KEYS = ("format", "version", "subject", "route", "market", "objective", "capacities", "mechanism", "states", "sha256")

Optimum = Callable[[Mapping[str, object]], tuple[Fraction, str]]
"""Confirms the mechanism of a file, and returns its value, which is the optimum, and the sentence about it."""

ROUTES: dict[str, Optimum] = {"myerson": finite_optimum}


def check_optimum(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Confirm a certificate of an optimal mechanism.

    Raises:
        Rejected: malformed, or anything that it states does not hold.
    """
    only(tree, KEYS, "certificate")
    route = string(field(tree, "route", "certificate"), "route")
    if route not in ROUTES:
        raise Rejected(f"route {route!r} is none that the checker knows")
    value, sentence = ROUTES[route](tree)
    states = mapping(field(tree, "states", "certificate"), "states")
    only(states, ("value", "exact_value"), "states")
    stated = string(field(states, "exact_value", "states"), "states.exact_value")
    if stated != str(value):
        raise Rejected(f"states.exact_value is {stated[:60]!r}, but the optimum is {str(value)[:60]}")
    lower, upper = numbers(field(states, "value", "states"), "states.value", 2)
    if not Fraction(number(lower, "states.value")) <= value <= Fraction(number(upper, "states.value")):
        raise Rejected(f"states.value is [{lower!r}, {upper!r}], which does not hold {float(value)!r}")
    return sentence
