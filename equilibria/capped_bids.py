r"""Bids under a budget: the bids without it up to a type, and the whole budget beyond.

In the orientation of a procurement, where values are negative costs and the lowest bid that a budget allows is $m=-w$, costs
below the switch $s$ bid $m$, and who of them wins is drawn by lot: with $q=F(s)$, each does with probability
$X_m=(1-(1-q)^n)/(nq)$.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.entry_bids import EntryBids
from equilibria.monotone_inverse import inverted
from mechanisms.distributions import Distribution

__all__ = ["BudgetSwitch", "CappedBids"]


@dataclass(frozen=True, kw_only=True)
class CappedBids:
    """The bid that all buyers with one budget use, mirrored.

    Arguments:
        free: bids and rents without the budget, pay as bid.
        least: the lowest bid that it allows.
        switch: costs below it bid `least`.
        all_pay: whether everybody pays its bid.
    """

    free: EntryBids
    least: float
    switch: float
    all_pay: bool

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape; NaN below the support."""
        c = np.asarray(costs, dtype=np.float64)
        return np.where(
            c < self.free.prior.support[0], np.nan, np.where(c < self.switch, self.least, self._without_budget(c))
        )

    def _without_budget(self, c: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(c * self.free.winning(c) + self.free.rent(c) if self.all_pay else self.free(c))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Where bids jump from the budget, and where pieces of the law meet above."""
        return np.unique([self.free.prior.support[0], self.switch, *(k for k in self.free.knots if k > self.switch)])

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids; the lowest cost where none does."""
        b, knots = np.asarray(bids, dtype=np.float64), self.knots
        above = knots[knots >= self.switch]
        found = inverted(self._without_budget, above, b) if len(above) > 1 else np.full(b.shape, self.switch)
        return np.where(b < self.least, knots[0], np.maximum(found, self.switch))


@dataclass(frozen=True, slots=True)
class BudgetSwitch:
    """The type that is indifferent between its bid and the whole budget, bracketed and solved by Brent's method."""

    def strategy(self, prior: Distribution, provers: int, reserve: float | None, least: float, *, all_pay: bool) -> CappedBids:
        """The strategy that all share, in the orientation of a procurement."""
        from scipy.optimize import brentq

        low, high = prior.support
        end = high if reserve is None else min(reserve, high)
        free = EntryBids(
            prior=prior, provers=provers, reserve=end, last=end, probability=1.0, informed=False, truthful=False
        )  # fmt: skip

        def excess(cost: float) -> float:
            """What the whole budget earns a cost that is the last to bid it, beyond its own bid."""
            q = float(prior.cdf(np.float64(cost)))
            wins = float(-np.expm1(provers * np.log1p(-q)) / (provers * q)) if 0.0 < q < 1.0 else 1.0 if q == 0.0 else 1 / provers
            earned = least - cost * wins if all_pay else (least - cost) * wins
            return earned - float(free.rent(cost))

        last = end if all_pay else min(least, end)
        if last <= low or excess(low) <= 0.0:
            switch = low
        elif excess(last) >= 0.0:
            switch = last
        else:
            switch = float(brentq(excess, low, last, xtol=1e-300, rtol=8.9e-16))
        return CappedBids(free=free, least=least, switch=switch, all_pay=all_pay)
