r"""Bids of several buyers along one curve: bids and values as polynomials of one parameter, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

__all__ = ["BidCurve", "CurveBids", "bernstein"]

Array = NDArray[np.float64]


def bernstein(degree: int) -> NDArray[np.longdouble]:
    """From values at Chebyshev-Lobatto points of [0, 1], rising, to Bernstein coefficients."""
    points = np.asarray(-np.cos(np.pi * np.arange(degree + 1) / degree), dtype=np.longdouble) * 0.5 + np.longdouble(0.5)
    points[0], points[-1] = 0.0, 1.0
    binomials = np.array([comb(degree, j) for j in range(degree + 1)], dtype=np.longdouble)
    powers = np.arange(degree + 1)
    rows = binomials * points[:, None] ** powers * (1.0 - points[:, None]) ** powers[::-1]
    return _inverse(rows)


def _inverse(matrix: NDArray[np.longdouble]) -> NDArray[np.longdouble]:
    """By elimination with pivots: LAPACK has no long doubles."""
    n = len(matrix)
    work = np.concatenate([matrix, np.eye(n, dtype=np.longdouble)], axis=1)
    for k in range(n):
        pivot = k + int(np.argmax(np.abs(work[k:, k])))
        work[[k, pivot]] = work[[pivot, k]]
        work[k] /= work[k, k]
        others = np.arange(n) != k
        work[others] -= work[others, k, None] * work[k]
    return work[:, n:]


@dataclass(frozen=True, eq=False)
class BidCurve:
    """A curve that does not fall: Bernstein coefficients on each cell of a parameter from 0 to 1."""

    rows: Array

    @classmethod
    def through(cls, points: Array) -> BidCurve:
        """Through points at Chebyshev-Lobatto parameters, one row a cell; what would fall is flattened."""
        count, nodes = points.shape
        rising = np.maximum.accumulate(points.ravel()).reshape(count, nodes)
        rows: Array = (rising @ bernstein(nodes - 1).T).astype(np.float64)
        rows[:, 0], rows[:, -1] = rising[:, 0], rising[:, -1]
        return cls(np.clip(np.maximum.accumulate(rows, axis=1), rows[:, :1], rows[:, -1:]))

    @cached_property
    def ends(self) -> Array:
        """What it is at the ends of cells."""
        return np.append(self.rows[:, 0], self.rows[-1, -1])

    @cached_property
    def _series(self) -> Array:
        """Chebyshev coefficients, one row a cell."""
        degree = self.rows.shape[1] - 1
        back = np.linalg.inv(np.asarray(bernstein(degree), dtype=np.float64))
        points = -np.cos(np.pi * np.arange(degree + 1) / degree)
        return np.asarray(self.rows @ back.T @ np.linalg.inv(chebyshev.chebvander(points, degree)).T)

    def at(self, cell: NDArray[np.intp], t: Array) -> Array:
        """Points of the curve, t from -1 to 1 across a cell."""
        return self._sum(self._series, cell, t)

    def _sum(self, series: Array, cell: NDArray[np.intp], t: Array) -> Array:
        first = second = np.zeros_like(t)
        for column in series.T[:0:-1]:
            first, second = 2.0 * t * first - second + column[cell], first
        return np.asarray(t * first - second + series[cell, 0])

    @cached_property
    def _slopes(self) -> Array:
        return np.asarray(chebyshev.chebder(self._series, axis=1))

    def place(self, goal: Array) -> tuple[NDArray[np.intp], Array]:
        """Where the curve reaches numbers within its range: the first cell, and t in it."""
        cell = np.clip(np.searchsorted(self.ends, goal, side="left") - 1, 0, len(self.rows) - 1)
        low, high = -np.ones(goal.shape), np.ones(goal.shape)
        start, width = self.ends[cell], np.maximum(self.ends[cell + 1] - self.ends[cell], 1e-300)
        t = np.clip(2.0 * (goal - start) / width - 1.0, -1.0, 1.0)
        for _ in range(60):
            excess = self.at(cell, t) - goal
            high, low = np.where(excess >= 0.0, t, high), np.where(excess >= 0.0, low, t)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = t - excess / self._sum(self._slopes, cell, t)
            moved = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
            if not (np.abs(moved - t) > 4e-16).any():
                break
            t = moved
        t = np.where(goal <= start, -1.0, np.where(goal >= self.ends[cell + 1], 1.0, t))
        return cell, t

    def stated(self) -> list[list[float]]:
        """As a certificate holds it: one number for a constant."""
        return [row.tolist() if row[0] < row[-1] else [float(row[0])] for row in self.rows]


@dataclass(frozen=True, eq=False)
class CurveBids:
    """The bids of one buyer.

    Arguments:
        bids: the bids along the curve.
        values: the values of this buyer that make them.
        low: its lowest value.
        entry: its lowest value that takes part.
        out: a bid that is not accepted.
    """

    bids: BidCurve
    values: BidCurve
    low: float
    entry: float
    out: float

    def __call__(self, values: ArrayLike) -> Array:
        """Bids of an array of values, same shape; one below the reserve for a value that does not take part, NaN outside."""
        v = np.asarray(values, dtype=np.float64)
        ends = self.values.ends
        cell, t = self.values.place(np.clip(v, ends[0], ends[-1]))
        bids = np.where(v <= ends[0], self.bids.ends[0], self.bids.at(cell, t))
        bids = np.clip(bids, self.bids.ends[cell], self.bids.ends[cell + 1])
        stays = (v < self.entry) | ((v == self.entry) & (self.entry == ends[0]) & (self.entry > self.low))
        bids = np.where(stays, self.out, bids)
        return np.where((v < self.low) | (v > ends[-1]), np.nan, bids)

    @property
    def knots(self) -> Array:
        """The entry, and values at the ends of cells."""
        return np.unique(np.append(self.values.ends, self.entry))

    def inverse(self, bids: ArrayLike) -> Array:
        """The value that makes a bid; the lowest that takes part for the reserve, NaN above the highest bid."""
        b = np.asarray(bids, dtype=np.float64)
        ends = self.bids.ends
        cell, t = self.bids.place(np.clip(b, ends[0], ends[-1]))
        found = np.clip(self.values.at(cell, t), self.values.ends[cell], self.values.ends[cell + 1])
        found = np.where(b > ends[0], found, np.where(b > self.out, self.entry, self.low))
        return np.where(np.isnan(b) | (b > ends[-1]), np.nan, found)
