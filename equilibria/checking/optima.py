"""Certificates of optimal mechanisms: the subject `optimal_mechanism`, one checker for each route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, numbers, only, string
from equilibria.checking.exchange_optimum import exchange_optimum
from equilibria.checking.finite_optimum import finite_optimum
from equilibria.checking.linear_optimum import linear_optimum
from equilibria.checking.program_optimum import program_optimum
from equilibria.checking.smooth_optimum import smooth_optimum
from equilibria.checking.trade_optimum import trade_optimum

KEYS = (
    "format", "version", "subject", "route", "market", "objective", "subject_to", "mechanism", "proof", "states",
    "sha256",
)  # fmt: skip
PROGRAMS = ("symmetric_border", "border_cuts", "bic_program", "dsic_program", "general_program")

def myerson(tree: Mapping[str, object]) -> tuple[Fraction, str]:
    """The closed form on finitely many types or for piecewise-linear cdfs, by what the file states of it."""
    stated = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    return finite_optimum(tree) if "levels" in stated else linear_optimum(tree)


def exchange(tree: Mapping[str, object]) -> tuple[Fraction, Fraction, str] | str:
    """An exchange with finitely many types or with piecewise-linear cdfs, by what the file states of it."""
    stated = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    return trade_optimum(tree) if "wedges" in stated else exchange_optimum(tree)


def check_optimum(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Confirm a certificate of an optimal mechanism.

    Raises:
        Rejected: malformed, or anything that it states does not hold.
    """
    only(tree, KEYS, "certificate")
    route = string(field(tree, "route", "certificate"), "route")
    states = mapping(field(tree, "states", "certificate"), "states")
    if route in (*PROGRAMS, "myerson_satterthwaite"):
        _without(tree, ("mechanism",) if route in PROGRAMS else ("proof",), route)
        found = program_optimum(tree, route) if route in PROGRAMS else exchange(tree)
        if isinstance(found, str):
            if dict(states) != {"infeasible": "yes"}:
                raise Rejected("states must say that the constraints cannot be met")
            return found
    elif route == "myerson":
        _without(tree, ("subject_to", "proof"), route)
        if "mechanism" in tree:
            value, sentence = myerson(tree)
            found = value, value, sentence
        else:
            found = smooth_optimum(tree)
    else:
        raise Rejected(f"route {route!r} is none that the checker knows")
    least, most, sentence = found
    only(states, ("value", "exact_value"), "states")
    if "exact_value" in states:
        stated = string(states["exact_value"], "states.exact_value")
        if least != most or stated != str(least):
            raise Rejected(f"states.exact_value is {stated[:60]!r}, but the optimum is {str(least)[:60]}")
    lower, upper = (Fraction(end) for end in numbers(field(states, "value", "states"), "states.value", 2))
    if not lower <= least <= most <= upper:
        raise Rejected(
            f"states.value is [{float(lower)!r}, {float(upper)!r}], but only [{float(least)!r}, {float(most)!r}] can be confirmed"
        )
    return sentence


def _without(tree: Mapping[str, object], keys: tuple[str, ...], route: str) -> None:
    for key in keys:
        if key in tree:
            raise Rejected(f"certificate.{key} has no place where the route is {route!r}")
