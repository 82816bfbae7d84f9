r"""First-order conditions of first price in a package sale, where the cdf of every bid is linear between points.

The chance that a bid wins and its slope are linear in the law of each rival. With masses $m_k$ on cells $[l_k,r_k]$ of one
rival, $Q$ the cdf of the other and $\hat Q=\int Q$,

$$ P(y_1+y_2\le b)=\sum_k m_k\frac{\hat Q(b-l_k)-\hat Q(b-r_k)}{r_k-l_k},\qquad
   P(w-y\le b)=\sum_k m_k\frac{\hat G(b+r_k)-\hat G(b+l_k)}{r_k-l_k}, $$

and the residual $r=(\varphi-b)X'-X$ is tested against the hat functions of a buyer's own points but the lowest: as many
conditions as it has masses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechanisms.distributions import Distribution

Array = NDArray[np.float64]

_POINT = 1.0 / np.sqrt(3.0)
RISING = 0.5 * (1.0 + np.array([-_POINT, _POINT]))
"""The rising hat at the two Gauss points of a cell; their weights are half the cell each."""


class CellLaw:
    """The law of one bid by the masses of cells; `spare` cells at the end have none, and are there to look beyond."""

    def __init__(self, points: Array, masses: Array, spare: int = 0) -> None:
        self.points, self.masses, self.spare = points, masses, spare
        self.widths = np.diff(points)
        self.levels = np.concatenate([[0.0], np.cumsum(masses)])
        self._areas = np.concatenate([[0.0], np.cumsum(0.5 * self.widths * (self.levels[1:] + self.levels[:-1]))])

    def cdf(self, x: Array) -> Array:
        """The cdf at an array of bids."""
        return np.asarray(np.interp(x, self.points, self.levels))

    def area(self, x: Array) -> Array:
        """The integral of the cdf up to an array of bids."""
        inside = np.clip(x, self.points[0], self.points[-1])
        k = np.clip(np.searchsorted(self.points, inside, side="right") - 1, 0, len(self.masses) - 1)
        step = inside - self.points[k]
        area = self._areas[k] + step * (self.levels[k] + 0.5 * self.masses[k] / self.widths[k] * step)
        return np.asarray(area + np.maximum(x - self.points[-1], 0.0) * self.levels[-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Chance:
    """The chance to win and its slope at points, as matrices on the masses of one rival."""

    wins: Array
    slope: Array


def _by_addend(bids: Array, law: CellLaw, other: CellLaw) -> _Chance:
    """Of a sum of two bids, on the masses of one."""
    ends = bids[:, None] - law.points
    return _Chance(-np.diff(other.area(ends), axis=1) / law.widths, -np.diff(other.cdf(ends), axis=1) / law.widths)


def _by_package(bids: Array, package: CellLaw, rival: CellLaw) -> _Chance:
    """Of the package's bid less the rival's, on the masses of the package."""
    ends = package.points - bids[:, None]
    return _Chance(1.0 - np.diff(rival.area(ends), axis=1) / package.widths, np.diff(rival.cdf(ends), axis=1) / package.widths)


def _by_rival(bids: Array, package: CellLaw, rival: CellLaw) -> _Chance:
    """The same on the masses of the rival."""
    ends = bids[:, None] + rival.points
    return _Chance(np.diff(package.area(ends), axis=1) / rival.widths, np.diff(package.cdf(ends), axis=1) / rival.widths)


def conditions(priors: Sequence[Distribution], laws: Sequence[CellLaw], derivatives: bool = True) -> tuple[Array, Array | None]:
    """Residuals against every hat, buyer after buyer, and their derivatives by all masses.

    Arguments:
        priors: laws of values; the package's last, before it either both others or one that stands for two alike.
        laws: of the bids, in the same order.
        derivatives: whether they are wanted.
    """
    alike, last = len(laws) == 2, len(laws) - 1
    starts = np.concatenate([[0], np.cumsum([len(law.masses) for law in laws])])
    residuals = np.zeros(starts[-1])
    matrix = np.zeros((starts[-1], starts[-1])) if derivatives else None
    for i, (prior, law) in enumerate(zip(priors, laws, strict=True)):
        bids = (law.points[:-1, None] + law.widths[:, None] * RISING).ravel()
        chances: dict[int, _Chance] = {}
        if i < last:
            rival = 0 if alike else 1 - i
            chances[last] = _by_package(bids, laws[last], laws[rival])
            if derivatives:
                chances[rival] = _by_rival(bids, laws[last], laws[rival])
        else:
            chances[0] = _by_addend(bids, laws[0], laws[last - 1])
            if derivatives and alike:
                chances[1] = chances[0]
            elif derivatives:
                chances[1] = _by_addend(bids, laws[1], laws[0])
        source = 0 if i == last else last
        wins, slope = chances[source].wins @ laws[source].masses, chances[source].slope @ laws[source].masses
        values = prior.quantile(np.clip(law.cdf(bids), 0.0, 1.0))
        rows = slice(starts[i], starts[i + 1])
        residuals[rows] = _tested(((values - bids) * slope - wins)[:, None], law)[:, 0]
        if matrix is None:
            continue
        for j, chance in chances.items():
            target = 0 if i == last and alike else j
            part = _tested((values - bids)[:, None] * chance.slope - chance.wins, law)
            matrix[rows, starts[target] : starts[target + 1]] += part
        matrix[rows, rows] += _own(slope / np.maximum(prior.pdf(values), 1e-9), law.widths)
    return residuals, matrix


def _tested(at_points: Array, law: CellLaw) -> Array:
    """Integrals of columns, given at the Gauss points, against the hats of all points but the first.

    At the highest bid that is made there is half a hat: beyond it nothing has to be zero.
    """
    cells = len(law.widths)
    values = 0.5 * law.widths[:, None, None] * at_points.reshape(cells, 2, -1)
    falling = np.einsum("kgc,g->kc", values[1:], 1.0 - RISING)
    if law.spare:
        falling[cells - law.spare - 1] = 0.0
    rising = np.einsum("kgc,g->kc", values, RISING)
    rising[:-1] += falling
    return np.asarray(rising)


def _own(weights: Array, widths: Array) -> Array:
    """What the buyer's own masses do to its conditions, through the value that bids: the level there is a sum of masses."""
    cells = len(widths)
    scaled = 0.5 * widths[:, None] * weights.reshape(cells, 2)
    low, high = scaled @ (1.0 - RISING) ** 2, scaled @ RISING**2
    mixed = scaled @ (RISING * (1.0 - RISING))
    # by the level at every point (columns 0 to K), tested against hats 1 to K
    by_level = np.zeros((cells, cells + 1))
    k = np.arange(cells)
    by_level[k, k] = mixed
    by_level[k, k + 1] = high
    by_level[k[:-1], k[:-1] + 1] += low[1:]
    by_level[k[:-1], k[:-1] + 2] += mixed[1:]
    return np.asarray(np.cumsum(by_level[:, ::-1], axis=1)[:, ::-1][:, 1:])
