"""Efforts of contestants as functions of their costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from equilibria.monotone_inverse import inverted


@dataclass(frozen=True, slots=True)
class NoEffort:
    """No effort at any cost: rivals leave too little to win."""

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Zeros in the shape of the costs."""
        return np.zeros(np.shape(costs))

    @property
    def knots(self) -> NDArray[np.float64]:
        """None."""
        return np.zeros(0)


@dataclass(frozen=True, slots=True)
class EffortPieces:
    """Effort curves, each on its part of the costs, one after the other.

    Arguments:
        parts: the curves; each begins where the one before ends, and counts there for the one before.
    """

    parts: tuple[EffortCurve, ...]

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Efforts of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        which = np.searchsorted(self.knots[1:-1], c)
        return np.asarray(np.select([which == k for k in range(len(self.parts))], [part(c) for part in self.parts]))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Where pieces meet, the lowest cost and the highest at which an effort is made."""
        return np.array([self.parts[0].low, *(part.reach for part in self.parts)])

    def inverse(self, efforts: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that makes each of an array of efforts, or more; the lowest cost where none does."""
        return inverted(self, self.knots, efforts)


@dataclass(frozen=True, slots=True)
class EffortCurve:
    r"""$e(c)=\sum_ka_kT_k(s)$ with $s=2\log(c/\ell)/\log(d/\ell)-1$ for costs up to $d$, and no effort above.

    Arguments:
        low: the lowest cost $\ell$ per unit of effort.
        reach: $d$, the highest cost at which an effort is made.
        coefficients: $a_0,a_1,\dots$ of the Chebyshev polynomials $T_k$.
        logarithmic: whether the sum is $\log e(c)$ instead.
    """

    low: float
    reach: float
    coefficients: tuple[float, ...]
    logarithmic: bool = False

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Efforts of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        inside = np.clip(c, self.low, self.reach)
        place = 2.0 * np.log(inside / self.low) / np.log(self.reach / self.low) - 1.0
        effort = chebyshev.chebval(place, np.asarray(self.coefficients))
        effort = np.exp(effort) if self.logarithmic else effort
        return np.where(c < self.low, np.nan, np.where(c > self.reach, 0.0, effort))

    @property
    def knots(self) -> NDArray[np.float64]:
        """The lowest cost and the highest at which an effort is made."""
        return np.array([self.low, self.reach])

    def inverse(self, efforts: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that makes each of an array of efforts, or more; the lowest cost where none does."""
        return inverted(self, self.knots, efforts)
