r"""The best bid of each type against the strategies of the others, found numerically: how flat the optimum is.

Against fixed rivals the interim utility of type $c$ is $T(b)-c\,X(b)$. Where the bid is paid, $X$ is a product of the chances
that rivals bid above $b$, taken from the inverses of their strategies, and an attitude $U$ makes it $X(b)\,U(b-c)$; under any
other rule $X$ and $T$ are means over quasi-random types of the rivals, the same for every bid. Where signals are correlated these
means are weighted by what a signal says of the common factor. Nothing here is certified: the equilibrium's `epsilon` is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.playing import Player
from equilibria.strategies import Invertible, Strategy
from mechanisms import (
    AllPay,
    BondAtStake,
    Budgeted,
    Contest,
    CostlyEntry,
    CustomRule,
    Distribution,
    Exchange,
    FirstPrice,
    PackageSale,
    Refused,
    RiskAverse,
    SequentialEntry,
    UncertainPresence,
    WarOfAttrition,
)
from mechanisms.one_factor import OneFactor

if TYPE_CHECKING:
    from equilibria.equilibrium import Equilibrium

TYPES = 4097  # of a strategy without an inverse
BIDS = 513
"""Bids of the first search."""

REFINEMENTS = 5
"""Searches around the best bid, each on a grid eight times finer."""

DRAWS = 1 << 12
"""Quasi-random types of the rivals, where the rule is not pay as bid."""

Array = NDArray[np.float64]
Interim = Callable[[Array], tuple[Array, Array]]
Payoff = Callable[[Array, Array], Array]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BestResponse:
    """One agent's best bids against the others' strategies, estimated.

    Attributes:
        label: whose.
        bids: the range of bids that is searched.
        played: the agent's own strategy.
        payoff: interim utility of types at bids, by broadcasting.
        refined: whether the search goes on between the bids of the first grid.
        may_stay_out: whether types choose to take part, at a cost.
    """

    label: str
    bids: tuple[float, float]
    played: Callable[[ArrayLike], Array] = field(repr=False)
    payoff: Payoff = field(repr=False)
    refined: bool
    may_stay_out: bool = False

    def utility(self, types: ArrayLike, bids: ArrayLike) -> Array:
        """Interim utility of types at bids, entry by entry, less a cost of entry; a bid of NaN stays out, for nothing."""
        t, b = np.broadcast_arrays(np.asarray(types, dtype=np.float64), np.asarray(bids, dtype=np.float64))
        inside = ~np.isnan(b)
        utility = np.zeros(b.shape)
        utility[inside] = self.payoff(t[inside], b[inside])
        return utility

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
        table = self.payoff(t[:, None], grid[None, :])
        best, value = grid[table.argmax(axis=1)], table.max(axis=1)
        step = grid[1] - grid[0]
        for _ in range(REFINEMENTS if self.refined else 0):
            around = np.clip(best[:, None] + np.linspace(-step, step, 17), *self.bids)
            table = self.utility(t[:, None], around)
            best, value = np.take_along_axis(around, table.argmax(axis=1)[:, None], axis=1)[:, 0], table.max(axis=1)
            step /= 8.0
        if self.may_stay_out:
            best, value = np.where(value > 0.0, best, np.nan), np.maximum(value, 0.0)
        better = value > base
        bid, gain = np.where(better, best, own), np.where(better, value - base, 0.0)
        return bid.reshape(given.shape), gain.reshape(given.shape)


def best_response(equilibrium: Equilibrium, label: str) -> BestResponse:
    """See `Equilibrium.best_response`."""
    rule, market = equilibrium.mechanism, equilibrium.market
    played = equilibrium.strategy(label)
    reserve = getattr(rule, "reserve", None)
    paid_as_bid = isinstance(rule, FirstPrice) and not isinstance(market, Budgeted | CostlyEntry | OneFactor)
    if isinstance(market, SequentialEntry):
        raise Refused("entry is decided before costs are known. Search in the market of those who enter, of market.market.")
    if isinstance(market, Budgeted) and market.sign > 0:
        raise Refused("costs above the budget cannot take part. Search in the market without one, market.market.")
    if isinstance(market, RiskAverse) and not paid_as_bid:
        raise Refused("best responses of agents averse to risk are searched under FirstPrice; truth is dominant under Vickrey.")
    sign = -1 if isinstance(market, PackageSale) or (isinstance(market, Exchange) and label in market.users) else market.sign
    payoff: Payoff
    if paid_as_bid:
        payoff = _pay_as_bid(equilibrium, label, None if reserve is None else float(reserve))
    elif isinstance(market, OneFactor):
        payoff = _with_factor(equilibrium, market, label)
    else:
        payoff = _linear(sign, _sampled(equilibrium, label), market.cost if isinstance(market, CostlyEntry) else 0.0)
    return BestResponse(
        label=label,
        bids=_range(equilibrium, reserve),
        played=played,
        payoff=payoff,
        refined=paid_as_bid or isinstance(market, Contest),
        may_stay_out=isinstance(market, CostlyEntry) and market.informed,
    )


def _range(equilibrium: Equilibrium, reserve: float | None) -> tuple[float, float]:
    """The bids to search among."""
    rule, market = equilibrium.mechanism, equilibrium.market
    if isinstance(rule, CustomRule) and rule.bids is not None:
        return rule.bids
    if isinstance(market, Contest):
        return 0.0, float(market.prize) / min(prior.support[0] for prior in market.priors)  # more costs more than the prize
    ends = list(market.support) if isinstance(market, OneFactor) else [end for prior in market.priors for end in prior.support]
    if isinstance(market, PackageSale) or isinstance(rule, AllPay | WarOfAttrition):
        ends.append(0.0)
    if isinstance(rule, WarOfAttrition):  # bids have no limit there; beyond twice the values hardly anybody bids
        ends.append(2.0 * max(ends))
    if isinstance(market, BondAtStake):
        ends += [(end + market.failure * market.bond) / (1.0 - market.failure) for end in ends]
    if reserve is not None:
        ends.append(float(reserve))
    return min(ends), min(market.budget, max(ends)) if isinstance(market, Budgeted) else max(ends)


def _linear(sign: int, interim: Interim, entry: float) -> Payoff:
    """Utility that is linear in one's own type, less what entering costs."""

    def payoff(types: Array, bids: Array) -> Array:
        wins, paid = interim(bids)
        return np.asarray(sign * (paid - types * wins) - entry)

    return payoff


