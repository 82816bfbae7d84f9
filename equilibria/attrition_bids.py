r"""Bids of a symmetric war of attrition, and the integral behind them.

$$ \beta(v)=r+\int_a^v x\,dH(x),\qquad H=-\log(1-G),\quad G=F^{n-1}, $$

grows without bound towards the highest value. By parts it is $r+vH(v)-aH(a)-\int_a^vH$, and $H$ has an integrable logarithm
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.monotone_inverse import inverted
from mechanisms.distributions import Distribution

__all__ = ["AttritionBids", "Attrition"]

Array = NDArray[np.float64]

NODES = 16
"""Gauss points on a panel."""

GRADES = 0.5 ** np.arange(1, 50)
"""Distances from the ends of a piece at which panels end: they halve, so that no panel sees a singular end."""


@dataclass(frozen=True, slots=True)
class Attrition:
    """What stands for a solver: the strategy is an integral, known in closed form, and only who takes part is searched for."""


@dataclass(frozen=True, kw_only=True)
class AttritionBids:
    r"""The bids that all buyers of a war of attrition use.

    Arguments:
        prior: the law $F$ of every value.
        buyers: $n$.
        reserve: $r$, the bid of the lowest value that takes part.
        entry: $a$, that value; lower ones bid 0.
    """

    prior: Distribution
    buyers: int
    reserve: float
    entry: float

    def hazard(self, values: ArrayLike) -> Array:
        """H; infinite at the highest value."""
        v = np.asarray(values, dtype=np.float64)
        below, above = np.asarray(self.prior.cdf(v)), np.asarray(self.prior.survival(v))
        with np.errstate(divide="ignore"):
            # Digits are lost in neither tail: log F is accurate through the survival where that is small.
            logs = (self.buyers - 1) * np.where(above < 0.5, np.log1p(-above), np.log(below))
            return np.asarray(-np.where(logs > -0.7, np.log(-np.expm1(logs)), np.log1p(-np.exp(logs))))

    @cached_property
    def _edges(self) -> tuple[Array, Array]:
        """Ends of the panels, and the integral of H from `entry` to each."""
        high = self.prior.support[1]
        knots = np.array([self.entry, *(k for k in self.prior.knots if self.entry < k < high), high])
        left, width = knots[:-1, None], np.diff(knots)[:, None]
        ends = np.unique(np.concatenate([knots, (left + width * GRADES).ravel(), (left + width * (1.0 - GRADES)).ravel()]))
        return ends, np.concatenate([[0.0], np.cumsum(self._area(ends[:-1], ends[1:]))])

    def _area(self, left: Array, right: Array) -> Array:
        x, w = np.polynomial.legendre.leggauss(NODES)
        half = 0.5 * (right - left)
        points = np.minimum(left[..., None] + half[..., None] * (1.0 + x), np.nextafter(self.prior.support[1], -np.inf))
        return np.asarray((self.hazard(points) @ w) * half)

    def __call__(self, values: ArrayLike) -> Array:
        """Bids of an array of values, same shape; 0 for one that does not take part, infinity at the top, NaN outside."""
        v = np.asarray(values, dtype=np.float64)
        low, high = self.prior.support
        inside = np.clip(v, self.entry, high)
        edges, areas = self._edges
        k = np.clip(np.searchsorted(edges, inside, side="right") - 1, 0, len(edges) - 2)
        area = areas[k] + self._area(edges[k], inside)
        with np.errstate(invalid="ignore"):
            bids = self.reserve + inside * self.hazard(inside) - self.entry * float(self.hazard(self.entry)) - area
        bids = np.where(v < self.entry, 0.0, np.where(inside == high, np.inf, np.maximum(bids, self.reserve)))
        return np.where((v < low) | (v > high), np.nan, bids)

    @property
    def knots(self) -> Array:
        """Where pieces of the law meet, from the lowest value that takes part to the highest."""
        return np.array([self.entry, *(k for k in self.prior.knots if k > self.entry)])

    def inverse(self, bids: ArrayLike) -> Array:
        """The lowest value that bids at least each of an array of bids, same shape."""
        knots = self.knots
        last = np.nextafter(knots[-1], -np.inf)  # the highest value bids without bound
        b = np.asarray(bids, dtype=np.float64)
        return np.where(b > self(last), knots[-1], inverted(self, np.append(knots[:-1], last), b))
