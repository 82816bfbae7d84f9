"""Rows of Border's condition: the first ones, those that a point violates, and the worst one exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.finite_types import Goal, Scaled, award_gain, goal_scale
from equilibria.programs.weak_duality import RationalVector

Cut = tuple[int, ...]
"""For each agent the index of the lowest type in the set, or the number of its types where it has none in it."""

_ALL = 3_000_000
"""Up to so many choices of thresholds are evaluated together."""

_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Supply:
    """How many units there are, and how many each agent may get, at most all of them."""

    units: int
    capacities: tuple[int, ...]


def level_sets(scaled: Scaled, goal: Goal, *, award_price: float = 0.0, money_price: float = 0.0) -> list[Cut]:
    """The chain of sets along the ironed virtual values, one more type in each.

    Args:
        scaled: the types.
        goal: what is maximised.
        award_price: of a limit on awards, in the objective of the program: it is worth that much less to award a unit.
        money_price: of a limit on money, likewise.
    """
    scale = goal_scale(goal)
    money = float(goal.money * scale) - money_price
    ranked = []
    for i, (values, weights) in enumerate(zip(scaled.values, scaled.weights, strict=True)):
        above, virtual = 0, [0.0] * len(values)
        for k in range(len(values) - 1, -1, -1):
            gap = values[k + 1] - values[k] if above else 0
            gain = float(award_gain(goal, scaled.unit, scale, values[k])) - award_price - money_price * values[k]
            virtual[k] = gain - money * gap * above / weights[k]
            above += weights[k]
        ranked += [(-height, i, -k) for k, height in enumerate(_ironed(virtual, weights))]
    # prices are rounded, so values that tie do not quite: the order of the agents is to decide then
    finest = 1e-9 * max(abs(height) for height, _, _ in ranked) or 1.0
    ranked = [(round(height / finest) * finest, i, k) for height, i, k in ranked]
    cut = [len(values) for values in scaled.values]
    chain = []
    for _, i, k in sorted(ranked):
        cut[i] = -k
        chain.append(tuple(cut))
    return chain


def _ironed(heights: Sequence[float], weights: Sequence[int]) -> list[float]:
    """The increasing values nearest to these: neighbours in the wrong order are pooled at their mean."""
    pools: list[tuple[float, float, int]] = []
    for height, weight in zip(heights, weights, strict=True):
        mean, mass, length = height, float(weight), 1
        while pools and pools[-1][0] >= mean:
            before, more, longer = pools.pop()
            mean = (mean * mass + before * more) / (mass + more)
            mass, length = mass + more, length + longer
        pools.append((mean, mass, length))
    return [mean for mean, _, length in pools for _ in range(length)]


def violated_cuts(scaled: Scaled, x: NDArray[np.float64], known: set[Cut], supply: Supply) -> list[Cut]:
    """For each threshold of each agent the row that a point violates most, if it does."""
    shares, belows, start = [], [], 0
    for weights, total in zip(scaled.weights, scaled.totals, strict=True):
        count = len(weights)
        shares.append(np.append(x[start : start + count], 0.0) / total)
        belows.append(np.concatenate([[0.0], np.cumsum(np.array(weights, dtype=np.float64))]) / total)
        start += count
    choices = math.prod(share.size for share in shares) * (supply.units + 1)
    found = (_everywhere if choices <= _ALL else _climbing)(shares, belows, supply)
    return sorted(found - known)


def _everywhere(shares: list[NDArray[np.float64]], belows: list[NDArray[np.float64]], supply: Supply) -> set[Cut]:
    axes = np.arange(len(shares))
    sizes = tuple(share.size for share in shares)
    total, odds = np.zeros(sizes), [np.ones(sizes)] + [np.zeros(sizes) for _ in range(supply.units)]
    for i, (share, below) in enumerate(zip(shares, belows, strict=True)):
        shape = tuple(np.where(axes == i, -1, 1))
        total += share.reshape(shape)
        odds = _joined(odds, below.reshape(shape), supply.capacities[i])
    total -= sum(taken * chance for taken, chance in enumerate(odds))
    found = set()
    for i in range(len(shares)):
        moved = np.moveaxis(total, i, 0).reshape(sizes[i], -1)
        best = moved.argmax(axis=1)
        rest = sizes[:i] + sizes[i + 1 :]
        for t in np.flatnonzero(moved[np.arange(sizes[i]), best] > _NOISE).tolist():
            others = [int(index) for index in np.unravel_index(int(best[t]), rest)]
            found.add((*others[:i], t, *others[i:]))
    return found


def _climbing(shares: list[NDArray[np.float64]], belows: list[NDArray[np.float64]], supply: Supply) -> set[Cut]:
    """From the sets that hold the same upper part of every agent's types, improve one threshold after the other."""
    parts = np.linspace(0.0, 1.0, 201)
    cuts = np.stack([np.rint(parts * (share.size - 1)).astype(np.int64) for share in shares], axis=1)

    def odds_without(agent: int | None) -> list[NDArray[np.float64]]:
        odds = [np.ones(len(cuts))] + [np.zeros(len(cuts)) for _ in range(supply.units)]
        for j, below in enumerate(belows):
            if j != agent:
                odds = _joined(odds, below[cuts[:, j]], supply.capacities[j])
        return odds

    for _ in range(20):
        before = cuts.copy()
        for i, capacity in enumerate(supply.capacities):
            left = (min(capacity, supply.units - taken) * chance for taken, chance in enumerate(odds_without(i)))
            slope = np.sum(list(left), axis=0)
            cuts[:, i] = (shares[i][None, :] + slope[:, None] * belows[i][None, :]).argmax(axis=1)
        if (cuts == before).all():
            break
    total = np.sum([share[cuts[:, i]] for i, share in enumerate(shares)], axis=0)
    total -= sum(taken * chance for taken, chance in enumerate(odds_without(None)))
    return {tuple(int(t) for t in cut) for cut in cuts[total > _NOISE]}


