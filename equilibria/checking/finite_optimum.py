r"""Myerson's optimum on finitely many types: the stated levels prove it, in rational arithmetic only.

In the orientation of a sale let agent $i$ have values $v_1<\dots<v_K$ with probabilities $f_k$, and let the file state levels
$\bar w_{ik}$. Let $w_{ik}=Wv_k-R\,(v_{k+1}-v_k)(1-F_k)/f_k$ be what the objective makes of a task awarded to the type.

**Upper bound.** In a truthful mechanism in which nobody loses by taking part, interim awards $X_i$ never fall, and the objective
is at most $E[\sum_i(w_i-O)x_i]$. If $\sum_{k\ge j}f_k(w_k-\bar w_k)\le0$ for every $j$, then
$\sum f_kw_kX_k\le\sum f_k\bar w_kX_k$ for every $X$ that never falls and is not negative (Abel), so nothing beats serving the
highest $\bar w$ first in every profile.

**It is reached.** If $\bar w$ never falls with the type, serving the highest $\bar w$ first (equal ones in the market's
order), each unit paid for at the lowest type that would win it, is truthful in dominant strategies. Its expected payments are
summed here from its own awards, without virtual values. The file is right if the two numbers are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm

from equilibria.checking.document import Rejected, field, mapping, only
from equilibria.checking.finite_agents import Agent, Terms, rationals, read_side, read_terms

Levels = list[list[Fraction]]


def finite_optimum(tree: Mapping[str, object]) -> tuple[Fraction, str]:
    """The value that the stated mechanism has, which is the optimum.

    Raises:
        Rejected: the levels prove no bound, or the mechanism does not reach it.
    """
    sign, tasks, value, named = read_side(tree)
    terms = read_terms(field(tree, "objective", "certificate"), sign, value)
    agents = list(named.values())
    if terms.outside is None and sum(agent.capacity for agent in agents) < tasks:
        raise Rejected("the agents together cannot take all tasks")
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("levels",), "mechanism")
    stated = mapping(field(mechanism, "levels", "mechanism"), "mechanism.levels")
    only(stated, named, "mechanism.levels")
    levels: Levels = []
    for label, agent in named.items():
        own = rationals(field(stated, label, "mechanism.levels"), f"mechanism.levels.{label}")
        if sign > 0:
            own = [-level for level in reversed(own)]
        confirm_levels(agent, own, terms, label)
        levels.append(own)
    bound = _best(agents, levels, tasks, terms.outside)
    reached = _reached(agents, levels, tasks, terms)
    if bound != reached:
        raise Rejected(f"the mechanism reaches {float(reached)!r}, but the levels only prove {float(bound)!r}")
    return terms.sign * bound, f"no truthful mechanism has a better {_name(tree)} than exactly {terms.sign * bound}"


def confirm_levels(agent: Agent, levels: Sequence[Fraction], terms: Terms, label: str) -> None:
    """Whether levels never fall, and bound the objective for every award that never falls."""
    if len(levels) != len(agent.types):
        raise Rejected(f"mechanism.levels.{label} must have one entry for each type")
    if any(before > after for before, after in pairwise(levels)):
        raise Rejected(f"mechanism.levels.{label} must not get worse with better types")
    above = tail = Fraction(0)
    for k in range(len(levels) - 1, -1, -1):
        chance = agent.chances[k]
        rent = (agent.types[k + 1] - agent.types[k]) * above if above else Fraction(0)
        tail += chance * (terms.types * agent.types[k] - levels[k]) - terms.rents * rent
        above += chance
        if tail > 0:
            raise Rejected(f"mechanism.levels.{label}: entry {k} proves no bound")


def _name(tree: Mapping[str, object]) -> str:
    objective = tree["objective"]
    return objective if isinstance(objective, str) else "weighted objective"


def _counts(agent: Agent) -> tuple[int, list[int]]:
    """The probabilities as whole numbers over one denominator."""
    whole = lcm(*(chance.denominator for chance in agent.chances))
    return whole, [int(chance * whole) for chance in agent.chances]


def _best(agents: Sequence[Agent], levels: Levels, tasks: int, outside: Fraction | None) -> Fraction:
    """The expected sum of (level - outside) over tasks when the highest are served first, by integration over levels.

    It is the integral of the expected number of tasks, at most `tasks`, that agents at a level or above can take.
    """
    places = sorted({level for own in levels for level in own if outside is None or level > outside})
    if not places:
        return Fraction(0)
    start = places[0] if outside is None else outside
    total = tasks * start if outside is None else Fraction(0)
    scaled = [_counts(agent) for agent in agents]
    above = [whole for whole, _ in scaled]  # occurrences at the current level or higher
    next_type = [0] * len(agents)
    scale = 1
    for whole, _ in scaled:
        scale *= whole
    for before, level in pairwise([start, *places]):
        for i, (_, counts) in enumerate(scaled):
            while next_type[i] < len(counts) and levels[i][next_type[i]] < level:
                above[i] -= counts[next_type[i]]
                next_type[i] += 1
        if level > before:
            total += (level - before) * Fraction(_served(agents, scaled, above, tasks), scale)
    return total


def _served(agents: Sequence[Agent], scaled: Sequence[tuple[int, list[int]]], above: Sequence[int], tasks: int) -> int:
    """Weight of the tasks, at most `tasks`, that agents can take which are counted in `above`."""
    weights = [1] + [0] * tasks
    for agent, (whole, _), over in zip(agents, scaled, above, strict=True):
        grown = [(whole - over) * weight for weight in weights]
        for m, weight in enumerate(weights):
            grown[min(m + agent.capacity, tasks)] += over * weight
        weights = grown
    return sum(m * weight for m, weight in enumerate(weights))


def _reached(agents: Sequence[Agent], levels: Levels, tasks: int, terms: Terms) -> Fraction:
    """The objective of the mechanism, from its awards and threshold payments."""
    scaled = [_counts(agent) for agent in agents]
    total = Fraction(0)
    for i, agent in enumerate(agents):
        before, tail = Fraction(0), Fraction(1)
        rivals = [_ranked(scaled[j], levels[j], levels[i], j < i) if j != i else [] for j in range(len(agents))]
        for k, level in enumerate(levels[i]):
            chance = agent.chances[k]
            if terms.outside is None or level >= terms.outside:
                same = k > 0 and level == levels[i][k - 1]
                won = before if same else _won(agents, scaled, [row[k] if row else 0 for row in rivals], i, tasks)
                total += chance * won * ((terms.types - terms.rents) * agent.types[k] - (terms.outside or 0))
                total += terms.rents * (won - before) * agent.types[k] * tail
                before = won
            tail -= chance
    return total


def _ranked(scaled: tuple[int, list[int]], levels: list[Fraction], places: list[Fraction], first: bool) -> list[int]:
    """Occurrences of a rival's levels that are served before each of the given places, which rise."""
    whole, counts = scaled
    row, k = [], 0
    for place in places:
        while k < len(levels) and (levels[k] < place or (levels[k] == place and not first)):
            whole -= counts[k]
            k += 1
        row.append(whole)
    return row


def _won(
    agents: Sequence[Agent], scaled: Sequence[tuple[int, list[int]]], ahead: Sequence[int], i: int, tasks: int
) -> Fraction:
    """Expected tasks of agent `i` when rivals stand ahead of it with the given weights."""
    weights, scale = {0: 1}, 1
    for j, agent in enumerate(agents):
        if j == i:
            continue
        whole = scaled[j][0]
        scale *= whole
        grown: dict[int, int] = {}
        for m, weight in weights.items():
            for more, share in ((0, whole - ahead[j]), (agent.capacity, ahead[j])):
                if m + more < tasks and share:
                    grown[m + more] = grown.get(m + more, 0) + weight * share
        weights = grown
    return Fraction(sum(weight * min(agents[i].capacity, tasks - m) for m, weight in weights.items()), scale)
