r"""First-order conditions of first price in a package sale, tested on halves of the distances between nodes.

With the residual $r=(\varphi-b)X'-X$ and $R(b)=\int_0^br$, a law is an answer if $R\le R^*$ everywhere and $R=R^*$ where bids
are made: the conditions are that R rises by nothing over a test, by nothing over a whole gap in which no bids are made, and
beyond the highest bid to no more than it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equilibria._package_grids import TOP, BidGrid, Flags, heights
from equilibria._package_laws import CellLaw, Chance, by_addend, by_package, by_rival
from mechanisms.distributions import Distribution

Array = NDArray[np.float64]

GAUSS = 0.5 * (1.0 + np.array([-1.0, 1.0]) / np.sqrt(3.0))
BEYOND = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 13)])
"""Where R is looked at beyond a single buyer's highest bid, as shares of the way to the package's."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Heights of nodes of every law, and the highest bids."""

    heights: tuple[Array, ...]
    tops: Array

    def moved(self, steps: Sequence[Array], tops: Array) -> Values:
        """Others, by steps of all heights but the first and the last, rising and none above the highest value's."""
        found = []
        for h, step in zip(self.heights, steps, strict=True):
            inner = np.minimum(np.maximum.accumulate(h[1:-1] + step), h[-1])
            found.append(np.concatenate([h[:1], inner, h[-1:]]))
        return Values(tuple(found), tops)


@dataclass(frozen=True, slots=True, eq=False)
class Missed:
    """By how much the conditions are missed.

    Attributes:
        residuals: of all tests, buyer after buyer; those beyond the highest bid count only where they are positive.
        matrix: their derivatives by all heights but the first and last of every law, or None.
        sizes: tests of every buyer.
        rises: of R over every distance between nodes, by buyer.
        laws: of the bids.
    """

    residuals: Array
    matrix: Array | None
    sizes: tuple[int, ...]
    rises: tuple[Array, ...]
    laws: tuple[CellLaw, ...]


