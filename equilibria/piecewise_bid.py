"""A bid as a continuous piecewise polynomial of the signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.monotone_inverse import inverted

__all__ = ["PiecewiseBid"]


@dataclass(frozen=True, slots=True, eq=False)
class PiecewiseBid:
    r"""Between knots $x_k<x_{k+1}$, with $t\in[-1,1]$ across them: the chord of the bids there plus $(1-t^2)\sum_j c_{kj}T_j(t)$.

    Arguments:
        knots: signals, strictly increasing.
        bids: the bids there.
        bubbles: the coefficients $c_{kj}$, one row for each pair of neighbouring knots.
    """

    knots: NDArray[np.float64]
    bids: NDArray[np.float64]
    bubbles: NDArray[np.float64]

    def __call__(self, signals: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of signals, same shape; a signal outside the knots gives NaN."""
        x = np.asarray(signals, dtype=np.float64)
        k = np.clip(np.searchsorted(self.knots, x, side="right") - 1, 0, len(self.knots) - 2)
        left, right = self.knots[k], self.knots[k + 1]
        t = ((x - left) - (right - x)) / (right - left)
        first = second = np.zeros_like(t)
        for j in range(self.bubbles.shape[1] - 1, 0, -1):
            first, second = 2.0 * t * first - second + self.bubbles[k, j], first
        bubble = t * first - second + self.bubbles[k, 0]
        chord = 0.5 * (self.bids[k] * (1.0 - t) + self.bids[k + 1] * (1.0 + t))
        inside = (x >= self.knots[0]) & (x <= self.knots[-1])
        return np.where(inside, chord + (1.0 - t) * (1.0 + t) * bubble, np.nan)

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The signals that make an array of bids, same shape; NaN beyond the bids at the ends."""
        b = np.asarray(bids, dtype=np.float64)
        return np.where((b < self.bids[0]) | (b > self.bids[-1]), np.nan, inverted(self, self.knots, b))

    def stated(self) -> dict[str, object]:
        """The strategy as a certificate holds it; zeros at the end of a row are left out."""
        rows = [np.trim_zeros(row, "b").tolist() for row in self.bubbles]
        return {"knots": self.knots.tolist(), "bids": self.bids.tolist(), "bubbles": rows}
