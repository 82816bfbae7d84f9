"""The most that a utility rises beyond the ends of a curve of efforts, where it need not be concave."""

from __future__ import annotations

from typing import Protocol

from flint import arb

from equilibria.checking.document import Rejected

CELLS = 4000
"""Cells after which a search is given up."""

STRETCHES = 80
"""Stretches on which a reward is tried for concavity."""

LEAST = 1e-3
"""The least stretch, as a share of the effort."""

CLOSE = 1e-12
"""A cell is not halved once its bound is below this share of the prize."""

LOOSE = 1.01
"""A bound that is this much above a gain that was found is not refined."""


class Payoff(Protocol):
    """A contestant's expected reward as a function of its effort."""

    prize: arb
    rebate: arb

    def chance(self, effort: arb) -> arb: ...

    def steepness(self, low: arb, high: arb) -> arb: ...

    def curvature_at(self, effort: arb) -> arb: ...


def rise_above(payoff: Payoff, cost: arb, effort: arb, slope: arb) -> arb:
    """The most that the utility of a cost rises above `effort`, whose marginal utility is `slope`.

    Above `V / (cost - rebate)` it is negative, so it rises there at most by what is lacking to 0 at `effort`.
    """
    end = (payoff.prize / (cost - payoff.rebate)).max(2 * effort)
    far = _concave(payoff, effort, end)
    base = _utility(payoff, cost, effort)
    near = (slope.max(arb(0)) * (far - effort)).max((-base).max(arb(0)))
    return near.max(_search(payoff, cost, base, far, end))


def rise_below(payoff: Payoff, cost: arb, effort: arb, slope: arb) -> arb:
    """The most that the utility of a cost rises below `effort`, staying out included."""
    far = _concave(payoff, effort, effort / 16)
    base = _utility(payoff, cost, effort)
    near = ((-slope).max(arb(0)) * (effort - far)).max((-base).max(arb(0)))
    return near.max(_search(payoff, cost, base, arb(0), far))


def _concave(payoff: Payoff, effort: arb, end: arb) -> arb:
    """How far towards `end` the reward is proved concave from `effort` on, stretch by stretch."""
    reached, stretch = effort, (end - effort) / 4
    for _ in range(STRETCHES):
        ahead = arb((reached + stretch).mid())
        if bool(end < effort) != bool(ahead > end):
            ahead = end
        if payoff.curvature_at(reached.union(ahead)) <= 0:
            reached, stretch = ahead, 2 * stretch
            if reached is end:
                break
        elif abs(stretch) < LEAST * effort:
            break
        else:
            stretch = stretch / 2
    return reached


def rise_from_nothing(payoff: Payoff, cost: arb) -> arb:
    """The most that the utility of a cost rises above 0."""
    return _search(payoff, cost, arb(0), arb(0), payoff.prize / (cost - payoff.rebate))


def _utility(payoff: Payoff, cost: arb, effort: arb) -> arb:
    chance = payoff.chance(effort)
    return payoff.prize * chance + payoff.rebate * effort * (1 - chance) - cost * effort


def _search(payoff: Payoff, cost: arb, base: arb, start: arb, end: arb) -> arb:
    """An upper bound of the utility less `base` between two efforts, by halving: rewards rise in the effort."""
    start, end = arb(start.lower()), arb(end.upper())
    best, least = arb(0), CLOSE * payoff.prize
    stack = [(start, end, payoff.chance(start), payoff.chance(end))]
    for _ in range(CELLS):
        if not stack:
            return best
        low, high, worse, better = stack.pop()
        top = payoff.prize * better + payoff.rebate * high * (1 - worse) - cost * low - base
        if not top <= least:
            margin = payoff.prize * payoff.steepness(low, high) - (cost - payoff.rebate)
            if margin.is_finite():
                top = top.min(high * margin.max(arb(0)) - base)
        if top <= least or top <= best * LOOSE:
            best = best.max(top)
            continue
        middle = arb(((low + high) / 2).mid())
        inside = payoff.chance(middle)
        best = best.max(_utility(payoff, cost, middle) - base)
        if high - low <= 1e-9 * end:
            best = best.max(top)
            continue
        stack += [(low, middle, worse, inside), (middle, high, inside, better)]
    raise Rejected(f"efforts away from the curve were not bounded within {CELLS} cells: the exponent may be too large")
