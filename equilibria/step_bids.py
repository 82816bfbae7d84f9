"""Bid strategies that are step functions of the cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class StepBids:
    r"""Costs in $(t_{k-1},t_k]$ bid $a_k$, the first cell with its lower end. Costs above the last bid themselves: none wins.

    Arguments:
        costs: $t_0<\dots<t_K$.
        bids: $a_1<\dots<a_K$.
    """

    costs: NDArray[np.float64]
    bids: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("costs", "bids"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def of_cuts(cls, low: float, reach: float, cuts: NDArray[np.float64], bids: NDArray[np.float64]) -> StepBids:
        """The strategy that passes from `bids[k]` to `bids[k+1]` at `cuts[k]`; bids that no cost makes are left out."""
        ends = np.concatenate([np.maximum.accumulate(np.clip(cuts, low, reach)), [reach]])
        starts = np.concatenate([[low], ends[:-1]])
        made = starts < ends
        return cls(np.concatenate([[low], ends[made]]), np.asarray(bids)[made])

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; a cost below the support gives NaN."""
        c = np.asarray(costs, dtype=np.float64)
        k = np.clip(np.searchsorted(self.costs, c, side="left") - 1, 0, len(self.bids) - 1)
        return np.where(c > self.costs[-1], c, np.where(c < self.costs[0], np.nan, self.bids[k]))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Costs at which bids jump, and the ends."""
        return self.costs

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids; below every bid, the lowest cost."""
        b = np.asarray(bids, dtype=np.float64)
        inside = self.costs[np.searchsorted(self.bids, b, side="right")]
        return np.where(b >= self.bids[-1], np.maximum(b, self.costs[-1]), inside)
