"""Bid strategies of a pay-as-bid rule, held as conditional bid cdfs on a shared grid of bids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms.distributions import Distribution
from mechanisms.errors import Refused


class Strategy(Protocol):
    """What an agent of any type does: an array of types in, an array of bids of that shape out."""

    def __call__(self, types: ArrayLike, /) -> NDArray[np.float64]:
        """Bids of an array of types, same shape."""
        ...


@runtime_checkable
class Invertible(Strategy, Protocol):
    """A monotone strategy that also knows who bids what."""

    @property
    def knots(self) -> NDArray[np.float64]:
        """Types between which the strategy is one formula, rising; empty if it is everywhere."""
        ...

    def inverse(self, bids: ArrayLike, /) -> NDArray[np.float64]:
        """The most reluctant type that bids each of an array of bids, or better, same shape."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BidCdf:
    r"""One prover's strategy $\beta(c)=\hat G^{-1}(F(c)/F(a))$ for $c\le a$, and $\beta(c)=c$ above.

    Arguments:
        prior: the cost distribution $F$.
        reach: $a$, the highest cost that may win.
        bids: the grid from this prover's entry to the highest winning bid, strictly increasing.
        cdf: $\hat G$ on the grid, from 0 to 1, accurate where it is small.
        survival: $1-\hat G$ on the grid, accurate where it is small.
        density: $\hat G'$ on the grid; between grid points $\hat G$ is the cubic Hermite interpolant.
    """

    prior: Distribution
    reach: float
    bids: NDArray[np.float64]
    cdf: NDArray[np.float64]
    survival: NDArray[np.float64]
    density: NDArray[np.float64]

    @classmethod
    def monotone(
        cls, prior: Distribution, reach: float, bids: NDArray[np.float64], cdf: NDArray[np.float64],
        survival: NDArray[np.float64], density: NDArray[np.float64],
    ) -> BidCdf:
        """Make the levels monotone and cap the slopes so that every cubic between neighbouring bids increases."""
        survival = np.where(survival < 1e-34, 0.0, survival)
        upper = cdf > 0.5
        cdf = np.maximum.accumulate(np.where(upper, 1.0 - survival, cdf))
        survival = np.minimum.accumulate(np.where(upper, survival, 1.0 - cdf))
        secant = _rise(cdf, survival) / np.diff(bids)
        limit = 2.999 * np.minimum(np.concatenate([[np.inf], secant]), np.concatenate([secant, [np.inf]]))
        density = np.maximum(np.minimum(density, limit), 0.0)
        density[-1] = min(float(density[-1]), float(secant[-1]))
        return cls(prior=prior, reach=reach, bids=bids, cdf=cdf, survival=survival, density=density)

    @property
    def levels(self) -> NDArray[np.float64]:
        """The values of the bid cdf, each as itself up to 1/2 and as minus the survival above: no digit is lost at either end."""
        return np.where((self.cdf > 0.5) & (self.survival > 0.0), -self.survival, self.cdf)

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        spare = float(self.prior.survival(np.float64(self.reach)))
        level = np.clip(self.prior.cdf(c) / (1.0 - spare), 0.0, 1.0)
        rest = np.clip((self.prior.survival(c) - spare) / (1.0 - spare), 0.0, 1.0)
        k = np.where(
            level <= 0.5,
            np.searchsorted(self.cdf, level, side="right"),
            np.searchsorted(-self.survival, -rest, side="right"),
        )
        k = np.clip(k - 1, 0, len(self.bids) - 2)
        width = self.bids[k + 1] - self.bids[k]
        rise = _rise(self.cdf, self.survival)[k]
        goal = np.clip(np.where(level <= 0.5, level - self.cdf[k], self.survival[k] - rest), 0.0, rise)
        t = _root(goal, rise, self.density[k] * width, self.density[k + 1] * width)
        bids = self.bids[k] + t * width
        return np.where(c > self.reach, c, np.where(c < self.prior.support[0], np.nan, bids))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Costs that bid the grid."""
        return self.inverse(self.bids)

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids, same shape; below every bid, the lowest cost."""
        b = np.asarray(bids, dtype=np.float64)
        low, high = self.prior.support
        k = np.clip(np.searchsorted(self.bids, b, side="right") - 1, 0, len(self.bids) - 2)
        width = self.bids[k + 1] - self.bids[k]
        t = np.clip((b - self.bids[k]) / width, 0.0, 1.0)
        rise = _rise(self.cdf, self.survival)[k]
        gained = _cubic(t, rise, self.density[k] * width, self.density[k + 1] * width)
        level, rest = np.clip(self.cdf[k] + gained, 0.0, 1.0), np.clip(self.survival[k] - gained, 0.0, 1.0)
        spare = float(self.prior.survival(np.float64(self.reach)))
        left, right = level * (1.0 - spare), np.clip(spare + rest * (1.0 - spare), 0.0, 1.0)
        inside = np.where(level <= 0.5, self.prior.quantile(left), self.prior.upper_quantile(right))
        inside = np.clip(inside, low, self.reach)
        return np.where(b >= self.bids[-1], np.clip(b, self.reach, high), np.where(b < self.bids[0], low, inside))