def _type_that_bids(strategy: Strategy, prior: Distribution, bids: NDArray[np.float64]) -> NDArray[np.float64]:
    """The type that bids each bid; where the strategy has no inverse, linear between a few thousand types."""
    if isinstance(strategy, Invertible):
        return strategy.inverse(bids)
    types = np.linspace(*prior.support, TYPES)
    made = np.maximum.accumulate(strategy(types))
    return np.interp(bids, made, types, left=-np.inf, right=np.inf)


def _pay_as_bid(equilibrium: Equilibrium, label: str, reserve: float | None) -> Payoff:
    """From chances to win, which the inverse strategies of the rivals give."""
    market = equilibrium.market
    presence = market.presence if isinstance(market, UncertainPresence) else (1.0,) * len(market.labels)
    everybody = zip(market.labels, market.priors, presence, strict=True)
    rivals = [(prior, equilibrium.strategies[k], there) for k, prior, there in everybody if k != label]
    attitude = market.attitudes[market.index(label)] if isinstance(market, RiskAverse) else None

    def payoff(types: Array, bids: Array) -> Array:
        wins = np.ones(bids.shape)
        for prior, strategy, there in rivals:
            cost = _type_that_bids(strategy, prior, bids)
            wins = wins * (1.0 - there + there * (prior.survival(cost) if market.sign > 0 else prior.cdf(cost)))
        if reserve is not None:
            wins = np.where(market.sign * bids <= market.sign * reserve, wins, 0.0)
        profit = market.sign * ((market.net(bids) if isinstance(market, BondAtStake) else bids) - types)
        if attitude is not None:  # a loss counts at least as much as to an agent that is neutral to risk
            profit = np.where(profit > 0.0, attitude.utility(np.maximum(profit, 0.0)), profit)
        return np.asarray(wins * profit)

    return payoff


def _levels(columns: int) -> Array:
    """Quasi-random numbers inside (0, 1), shape `(DRAWS, columns)`."""
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(columns, scramble=False).random(DRAWS) + 0.5 / DRAWS)


def _sampled(equilibrium: Equilibrium, label: str) -> Interim:
    """Means over quasi-random types of the rivals."""
    market, player = equilibrium.market, Player.of(equilibrium)
    agents, own = len(market.labels), market.index(label)
    levels = _levels(2 * agents)
    types = np.column_stack([prior.quantile(levels[:, j]) for j, prior in enumerate(market.priors)])
    profiles = player.bids(types, levels[:, agents:])
    user = isinstance(market, Exchange) and own < market.buyers

    def interim(bids: Array) -> tuple[Array, Array]:
        load, paid = np.empty(bids.size), np.empty(bids.size)
        for m, bid in enumerate(bids.ravel()):
            profiles[:, own] = bid
            outcome = player.outcomes(profiles)
            made = outcome.allocation() if user else outcome.proofs()
            # in a contest each unit of effort costs one's cost, whoever wins
            load[m] = bid if isinstance(market, Contest) else made[:, own].mean()
            paid[m] = player.paid(outcome)[:, own].mean()
        return load.reshape(bids.shape), paid.reshape(bids.shape)

    return interim


def _with_factor(equilibrium: Equilibrium, market: OneFactor, label: str) -> Payoff:
    """Means over common factors and rivals' own parts, weighted by the density of one's signal given the factor."""
    player, own = Player.of(equilibrium), market.index(label)
    levels = _levels(len(market.labels) + 1)
    factor = market.common.quantile(levels[:, 0])
    parts = market.own.quantile(levels[:, 1:])
    scaled = market.form == "proportional"
    profiles = player.bids(factor[:, None] * parts if scaled else factor[:, None] + parts, levels[:, 1:])

    def weights(signals: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            part = signals[:, None] / factor if scaled else signals[:, None] - factor
            raw = np.nan_to_num(market.own.pdf(part) / (factor if scaled else 1.0), nan=0.0, posinf=0.0)
        return np.asarray(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-300))

    def payoff(types: Array, bids: Array) -> Array:
        signals, which = np.unique(types, return_inverse=True)
        tried, place = np.unique(bids, return_inverse=True)
        odds, table = weights(signals), np.empty((len(signals), len(tried)))
        for m, bid in enumerate(tried):
            profiles[:, own] = bid
            outcome = player.outcomes(profiles)
            wins, paid = outcome.proofs()[:, own], outcome.payments()[:, own]
            stake = signals * (odds @ wins) if market.stake == "private" else odds @ (factor * wins)
            table[:, m] = market.sign * (odds @ paid - stake)
        rows, columns = np.broadcast_arrays(which.reshape(types.shape), place.reshape(bids.shape))
        return np.asarray(table[rows, columns])

    return payoff
