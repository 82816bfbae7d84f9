"""Read the agents and the objective of an optimum on finitely many types: exact rationals, in the orientation of a sale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from equilibria.checking.document import Rejected, field, integer, mapping, number, only, string

RATIONAL = re.compile(r"-?[0-9]{1,5000}(/[0-9]{1,5000})?")
MOST_TASKS = 10_000


@dataclass(frozen=True, slots=True)
class Agent:
    """Values from low to high, their probabilities, and how many tasks the agent can take."""

    types: list[Fraction]
    chances: list[Fraction]
    capacity: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a task awarded is worth: `types` times the value, less `rents` times the rent, less `outside` (None: always award)."""

    types: Fraction
    rents: Fraction
    outside: Fraction | None
    sign: int


def rational(node: object, where: str) -> Fraction:
    """A string `p` or `p/q` as the rational that it is."""
    text = string(node, where)
    if not RATIONAL.fullmatch(text):
        raise Rejected(f"{where} must be a rational such as '-3/4'; got {text[:40]!r}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise Rejected(f"{where} has the denominator 0") from None


def rationals(node: object, where: str) -> list[Fraction]:
    """A list of rationals."""
    if isinstance(node, str | bytes) or not isinstance(node, Sequence):
        raise Rejected(f"{where} must be a list of rationals; got {type(node).__name__}")
    return [rational(entry, f"{where}[{k}]") for k, entry in enumerate(node)]


def read_law(node: object, where: str) -> tuple[list[Fraction], list[Fraction]]:
    """Values and probabilities of a discrete law."""
    law = mapping(node, where)
    only(law, ("kind", "values", "probabilities"), where)
    if string(field(law, "kind", where), f"{where}.kind") != "discrete":
        raise Rejected(f"{where}.kind must be 'discrete'")
    values = rationals(field(law, "values", where), f"{where}.values")
    chances = rationals(field(law, "probabilities", where), f"{where}.probabilities")
    if not values or len(values) != len(chances):
        raise Rejected(f"{where} must have one probability for each value")
    if any(not before < after for before, after in pairwise(values)):
        raise Rejected(f"{where}.values must increase")
    if any(chance <= 0 for chance in chances) or sum(chances) != 1:
        raise Rejected(f"{where}.probabilities must be positive and sum to 1")
    return values, chances


def read_side(tree: Mapping[str, object]) -> tuple[int, int, Fraction | None, dict[str, Agent]]:
    """Sign (-1 for a sale), tasks, value and agents of a procurement or sale with discrete laws."""
    market = mapping(field(tree, "market", "certificate"), "market")
    kind = string(field(market, "kind", "market"), "market.kind")
    if kind not in ("procurement", "sale"):
        raise Rejected(f"market.kind must be 'procurement' or 'sale'; got {kind!r}")
    key, sign = ("costs", 1) if kind == "procurement" else ("values", -1)
    only(market, ("kind", key, "value", "tasks", "capacities"), "market")
    tasks = integer(market.get("tasks", 1), "market.tasks")
    if not 1 <= tasks <= MOST_TASKS:
        raise Rejected(f"market.tasks must lie in [1, {MOST_TASKS}]; got {tasks}")
    value = None if "value" not in market else Fraction(number(market["value"], "market.value"))
    capacities = mapping(market.get("capacities", {}), "market.capacities")
    laws = mapping(field(market, key, "market"), f"market.{key}")
    if not laws:
        raise Rejected(f"market.{key} is empty")
    for label in capacities:
        if label not in laws:
            raise Rejected(f"market.capacities.{label} is no agent of the market")
    agents = {}
    for label, node in laws.items():
        values, chances = read_law(node, f"market.{key}.{label}")
        if sign > 0:
            values, chances = [-value for value in reversed(values)], chances[::-1]
        capacity = integer(capacities.get(label, 1), f"market.capacities.{label}")
        if capacity < 1:
            raise Rejected(f"market.capacities.{label} must be at least 1")
        agents[label] = Agent(values, chances, capacity)
    return sign, tasks, value, agents


def read_terms(node: object, sign: int, value: Fraction | None, where: str = "objective") -> Terms:
    """The objective, in the orientation of a sale."""
    if isinstance(node, Mapping):
        if not node:
            raise Rejected("objective holds no weight")
        types = rents = outside = Fraction(0)
        for name, share in node.items():
            weight, part = rational(share, f"objective.{name}"), read_terms(name, sign, value)
            if weight <= 0 or part.outside is None:
                raise Rejected(f"objective.{name} must be positive, and no payment")
            types, rents, outside = types + weight * part.types, rents + weight * part.rents, outside + weight * part.outside
        return Terms(types, rents, outside, 1)
    name = string(node, where)
    if sign > 0 and name == "payment":
        return Terms(Fraction(1), Fraction(1), None, -1)
    if sign < 0 and name in ("revenue", "payment"):
        return Terms(Fraction(1), Fraction(1), Fraction(0), 1)
    if name not in ("surplus", "welfare") or (sign > 0 and value is None):
        raise Rejected(f"{where} {name[:40]!r} has no meaning in this market")
    return Terms(Fraction(1), Fraction(0 if name == "welfare" else 1), -sign * (value or Fraction(0)), 1)
