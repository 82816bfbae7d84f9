r"""What a bid is expected to be awarded where several bids win, in floats.

Rival $j$ bids below with probability $p_j$, independently, and then takes $m_j$ places in front. With $M$ places taken a prover
is awarded $w_i(M)$, which does not increase: $\min(m_i,(k-M)^+)$ of $k$ tasks where capacities are $m$, the share of rank $M+1$
where awards are split. Its expected award is $X_i=E\,w_i(M_{-i})$, and
$-\partial X_i/\partial p_j=E[w_i(M_{-ij})-w_i(M_{-ij}+m_j)]\ge0$.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["AwardOdds"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AwardOdds:
    """Sizes and awards of all provers.

    Arguments:
        sizes: places that each prover takes.
        awards: what a prover is awarded with 0, 1, ... places taken, shape (prover, places); nothing beyond.
        asked: how much of that at its own bid, of the same shape; None for all of it.
    """

    sizes: tuple[int, ...]
    awards: Array
    asked: Array | None = None

    @staticmethod
    def of_capacities(tasks: int, capacities: tuple[int, ...]) -> AwardOdds:
        """The lowest unit bids win all they can make; the last winner gets what is left."""
        left = tasks - np.arange(tasks)
        return AwardOdds(capacities, np.minimum(left, np.array(capacities)[:, None]).astype(np.float64))

    @staticmethod
    def at_one_price(tasks: int, capacities: tuple[int, ...]) -> AwardOdds:
        """The same at a uniform price: whoever is awarded a part sets it."""
        odds = AwardOdds.of_capacities(tasks, capacities)
        return replace(odds, asked=np.where(odds.awards < np.array(capacities)[:, None], odds.awards, 0.0))

    @staticmethod
    def of_shares(shares: tuple[float, ...], n: int) -> AwardOdds:
        """The bid of rank r gets share r."""
        return AwardOdds((1,) * n, np.tile(np.array(shares, dtype=np.float64), (n, 1)))

    def with_reserve(self) -> AwardOdds:
        """With one more that bids, last, behind whom nothing is left: a reserve that nobody knows."""
        return AwardOdds((*self.sizes, self.awards.shape[1]), np.vstack([self.awards, np.zeros_like(self.awards[:1])]))

    def with_bystanders(self, count: int) -> AwardOdds:
        """With so many more, last, that take nothing."""
        nothing = np.zeros((count, self.awards.shape[1]))
        asked = None if self.asked is None else np.vstack([self.asked, nothing])
        return AwardOdds((*self.sizes, *(0,) * count), np.vstack([self.awards, nothing]), asked)

    def _taken(self, below: Array, above: Array, without: tuple[int, ...]) -> Array:
        """Chances of places taken by all but some; shape (places, points)."""
        places = self.awards.shape[1]
        chances = np.zeros((places, below.shape[1]))
        chances[0] = 1.0
        for j, size in enumerate(self.sizes):
            if j in without:
                continue
            moved = chances * above[j]
            if size < places:
                moved[size:] += chances[: places - size] * below[j]
            chances = moved
        return chances

    def award(self, i: int, taken: int) -> float:
        """What prover `i` is awarded behind so many places."""
        return float(self.awards[i, taken]) if taken < self.awards.shape[1] else 0.0

    def evaluate(self, below: Array, above: Array) -> tuple[Array, Array]:
        """Expected awards at one's own bid, shape (prover, points), and minus the slopes of all awards in the chances `below`,
        (prover, rival, points).

        Args:
            below: chances that each prover bids below, shape (prover, points).
            above: one minus these, accurate where they are small.
        """
        n, points = below.shape
        asked = self.awards if self.asked is None else self.asked
        playing: NDArray[np.bool_] = np.asarray(self.awards.any(axis=1))
        slopes, chances = np.zeros((n, n, points)), np.zeros((n, points))
        for i, j in combinations(range(n), 2):
            pairs = [(a, b) for a, b in ((i, j), (j, i)) if b < 2 or (self.sizes[b] > 0 and playing[a])]
            if not pairs:
                continue
            taken = self._taken(below, above, (i, j))
            for a, b in pairs:
                slopes[a, b] = (self.awards[a] - _later(self.awards[a], self.sizes[b])) @ taken
                if b == (1 if a == 0 else 0):
                    chances[a] = (asked[a] @ taken) * above[b] + (_later(asked[a], self.sizes[b]) @ taken) * below[b]
        return chances, slopes

    def orders(self) -> list[int]:
        """By prover, the least number of rivals below that costs it something."""
        places, found = self.awards.shape[1], []
        for i in range(len(self.sizes)):
            taken, order = 0, len(self.sizes)
            for count, size in enumerate(sorted((s for j, s in enumerate(self.sizes) if j != i), reverse=True), start=1):
                taken += size
                if taken >= places or self.awards[i, taken] < self.awards[i, 0]:
                    order = count
                    break
            found.append(order)
        return found

    def order(self) -> int:
        """The least number of rivals below that costs somebody something."""
        return min(self.orders())


def _later(row: Array, size: int) -> Array:
    """A row after `size` more places are taken."""
    later = np.zeros_like(row)
    later[: max(len(row) - size, 0)] = row[size:]
    return later
