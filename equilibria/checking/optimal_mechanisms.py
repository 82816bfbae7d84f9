"""Certificates of optimal mechanisms: the subject `optimal_mechanism`, one checker for each route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, numbers, only, string
from equilibria.checking.finite_optimum import finite_optimum
from equilibria.checking.linear_optimum import linear_optimum
from equilibria.checking.smooth_optimum import smooth_optimum

KEYS = ("format", "version", "subject", "route", "market", "objective", "capacities", "mechanism", "states", "sha256")

Optimum = Callable[[Mapping[str, object]], tuple[Fraction, str]]
"""Confirms the mechanism of a file, and returns its value, which is the optimum, and the sentence about it."""


def myerson(tree: Mapping[str, object]) -> tuple[Fraction, str]:
    """The closed form on finitely many types or for piecewise-linear cdfs, by what the file states of it."""
    stated = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    return finite_optimum(tree) if "levels" in stated else linear_optimum(tree)


ROUTES: dict[str, Optimum] = {"myerson": myerson}


def check_optimum(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Confirm a certificate of an optimal mechanism.

    Raises:
        Rejected: malformed, or anything that it states does not hold.
    """
    only(tree, KEYS, "certificate")
    route = string(field(tree, "route", "certificate"), "route")
    states = mapping(field(tree, "states", "certificate"), "states")
    if route not in ROUTES:
        raise Rejected(f"route {route!r} is none that the checker knows")
    lower, upper = (Fraction(end) for end in numbers(field(states, "value", "states"), "states.value", 2))
    if route == "myerson" and "mechanism" not in tree:
        only(states, ("value",), "states")
        least, most, sentence = smooth_optimum(tree)
    else:
        only(states, ("value", "exact_value"), "states")
        value, sentence = ROUTES[route](tree)
        stated = string(field(states, "exact_value", "states"), "states.exact_value")
        if stated != str(value):
            raise Rejected(f"states.exact_value is {stated[:60]!r}, but the optimum is {str(value)[:60]}")
        least = most = value
    if not lower <= least <= most <= upper:
        raise Rejected(
            f"states.value is [{float(lower)!r}, {float(upper)!r}], but only [{float(least)!r}, {float(most)!r}] can be confirmed"
        )
    return sentence
