"""A sale between two buyers of any laws, from a certificate that lists values of both that bid alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from equilibria.checking.document import Rejected, field, mapping, number, numbers, only
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior
from equilibria.checking.single_task import single_task

__all__ = ["TwoBuyers", "read_two_buyers"]

MOST = 4001
"""Pairs that a file may hold."""


@dataclass(frozen=True, slots=True)
class TwoBuyers:
    """By label, in market order.

    Arguments:
        laws: of values.
        reserve: the least bid, at least 0.
        entries: the least values that take part, where they are stated.
        meetings: rising values of both that bid alike.
    """

    laws: Mapping[str, Prior]
    reserve: float
    entries: Mapping[str, float]
    meetings: Mapping[str, list[float]]


def read_two_buyers(tree: Mapping[str, object], rule: str) -> TwoBuyers:
    """What the file states.

    Args:
        tree: the certificate.
        rule: how the rule is called in what is refused.

    Raises:
        Rejected: malformed, or no sale between two buyers; the message says which.
    """
    sign, priors, _ = single_task(tree)
    if sign > 0:
        raise Rejected(f"{rule} has no meaning in a procurement")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = number(mechanism.get("reserve", 0.0), "mechanism.reserve")
    laws: dict[str, Prior] = {label: ReflectedPrior(prior) for label, prior in priors.items()}
    if len(laws) != 2 or reserve < 0.0 or any(law.low < 0.0 or law.gaps() for law in laws.values()):
        raise Rejected("the bound needs two buyers, values of at least 0 without gaps, and a reserve of at least 0")
    node = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(node, ("entries", "meetings"), "equilibrium")
    entries = mapping(node.get("entries", {}), "equilibrium.entries")
    meetings = mapping(field(node, "meetings", "equilibrium"), "equilibrium.meetings")
    only(entries, tuple(laws), "equilibrium.entries")
    only(meetings, tuple(laws), "equilibrium.meetings")
    found = {label: _values(field(meetings, label, "equilibrium.meetings"), f"equilibrium.meetings.{label}") for label in laws}
    first, second = found.values()
    if len(first) != len(second):
        raise Rejected("equilibrium.meetings must list as many values of one as of the other")
    least = {label: number(entry, f"equilibrium.entries.{label}") for label, entry in entries.items()}
    return TwoBuyers(laws, reserve, least, found)


def _values(node: object, where: str) -> list[float]:
    values = numbers(node, where)
    if not 3 <= len(values) <= MOST or len(values) % 2 == 0 or any(not u < v for u, v in pairwise(values)):
        raise Rejected(f"{where} must be 3 to {MOST} increasing values, an odd number of them")
    return values
