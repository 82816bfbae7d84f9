r"""Search for the reserve that serves a requester best.

Everything here is in the orientation of a procurement: a sale is searched over $x=-$reserve. The objective may have several
local maxima (empirical priors), so it is first solved on a grid: even in money, even in the probability of an award, and at
the ends of the supports. Brent's method then refines beside every local maximum of the grid that could still be the best.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mechanisms.distributions import Distribution

EVEN_IN_MONEY = 17
EVEN_IN_AWARD = 15
CLOSEST = 4e-3
"""Grid points closer than this share of the range are not told apart."""
PEAKS = 3
"""Local maxima of the grid that are refined."""
RESOLUTION = 1e-6
"""Where refinement stops, as a share of the range: the objective is flat there to about the twelfth digit."""
STENCIL = 1e-3
"""Step of the finite differences, as a share of the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The score near a reserve: slopes just below and above, second difference, and whether it is a smooth maximum."""

    left: float
    right: float
    bend: float
    smooth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A range of reserves, and the score (higher is better) of each.

    Arguments:
        score: the function; each value is computed once.
        low: nobody is awarded at or below it.
        high: beyond it nothing changes, or only for the worse.
        floor: lowest reserve allowed.
    """

    score: Callable[[float], float]
    low: float
    high: float
    floor: float
    known: dict[float, float] = field(default_factory=dict)

    def at(self, x: float) -> float:
        """The score of one reserve."""
        if x not in self.known:
            self.known[x] = self.score(x)
        return self.known[x]

    @property
    def width(self) -> float:
        """The width of the range."""
        return self.high - self.low

    def best(self, grid: Iterable[float]) -> float:
        """The best reserve found: the best of the grid, or beside a local maximum of it that could be the best."""
        from scipy.optimize import minimize_scalar

        everywhere = {x: self.at(x) for x in grid}
        points = [x for x in everywhere if x >= self.floor]
        scores = [everywhere[x] for x in points]
        for k in _peaks(scores):
            bounds = points[max(k - 1, 0)], points[min(k + 1, len(points) - 1)]
            if bounds[0] < bounds[1]:
                minimize_scalar(
                    lambda x: -self.at(float(x)),
                    bounds=bounds,
                    method="bounded",
                    options={"xatol": RESOLUTION * self.width, "maxiter": 30},
                )
        allowed = [x for x in self.known if x >= self.floor]
        return max(sorted(allowed), key=lambda x: self.known[x])

    def flat(self, x: float, loss: float, grid: Sequence[float]) -> tuple[float, float]:
        """The ends of the interval around `x` on which the score stays within `loss` of the score at `x`."""
        return self._end(x, loss, [y for y in reversed(grid) if self.floor <= y < x]), self._end(
            x, loss, [y for y in grid if y > x]
        )

    def _end(self, x: float, loss: float, outward: Sequence[float]) -> float:
        from scipy.optimize import brentq

        bar, inside = self.at(x) - loss, x
        for y in outward:
            if self.at(y) < bar:
                if loss == 0.0:
                    return inside
                return float(brentq(lambda z: self.at(float(z)) - bar, inside, y, xtol=1e-4 * self.width))
            inside = y
        return inside

    def shape(self, x: float) -> Shape:
        """Slopes and curvature of the score at `x`, by second-order differences."""
        h = STENCIL * self.width
        far, below, here, above, beyond = (self.at(x + k * h) for k in (-2, -1, 0, 1, 2))
        left = (3.0 * here - 4.0 * below + far) / (2.0 * h)
        right = (-3.0 * here + 4.0 * above - beyond) / (2.0 * h)
        bend = (below - 2.0 * here + above) / (h * h)
        return Shape(left=left, right=right, bend=bend, smooth=bend < 0.0 and abs(left - right) <= -0.2 * h * bend)


def _peaks(scores: Sequence[float]) -> list[int]:
    """The local maxima that could hold the best, best first: the rise beside one bounds what it may still gain."""
    best, scale = max(scores), max(map(abs, scores))
    found = []
    for k, here in enumerate(scores):
        beside = [scores[j] for j in (k - 1, k + 1) if 0 <= j < len(scores)]
        rise = max((here - other for other in beside), default=0.0)
        if here >= max(beside, default=here) and rise > 1e-10 * scale and here + rise >= best:
            found.append(k)
    return sorted(found, key=lambda k: -scores[k])[:PEAKS]


def nobody(priors: Sequence[Distribution], x: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability that every cost is above `x`."""
    return np.asarray(np.prod([prior.survival(x) for prior in priors], axis=0))


def award_density(priors: Sequence[Distribution], x: float) -> float:
    """The derivative of the probability of an award at the reserve `x`."""
    total = 0.0
    for i, prior in enumerate(priors):
        others = [float(other.survival(x)) for j, other in enumerate(priors) if j != i]
        total += float(prior.pdf(x)) * math.prod(others)
    return total


def least_reserve(priors: Sequence[Distribution], limit: float, low: float, high: float) -> float:
    """The least double at which nobody is awarded with probability at most `limit`; at `high` that is certain."""
    if float(nobody(priors, low)) <= limit:
        return low
    while math.nextafter(low, math.inf) < high:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if float(nobody(priors, middle)) <= limit:
            high = middle
        else:
            low = middle
    return high


def grid(priors: Sequence[Distribution], low: float, high: float, landmarks: Iterable[float]) -> list[float]:
    """Reserves from `low` to `high`, the landmarks among them."""
    fine = np.unique(np.concatenate([np.linspace(low, high, 4001), *(prior.knots for prior in priors)]))
    fine = fine[(fine >= low) & (fine <= high)]
    awarded = 1.0 - nobody(priors, fine)
    levels = np.linspace(0.0, float(awarded[-1]), EVEN_IN_AWARD + 2)[1:-1]
    must = sorted({low, high, *(x for x in landmarks if low <= x <= high)})
    wanted = [end for prior in priors for end in prior.support]
    wanted += [*np.interp(levels, awarded, fine).tolist(), *np.linspace(low, high, EVEN_IN_MONEY).tolist()]
    chosen = list(must)
    for x in wanted:
        if low < x < high and min(abs(x - y) for y in chosen) >= CLOSEST * (high - low):
            chosen.append(x)
    return sorted(chosen)
