"""A collocation that starts from the equilibrium of a neighbouring market."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from equilibria._bid_cells import Array, Cell
from equilibria._collocation_start import Guess
from equilibria.equilibrium import Equilibrium
from equilibria.inverse_curves import InverseCurve
from equilibria.strategies import Mirrored
from mechanisms import Distribution


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Strategies of the same provers in another market.

    Arguments:
        laws: costs there.
        curves: strategies there, of one highest bid.
    """

    laws: Sequence[Distribution]
    curves: Sequence[InverseCurve]

    @property
    def top(self) -> float:
        """The highest bid there."""
        return float(self.curves[0].bids[-1])

    @property
    def begin(self) -> float:
        """The lowest bid there, counted from the highest."""
        return min(float(curve.bids[0]) for curve in self.curves) - self.top

    def guess(self, laws: Sequence[Distribution], top: float) -> Guess:
        """Bids keep their place in the range, and hazards theirs in their range."""
        second = sorted(law.support[0] for law in laws)[1]
        begin = self.begin * (top - second) / (self.top - sorted(law.support[0] for law in self.laws)[1])

        def costs(bids: Array) -> Array:
            share = np.clip(bids / begin, 0.0, 1.0)
            found = []
            for law, old, curve in zip(laws, self.laws, self.curves, strict=True):
                known = curve.inverse(self.top + self.begin * share)
                last, goal = _hazard(old, self.top), _hazard(law, top)
                scale = goal / last if np.isfinite(goal) and np.isfinite(last) and last > 0.0 else 1.0
                with np.errstate(divide="ignore"):
                    spent = -scale * np.where(old.cdf(known) < 0.5, np.log1p(-old.cdf(known)), np.log(old.survival(known)))
                level, rest = -np.expm1(-spent), np.exp(-spent)  # each accurate where it is small
                cost = np.where(level < 0.5, law.quantile(level), law.upper_quantile(rest))
                found.append(np.minimum(cost - top, bids + 1e-3 * bids * (share < 1.0)))
            return np.stack(found, axis=-1)

        late = {i: float(c.bids[0]) - self.top for i, c in enumerate(self.curves) if c.bids[0] - self.top > self.begin}
        return Guess(begin, {i: bid * begin / self.begin for i, bid in late.items()}, costs)

    def cells(self, segments: int) -> list[Cell]:
        """The cells of the solution there, in so many segments; none if it has another number of them."""
        starts = {float(curve.bids[0]) for curve in self.curves}
        for law, curve in zip(self.laws, self.curves, strict=True):
            starts |= {float(bid) for bid, cost in zip(curve.bids[1:-1], curve.costs[1:-1], strict=True) if cost in law.knots}
        ends = np.array([*sorted(starts), self.top])
        if len(ends) - 1 != segments:
            return []
        longest = max(self.curves, key=lambda curve: len(curve.bids))
        found = []
        for left, right, anchor, power in zip(
            longest.bids[:-1], longest.bids[1:], longest.anchors, longest.powers, strict=True
        ):
            k = int(np.searchsorted(ends, left, side="right")) - 1
            width = ends[k + 1] - ends[k]
            side: Literal["left", "right"] = "left" if anchor == ends[k] else "right"
            found.append(Cell(k, float((left - ends[k]) / width), float((right - ends[k]) / width), side, int(power)))
        return found


def neighbour(equilibrium: Equilibrium, labels: Sequence[str]) -> Neighbour | None:
    """The neighbour that an equilibrium is, or None if it is of other provers, or was found in another way."""
    market = equilibrium.market
    curves = []
    for label in labels:
        strategy = equilibrium.strategies.get(label)
        curve = strategy.of if isinstance(strategy, Mirrored) else strategy
        if not isinstance(curve, InverseCurve):
            return None
        curves.append(curve)
    procurement = market.as_procurement()
    return Neighbour([procurement.prior(label) for label in labels], curves)


def _hazard(law: Distribution, top: float) -> float:
    """The cumulative hazard at the highest cost that may win."""
    rest = float(law.survival(np.float64(min(top, law.support[1]))))
    return -math.log(rest) if rest > 0.0 else math.inf
