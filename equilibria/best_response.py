r"""The best bid of each type against the strategies of the others, found numerically: how flat the optimum is.

Against fixed rivals the interim utility of type $c$ is $T(b)-c\,X(b)$. Where the bid is paid, $X$ is a product of the chances
that rivals bid above $b$, taken from the inverses of their strategies; under any other rule $X$ and $T$ are means over
quasi-random types of the rivals, the same for every bid. Nothing here is certified: the equilibrium's `epsilon` is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.strategies import Invertible, Strategy
from mechanisms import CustomRule, Distribution, FirstPrice, RankedMechanism, Refused, UncertainPresence

if TYPE_CHECKING:
    from equilibria.equilibrium import Equilibrium

TYPES = 4097  # of a strategy without an inverse
BIDS = 513
"""Bids of the first search."""

REFINEMENTS = 5
"""Searches around the best bid, each on a grid eight times finer."""

DRAWS = 1 << 12
"""Quasi-random types of the rivals, where the rule is not pay as bid."""

Interim = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BestResponse:
    """One agent's best bids against the others' strategies, estimated.

    Attributes:
        label: whose.
        sign: +1 where types are costs, -1 where they are values.
        bids: the range of bids that is searched.
        played: the agent's own strategy.
        interim: chance to be awarded and expected payment by bid.
        refined: whether the search goes on between the bids of the first grid.
    """

    label: str
    sign: int
    bids: tuple[float, float]
    played: Callable[[ArrayLike], NDArray[np.float64]]
    interim: Interim
    refined: bool

    def utility(self, types: ArrayLike, bids: ArrayLike) -> NDArray[np.float64]:
        """Interim utility of types at bids, entry by entry."""
        wins, paid = self.interim(np.asarray(bids, dtype=np.float64))
        return np.asarray(self.sign * (paid - np.asarray(types, dtype=np.float64) * wins))

    def bid(self, types: ArrayLike) -> NDArray[np.float64]:
        """The best bid of each type; its own where none is better."""
        return self._best(types)[0]

    def gain(self, types: ArrayLike) -> NDArray[np.float64]:
        """What each type gains by its best bid, at least 0."""
        return self._best(types)[1]

    def _best(self, types: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        given = np.asarray(types, dtype=np.float64)
        t = given.ravel()
        own = np.asarray(self.played(t))
        base = self.utility(t, own)
        grid = np.linspace(*self.bids, BIDS)
        wins, paid = self.interim(grid)
        table = self.sign * (paid - t[:, None] * wins)
        best, value = grid[table.argmax(axis=1)], table.max(axis=1)
        step = grid[1] - grid[0]
        for _ in range(REFINEMENTS if self.refined else 0):
            around = np.clip(best[:, None] + np.linspace(-step, step, 17), *self.bids)
            table = self.utility(t[:, None], around)
            best, value = np.take_along_axis(around, table.argmax(axis=1)[:, None], axis=1)[:, 0], table.max(axis=1)
            step /= 8.0
        better = value > base
        bid, gain = np.where(better, best, own), np.where(better, value - base, 0.0)
        return bid.reshape(given.shape), gain.reshape(given.shape)


def best_response(equilibrium: Equilibrium, label: str) -> BestResponse:
    """See `Equilibrium.best_response`."""
    rule, market = equilibrium.mechanism, equilibrium.market
    played = equilibrium.strategy(label)
    if not isinstance(rule, RankedMechanism | CustomRule):
        raise Refused(f"{type(rule).__name__} has no vectorised outcome, so best responses cannot be searched.")
    ends = [end for prior in market.priors for end in prior.support]
    low, high = min(ends), max(ends)
    if isinstance(rule, CustomRule) and rule.bids is not None:
        low, high = rule.bids
    reserve = getattr(rule, "reserve", None)
    if reserve is not None:
        low, high = min(low, float(reserve)), max(high, float(reserve))
    interim: Interim
    if isinstance(rule, FirstPrice):
        interim = _pay_as_bid(equilibrium, label, None if reserve is None else float(reserve))
    else:
        interim = _sampled(equilibrium, label)
    return BestResponse(
        label=label, sign=market.sign, bids=(low, high), played=played, interim=interim, refined=isinstance(rule, FirstPrice)
    )


def _type_that_bids(strategy: Strategy, prior: Distribution, bids: NDArray[np.float64]) -> NDArray[np.float64]:
    """The type that bids each bid; where the strategy has no inverse, linear between a few thousand types."""
    if isinstance(strategy, Invertible):
        return strategy.inverse(bids)
    types = np.linspace(*prior.support, TYPES)
    made = np.maximum.accumulate(strategy(types))
    return np.interp(bids, made, types, left=-np.inf, right=np.inf)


def _pay_as_bid(equilibrium: Equilibrium, label: str, reserve: float | None) -> Interim:
    """Chances to win from the inverse strategies of the rivals."""
    market = equilibrium.market
    presence = market.presence if isinstance(market, UncertainPresence) else (1.0,) * len(market.labels)
    everybody = zip(market.labels, market.priors, presence, strict=True)
    rivals = [(prior, equilibrium.strategies[k], there) for k, prior, there in everybody if k != label]

    def interim(bids: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        wins = np.ones(bids.shape)
        for prior, strategy, there in rivals:
            cost = _type_that_bids(strategy, prior, bids)
            wins = wins * (1.0 - there + there * (prior.survival(cost) if market.sign > 0 else prior.cdf(cost)))
        if reserve is not None:
            wins = np.where(market.sign * bids <= market.sign * reserve, wins, 0.0)
        return wins, wins * bids

    return interim


def _sampled(equilibrium: Equilibrium, label: str) -> Interim:
    """Means over quasi-random types of the rivals."""
    from scipy.stats import qmc

    market = equilibrium.market
    rule = equilibrium.mechanism
    assert isinstance(rule, RankedMechanism | CustomRule)
    own = market.index(label)
    levels = qmc.Sobol(len(market.labels), scramble=False).random(DRAWS) + 0.5 / DRAWS
    profiles = np.empty_like(levels)
    for j, (k, prior) in enumerate(zip(market.labels, market.priors, strict=True)):
        profiles[:, j] = equilibrium.strategies[k](prior.quantile(levels[:, j]))

    def interim(bids: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        wins, paid = np.empty(bids.size), np.empty(bids.size)
        for m, bid in enumerate(bids.ravel()):
            profiles[:, own] = bid
            outcome = rule.batch(market, profiles)
            wins[m] = outcome.proofs()[:, own].mean()
            paid[m] = outcome.payments()[:, own].mean()
        return wins.reshape(bids.shape), paid.reshape(bids.shape)

    return interim
