"""Efforts of contestants with one law of costs in a contest with several prizes: the envelope integral."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.monotone_inverse import inverted
from mechanisms import Distribution


@dataclass(frozen=True, slots=True)
class EnvelopeEffort:
    r"""$e(c)=\int_{F(c)}^1\frac{w(z)}{F^{-1}(z)}\,dz$, with $w(z)=-\frac{d}{dz}\sum_sV_s\binom{n-1}{s-1}z^{s-1}(1-z)^{n-s}$.

    Arguments:
        prior: the law $F$ of the cost per unit of effort.
        prizes: $V_1\ge V_2\ge\dots$, in money, one for every rank.

    Notes:
        Evaluated to about 1e-13 by double-exponential quadrature between the knots of the law.
    """

    prior: Distribution
    prizes: tuple[float, ...]

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Efforts of an array of costs, same shape; a cost below the support gives NaN, one above it no effort."""
        c = np.asarray(costs, dtype=np.float64)
        low, high = self.prior.support
        level = np.asarray(self.prior.cdf(np.clip(c, low, high))).ravel()
        knots = np.asarray(self.prior.cdf(np.array(self.prior.knots)))
        unit, weights = _nodes()
        total = np.zeros_like(level)
        for left, right in pairwise(knots):
            start = np.maximum(level, left)
            width = np.maximum(right - start, 0.0)
            z = np.clip(start[:, None] + width[:, None] * unit, 0.0, 1.0)
            total += width * ((self._reward_slope(z) / self.prior.quantile(z)) @ weights)
        return np.where(c < low, np.nan, total.reshape(c.shape))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Where pieces of the law of costs meet, and its ends."""
        return np.array(self.prior.knots, dtype=np.float64)

    def inverse(self, efforts: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that makes each of an array of efforts, or more; the lowest cost where none does."""
        return inverted(self, self.knots, efforts)

    def _reward_slope(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """$w(z)$: prizes of neighbouring ranks differ by what beating one more rival is worth."""
        n = len(self.prizes)
        drops = [first - second for first, second in pairwise(self.prizes)]
        return np.asarray(sum(
            (n - 1) * math.comb(n - 2, s) * drop * z**s * (1.0 - z) ** (n - 2 - s) for s, drop in enumerate(drops)
        ))  # fmt: skip


@cache
def _nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    t = np.arange(-48, 49) * (1.0 / 15.0)
    edge = 0.5 * math.pi * np.sinh(t)
    nodes, weights = 1.0 / (1.0 + np.exp(-2.0 * edge)), np.cosh(t) / np.cosh(edge) ** 2
    return nodes, weights / weights.sum()
