"""Requests drawn from an equilibrium: types from their laws, bids from the strategies, outcomes from the rule.

One function a family of markets says who is there and what a type costs; `simulating.py` takes the means. Where a rule draws
lots, outcomes are expectations over the lots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from equilibria.entry_bids import EntryBids
from equilibria.strategies import Mirrored, Strategy
from mechanisms import (
    BondAtStake,
    Budgeted,
    Contest,
    CostlyEntry,
    Exchange,
    Market,
    Mechanism,
    PackageSale,
    PrizeContest,
    Procurement,
    Refused,
    Sale,
    SequentialEntry,
    SplitAward,
    UncertainPresence,
    Uniform,
)
from mechanisms.one_factor import OneFactor

__all__ = ["Game", "Played", "Player", "Vectorised"]

Array = NDArray[np.float64]


class Game(Protocol):
    """A rule, a market and what agents do: an `Equilibrium`, or truth where it is dominant."""

    @property
    def mechanism(self) -> Mechanism:
        """The rule."""
        ...

    @property
    def market(self) -> Market:
        """The market."""
        ...

    @property
    def strategies(self) -> Mapping[str, Strategy]:
        """By label; empty where costs are known."""
        ...


@runtime_checkable
class Vectorised(Protocol):
    """A rule that is evaluated on arrays of reports."""

    def batch(self, market: Market, bids: Array, /) -> Outcomes:
        """Outcomes of many profiles, axes `(profiles, agents)`."""
        ...


class Outcomes(Protocol):
    """Outcomes of many profiles, axes `(profiles, agents)`."""

    def allocation(self) -> Array:
        """Shares of the award."""
        ...

    def payments(self) -> Array:
        """Amounts paid to agents (by them, in a sale)."""
        ...

    def proofs(self) -> Array:
        """Chances that a proof is made."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """Requests, one a row; names as in `Equilibrium`, agents in the market's order.

    Attributes:
        share: of the award, shape `(requests, agents)`.
        surplus: what each agent keeps, shape `(requests, agents)`.
        payment: what the requester pays, shape `(requests,)`.
        spent: what all agents spend, shape `(requests,)`.
        redundant: the part of it that is thrown away, shape `(requests,)`.
        nobody: chance that nobody is awarded, shape `(requests,)`.
    """

    share: Array
    surplus: Array
    payment: Array
    spent: Array
    redundant: Array
    nobody: Array


@dataclass(frozen=True, slots=True, eq=False)
class Player:
    """Draws requests from an equilibrium.

    Raises:
        Refused: costs are known, so that there is nothing to draw; the rule has no vectorised outcome; or agents may be away
            under a rule without a reserve, where an absent agent cannot be told from one that bids.
    """

    equilibrium: Game
    rule: Vectorised
    away: float | None
    """A bid that is not accepted; None where everybody is always there."""

    @classmethod
    def of(cls, equilibrium: Game) -> Player:
        """The player of an equilibrium."""
        rule, market = equilibrium.mechanism, equilibrium.market
        if not equilibrium.strategies:
            raise Refused("all costs are known, so nothing is drawn: the amounts of the equilibrium are what happens.")
        if not isinstance(rule, Vectorised):
            raise Refused(f"{type(rule).__name__} has no vectorised outcome, so it cannot be simulated.")
        return cls(equilibrium, rule, _away(rule, market))

    def bids(self, types: Array, luck: Array) -> Array:
        """What agents of these types bid, shape `(requests, agents)`; `luck`, uniform on [0, 1], decides who is there."""
        market = self.equilibrium.market
        bids = np.column_stack([self.equilibrium.strategies[label](types[:, i]) for i, label in enumerate(market.labels)])
        return bids if self.away is None else np.where(self._there(bids, luck), bids, self.away)

    def outcomes(self, bids: Array) -> Outcomes:
        """What the rule makes of bids."""
        return self.rule.batch(_stage(self.equilibrium.market), bids)

    def paid(self, outcome: Outcomes) -> Array:
        """What agents are paid (pay, in a sale); a winner that fails is paid nothing, and loses its bond."""
        market, paid = self.equilibrium.market, outcome.payments()
        if not isinstance(market, BondAtStake):
            return paid
        return np.asarray((1.0 - market.failure) * paid - market.failure * market.bond * outcome.allocation())

    def draw(self, rng: np.random.Generator, size: int) -> Played:
        """So many requests."""
        market = self.equilibrium.market
        types, stakes = _types(market, rng, size)
        luck = np.zeros(types.shape) if self.away is None else rng.random(types.shape)
        bids = self.bids(types, luck)
        outcome = self.outcomes(bids)
        share, paid, proofs = outcome.allocation(), self.paid(outcome), outcome.proofs()
        if isinstance(market, Contest):
            spent = stakes * bids
            thrown = np.where(share > 0.0, 0.0, spent) if isinstance(self.rule, PrizeContest) else spent * (1.0 - share)
            surplus, payment = paid - spent, paid.sum(axis=1)
            return _played(share, surplus, payment, spent.sum(axis=1), thrown.sum(axis=1), 1.0 - share.sum(axis=1))
        if isinstance(market, Exchange):
            side = np.where(np.arange(len(market.labels)) < market.buyers, -1.0, 1.0)
            spent = stakes * proofs
            surplus = side * (paid - stakes * share)
            payment = paid[:, : market.buyers].sum(axis=1)
            nobody = 1.0 - share.max(axis=1)
            return _played(share, surplus, payment, spent.sum(axis=1), np.zeros(size), nobody)
        spent = market.sign * stakes * proofs
        surplus = market.sign * paid - spent
        redundant, total = (spent - market.sign * stakes * share).sum(axis=1), spent.sum(axis=1)
        if isinstance(market, CostlyEntry | SequentialEntry):
            entered = bids != self.away
            surplus = surplus - market.cost * entered
            fees, sold = market.cost * entered.sum(axis=1), share.sum(axis=1)
            redundant, total = redundant + fees - market.cost * sold, total + fees
        return _played(share, surplus, paid.sum(axis=1), total, redundant, self._nobody(market, share))

    def _nobody(self, market: Market, share: Array) -> Array:
        """The chance that nobody is awarded anything."""
        if isinstance(self.rule, SplitAward):
            return np.asarray(share.max(axis=1) == 0.0, dtype=np.float64)
        if market.tasks > 1 or isinstance(market, PackageSale):  # several may be awarded: whoever is likeliest is, if anybody is
            return np.asarray(np.maximum(1.0 - share.max(axis=1), 0.0))
        return np.asarray(1.0 - share.sum(axis=1))

    def _there(self, bids: Array, luck: Array) -> NDArray[np.bool_]:
        """Who is there, given what it would bid."""
        market = self.equilibrium.market
        there = ~np.isnan(bids)
        if isinstance(market, UncertainPresence):
            return np.asarray(luck < np.array(market.presence))
        if isinstance(market, CostlyEntry) and not market.informed:
            return np.asarray(there & (luck < _entry(self.equilibrium, market)))
        return there


def _played(share: Array, surplus: Array, payment: Array, spent: Array, redundant: Array, nobody: Array) -> Played:
    return Played(share=share, surplus=surplus, payment=payment, spent=spent, redundant=redundant, nobody=nobody)


def _types(market: Market, rng: np.random.Generator, size: int) -> tuple[Array, Array]:
    """What agents see, and what the award costs them (is worth to them)."""
    agents = len(market.labels)
    if isinstance(market, OneFactor):
        common, own = market.common.sample(rng, size)[:, None], market.own.sample(rng, (size, agents))
        signals = common * own if market.form == "proportional" else common + own
        return signals, signals if market.stake == "private" else np.broadcast_to(common, signals.shape)
    types = np.empty((size, agents))
    for i, prior in enumerate(market.priors):
        types[:, i] = prior.sample(rng, size)
    return types, types


def _stage(market: Market) -> Market:
    """The market in which reports are evaluated, once agents have entered and know what they know."""
    if isinstance(market, BondAtStake | CostlyEntry | SequentialEntry):
        return market.market
    if isinstance(market, OneFactor):
        laws = dict.fromkeys(market.labels, Uniform(*market.support))
        return Procurement(laws) if market.sign > 0 else Sale(laws)
    return market


def _entry(equilibrium: Game, market: CostlyEntry) -> float:
    """The probability with which each agent enters."""
    strategy = equilibrium.strategies[market.labels[0]]
    within = strategy.of if isinstance(strategy, Mirrored) else strategy
    assert isinstance(within, EntryBids)
    return within.entry


def _away(rule: Mechanism | Vectorised, market: Market) -> float | None:
    """A bid that the rule does not accept; None where everybody is always there."""
    absent = isinstance(market, CostlyEntry | SequentialEntry)
    absent |= isinstance(market, UncertainPresence) and min(market.presence) < 1.0
    absent |= isinstance(market, Budgeted) and market.sign > 0  # costs above the budget
    if not absent:
        return None
    reserve = getattr(rule, "reserve", None)
    if reserve is None:
        raise Refused("who is away can only be simulated under a reserve, as a bid that is not accepted. Set a reserve.")
    return float(reserve) + market.sign * (1.0 + abs(float(reserve)))
