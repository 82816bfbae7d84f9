r"""Laws of bids in a package sale whose cdf is linear between points, and the chance that a bid wins against two of them.

The chance and its slope are linear in the law of each rival. With masses $m_k$ on cells $[l_k,r_k]$ of one rival, $Q$ the
cdf of the other and $\hat Q=\int Q$,

$$ P(y_1+y_2\le b)=\sum_k m_k\frac{\hat Q(b-l_k)-\hat Q(b-r_k)}{r_k-l_k},\qquad
   P(w-y\le b)=\sum_k m_k\frac{\hat G(b+r_k)-\hat G(b+l_k)}{r_k-l_k}. $$
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Chance(NamedTuple):
    """The chance to win and its slope at points, as matrices on the masses of one rival."""

    wins: Array
    slope: Array


class CellLaw:
    """The law of one bid by the masses of cells; the cdf and its integral are one polynomial on every cell."""

    def __init__(self, points: Array, masses: Array) -> None:
        self.points, self.masses = points, masses
        self.widths = np.diff(points)
        self.levels = np.concatenate([[0.0], np.cumsum(masses)])
        areas = np.concatenate([[0.0], np.cumsum(0.5 * self.widths * (self.levels[1:] + self.levels[:-1]))])
        slope, left, total = masses / self.widths, points[:-1], self.levels[-1]
        constant = self.levels[:-1] - slope * left
        area = areas[:-1] - (constant + 0.5 * slope * left) * left
        self._slope = np.concatenate([[0.0], slope, [0.0]])
        self._constant = np.concatenate([[0.0], constant, [total]])
        self._area = np.concatenate([[0.0], area, [areas[-1] - total * points[-1]]])

    def cdf(self, x: Array) -> Array:
        """The cdf at an array of bids."""
        return np.asarray(np.interp(x, self.points, self.levels))

    def cdf_and_area(self, x: Array) -> tuple[Array, Array]:
        """The cdf and its integral up to an array of bids."""
        k = np.searchsorted(self.points, x.ravel(), side="right").reshape(x.shape)
        rising = self._slope[k] * x
        cdf = self._constant[k] + rising
        rising *= -0.5
        rising += cdf
        rising *= x
        rising += self._area[k]
        return cdf, rising


def by_addend(bids: Array, law: CellLaw, other: CellLaw) -> Chance:
    """Of a sum of two bids, on the masses of one."""
    cdf, area = other.cdf_and_area(bids[:, None] - law.points)
    return Chance(-np.diff(area, axis=1) / law.widths, -np.diff(cdf, axis=1) / law.widths)


def by_package(bids: Array, package: CellLaw, rival: CellLaw) -> Chance:
    """Of the package's bid less the rival's, on the masses of the package."""
    cdf, area = rival.cdf_and_area(package.points - bids[:, None])
    return Chance(1.0 - np.diff(area, axis=1) / package.widths, np.diff(cdf, axis=1) / package.widths)


def by_rival(bids: Array, package: CellLaw, rival: CellLaw) -> Chance:
    """The same on the masses of the rival."""
    cdf, area = package.cdf_and_area(bids[:, None] + rival.points)
    return Chance(np.diff(area, axis=1) / rival.widths, np.diff(cdf, axis=1) / rival.widths)
