r"""Myerson's optimum on finitely many types, in exact rationals: award by ironed levels, pay the threshold type.

In the orientation of a sale an agent with values $v_1<\dots<v_K$ has the levels $w_k=Wv_k-R\,h_k$ (`objectives.py`). Ironing
replaces them by $\bar w$, the slopes of the convex hull of $\sum_{j\le k} f_jw_j$ over $F_k$: the nearest levels that never fall.
Awarding the tasks to the highest $\bar w\ge O$ maximises $E[\sum_i(\bar w_i-O)x_i]$ profile by profile, and no truthful mechanism
has more (docs/optimal_mechanisms.md). All numbers are integers over one denominator an agent, so that a thousand types cost
milliseconds: $O(nK\log K)$ for the levels, $O(n^2Kk)$ for the tables.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import lcm
from typing import Any

from equilibria.optima.objectives import Weights
from mechanisms import Market
from mechanisms.discrete_ironing import convex_slopes
from mechanisms.distributions import Discrete


@dataclass(frozen=True, slots=True, kw_only=True)
class FiniteAgent:
    """One agent in the orientation of a sale: values from low to high, their probabilities, and how many tasks it can take."""

    label: str
    types: tuple[Fraction, ...]
    chances: tuple[Fraction, ...]
    capacity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FiniteOptimum:
    """The closed form: levels, expected tasks and expected payments by agent and type, and the value of the objective."""

    agents: tuple[FiniteAgent, ...]
    levels: tuple[tuple[Fraction, ...], ...]
    tasks: tuple[tuple[Fraction, ...], ...]
    payments: tuple[tuple[Fraction, ...], ...]
    value: Fraction


def finite_agents(market: Market, capacities: Mapping[str, int] | None = None) -> tuple[FiniteAgent, ...] | None:
    """The agents of a procurement or a sale whose laws are all discrete; None if one is not."""
    laws = [prior if market.sign < 0 else prior.reflected() for prior in market.priors]
    agents = []
    for label, law in zip(market.labels, laws, strict=True):
        if not isinstance(law, Discrete):
            return None
        agents.append(
            FiniteAgent(label=label, types=law.values, chances=law.probabilities, capacity=(capacities or {}).get(label, 1))
        )
    return tuple(agents)


def raw_levels(agent: FiniteAgent, weights: Weights) -> list[Fraction]:
    """$w_k=Wv_k-R\\,h_k$, before ironing."""
    levels, above = [], Fraction(0)
    for k in range(len(agent.types) - 1, -1, -1):
        rent = (agent.types[k + 1] - agent.types[k]) * above / agent.chances[k] if above else Fraction(0)
        levels.append(weights.types * agent.types[k] - weights.rents * rent)
        above += agent.chances[k]
    return levels[::-1]


def ironed_levels(agent: FiniteAgent, weights: Weights) -> tuple[Fraction, ...]:
    """The levels that never fall."""
    raw = raw_levels(agent, weights)
    return tuple(convex_slopes(list(agent.chances), [f * w for f, w in zip(agent.chances, raw, strict=True)]))


def finite_myerson(agents: Sequence[FiniteAgent], units: int, weights: Weights) -> FiniteOptimum:
    """The closed form for `units` tasks."""
    levels = tuple(ironed_levels(agent, weights) for agent in agents)
    tasks = expected_tasks(agents, levels, units, weights.outside)
    payments, value = [], Fraction(0)
    outside = weights.outside or Fraction(0)
    for agent, row, own in zip(agents, tasks, levels, strict=True):
        steps = [after - before for before, after in zip((Fraction(0), *row), row, strict=False)]
        payments.append(tuple(accumulate(step * t for step, t in zip(steps, agent.types, strict=True))))
        value += sum(f * (w - outside) * x for f, w, x in zip(agent.chances, own, row, strict=True))
    return FiniteOptimum(agents=tuple(agents), levels=levels, tasks=tasks, payments=tuple(payments), value=weights.sign * value)


def expected_tasks(
    agents: Sequence[FiniteAgent], levels: Sequence[Sequence[Fraction]], units: int, outside: Fraction | None
) -> tuple[tuple[Fraction, ...], ...]:
    """Expected tasks by agent and type when the highest levels are served first, equal ones in the order of the agents."""
    counts = [_Counts(agent, own) for agent, own in zip(agents, levels, strict=True)]
    scale = 1
    for count in counts:
        scale *= count.denominator
    rows = []
    for i, (agent, own) in enumerate(zip(agents, levels, strict=True)):
        row: list[Fraction] = []
        for k, level in enumerate(own):
            if outside is not None and level < outside:
                row.append(Fraction(0))
            elif k and level == own[k - 1]:
                row.append(row[-1])
            else:
                ahead = _ahead(counts, i, level, units)
                served = sum(chance * min(agent.capacity, units - m) for m, chance in enumerate(ahead))
                row.append(Fraction(served * counts[i].denominator, scale))
        rows.append(tuple(row))
    return tuple(rows)


class _Counts:
    """How often, in units of one over a denominator, an agent's level exceeds another."""

    def __init__(self, agent: FiniteAgent, levels: Sequence[Fraction]) -> None:
        self.denominator = lcm(*(f.denominator for f in agent.chances))
        numerators = [int(f * self.denominator) for f in agent.chances]
        self.above = [self.denominator - total for total in accumulate(numerators, initial=0)]
        self.levels, self.capacity = levels, agent.capacity

    def exceeds(self, level: Fraction, also_equal: bool) -> int:
        """Occurrences of a level above this one, or at it too."""
        return self.above[(bisect_left if also_equal else bisect_right)(self.levels, level)]


