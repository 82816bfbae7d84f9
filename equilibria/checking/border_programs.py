"""Auctions by interim allocations: the rows that the file names, and all of Border's condition for the point.

A choice of a threshold for each agent makes a row: the chance of awards to types above is at most the chance that there is such a
type. For a point, `s` and `c` are the left side and the chance of being below, over the agents so far; what the others add is
`s + c w` with `w` from 0 to 1, so only the upper right hull of all pairs can hold the worst choice.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from equilibria.checking.auction_programs import Types, positive, read_aim
from equilibria.checking.document import Rejected, field, only, string
from equilibria.checking.linear_programs import Bound, Program, Row, whole
from equilibria.checking.profile_programs import agents_of

Pair = tuple[int, int]

MOST_CHOICES = 50_000_000
MOST_PAIRS = 4_000_000
"""The first take minutes, the second a gigabyte."""


def asymmetric_border(tree: Mapping[str, object]) -> Program:
    """Columns: `Q[i, k]`, the chance times `total[i]` of a type at least `k` that wins; then utilities, times `unit`."""
    only(tree, ("kind", "agents", "units", "capacities", "goal", "limits", "cuts"), "program")
    agents, aim = agents_of(tree), read_aim(tree)
    units = positive(tree, "units") if "units" in tree else 1
    words = string(tree["capacities"], "capacities").split() if "capacities" in tree else ["1"] * len(agents)
    capacity = [min(units, whole(word, "program.capacities")) for word in words]
    if len(capacity) != len(agents) or min(capacity) < 1:
        raise Rejected("program.capacities must be one positive integer an agent")
    total, sizes = math.prod(agent.total for agent in agents), [len(agent.values) for agent in agents]
    if units > 1 and math.prod(size + 1 for size in sizes) * units > MOST_CHOICES:
        raise Rejected(f"program has more than the {MOST_CHOICES} choices of thresholds that the checker takes on")
    starts = [0, *itertools.accumulate(sizes)]
    count = starts.pop()
    objective, rents, upper, tops, taken, lost = [], list[int](), list[Bound](), list[Bound](), list[int](), list[int]()
    down, up, least = list[Row](), list[Row](), list[Row]()
    for agent, start, most in zip(agents, starts, capacity, strict=True):
        others, value, weight, last = total // agent.total, agent.values, agent.weights, len(agent.values) - 1
        gains = [aim.gain(agent, k) for k in range(last + 1)]
        objective += [others * (gains[k] - (gains[k - 1] if k else 0)) for k in range(last + 1)]
        taken += [others * (value[k] - (value[k - 1] if k else 0)) for k in range(last + 1)]
        rents += [-aim.money * others * w for w in weight]
        lost += [-others * w for w in weight]
        upper += [most * sum(weight[k:]) for k in range(last + 1)]
        if "share_at_most" in aim.limits:
            upper[start] = min(Fraction(upper[start] or 0), aim.limits["share_at_most"] * agent.total)
        tops += [(value[-1] - value[0]) * most if aim.money >= 0 else None] * (last + 1)

        def won(k: int, times: int, start: int = start, last: int = last) -> list[Pair]:
            return [(start + k, times), (start + k + 1, -times)] if k < last else [(start + k, times)]

        for k in range(last):
            step, low = value[k + 1] - value[k], count + start + k
            down.append(([(low + 1, weight[k]), (low, -weight[k]), *won(k, -step)], 0, None))
            up.append(([(low, weight[k + 1]), (low + 1, -weight[k + 1]), *won(k + 1, step)], 0, None))
        least.append((won(0, 1), 0, None))
    rows = down + up + least
    for cut in _cuts(tree, sizes):
        odds = [1] + [0] * units
        for agent, t, most in zip(agents, cut, capacity, strict=True):
            odds = _taken(odds, sum(agent.weights[:t]), sum(agent.weights[t:]), most)
        held = [
            (start + t, total // agent.total)
            for start, t, agent in zip(starts, cut, agents, strict=True)
            if t < len(agent.values)
        ]
        rows.append((held, None, sum(m * chance for m, chance in enumerate(odds))))
    if "award_at_least" in aim.limits:
        every = [(start, total // agent.total) for start, agent in zip(starts, agents, strict=True)]
        rows.append((every, aim.limits["award_at_least"] * total, None))
    if "money_at_least" in aim.limits:
        rows.append((list(enumerate(taken + lost)), aim.limits["money_at_least"] * total * agents[0].unit, None))

    def accepts(point: list[int], one: int) -> None:
        if worst(agents, point, one) > total * one if units == 1 else violated(agents, point, one, units, capacity):
            raise Rejected("the interim allocation violates Border's condition: no auction has it")

    denominator = agents[0].unit * total * aim.scale
    return Program(denominator, objective + rents, [0] * (2 * count), upper + tops, rows, accepts)


def _cuts(tree: Mapping[str, object], sizes: Sequence[int]) -> list[list[int]]:
    lines = field(tree, "cuts", "program")
    if not isinstance(lines, list):
        raise Rejected("program.cuts must be a list")
    cuts = [[whole(word, "program.cuts") for word in string(line, "program.cuts").split()] for line in lines]
    for cut in cuts:
        if len(cut) != len(sizes) or not all(0 <= t <= size for t, size in zip(cut, sizes, strict=True)):
            raise Rejected("a cut must be a threshold for each agent, from 0 to the number of its types")
    return cuts


def _taken(odds: Sequence[int], below: int, above: int, capacity: int) -> list[int]:
    """Odds of how many units are taken, with one more agent; the last entry is all of them."""
    joined = [chance * below for chance in odds]
    for taken, chance in enumerate(odds):
        joined[min(taken + capacity, len(odds) - 1)] += chance * above
    return joined


def violated(agents: Sequence[Types], point: Sequence[int], one: int, units: int, capacity: Sequence[int]) -> bool:
    """Whether some choice of thresholds exceeds the units taken in expectation, by going through all but the last agent's."""
    every, start = math.prod(agent.total for agent in agents), 0
    steps = list[list[Pair]]()
    for agent in agents:
        share = [q * (every // agent.total) for q in point[start : start + len(agent.values)]] + [0]
        steps.append(list(zip(share, itertools.accumulate(agent.weights, initial=0), strict=True)))
        start += len(agent.values)
    states = [(0, 0, [1] + [0] * units)]  # depth first: all choices at once would fill the memory
    while states:
        i, s, odds = states.pop()
        agent, most = agents[i], capacity[i]
        if i + 1 < len(agents):
            states += [(i + 1, s + q, _taken(odds, below, agent.total - below, most)) for q, below in steps[i]]
            continue
        least = sum([m * chance for m, chance in enumerate(odds)])
        more = sum([min(most, units - m) * chance for m, chance in enumerate(odds)])
        if s + max([q + one * more * below for q, below in steps[i]]) > one * (least + more) * agent.total:
            return True
    return False


def worst(agents: Sequence[Types], point: Sequence[int], one: int) -> int:
    """The largest `s + c` over all choices of thresholds, times `one` and all totals."""
    every = math.prod(agent.total for agent in agents)
    pairs, start = [(0, 1)], 0
    for agent in agents:
        below, choices = 0, list[Pair]()
        for k, weight in enumerate(agent.weights):
            choices.append((point[start + k] * (every // agent.total), below))
            below += weight
        choices.append((0, below))
        start += len(agent.values)
        if len(pairs) * len(choices) > MOST_PAIRS:
            raise Rejected(f"program has more than the {MOST_PAIRS} pairs of thresholds that the checker takes on")
        pairs = _hull([(s + share, c * under) for s, c in pairs for share, under in choices])
    return max(s + c * one for s, c in pairs)


def _hull(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs that maximise `s + c w` for some `w >= 0`, at least."""
    kept: list[Pair] = []
    for s, c in sorted(pairs, key=lambda pair: (-pair[0], -pair[1])):
        if kept and c <= kept[-1][1]:
            continue
        while len(kept) > 1 and (kept[-1][0] - s) * (c - kept[-2][1]) <= (kept[-2][0] - s) * (c - kept[-1][1]):
            kept.pop()
        kept.append((s, c))
    return kept
