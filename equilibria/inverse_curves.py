r"""Bid strategies held as inverse bids: the cost that bids $b$, piece by piece, as a curve over a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InverseCurve:
    r"""One prover's strategy $\beta=\varphi^{-1}$ for costs up to `reach`; a higher cost bids itself.

    Arguments:
        reach: the highest cost that may win.
        bids: ends of the pieces, from this prover's entry to the highest winning bid.
        anchors: of each piece; along the parameter $x\in[-1,1]$ the distance of the bid to the anchor is the power of a line.
        powers: of each piece; 1 for bids that run along a line.
        costs: costs at the ends of the pieces.
        bends: polynomials $m$ by ascending power, shape (piece, coefficient): the cost is a line between the ends plus
            $(1-x^2)m(x)$.
    """

    reach: float
    bids: NDArray[np.float64]
    anchors: NDArray[np.float64]
    powers: NDArray[np.int64]
    costs: NDArray[np.float64]
    bends: NDArray[np.float64]

    def cost(self, piece: NDArray[np.int64], x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The cost at parameters of pieces, and its derivative."""
        bend, slope = np.zeros_like(x), np.zeros_like(x)
        for column in self.bends.T[::-1]:
            slope = slope * x + bend
            bend = bend * x + column[piece]
        u, v = self.costs[piece], self.costs[piece + 1]
        near = np.where(x < 0.0, u + 0.5 * (1.0 + x) * (v - u), v - 0.5 * (1.0 - x) * (v - u))
        square = (1.0 - x) * (1.0 + x)
        return near + square * bend, 0.5 * (v - u) + square * slope - 2.0 * x * bend

    def bid(self, piece: NDArray[np.int64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The bid at parameters of pieces."""
        left, right, anchor, m = self.bids[piece], self.bids[piece + 1], self.anchors[piece], self.powers[piece]
        sign = np.where(anchor <= left, 1.0, -1.0)
        u, v = (np.where(m == 1, end - anchor, np.abs(end - anchor) ** (1.0 / m)) for end in (left, right))
        w = 0.5 * (1.0 - x) * u + 0.5 * (1.0 + x) * v
        curved = anchor + sign * np.abs(w) ** m
        line = np.where(x < 0.0, left + 0.5 * (1.0 + x) * (right - left), right - 0.5 * (1.0 - x) * (right - left))
        return np.clip(np.where(m == 1, line, curved), left, right)

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        piece = np.clip(np.searchsorted(self.costs, c, side="right") - 1, 0, len(self.bids) - 2)
        lower, upper = np.full(c.shape, -1.0), np.ones(c.shape)
        x = np.zeros(c.shape)
        noise, outside = 4e-16 * float(np.abs(self.costs).max()), ~((c > self.costs[0]) & (c < self.reach))
        for _ in range(50):
            value, slope = self.cost(piece, x)
            value -= c
            lower, upper = np.where(value < 0.0, x, lower), np.where(value < 0.0, upper, x)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = x - value / slope
            moved = np.where((step > lower) & (step < upper), step, 0.5 * (lower + upper))
            done = bool(np.all((np.abs(moved - x) <= 1e-15) | (np.abs(value) <= noise) | outside))
            x = np.where(np.abs(value) <= noise, x, moved)
            if done:
                break
        bids = self.bid(piece, x)
        bids = np.where(c == self.reach, self.bids[-1], np.where(c == self.costs[0], self.bids[0], bids))
        return np.where(c > self.reach, c, np.where(c < self.costs[0], np.nan, bids))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Costs at the ends of the pieces."""
        return self.costs

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids; below every bid, the lowest cost."""
        b = np.asarray(bids, dtype=np.float64)
        inside = np.clip(b, self.bids[0], self.bids[-1])
        piece = np.clip(np.searchsorted(self.bids, inside, side="right") - 1, 0, len(self.bids) - 2)
        left, right, anchor, m = self.bids[piece], self.bids[piece + 1], self.anchors[piece], self.powers[piece]
        u, v, w = (np.abs(point - anchor) ** (1.0 / m) for point in (left, right, inside))
        x = np.clip((w - u) / (v - u) - (v - w) / (v - u), -1.0, 1.0)
        cost = np.clip(self.cost(piece, x)[0], self.costs[0], self.reach)
        return np.where(b >= self.bids[-1], np.maximum(b, self.reach), cost)


def stated_curves(strategies: Mapping[str, InverseCurve]) -> dict[str, object]:
    """Strategies as the certificate holds them, on the pieces of the prover that bids lowest."""
    longest = max(strategies.values(), key=lambda s: len(s.bids))
    return {
        "ends": longest.bids.tolist(),
        "maps": [[anchor, int(m)] for anchor, m in zip(longest.anchors.tolist(), longest.powers, strict=True)],
        "costs": {
            label: {"entry": len(longest.bids) - len(s.bids), "ends": s.costs.tolist(), "bends": s.bends.tolist()}
            for label, s in strategies.items()
        },
    }
