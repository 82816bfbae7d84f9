"""Bid strategies of a pay-as-bid rule, held as conditional bid cdfs on a shared grid of bids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.inverse_curves import InverseCurve
from mechanisms.distributions import Distribution


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
        d0, d1 = self.density[k] * width, self.density[k + 1] * width
        c2, c3 = 3.0 * rise - 2.0 * d0 - d1, d0 + d1 - 2.0 * rise
        lower, upper = np.zeros_like(level), np.ones_like(level)
        t = np.where(rise > 0.0, goal / np.where(rise > 0.0, rise, 1.0), 0.0)
        for _ in range(60):
            value = t * (d0 + t * (c2 + t * c3)) - goal
            slope = d0 + t * (2.0 * c2 + 3.0 * t * c3)
            upper, lower = np.where(value > 0.0, t, upper), np.where(value > 0.0, lower, t)
            step = t - value / np.where(slope > 0.0, slope, np.inf)
            moved = np.where((step > lower) & (step < upper), step, 0.5 * (lower + upper))
            done = bool(np.all(np.abs(moved - t) <= 1e-16))
            t = moved
            if done:
                break
        bids = self.bids[k] + t * width
        return np.where(c > self.reach, c, np.where(c < self.prior.support[0], np.nan, bids))


def _rise(cdf: NDArray[np.float64], survival: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(np.where(cdf[1:] <= 0.5, np.diff(cdf), -np.diff(survival)), 0.0)


@dataclass(frozen=True, slots=True)
class ConstantBid:
    """Every cost up to `reach` bids `bid`; a higher cost bids itself and cannot win."""

    bid: float
    reach: float

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape."""
        c = np.asarray(costs, dtype=np.float64)
        return np.where(c > self.reach, c, self.bid)


@dataclass(frozen=True, slots=True)
class Truthful:
    """Bid one's cost: dominant, or the stated convention of a type that cannot win."""

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """The costs themselves."""
        return np.array(costs, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A buyer's strategy in a sale: minus what a prover of cost minus the value would bid."""

    of: BidCdf | ConstantBid | InverseCurve | Truthful | Mirrored

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of values, same shape."""
        return -self.of(-np.asarray(values, dtype=np.float64))


Strategy = BidCdf | ConstantBid | InverseCurve | Truthful | Mirrored