def _joined(odds: Sequence[Any], below: Any, capacity: int, above: Any = None) -> list[Any]:
    """Odds of how many units are taken, with one more agent that is below its threshold with the chance given."""
    over = 1 - below if above is None else above
    joined = [chance * below for chance in odds]
    for taken, chance in enumerate(odds):
        at = min(taken + capacity, len(odds) - 1)
        joined[at] = joined[at] + chance * over
    return joined


def served(scaled: Scaled, cut: Cut, supply: Supply) -> int:
    """Units taken in expectation by the agents above their thresholds, times the product of all totals."""
    odds = [1] + [0] * supply.units
    for weights, total, t, capacity in zip(scaled.weights, scaled.totals, cut, supply.capacities, strict=True):
        below = sum(weights[:t])
        odds = _joined(odds, below, capacity, total - below)
    return sum(taken * chance for taken, chance in enumerate(odds))


def worst_cut(scaled: Scaled, point: RationalVector, supply: Supply) -> Cut | None:
    """The row that a point violates most, in exact arithmetic; `None` where it violates none."""
    return _worst_of_one(scaled, point) if supply.units == 1 else _worst_of_many(scaled, point, supply)


def _worst_of_many(scaled: Scaled, point: RationalVector, supply: Supply) -> Cut | None:
    """Go through the choices of all agents but the last; for each, the violation is affine in the last one's chance below."""
    every, one = math.prod(scaled.totals), point.denominator
    steps, start = [], 0
    for weights, total in zip(scaled.weights, scaled.totals, strict=True):
        share = [int(q) * (every // total) for q in point.numerators[start : start + len(weights)]] + [0]
        steps.append(list(zip(share, accumulate(weights, initial=0), strict=True)))
        start += len(weights)
    best: tuple[int, Cut] = (0, ())
    states: list[tuple[int, list[int], Cut]] = [(0, [1] + [0] * supply.units, ())]
    while states:
        s, odds, cut = states.pop()
        i = len(cut)
        total, capacity = scaled.totals[i], supply.capacities[i]
        if i + 1 < len(steps):
            states += [
                (s + share, _joined(odds, below, capacity, total - below), (*cut, t)) for t, (share, below) in enumerate(steps[i])
            ]
            continue
        least = sum(taken * chance for taken, chance in enumerate(odds))
        more = sum(min(capacity, supply.units - taken) * chance for taken, chance in enumerate(odds))
        gains = [share + one * more * below for share, below in steps[i]]
        t = max(range(len(gains)), key=gains.__getitem__)
        excess = s + gains[t] - one * (least + more) * total
        if excess > best[0]:
            best = (excess, (*cut, t))
    return best[1] or None


def _worst_of_one(scaled: Scaled, point: RationalVector) -> Cut | None:
    """Agent by agent, only the hull of what a choice adds to the left side and of its chance below."""
    every = math.prod(scaled.totals)
    states: list[tuple[int, int, Cut]] = [(0, 1, ())]
    start, last = 0, len(scaled.weights) - 1
    for i, (weights, total) in enumerate(zip(scaled.weights, scaled.totals, strict=True)):
        count, below = len(weights), 0
        steps = []
        for t in range(count + 1):
            share = int(point.numerators[start + t]) * (every // total) if t < count else 0
            steps.append((share, below))
            below += weights[t] if t < count else 0
        start += count
        merged = [(s + share, c * under, (*cut, t)) for s, c, cut in states for t, (share, under) in enumerate(steps)]
        states = merged if i == last else _hull(merged)
    share, product, cut = max(states, key=lambda state: state[0] + state[1] * point.denominator)
    return cut if share + product * point.denominator > every * point.denominator else None


def _hull(states: list[tuple[int, int, Cut]]) -> list[tuple[int, int, Cut]]:
    """The states that are best for some non-negative weights of the two coordinates."""
    kept: list[tuple[int, int, Cut]] = []
    for state in sorted(states, key=lambda state: (-state[0], -state[1])):
        if kept and state[1] <= kept[-1][1]:
            continue
        while len(kept) > 1 and _dips(kept[-2], kept[-1], state):
            kept.pop()
        kept.append(state)
    return kept


def _dips(a: tuple[int, int, Cut], b: tuple[int, int, Cut], c: tuple[int, int, Cut]) -> bool:
    """Whether `b` lies on or below the line from `a` to `c`."""
    return (b[0] - c[0]) * (c[1] - a[1]) <= (a[0] - c[0]) * (c[1] - b[1])
