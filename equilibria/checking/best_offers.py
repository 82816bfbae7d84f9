r"""The best offers of a buyer who faces one prover, enclosed by global search over the support.

A buyer of value $w$ who offers the price $x$ gains $V(w,x)=(w-x)F(x)$, and $\partial V/\partial x=f\,(w-\psi)$ with the virtual
cost $\psi=x+F/f$. The support is cut into cells on which $\psi$ provably rises, provably falls, or is only bounded: no best
offer lies inside a cell with $\psi<w$, with $\psi>w$, or with falling $\psi$, and the few cells that may hold one are compared
by $V$.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.joint_integrals import cumulative
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import cell_ball

COARSE, FINE = 2.0**-14, 2.0**-44
"""Cells are not halved below these fractions: of the distance to the ends of the piece, and of the support."""

Span = tuple[float, float]
"""An interval of costs."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the support between knots; `below` and `above` bound the virtual cost on it."""

    left: float
    right: float
    below: float
    above: float
    trend: int

    @property
    def inside(self) -> float:
        """A double within the cell."""
        return self.left + 0.5 * (self.right - self.left)


class BestOffers:
    """Cells of one prior's support, and the best offers in them."""

    def __init__(self, prior: Prior) -> None:
        self.prior = prior
        self.extent = prior.high - prior.low
        self._last = prior.low
        self.cells = [cell for u, v in pairwise(prior.knots) for cell in self._split(u, v)]

    def virtual(self, x: float, inside: float) -> arb:
        """The virtual cost at `x`, with the density of the piece that holds `inside`."""
        try:
            return x + cumulative(self.prior, x) / self.prior.density(arb_series([arb(x)], 1), inside)[0]
        except (ValueError, ZeroDivisionError):
            return arb("nan")

    def _split(self, low: float, high: float) -> list[Cell]:
        """Cells of one piece, from left to right."""
        cells: list[Cell] = []
        stack = [(low, high)]
        while stack:
            left, right = stack.pop()
            cell = self._classify(left, right)
            centre = left + 0.5 * (right - left)
            inner = min(left - low, high - right)
            least = COARSE * inner if inner > 0 else FINE * self.extent
            if cell.trend or right - left <= least or not left < centre < right:
                cells.append(cell)
            else:
                stack += [(centre, right), (left, centre)]
        return cells

    def _classify(self, left: float, right: float) -> Cell:
        inside = left + 0.5 * (right - left)
        ball = cell_ball(left, right)
        mass = hull(cumulative(self.prior, left), cumulative(self.prior, right))
        try:
            density = self.prior.density(arb_series([ball, 1], 2), inside)
        except (ValueError, ZeroDivisionError):
            return Cell(left, right, left, math.inf, 0)
        slope = 2 - mass * density[1] / density[0] ** 2
        if density[0] > 0 and slope.is_finite():
            trend = 1 if slope > 0 else -1 if slope < 0 else 0
            ends = self.virtual(left, inside), self.virtual(right, inside)
            if trend and all(end.is_finite() for end in ends):
                first, last = ends[:: 1 if trend > 0 else -1]
                return Cell(left, right, _down(first), _up(last), trend)
            whole = ball + mass / density[0]
            return Cell(left, right, max(left, _down(whole)), _up(whole), 0)
        return Cell(left, right, left, math.inf, 0)

    def offers(self, low: float, high: float) -> list[Span]:
        """Spans that together hold every best offer at every level between `low` and `high`."""
        held: list[Span] = []
        open_right = True
        for cell in self.cells:
            open_left = cell.below > high or (cell.trend < 0 and cell.above >= low)
            if open_right and open_left:
                held.append((cell.left, cell.left))
            open_right = cell.above < low or (cell.trend < 0 and cell.below <= high)
            if not (open_left or open_right):
                rising = cell.trend > 0
                held.append(
                    (self.root(cell, low)[0], self.root(cell, high)[1]) if rising else (cell.left, cell.right)
                )
        if open_right:
            held.append((self.prior.high, self.prior.high))
        values = [[self._gain(w, p) for w in (low, high)] for span in held for p in span]
        kept = []
        for span in held:
            most = [self._most(w, *span) for w in (low, high)]
            if not any(value[0] > most[0] and value[1] > most[1] for value in values):
                kept.append(span)
        return kept

    def _gain(self, level: float, offer: float) -> arb:
        return (arb(level) - offer) * cumulative(self.prior, offer)

    def _most(self, level: float, low: float, high: float) -> arb:
        """A bound of the gain of every offer in a span within one cell."""
        if low == high:
            return self._gain(level, low)
        plain = (arb(level) - low) * cumulative(self.prior, high)
        inside = low + 0.5 * (high - low)
        if not low < inside < high:
            return plain
        mass = hull(cumulative(self.prior, low), cumulative(self.prior, high))
        ball = cell_ball(low, high)
        try:
            slope = self.prior.density(arb_series([ball], 1), inside)[0] * (level - ball) - mass
        except (ValueError, ZeroDivisionError):
            return plain
        if not slope.is_finite():
            return plain
        return plain.min(self._gain(level, inside) + slope.abs_upper() * (arb(high) - low))

    def root(self, cell: Cell, level: float) -> Span:
        """Doubles around the cost in a rising cell at which the virtual cost is `level`; the nearer end if there is none."""
        low, high, inside = cell.left, cell.right, cell.inside
        if level <= cell.below:
            return low, low
        if level >= cell.above:
            return high, high
        x = self._last
        if not low < x < high:
            x = low + (high - low) * ((level - cell.below) / (cell.above - cell.below) if cell.above < math.inf else 0.5)
        for _ in range(100):
            if not low < x < high:
                x = low + 0.5 * (high - low)
            excess, slope = self._excess(x, level, inside)
            if excess > 0:
                high = x
            else:
                low = x
            step = float((excess / slope).mid()) if slope > 0 else math.nan
            moved = x
            x = x - step if low <= x - step <= high else low + 0.5 * (high - low)
            if abs(x - moved) <= 1e-15 * (abs(x) + self.extent):
                break
        self._last = x
        margin = 2e-16 * (abs(x) + self.extent)
        while True:
            left, right = max(x - margin, cell.left), min(x + margin, cell.right)
            if (left == cell.left or self._excess(left, level, inside)[0] < 0) and (
                right == cell.right or self._excess(right, level, inside)[0] > 0
            ):
                return left, right
            margin *= 8

    def _excess(self, x: float, level: float, inside: float) -> tuple[arb, arb]:
        """The slope of an offer's loss, `F + (x - w) f`, which has the sign of `psi - w`; and its own slope."""
        density = self.prior.density(arb_series([arb(x), 1], 2), inside)
        ahead = arb(x) - level
        return cumulative(self.prior, x) + ahead * density[0], 2 * density[0] + ahead * density[1]


def _down(x: arb) -> float:
    """A double below every point of a ball."""
    return math.nextafter(float(x.lower()), -math.inf) if x.is_finite() else -math.inf


def _up(x: arb) -> float:
    """A double above every point of a ball."""
    return math.nextafter(float(x.upper()), math.inf) if x.is_finite() else math.inf
