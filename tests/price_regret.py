"""What a deviation gains at a uniform price among three provers, by asking the rule who sets it in each order of the bids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from mechanisms import Distribution, Procurement, UniformPrice

Array = NDArray[np.float64]


def bid_cdf(strategy: object, law: Distribution, bids: Array) -> Array:
    """The chance of a lower bid; of the truth where a strategy has no inverse."""
    inverse: Callable[[Array], Array] = getattr(strategy, "inverse", lambda b: b)
    first = getattr(strategy, "bids", [-np.inf])[0]
    return np.where(bids < first, 0.0, law.cdf(inverse(bids)))


class Payoffs:
    """Of one prover against two rivals with known bid cdfs; none of them bids just the reserve but with what is left there."""

    def __init__(self, rule: UniformPrice, market: Procurement, i: int, cdfs: Mapping[int, Array], bids: Array) -> None:
        self.top, self.bids, self.market, self.i = float(bids[-1]), bids, market, i
        self.rule = UniformPrice(self.top + 3.0 if rule.reserve is None else rule.reserve)
        (self.j, one), (self.k, two) = cdfs.items()
        self.below, self.above = {self.j: one, self.k: two}, {self.j: 1.0 - one, self.k: 1.0 - two}

    def _outcome(self, order: tuple[int, ...]) -> tuple[float, int | None]:
        """The award, and whose bid the price is, when bids are in this order; all accepted."""
        levels = {prover: self.top - 3.0 + place for place, prover in enumerate(order)}
        named = {self.market.labels[prover]: bid for prover, bid in levels.items()}
        found, label = self.rule.outcome(self.market, named), self.market.labels[self.i]
        share, paid = float(found.allocation[label]), float(found.payments[label])
        if share == 0.0:
            return 0.0, None
        return share, min(levels, key=lambda prover: abs(levels[prover] - paid / share))

    def _beyond(self, weight: Array, measure: Array) -> Array:
        """The integral of a weight from each bid to the highest one, in what a measure rises."""
        slices = 0.5 * (weight[1:] + weight[:-1]) * np.diff(measure)
        return np.append(np.cumsum(slices[::-1])[::-1], 0.0)

    def paid_and_awarded(self) -> tuple[Array, Array]:
        """Expected payment and award of every bid. A rival that is above pays at most the reserve: as if it bid that."""
        paid, awarded = np.zeros_like(self.bids), np.zeros_like(self.bids)
        b, up, down = self.bids, self.above, self.below
        for order in permutations((self.i, self.j, self.k)):
            lower = order[: order.index(self.i)]
            rest = order[len(lower) + 1 :]
            share, setter = self._outcome(order)
            if len(rest) == 2:
                first, second = rest
                both, later = up[first][-1] * up[second][-1] * 0.5, b * up[second] + self._beyond(up[second], b)
                chance = self._beyond(up[second], down[first]) + both
                mean = {
                    first: self._beyond(b * up[second], down[first]) + self.top * both,
                    second: self._beyond(later, down[first]) + self.top * both,
                }
            elif len(rest) == 1:
                [last] = rest
                chance = down[lower[0]] * up[last]
                mean = {last: down[lower[0]] * (b * up[last] + self._beyond(up[last], b))}
            else:
                chance, mean = down[lower[0]] * down[lower[1]] * 0.5, {}
            if setter is not None:
                paid += share * (b * chance if setter == self.i else mean[setter])
                awarded += share * chance
        return paid, awarded


def regret(
    rule: UniformPrice, market: Procurement, strategies: Mapping[str, Callable[[Array], Array]], points: int = 6000
) -> float:
    """The largest gain over many types and all bids of a grid, on which cdfs are interpolated."""
    top = max(law.support[1] for law in market.costs) if rule.reserve is None else float(rule.reserve)
    low = min(law.support[0] for law in market.costs)
    kinks = np.concatenate([np.asarray(getattr(strategies[label], "bids", [])) for label in market.labels])
    kinks = np.concatenate([kinks, *(law.knots for law in market.costs)])
    pieces = np.union1d([low, top], kinks[(kinks > low) & (kinks < top)])
    bids = np.interp(np.arange(points + 1) * (len(pieces) - 1) / points, np.arange(len(pieces)), pieces)
    bids = np.union1d(bids, np.linspace(low, top, points))
    worst = -np.inf
    for i, (label, law) in enumerate(zip(market.labels, market.costs, strict=True)):
        cdfs = {}
        for j, (other, prior) in enumerate(zip(market.labels, market.costs, strict=True)):
            if j != i:
                cdfs[j] = bid_cdf(strategies[other], prior, bids)
                cdfs[j][-1] = cdfs[j][-2]  # what is left bids the reserve
        paid, awarded = Payoffs(rule, market, i, cdfs, bids).paid_and_awarded()
        types = law.quantile(np.linspace(0.01, 0.99, 41))
        types = types[types < top]
        own = np.minimum(np.asarray(strategies[label](types)), top)
        kept = np.interp(own, bids, paid) - types * np.interp(own, bids, awarded)
        best = np.max(paid[None, :] - types[:, None] * awarded[None, :], axis=1)
        worst = max(worst, float(np.max(best - kept)))
    return worst
