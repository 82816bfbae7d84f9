"""Collocated costs as inverse bid curves: exact ends, polynomials between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from equilibria._bid_cells import Array, Break, Cell, lobatto
from equilibria.inverse_curves import InverseCurve

__all__ = ["cell_curves"]

BETWEEN = 0.02
"""How much steeper than at the points that are looked at a polynomial may fall between them, as a share of its fall."""

FLATTEST = 1e-12
"""The least slope of a stated curve, as a share of its rise on the cell."""


def cell_curves(
    supports: Sequence[tuple[float, float]], top: float, cells: Sequence[Cell], breaks: Sequence[Break], first: Sequence[int],
    bounds: Array, costs: Array, most: float = 1.0,
) -> list[InverseCurve]:
    """One curve a prover.

    Args:
        supports: of the priors; costs begin at their lower ends.
        top: the highest bid.
        cells: from the lowest bid up.
        breaks: of the segments but the first.
        first: the cell in which each prover begins to bid.
        bounds: the bids between segments, the lowest and the highest included.
        costs: at the Lobatto points of every cell, shape (cell, point, prover).
        most: the share of a bend that may be taken away so that its curve rises.
    """
    inner, fit, slopes = _tables(costs.shape[1] - 1)
    segment = np.array([cell.segment for cell in cells])
    left, right = bounds[segment], bounds[segment + 1]
    shares = np.array([cell.begin for cell in cells])
    bids = np.append(np.where(shares == 0.0, left, left + (right - left) * shares), top)
    anchors = np.where([cell.side == "left" for cell in cells], left, right)
    powers = np.array([cell.power for cell in cells])
    found = []
    for i, ((low, high), begin) in enumerate(zip(supports, first, strict=True)):
        values = np.append(costs[begin:, 0, i], min(top, high))
        values[0] = low
        for k, b in enumerate(breaks):
            if b.prover == i and not b.entry:
                values[int(np.argmax(segment > k)) - begin] = b.cost
        values = np.minimum(np.maximum.accumulate(values), values[-1])
        line = values[:-1, None] + 0.5 * (1.0 + inner) * np.diff(values)[:, None]
        bends = ((costs[begin:, 1:-1, i] - line) / ((1.0 - inner) * (1.0 + inner))) @ fit.T
        found.append(
            InverseCurve(
                reach=float(values[-1]),
                bids=bids[begin:],
                anchors=anchors[begin:],
                powers=powers[begin:],
                costs=values,
                bends=_rising(values, bends, slopes, most),
            )
        )
    return found


@lru_cache(maxsize=16)
def _tables(degree: int) -> tuple[Array, Array, Array]:
    """The inner Lobatto points, the powers of a polynomial from its values there, and the slopes of 1 - x^2 times each power."""
    inner, powers = lobatto(degree)[1:-1], np.arange(degree - 1)
    to_powers = np.zeros((degree - 1, degree - 1))
    for k in powers:
        to_powers[: k + 1, k] = chebyshev.cheb2poly(np.eye(degree - 1)[k])[: k + 1]
    fit = to_powers @ np.linalg.inv(chebyshev.chebvander(inner, degree - 2))
    x = -np.cos(np.linspace(0.0, np.pi, 400))[:, None]
    slopes = powers * x ** np.maximum(powers - 1, 0) - (powers + 2) * x ** (powers + 1)
    return inner, np.asarray(fit), np.asarray(slopes)


def _rising(values: Array, bends: Array, slopes: Array, most: float) -> Array:
    """Bends, shrunk so that curves rise everywhere: near the lowest bid a slope may vanish, or a polynomial wiggle."""
    rise = np.diff(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        fall = -(bends @ slopes.T).min(axis=1) / rise
        share = np.where(fall > 0.5 - FLATTEST, np.maximum(0.5 - FLATTEST - BETWEEN * (fall - 0.5), 0.0) / fall, 1.0)
    return np.where(rise > 0.0, np.where(1.0 - share <= most, share, 1.0), 0.0)[:, None] * bends
