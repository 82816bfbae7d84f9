r"""Bids of provers alike that enter at a cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.monotone_inverse import inverted
from mechanisms.distributions import Distribution

PANELS = 64
"""Panels of the quadrature between neighbouring knots; each has `NODES` Gauss points."""

NODES = 12
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(NODES)


@dataclass(frozen=True, kw_only=True)
class EntryBids:
    r"""The bid of an entrant, $\beta(c)=c+\bigl((R-t)X(t)+\int_c^tX\bigr)/X(c)$ with $X=(1-qF)^{n-1}$, or its cost.

    Arguments:
        prior: $F$.
        provers: $n$.
        reserve: $R$.
        last: $t$, the highest cost that bids to win.
        probability: $q$ with which a prover that does not know its cost enters; 1 where it knows it.
        informed: whether costs above `last` stay out; otherwise they bid themselves and cannot win.
        truthful: whether entrants bid their costs (second price).
    """

    prior: Distribution
    provers: int
    reserve: float
    last: float
    probability: float
    informed: bool
    truthful: bool

    @property
    def entry(self) -> float:
        """The probability with which a prover enters."""
        return float(self.prior.cdf(np.float64(self.last))) if self.informed else self.probability

    def winning(self, costs: ArrayLike) -> NDArray[np.float64]:
        """The probability that no rival of lower cost bids, by cost."""
        cdf = self.prior.cdf(np.asarray(costs, dtype=np.float64))
        return np.asarray((1.0 - self.probability * cdf) ** (self.provers - 1))

    @cached_property
    def _edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Ends of the panels, and the integral of X from each to `last`."""
        low = self.prior.support[0]
        knots = [low, *(k for k in self.prior.knots if low < k < self.last), self.last]
        edges = np.unique(np.concatenate([np.linspace(u, v, PANELS + 1) for u, v in pairwise(knots)]))
        pieces = _integral(self.winning, edges[:-1], edges[1:])
        return edges, np.concatenate([np.cumsum(pieces[::-1])[::-1], [0.0]])

    def rent(self, costs: ArrayLike) -> NDArray[np.float64]:
        """The expected profit of an entrant before the cost of entry, by cost."""
        c = np.clip(np.asarray(costs, dtype=np.float64), self.prior.support[0], self.last)
        edges, tail = self._edges
        k = np.clip(np.searchsorted(edges, c, side="right"), 1, len(edges) - 1)
        edge = (self.reserve - self.last) * self.winning(self.last)
        return np.asarray(edge + tail[k] + _integral(self.winning, c, edges[k]))

    @property
    def expected_rent(self) -> float:
        """The mean of `rent` over all costs, those above `last` earning nothing."""
        edges, _ = self._edges
        edge = (self.reserve - self.last) * self.winning(self.last) * self.prior.cdf(np.float64(self.last))
        return float(edge + _integral(lambda c: self.winning(c) * self.prior.cdf(c), edges[:-1], edges[1:]).sum())

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; NaN for a cost that stays out."""
        c = np.asarray(costs, dtype=np.float64)
        wins = self.winning(np.minimum(c, self.last))
        with np.errstate(invalid="ignore"):  # the highest cost, if nobody can win there, bids itself
            asked = np.where(wins > 0.0, np.minimum(c + self.rent(c) / wins, self.reserve), c)
        bids = np.where(self.truthful | (c > self.last), c, asked)
        return np.where((c > self.last) & self.informed, np.nan, bids)

    @property
    def knots(self) -> NDArray[np.float64]:
        """Where pieces of the law meet below the highest cost that bids to win, and the ends."""
        return np.array([k for k in self.prior.knots if k < self.last] + [self.last])

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids to win and bids at most each of an array of bids; the lowest cost where none does."""
        return inverted(self, self.knots, bids)


def _integral(
    f: Callable[[NDArray[np.float64]], NDArray[np.float64]], left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Integrals of a function over many short intervals."""
    half = 0.5 * (right - left)
    return np.asarray((f(left[..., None] + half[..., None] * (1.0 + POINTS)) @ WEIGHTS) * half)