class Conditions:
    """The conditions of all buyers on given grids; two priors stand for two alike single buyers and the package's."""

    def __init__(self, priors: Sequence[Distribution], grids: Sequence[BidGrid], flat: Sequence[Flags]) -> None:
        self.priors, self.grids = priors, grids
        self.last = len(priors) - 1
        self._splines = [grid.spline(f) for grid, f in zip(grids, flat, strict=True)]
        self.ends = np.cumsum([0, *(grid.count - 2 for grid in grids)])
        self.cells = [grid.cell[grid.tests] for grid in grids]
        self.spare = [0 if i == self.last else len(BEYOND) - 1 for i in range(len(grids))]
        self.beyond = np.concatenate(
            [np.arange(len(c) + spare) >= len(c) for c, spare in zip(self.cells, self.spare, strict=True)]
        )

    def shape(self, values: Values) -> None:
        """Give bids below the head the shape that theory has for them, with the slope that the law has there."""
        for i, (grid, prior, h) in enumerate(zip(self.grids, self.priors, values.heights, strict=True)):
            bids, levels = grid.nodes(values.tops), np.maximum(prior.cdf(_values(prior, h[1:4])), 1e-300)
            slope = float(np.clip(np.log(levels[2] / levels[0]) / np.log(bids[3] / bids[1]), 0.0, 1.0))
            logs = -np.log(np.maximum(grid.shares, 1e-300))
            if i == self.last:
                ratio = slope / max(1.0 - slope, 1e-2)
                grid.shape = grid.shares * (1.0 + ratio + logs) / (1.0 + ratio)
            else:
                grid.shape = (1.0 + 2.0 * slope * logs) ** -0.5
            grid.shape[0] = 0.0

    def _laws(self, values: Values) -> tuple[list[CellLaw], list[Array]]:
        """The laws of bids, and derivatives of their levels at points by heights of nodes."""
        laws, slopes = [], []
        for grid, prior, h, spline in zip(self.grids, self.priors, values.heights, self._splines, strict=True):
            low, high = prior.support
            at = spline @ h
            v = _values(prior, at)
            v[-1] = high
            levels = np.array(prior.cdf(v), dtype=np.float64)
            density = np.asarray(prior.pdf(v), dtype=np.float64)
            density = np.where(np.isfinite(density) & (v < high), density, 0.0)
            slope = (density * (high - low) / (1.0 + np.exp(-np.clip(at, -60.0, 60.0))))[:, None] * spline[:, 1:-1]
            k = grid.heads
            levels[:k], slope[:k] = grid.shape[:k] * levels[k], grid.shape[:k, None] * slope[k]
            levels[-1], slope[-1] = 1.0, 0.0
            laws.append(CellLaw(grid.points(values.tops), np.diff(levels)))
            slopes.append(slope)
        return laws, slopes

    def missed(self, values: Values, derivatives: bool = True) -> Missed:
        """The residuals of all tests."""
        laws, slopes = self._laws(values)
        residuals, matrices, rises = [], [], []
        for i, law in enumerate(laws):
            points = law.points
            if i < self.last:
                points = np.concatenate([points, points[-1] + BEYOND[1:] * (values.tops[-1] - points[-1])])
            widths = np.maximum(np.diff(points), 1e-15)
            bids = (points[:-1, None] + widths[:, None] * GAUSS).ravel()
            weights = np.repeat(0.5 * widths, 2)
            own = len(law.widths)
            tests = 2 * np.concatenate([self.grids[i].tests, np.arange(own, len(widths))])
            inner = len(self.grids[i].tests)
            chances = self._chances(i, bids, laws, derivatives)
            source = 0 if i == self.last else self.last
            wins, slope = chances[source].wins @ laws[source].masses, chances[source].slope @ laws[source].masses
            v = np.asarray(self.priors[i].quantile(np.clip(law.cdf(bids), 0.0, 1.0)))
            gained = weights * ((v - bids) * slope - wins)
            every = np.bincount(np.repeat(self.grids[i].cell, 2), gained[: 2 * own], self.grids[i].count)
            rises.append(np.asarray(every, dtype=np.float64))
            found = np.add.reduceat(gained, tests)
            found[inner:] = np.cumsum(found[inner:])
            residuals.append(found)
            if not derivatives:
                continue
            matrix = np.zeros((len(found), self.ends[-1]))
            for j, chance in chances.items():
                target, copies = (0, 2.0) if i == self.last == 1 else (j, 1.0)
                part = weights[:, None] * ((v - bids)[:, None] * chance.slope - chance.wins)
                matrix[:, self.ends[target] : self.ends[target + 1]] += copies * (
                    np.add.reduceat(part, tests, axis=0) @ np.diff(slopes[target], axis=0)
                )
            pdf = np.maximum(self.priors[i].pdf(v[: 2 * own]), 1e-9)
            scaled = (weights[: 2 * own] * slope[: 2 * own] / pdf).reshape(-1, 2)
            by_cell = (scaled @ (1.0 - GAUSS))[:, None] * slopes[i][:-1] + (scaled @ GAUSS)[:, None] * slopes[i][1:]
            matrix[:inner, self.ends[i] : self.ends[i + 1]] += np.add.reduceat(by_cell, self.grids[i].tests, axis=0)
            matrix[inner:] = np.cumsum(matrix[inner:], axis=0)
            matrices.append(matrix)
        return Missed(
            np.concatenate(residuals), np.concatenate(matrices) if derivatives else None,
            tuple(len(r) for r in residuals), tuple(rises), tuple(laws),
        )  # fmt: skip

    def _chances(self, i: int, bids: Array, laws: Sequence[CellLaw], derivatives: bool) -> dict[int, Chance]:
        """The chance that a buyer's bids win, on the masses of one rival, or of both if derivatives are wanted."""
        last, alike = self.last, self.last == 1
        if i == last:
            found = {0: by_addend(bids, laws[0], laws[last - 1])}
            if derivatives and not alike:
                found[1] = by_addend(bids, laws[1], laws[0])
            return found
        rival = 0 if alike else 1 - i
        found = {last: by_package(bids, laws[last], laws[rival])}
        if derivatives:
            found[rival] = by_rival(bids, laws[last], laws[rival])
        return found

    def floored(self, values: Values) -> Values:
        """Values raised to at least what they bid: nobody bids more than that."""
        found = []
        for grid, prior, h in zip(self.grids, self.priors, values.heights, strict=True):
            low, high = prior.support
            least = heights((np.minimum(grid.nodes(values.tops), high) - low) / (high - low))
            found.append(np.concatenate([h[:1], np.maximum(h, least)[1:-1], h[-1:]]))
        return Values(tuple(found), values.tops)

    def carried(self, values: Values, grids: Sequence[BidGrid]) -> tuple[Array, ...]:
        """Heights at the nodes of other grids."""
        found = []
        for grid, other, h, spline in zip(self.grids, grids, values.heights, self._splines, strict=True):
            k = grid.heads
            inner = np.interp(other.nodes(values.tops), grid.points(values.tops)[k:], (spline @ h)[k:])
            inner[0], inner[1:] = 0.0, np.maximum.accumulate(np.minimum(inner[1:], TOP))
            inner[-1] = TOP
            found.append(inner)
        return tuple(found)


def _values(prior: Distribution, at: Array) -> Array:
    """Values of heights."""
    low, high = prior.support
    return np.clip(low + (high - low) * np.logaddexp(0.0, at), low, high)
