"""The programs of auctions, derived from types, probabilities and the names of constraints.

Values are counted in units of one over their common denominator and chances likewise, so that all rows are integers. The theory
(why neighbouring types and level sets suffice) is in the documentation of exact programs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, only
from equilibria.checking.linear_programs import Bound, Program, Row, rational, whole

MOST_AGENTS = 1000
MOST_PROFILES = 1_000_000
MOST_BITS = 1_000_000_000
"""Files may be made up by anyone: what would take for ever is refused. An entry of a row takes some hundred bytes, and its number
an eighth of its bits; so a program stays within a few gigabytes."""


@dataclass(frozen=True, slots=True)
class Types:
    """Types of one agent: `values[k] / unit` has the chance `weights[k] / total`."""

    unit: int
    values: list[int]
    total: int
    weights: list[int]


def fractions(node: object, where: str) -> list[Fraction]:
    """A list of fractions in strings."""
    if not isinstance(node, list) or not node:
        raise Rejected(f"{where} must be a list of fractions")
    return [rational(item, where) for item in node]


def read_types(nodes: Sequence[Mapping[str, object]]) -> list[Types]:
    """The types of agents in common units of value."""
    values = [fractions(field(node, "values", "program"), "values") for node in nodes]
    chances = [fractions(field(node, "probabilities", "program"), "probabilities") for node in nodes]
    unit = math.lcm(*(value.denominator for held in values for value in held))
    found = []
    for held, odds in zip(values, chances, strict=True):
        if len(held) != len(odds) or min(odds) <= 0 or sum(odds) != 1:
            raise Rejected("probabilities must be positive, one a value, and sum to 1")
        if any(low >= high for low, high in itertools.pairwise(held)):
            raise Rejected("values must increase")
        total = math.lcm(*(chance.denominator for chance in odds))
        found.append(Types(unit, [int(v * unit) for v in held], total, [int(p * total) for p in odds]))
    return found


@dataclass(frozen=True, slots=True)
class Aim:
    """The goal: integer weights over `scale`, and the limits."""

    money: int
    types: int
    award: int
    scale: int
    limits: Mapping[str, Fraction]

    def gain(self, kind: Types, k: int) -> int:
        """What an award to type `k` adds to the objective before rents, times `scale * unit`."""
        return (self.money + self.types) * kind.values[k] + self.award * kind.unit


def read_aim(tree: Mapping[str, object]) -> Aim:
    """Goal and limits."""
    goal = mapping(field(tree, "goal", "program"), "goal")
    only(goal, ("money", "types", "award"), "goal")
    weights = [rational(field(goal, name, "goal"), f"goal.{name}") for name in ("money", "types", "award")]
    scale = math.lcm(*(weight.denominator for weight in weights))
    limits = mapping(field(tree, "limits", "program"), "limits")
    only(limits, ("award_at_least", "money_at_least", "share_at_most"), "limits")
    money, types, award = (int(weight * scale) for weight in weights)
    return Aim(money, types, award, scale, {name: rational(limit, f"limits.{name}") for name, limit in limits.items()})


def affordable(entries: int, bits: int = 1) -> None:
    """Refuse a program of more entries, or longer ones, than fit into memory."""
    if entries > MOST_PROFILES or entries * bits > MOST_BITS:
        raise Rejected(f"program is larger than the checker takes on: {MOST_PROFILES} entries, {MOST_BITS} bits")


def profiles_of(agents: Sequence[Types], priors: int = 1) -> list[tuple[int, ...]]:
    """All profiles of types, the last agent's type running fastest; a program has entries for each agent and prior at each."""
    counts = [len(agent.values) for agent in agents]
    widest = max(abs(value).bit_length() for agent in agents for value in agent.values)
    bits = widest + sum(agent.total.bit_length() for agent in agents)
    affordable(len(agents) * priors * math.prod(counts), bits)
    return list(itertools.product(*map(range, counts)))


def positive(tree: Mapping[str, object], name: str) -> int:
    """A positive integer parameter."""
    number = whole(field(tree, name, "program"), f"program.{name}")
    if not 1 <= number <= MOST_AGENTS:
        raise Rejected(f"program.{name} must be from 1 to {MOST_AGENTS}; got {number}")
    return number


def served(agents: int, units: int, above: int, total: int) -> Fraction:
    """The expectation of `min(units, N)`, `N` the number of agents that are in, each with the chance `above / total`."""
    if units >= agents:
        return Fraction(agents * above, total)
    odds = (math.comb(agents, number) * above**number * (total - above) ** (agents - number) for number in range(units))
    return units - Fraction(sum((units - number) * p for number, p in enumerate(odds)), total**agents)


def symmetric_border(tree: Mapping[str, object]) -> Program:
    """Columns: `Q[k]`, the chance of a type at least `k` that wins, times `total`; then utilities, times `unit`."""
    only(tree, ("kind", "agents", "units", "values", "probabilities", "goal", "limits"), "program")
    n, units, aim = positive(tree, "agents"), positive(tree, "units"), read_aim(tree)
    [kind] = read_types([tree])
    value, weight, count = kind.values, kind.weights, len(kind.values)
    bits = n * kind.total.bit_length()  # a chance of all agents has so many
    affordable(bits)
    affordable(count * min(units, n), bits)
    upper: list[Bound] = []
    above = kind.total
    for k in range(count):
        upper.append(served(n, units, above, kind.total) * kind.total / n)
        above -= weight[k]
    if "share_at_most" in aim.limits:
        upper[0] = min(Fraction(upper[0] or 0), aim.limits["share_at_most"] * kind.total)
    gains = [aim.gain(kind, k) for k in range(count)]
    objective = [n * (gains[k] - (gains[k - 1] if k else 0)) for k in range(count)]
    objective += [-n * aim.money * w for w in weight]
    rents: Bound = value[-1] - value[0] if aim.money >= 0 else None

    def won(k: int, times: int) -> list[tuple[int, int]]:
        return [(k, times), (k + 1, -times)] if k + 1 < count else [(k, times)]

    def truthful(k: int, report: int) -> Row:
        w, utility = weight[report], count
        return ([(utility + k, w), (utility + report, -w), *won(report, value[report] - value[k])], 0, None)

    rows = [truthful(k + 1, k) for k in range(count - 1)] + [truthful(k, k + 1) for k in range(count - 1)]
    rows.append((won(0, 1), 0, None))
    if "award_at_least" in aim.limits:
        rows.append(([(0, n)], aim.limits["award_at_least"] * kind.total, None))
    if "money_at_least" in aim.limits:
        taken = [(k, n * (value[k] - (value[k - 1] if k else 0))) for k in range(count)]
        taken += [(count + k, -n * weight[k]) for k in range(count)]
        rows.append((taken, aim.limits["money_at_least"] * kind.unit * kind.total, None))
    return Program(kind.unit * kind.total * aim.scale, objective, [0] * (2 * count), upper + [rents] * count, rows)
