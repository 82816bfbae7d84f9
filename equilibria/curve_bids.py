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
        rows = np.clip(np.maximum.accumulate(rows, axis=1), rows[:, :1], rows[:, -1:])
        rows.setflags(write=False)
        return cls(rows)

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

    def along(self, goals: Array, other: BidCurve) -> Array:
        """What another curve is where this one first reaches numbers within its range."""
        flat = goals.ravel()
        if len(flat) == 0:
            return goals.copy()
        cells = np.clip(np.searchsorted(self.ends, flat, side="left") - 1, 0, len(self.rows) - 1)
        order = np.argsort(cells, kind="stable")
        present, starts = np.unique(cells[order], return_index=True)
        found = np.empty(flat.shape)
        for cell, members in zip(present, np.split(order, starts[1:]), strict=True):
            t = self._parameter(cell, flat[members])
            values = chebyshev.chebval(t, other._series[cell])
            values = np.where(t == -1.0, other.ends[cell], np.where(t == 1.0, other.ends[cell + 1], values))
            found[members] = np.clip(values, other.ends[cell], other.ends[cell + 1])
        return found.reshape(goals.shape)

    def _parameter(self, cell: int, goals: Array) -> Array:
        """Where on a cell the curve reaches numbers, by Newton's method kept in a bracket."""
        series, (start, end) = self._series[cell], self.ends[cell : cell + 2]
        slopes = chebyshev.chebder(series)
        low, high = -np.ones(goals.shape), np.ones(goals.shape)
        t = np.clip(2.0 * (goals - start) / max(end - start, 1e-300) - 1.0, -1.0, 1.0)
        noise = 4e-16 * max(abs(start), abs(end))
        for _ in range(60):
            excess = chebyshev.chebval(t, series) - goals
            high, low = np.where(excess >= 0.0, t, high), np.where(excess >= 0.0, low, t)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = t - excess / chebyshev.chebval(t, slopes)
            moved = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
            if not ((np.abs(moved - t) > 1e-15) & (np.abs(excess) > noise)).any():
                break
            t = moved
        return np.where(goals <= start, -1.0, np.where(goals >= end, 1.0, t))

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
        inside = np.where(np.isnan(v), ends[0], np.clip(v, ends[0], ends[-1]))
        bids = self.values.along(inside, self.bids)
        stays = (v < self.entry) | ((v == self.entry) & (self.entry == ends[0]) & (self.entry > self.low))
        bids = np.where(stays, self.out, bids)
        return np.where((v >= self.low) & (v <= ends[-1]), bids, np.nan)

    @property
    def knots(self) -> Array:
        """The entry, and values at the ends of cells."""
        return np.unique(np.append(self.values.ends, self.entry))

    def inverse(self, bids: ArrayLike) -> Array:
        """The value that makes a bid; the lowest that takes part for the reserve, NaN above the highest bid."""
        b = np.asarray(bids, dtype=np.float64)
        ends = self.bids.ends
        found = self.bids.along(np.where(np.isnan(b), ends[0], np.clip(b, ends[0], ends[-1])), self.values)
        found = np.where(b > ends[0], found, np.where(b > self.out, self.entry, self.low))
        return np.where(np.isnan(b) | (b > ends[-1]), np.nan, found)
