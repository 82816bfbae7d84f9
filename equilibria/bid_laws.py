r"""Strategies held by the law of the bid: a piecewise-linear cdf $H$, so that a value $v\sim F$ bids $H^{-1}(F(v))$."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms.distributions import Distribution

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BidLaw:
    """One buyer's strategy.

    Arguments:
        prior: the law $F$ of its value.
        bids: where the cdf of its bid may bend, strictly increasing.
        levels: the cdf there, from 0 to 1, never falling.
    """

    prior: Distribution
    bids: Array
    levels: Array

    @property
    def knots(self) -> Array:
        """Values between which the strategy is one formula, rising."""
        return np.unique(np.concatenate([self.prior.quantile(self.levels), self.prior.knots]))

    def __call__(self, values: ArrayLike) -> Array:
        """Bids of an array of values, same shape; a value outside the support bids like the nearest in it."""
        v = np.asarray(values, dtype=np.float64)
        return np.asarray(np.interp(self.prior.cdf(v), self.levels, self.bids))

    def inverse(self, bids: ArrayLike) -> Array:
        """The value that makes each of an array of bids, same shape; the lowest below all bids, the highest above."""
        b = np.asarray(bids, dtype=np.float64)
        return np.asarray(self.prior.quantile(np.interp(b, self.bids, self.levels)))
