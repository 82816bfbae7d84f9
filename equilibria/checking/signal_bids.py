"""Bids as functions of a signal: what a certificate states, and truth."""

from __future__ import annotations

from itertools import pairwise
from math import inf, nextafter

from flint import arb, arb_series

from equilibria.checking.document import Rejected, field, mapping, numbers, only
from equilibria.checking.one_factor import OneFactor

FEW_CELLS = 2
"""Cells between turns to begin with, where no strategy gives any."""


class StatedBids:
    """The stated strategy: on each cell a chord plus $(1-t^2)$ times a Chebyshev series, or the signal itself."""

    def __init__(self, node: object, game: OneFactor) -> None:
        table = mapping(node, "equilibrium")
        only(table, ("knots", "bids", "bubbles"), "equilibrium")
        self.knots = numbers(field(table, "knots", "equilibrium"), "equilibrium.knots")
        self.bids = numbers(field(table, "bids", "equilibrium"), "equilibrium.bids", len(self.knots))
        bubbles = field(table, "bubbles", "equilibrium")
        if not isinstance(bubbles, list) or len(bubbles) != len(self.knots) - 1 or not bubbles:
            raise Rejected("equilibrium.bubbles must hold one list for each pair of neighbouring knots")
        self.bubbles = [numbers(b, f"equilibrium.bubbles[{k}]") for k, b in enumerate(bubbles)]
        if not all(u < v for u, v in pairwise(self.knots)):
            raise Rejected("equilibrium.knots must increase strictly")
        if not (self.knots[0] <= game.low and game.high <= self.knots[-1]):
            raise Rejected("equilibrium.knots must reach from the lowest signal to the highest")
        self.extent = self.bids[-1] - self.bids[0]

    def series(self, cell: int, x: arb_series) -> arb_series:
        """The bid around a ball of signals on a cell."""
        left, right = arb(self.knots[cell]), arb(self.knots[cell + 1])
        t = (2 * x - (left + right)) / (right - left)
        first, second = arb_series([0]), arb_series([0])
        for c in reversed(self.bubbles[cell][1:]):
            first, second = 2 * t * first - second + arb(c), first
        start = self.bubbles[cell][0] if self.bubbles[cell] else 0.0
        bubble = t * first - second + arb(start)
        low, high = arb(self.bids[cell]), arb(self.bids[cell + 1])
        return (low + high) / 2 + t * ((high - low) / 2) + (1 - t * t) * bubble


class Truth:
    """Truth, on cells between the turns."""

    def __init__(self, game: OneFactor) -> None:
        self.knots = _between([_below(game.low), *(float(turn.mid()) for turn in game.turns), -_below(-game.high)])
        self.extent = self.knots[-1] - self.knots[0]

    def series(self, cell: int, x: arb_series) -> arb_series:
        """The signal itself."""
        return x


def _below(x: arb) -> float:
    """A double at most `x`."""
    return float(x.mid()) if arb(float(x.mid())) <= x else nextafter(float(x.mid()), -inf)


def _between(knots: list[float]) -> list[float]:
    points = sorted(set(knots))
    grid = [u + (v - u) * k / FEW_CELLS for u, v in pairwise(points) for k in range(FEW_CELLS)]
    return sorted({*grid, points[-1]})
