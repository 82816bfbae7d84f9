"""Values of laws by minus the logarithm of the chance of lower ones, tabulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from equilibria.hazards_of_values import hazard, value
from mechanisms.distributions import Distribution

__all__ = ["FAINT", "Levels"]

Array = NDArray[np.float64]

TABLE = 17
"""Coefficients of a panel of a table."""

POWERS = np.arange(TABLE)

COARSE = np.concatenate([np.arange(1.0, 12.0), np.arange(12.0, 92.0, 4.0)])
"""-log F between which values are tabulated, at first."""

NARROW = 1e-15
"""Distance of points between which there is no panel."""

ROUNDING = 1e-15
"""Last coefficients of a panel of logarithms that are noise."""

SLIGHT = 1e-13
"""An error of a level, as the last coefficients of a panel make one, that does not matter."""

PANELS = 2000
"""Panels that are too many to be halved once more."""

FAINT = 1e-280
"""Values below this are no numbers any more that one could divide by."""


class Levels:
    """Values of all laws by their *level* x = -log F, tabulated as Chebyshev series of log v, and how many buyers have each law.

    Panels are halved where the series does not end: at the top where the density vanishes or has no limit, for want of better
    down to panels on which next to nobody is.
    """

    def __init__(self, laws: Sequence[Distribution], copies: Sequence[int]) -> None:
        self.laws, self.copies = tuple(laws), np.array(copies)
        mirrors = [law.reflected() for law in laws]
        self.knots = [
            np.array(sorted(float(hazard(mirror, -k)) for k in law.knots[1:-1]))
            for law, mirror in zip(laws, mirrors, strict=True)
        ]
        points = -np.cos(np.pi * (np.arange(TABLE) + 0.5) / TABLE)
        series = np.linalg.inv(chebyshev.chebvander(points, TABLE - 1)).T
        edges = np.unique(np.concatenate([[0.0], *(knots[np.isfinite(knots)] for knots in self.knots), COARSE]))
        edges = edges[np.concatenate([[True], np.diff(edges) > NARROW])]
        left, right = edges[:-1], edges[1:]
        done: list[tuple[Array, Array, Array]] = []
        while len(left):
            where = left[:, None] + 0.5 * (right - left)[:, None] * (1.0 + points)
            table = np.stack([np.log(np.maximum(-value(mirror, where), FAINT)) @ series for mirror in mirrors])
            tails, slopes = np.abs(table[:, :, -2:]).max(axis=2), np.abs(table[:, :, 1])
            errors = np.where(tails < ROUNDING, 0.0, tails * (right - left) / np.maximum(slopes, FAINT)).max(axis=0)
            fine = (errors < SLIGHT) | (right - left < NARROW) | (len(left) > PANELS)
            done.append((left[fine], right[fine], table[:, fine]))
            left, right = left[~fine], right[~fine]
            centre = 0.5 * (left + right)
            left, right = np.append(left, centre), np.append(centre, right)
        starts = np.concatenate([part[0] for part in done])
        order = np.argsort(starts)
        self.edges = np.append(starts[order], edges[-1])
        self._table = np.concatenate([part[2] for part in done], axis=1)[:, order]
        self._slopes = chebyshev.chebder(self._table, axis=2)
        self._rows = np.arange(len(self.laws))[:, None]
        self._tops = np.log([law.support[1] for law in laws])[:, None]

    def _place(self, x: Array) -> tuple[NDArray[np.intp], Array, Array]:
        """Panels, their widths, and Chebyshev polynomials."""
        k = np.minimum(self.edges[1:-1].searchsorted(x, side="right"), len(self.edges) - 2)
        left, right = self.edges[k], self.edges[k + 1]
        u = np.minimum(((x - left) - (right - x)) / (right - left), 1.0)
        return k, right - left, np.cos(POWERS * np.arccos(u)[..., None])

    def logs(self, x: Array) -> Array:
        """Logarithms of values, one row a law."""
        k, _, powers = self._place(x)
        found = np.einsum("...j,...j->...", self._table[self._rows, k], powers)
        return np.asarray(np.minimum(found, self._tops))

    def values(self, x: Array) -> Array:
        """Values, one row a law, those at knots and at the top exactly."""
        found = np.exp(self.logs(x))
        for g, law in enumerate(self.laws):
            found[g] = np.clip(found[g], *law.support)
            found[g][x[g] == 0.0] = law.support[1]
            for level, knot in zip(self.knots[g], sorted(law.knots[1:-1], reverse=True), strict=True):
                found[g][x[g] == level] = knot
        return found

    def slope(self, x: Array) -> Array:
        """The derivative of the logarithm of rho by the level, one row a law."""
        k, width, powers = self._place(x)
        found = np.einsum("...j,...j->...", self._slopes[self._rows, k], powers[..., :-1])
        return np.asarray(-1.0 - found * 2.0 / width)

    def rho(self, x: Array) -> Array:
        """The chance of lower values by the value, one row a law."""
        return np.asarray(np.exp(-x - self.logs(x)))

    def sigma(self, rho: Array, active: NDArray[np.bool_]) -> Array:
        """The sum of rho over buyers that bid, by their number less one; of one column of rho, or of several."""
        counted = self.copies * active
        return np.asarray(counted @ rho / (counted.sum() - 1))
