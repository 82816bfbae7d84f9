r"""Myerson's optimum for piecewise-linear cdfs, in exact rationals: polynomials between the levels at which something changes.

In the orientation of a sale, on a part of density $d$ that begins at $(x_0,p_0)$ the level is
$w(x)=Wx-R\,(1-F(x))/d=(W+R)x-R\big((1-p_0)/d+x_0\big)$, so the probability of a level of at least $s$ is linear in $s$ between
ends of parts, and the value

$$ \int_O^\infty E\min\big(k,\#\{i:\bar w_i\ge s\}\big)\,ds $$

is an integral of polynomials (where all tasks are always awarded, $k\,L$ and the integral from the lowest level $L$). Between
parts whose levels fall, ironing needs a rational level (`mechanisms.exact_ironing`); where it has none, there is no exact
value here. A gap of the law, in which the density is zero, is ironed unless nothing is awarded below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from equilibria.optima.objectives import Weights
from mechanisms import Market, Refused
from mechanisms.distributions import Distribution
from mechanisms.exact_ironing import ExactIroning
from mechanisms.linear_cdf import Corners, linear_cdf

Polynomial = list[Fraction]
Part = tuple[Fraction, Fraction, Fraction, Fraction]
"""Ends of values with one density, and the cdf there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Values with levels from `low` to `high`, uniform in between, and their mass; in an ironed interval the ends agree."""

    low: Fraction
    high: Fraction
    mass: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearAgent:
    """Levels of one agent, and its ironed intervals of values as `(from, to, level)`."""

    label: str
    capacity: int
    pieces: tuple[Piece, ...]
    ironed: tuple[tuple[Fraction, Fraction, Fraction], ...]
    sold_from: Fraction | None
    """Least value that is awarded at all; None if none is."""


def linear_agents(market: Market, weights: Weights, capacities: Mapping[str, int]) -> tuple[LinearAgent, ...] | None:
    """The agents of a market with piecewise-linear cdfs; None where a law is another, or ironed to an irrational level."""
    agents = []
    for label, prior in zip(market.labels, market.priors, strict=True):
        agent = _agent(label, prior if market.sign < 0 else prior.reflected(), weights, capacities.get(label, 1))
        if agent is None:
            return None
        agents.append(agent)
    return tuple(agents)


def has_gap(law: Distribution) -> bool:
    """Whether a piecewise-linear cdf has a level part between 0 and 1."""
    return any(0 < p == q < 1 for (_, p), (_, q) in pairwise(linear_cdf(law) or ()))


def _agent(label: str, law: Distribution, weights: Weights, capacity: int) -> LinearAgent | None:
    corners = linear_cdf(law)
    if corners is None:
        return None
    parts = [(x0, x1, p0, p1) for (x0, p0), (x1, p1) in pairwise(corners) if p0 < p1]

    def level(part: Part, x: Fraction) -> Fraction:
        x0, x1, p0, p1 = part
        return (weights.types + weights.rents) * x - weights.rents * ((1 - p0) * (x1 - x0) / (p1 - p0) + x0)

    def gap(left: Part, right: Part) -> bool:
        awarded = weights.outside is None or level(left, left[1]) > weights.outside
        return weights.rents > 0 and left[1] < right[0] and awarded

    falls = [
        left[1] for left, right in pairwise(parts) if level(left, left[1]) > level(right, right[0]) or gap(left, right)
    ]
    ironed: list[tuple[Fraction, Fraction, Fraction]] = []
    if falls:
        if weights.types != 1 or weights.rents != 1:
            return None
        found = _ironed(corners, falls)
        if found is None:
            return None
        ironed = found
    pieces, sold = [], []
    for part in parts:
        x0, x1, p0, p1 = part
        cuts = sorted({x0, x1, *(x for first, last, _ in ironed for x in (first, last) if x0 < x < x1)})
        for start, end in pairwise(cuts):
            mass = (p1 - p0) * (end - start) / (x1 - x0)
            flat = [w for first, last, w in ironed if first <= start and end <= last]
            piece = Piece(flat[0], flat[0], mass) if flat else Piece(level(part, start), level(part, end), mass)
            pieces.append(piece)
            if weights.outside is None or piece.low >= weights.outside:
                sold.append(start)
            elif piece.high > weights.outside:
                sold.append(start + (end - start) * (weights.outside - piece.low) / (piece.high - piece.low))
    return LinearAgent(
        label=label, capacity=capacity, pieces=tuple(pieces), ironed=tuple(ironed), sold_from=min(sold, default=None)
    )


def _ironed(corners: Corners, falls: Sequence[Fraction]) -> list[tuple[Fraction, Fraction, Fraction]] | None:
    """The ironed intervals around the given values; None where a level is irrational."""
    mirrored: Corners = tuple((-x, 1 - p) for x, p in reversed(corners))
    exact = ExactIroning(mirrored)
    intervals = set()
    for x in falls:
        try:
            level = exact(-x)
        except Refused:
            return None
        intervals.add((-exact.threshold(level, True), -exact.threshold(level, False), -level))
    return sorted(intervals)


def linear_value(agents: Sequence[LinearAgent], units: int, weights: Weights) -> Fraction:
    """The value of the objective."""
    ends = {end for agent in agents for piece in agent.pieces for end in (piece.low, piece.high)}
    start = min(ends) if weights.outside is None else weights.outside
    total = units * start if weights.outside is None else Fraction(0)
    for left, right in pairwise(sorted({start, *(end for end in ends if end > start)})):
        served = [[Fraction(1)]] + [[Fraction(0)] for _ in range(units)]  # polynomials in the share of the way to `right`
        for agent in agents:
            first, last = _at_least(agent, left, right)
            served = _with(served, agent.capacity, [first, last - first])
        expected = [Fraction(0)]
        for m, weight in enumerate(served):
            expected = _sum(expected, [m * c for c in weight])
        total += (right - left) * sum(c / (k + 1) for k, c in enumerate(expected))
    return weights.sign * total


def _at_least(agent: LinearAgent, left: Fraction, right: Fraction) -> tuple[Fraction, Fraction]:
    """Probabilities of a level of at least `s`, as s comes from inside to `left` and to `right`; linear in between."""
    first = last = Fraction(0)
    for piece in agent.pieces:
        if piece.low >= right:
            first, last = first + piece.mass, last + piece.mass
        elif piece.high > left:
            extent = piece.high - piece.low
            first += piece.mass * (piece.high - left) / extent
            last += piece.mass * (piece.high - right) / extent
    return first, last


def _with(served: list[Polynomial], capacity: int, chance: Polynomial) -> list[Polynomial]:
    """Weights of the tasks served after one more agent, which can take `capacity` with a chance that is a polynomial."""
    units = len(served) - 1
    stays = _sum([Fraction(1)], [-c for c in chance])
    grown = [_product(weight, stays) for weight in served]
    for m, weight in enumerate(served):
        at = min(m + capacity, units)
        grown[at] = _sum(grown[at], _product(weight, chance))
    return grown


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return [c + (shorter[k] if k < len(shorter) else 0) for k, c in enumerate(longer)]


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                out[i + j] += x * y
    return out