def _rise(cdf: NDArray[np.float64], survival: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(np.where(cdf[1:] <= 0.5, np.diff(cdf), -np.diff(survival)), 0.0)


def _cubic(
    t: NDArray[np.float64], rise: NDArray[np.float64], d0: NDArray[np.float64], d1: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The cubic from 0 to `rise` on [0, 1] with slopes `d0` and `d1` at its ends."""
    return t * (d0 + t * ((3.0 * rise - 2.0 * d0 - d1) + t * (d0 + d1 - 2.0 * rise)))


def _root(
    goal: NDArray[np.float64], rise: NDArray[np.float64], d0: NDArray[np.float64], d1: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where an increasing cubic reaches `goal`: Newton's method kept in a bracket, on the entries that still move."""
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.where(rise > 0.0, goal / np.where(rise > 0.0, rise, 1.0), 0.0)
    shape = root.shape
    root = root.ravel()
    active = np.arange(root.size)
    t, g, r, a, e = root.copy(), goal.ravel(), rise.ravel(), d0.ravel(), d1.ravel()
    lower, upper = np.zeros_like(t), np.ones_like(t)
    for _ in range(60):
        value = _cubic(t, r, a, e) - g
        slope = a + t * (2.0 * (3.0 * r - 2.0 * a - e) + 3.0 * t * (a + e - 2.0 * r))
        above = value > 0.0
        upper, lower = np.where(above, t, upper), np.where(above, lower, t)
        step = t - value / np.where(slope > 0.0, slope, np.inf)
        near = (np.abs(value) <= 3e-16 * r) & (slope > 0.5 * r)  # the value is rounding, and the cubic is not flat here
        moved = np.where(near, t, np.where((step > lower) & (step < upper), step, 0.5 * (lower + upper)))
        moves = np.abs(moved - t) > 2e-16
        root[active] = moved
        if not moves.any():
            break
        active, t, g, r, a, e = active[moves], moved[moves], g[moves], r[moves], a[moves], e[moves]
        lower, upper = lower[moves], upper[moves]
    return root.reshape(shape)


@dataclass(frozen=True, slots=True)
class ConstantBid:
    """Every cost up to `reach` bids `bid`; a higher cost bids itself and cannot win."""

    bid: float
    reach: float

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape."""
        c = np.asarray(costs, dtype=np.float64)
        return np.where(c > self.reach, c, self.bid)

    @property
    def knots(self) -> NDArray[np.float64]:
        """The highest cost that makes the bid."""
        return np.array([self.reach])

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids; minus infinity where none does."""
        b = np.asarray(bids, dtype=np.float64)
        return np.where(b >= self.bid, np.maximum(b, self.reach), -np.inf)


@dataclass(frozen=True, slots=True)
class Truthful:
    """Bid one's cost: dominant, or the stated convention of a type that cannot win."""

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """The costs themselves."""
        return np.array(costs, dtype=np.float64)

    @property
    def knots(self) -> NDArray[np.float64]:
        """None."""
        return np.zeros(0)

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The costs that bid an array of bids: the bids themselves."""
        return np.array(bids, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class AtLeastCost:
    """A strategy whose bids below one's cost, if there are any, are replaced by the cost."""

    of: BidCdf | ConstantBid | Truthful

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        return np.asarray(np.maximum(self.of(c), c))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Those of the strategy within; where it crosses the cost, there is one more."""
        return self.of.knots

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids, same shape."""
        return np.asarray(np.minimum(self.of.inverse(bids), np.asarray(bids, dtype=np.float64)))


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A buyer's strategy in a sale: minus what a prover of cost minus the value would bid."""

    of: Strategy

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of values, same shape."""
        return -self.of(-np.asarray(values, dtype=np.float64))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Those of the prover's strategy, mirrored."""
        return -self.of.knots[::-1] if isinstance(self.of, Invertible) else np.zeros(0)

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The lowest value that bids at least each of an array of bids, same shape.

        Raises:
            Refused: the strategy has no inverse.
        """
        if not isinstance(self.of, Invertible):
            raise Refused(f"inverse: a {type(self.of).__name__} has none. Search for the type on its values.")
        return -self.of.inverse(-np.asarray(bids, dtype=np.float64))
