"""Strategies of symmetric games, held as polynomials between few costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.monotone_inverse import inverted

__all__ = ["CellPolynomials", "capped", "truth", "with_first", "with_last"]

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellPolynomials:
    r"""A continuous strategy: on the cell $[x_k,x_{k+1}]$, with $s=(2c-x_k-x_{k+1})/(x_{k+1}-x_k)$,

    $$ \beta(c)=\tfrac{1-s}2\,y_k+\tfrac{1+s}2\,y_{k+1}+(1-s^2)\sum_j q_{kj}s^j. $$

    The last term vanishes at both ends, so the values $y_k$ make it continuous whatever was rounded.

    Arguments:
        ends: $x_0<\dots<x_K$; a cost above $x_K$ does not take part.
        values: $y_0,\dots,y_K$.
        bubbles: for each cell its $q_{k0},q_{k1},\dots$, padded with zeros to one length.
        excluded: the bid of a cost above $x_K$, or None for the cost itself.
    """

    ends: NDArray[np.float64]
    values: NDArray[np.float64]
    bubbles: NDArray[np.float64]
    excluded: float | None = None

    def __post_init__(self) -> None:
        for name in ("ends", "values", "bubbles"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        k = np.clip(np.searchsorted(self.ends, c, side="right") - 1, 0, len(self.ends) - 2)
        left, right = self.ends[k], self.ends[k + 1]
        below, above = (c - left) / (right - left), (right - c) / (right - left)
        s = below - above
        bubble = np.zeros_like(s)
        for j in range(self.bubbles.shape[1] - 1, -1, -1):
            bubble = bubble * s + self.bubbles[k, j]
        bids = above * self.values[k] + below * self.values[k + 1] + 4.0 * below * above * bubble
        outside = c if self.excluded is None else self.excluded
        return np.where(c > self.ends[-1], outside, np.where(c < self.ends[0], np.nan, bids))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Ends of the cells."""
        return self.ends

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that takes part and makes each of an array of bids, or a better one; the lowest where none does.

        A bid above all of them is that of the cost itself, if excluded costs bid themselves.
        """
        b = np.asarray(bids, dtype=np.float64)
        inside = inverted(self, self.ends, b)
        return np.where(b >= self.values[-1], np.maximum(b, self.ends[-1]), inside) if self.excluded is None else inside


def truth(low: float, reach: float) -> CellPolynomials:
    """Costs up to `reach` bid themselves."""
    ends = np.array([low, reach])
    return CellPolynomials(ends=ends, values=ends, bubbles=np.zeros((1, 1)))


def capped(strategy: CellPolynomials, limit: float) -> CellPolynomials:
    """The strategy with no bid above the limit, to which the sum of a cost and its markup may round."""
    return CellPolynomials(ends=strategy.ends, values=np.minimum(strategy.values, limit), bubbles=strategy.bubbles)


def with_first(strategy: CellPolynomials, low: float, rise: float) -> CellPolynomials:
    """The strategy with one straight cell from `low` before it."""
    first = strategy.values[0]
    first -= max(rise, 4.0 * EPSILON * abs(first))
    bubbles = np.vstack([np.zeros((1, strategy.bubbles.shape[1])), strategy.bubbles])
    return CellPolynomials(ends=np.append(low, strategy.ends), values=np.append(first, strategy.values), bubbles=bubbles)


def with_last(strategy: CellPolynomials, reach: float, last: float) -> CellPolynomials:
    """The strategy with one straight cell up to `reach`, which bids `last`, after it."""
    bubbles = np.vstack([strategy.bubbles, np.zeros((1, strategy.bubbles.shape[1]))])
    return CellPolynomials(ends=np.append(strategy.ends, reach), values=np.append(strategy.values, last), bubbles=bubbles)