def _ahead(counts: Sequence[_Counts], i: int, level: Fraction, units: int) -> list[int]:
    """Weight of each number, below `units`, of tasks that agents before this one in the ranking can take."""
    weights = [1]
    for j, count in enumerate(counts):
        if j == i:
            continue
        over = count.exceeds(level, j < i)
        under = count.denominator - over
        grown = [under * weight for weight in weights]
        if over:
            grown += [0] * min(count.capacity, units - len(weights))
            for m, weight in enumerate(weights[: max(units - count.capacity, 0)]):
                grown[m + count.capacity] += over * weight
        weights = grown
    return weights


@dataclass(frozen=True, slots=True)
class RankByLevel:
    """The optimum as a plain function of the reports, in the market's own orientation.

    A report between types counts as the next worse type, and so do types in an ironed interval among themselves; one worse than
    all types is never awarded. A winner of several tasks pays for each the threshold type at which it would still win it.
    """

    agents: tuple[FiniteAgent, ...]
    levels: tuple[tuple[Fraction, ...], ...]
    units: int
    outside: Fraction | None
    sign: int

    def __call__(self, reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        places = [self._place(i, -self.sign * report) for i, report in enumerate(reports)]
        awarded = self._served(places)
        payments = []
        for i, won in enumerate(awarded):
            total, before = Fraction(0), 0
            for k in range(places[i] + 1 if won else 0):
                reached = self._served([*places[:i], k, *places[i + 1 :]])[i]
                total += (reached - before) * self.agents[i].types[k]
                before = reached
            payments.append(-self.sign * total)
        return [Fraction(won) for won in awarded], payments

    def _place(self, i: int, value: Any) -> int:
        place = -1
        for k, own in enumerate(self.agents[i].types):
            if value >= own:
                place = k
        return place

    def _served(self, places: Sequence[int]) -> list[int]:
        def eligible(i: int) -> bool:
            return places[i] >= 0 and (self.outside is None or self.levels[i][places[i]] >= self.outside)

        order = sorted((i for i in range(len(places)) if eligible(i)), key=lambda i: -self.levels[i][places[i]])
        left, awarded = self.units, [0] * len(places)
        for i in order:
            awarded[i] = min(self.agents[i].capacity, left)
            left -= awarded[i]
        return awarded
