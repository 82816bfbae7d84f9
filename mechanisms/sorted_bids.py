r"""Rules that sort the accepted bids: the lowest win one task each, and prices are bids of a rank.

With accepted bids $b_{(1)}\le b_{(2)}\le\dots$ (equal ones in market order), $k$ tasks and the reserve $r$, the winners are the
first $k$, and a winner is paid its own bid or $b_{(m)}$ for the rank $m$ of the rule; $r$ where fewer than $m$ were accepted.
A rule may award something else by rank: what provers can make until all tasks are awarded, or shares of one task.
Sales are mirrored: values are negative costs.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism, check_capacities
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.statement import Number

__all__ = ["SortedMechanism", "TaskOutcomes"]


@dataclass(frozen=True, slots=True, eq=False)
class TaskOutcomes:
    """Outcomes of many profiles, without labels; axes `(*batch, provers)` as in `_types.py`.

    Arguments:
        shares: what each prover is awarded: 1.0 for one task.
        paid: what each prover is paid (pays, in a sale).
    """

    shares: FloatArray
    paid: FloatArray

    def __post_init__(self) -> None:
        for array in (self.shares, self.paid):
            array.setflags(write=False)

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone is awarded; shape `(*batch,)`."""
        return np.asarray(self.shares.any(axis=-1))

    def allocation(self) -> FloatArray:
        """Shares by prover; shape `(*batch, provers)`."""
        return self.shares

    def payments(self) -> FloatArray:
        """Payments by prover; shape `(*batch, provers)`."""
        return self.paid

    def proofs(self) -> FloatArray:
        """Whether each prover makes a proof; shape `(*batch, provers)`."""
        return self.shares


@dataclass(frozen=True, slots=True)
class SortedMechanism(Mechanism):
    """A rule of this module; abstract, its subclasses are final."""

    everyone_pays: ClassVar[bool] = False
    """Whether losers, too, pay the bids that were accepted of them; always their own."""

    reserve: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)

    @abstractmethod
    def price_rank(self, tasks: int) -> int | None:
        """The rank of the bid that a winner is paid, 1 for the lowest; None for its own."""

    def price_place(self, market: Market, able: Sequence[Any]) -> Any:
        """How many bids are lower than the one that a winner is paid, a number or an array, given what their makers can do,
        lowest bid first; as many as there are, or more, if no bid is that one, and None where winners are paid their own."""
        rank = self.price_rank(market.tasks)
        if rank is None or market.capacities is None:
            return rank if rank is None else rank - 1
        total: Any = 0
        place: Any = 0
        for capacity in able:
            total = total + capacity
            place = place + (total < rank)
        return place

    def awards(self, market: Market, able: Sequence[Any]) -> list[Any]:
        """What the bids of each rank are awarded, given what their makers can do, lowest bid first (numbers, or arrays)."""
        left: Any = market.tasks
        awards = []
        for capacity in able:
            award = np.minimum(capacity, left) if isinstance(capacity, np.ndarray) else min(capacity, left)
            awards.append(award)
            left = left - award
        return awards

    def check_market(self, market: Market) -> None:
        """Refuses a market in which the rule has no meaning.

        Raises:
            Refused: and why.
        """
        check_capacities(self, market)
        rank, places = self.price_rank(market.tasks), sum(market.capacities or (1,) * len(market.labels))
        if self.reserve is None and rank is not None and rank > places:
            provers = f"{len(market.labels)} provers" if market.capacities is None else f"capacities for {places}"
            raise Refused(
                f"{type(self).__name__} needs a bid of rank {rank} or a reserve: with {provers} and reserve=None there is no "
                "price. Pass reserve=."
            )

    def limit(self, market: Market, number: Number = float) -> Any:
        """The highest bid that is accepted in the market's procurement, or None."""
        return None if self.reserve is None else market.sign * number(self.reserve)

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: who bids, and how many tasks there are.
            bids: one report per label: costs in a procurement, values in a sale. Integers, `Fraction` and `Decimal` are
                evaluated in exact rationals.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is no finite number.
            Refused: the rule has no outcome here, and why.
        """
        reports, number = read_bids(market, bids)
        self.check_market(market)
        costs = reports if market.sign > 0 else [number(0) - report for report in reports]
        limit = self.limit(market, number)
        order = sorted((i for i in range(len(costs)) if limit is None or costs[i] <= limit), key=lambda i: costs[i])
        able = [1 if market.capacities is None else market.capacities[i] for i in order]
        awards, place = self.awards(market, able), self.price_place(market, able)
        shares = [number(0) for _ in costs]
        for i, award in zip(order, awards, strict=False):
            shares[i] = number(award)
        if market.lots:
            for i in order:
                equals = [j for j in order if costs[j] == costs[i]]
                shares[i] = sum((number(award) for j, award in zip(order, awards, strict=False) if j in equals), number(0))
                shares[i] /= len(equals)
        price = None if place is None else costs[order[place]] if place < len(order) else limit
        amounts = [
            cost if price is None or (self.everyone_pays and not share) else price
            for cost, share in zip(costs, shares, strict=True)
        ]
        paid = [number(1 if i in order else 0) for i in range(len(costs))] if self.everyone_pays else shares
        payments = [market.sign * amount * share for amount, share in zip(amounts, paid, strict=True)]
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in (shares, payments, shares)))

    @final
    def batch(self, market: Market, bids: Profiles) -> TaskOutcomes:
        """Outcomes of many profiles at once.

        Arguments:
            market: who bids.
            bids: finite reports, shape `(*batch, provers)`, provers in market order.

        Raises:
            InvalidInput: the wrong number of provers, not numbers, or not finite.
            Refused: the rule has no outcome here, and why.
        """
        profiles = read_profiles(market, bids)
        self.check_market(market)
        costs = market.sign * profiles
        limit = self.limit(market)
        accepted = np.ones(costs.shape, dtype=bool) if limit is None else costs <= limit
        keyed = np.where(accepted, costs, np.inf)
        order = np.argsort(keyed, axis=-1, kind="stable")
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.broadcast_to(np.arange(costs.shape[-1]), costs.shape), axis=-1)
        able = np.broadcast_to(np.array([1] * costs.shape[-1] if market.capacities is None else market.capacities), costs.shape)
        ranked_able = list(np.moveaxis(np.take_along_axis(able, order, axis=-1), -1, 0))
        ranked_awards, place = np.asarray(self.awards(market, ranked_able)), self.price_place(market, ranked_able)
        awards = np.take_along_axis(np.moveaxis(np.asarray(ranked_awards, dtype=np.float64), 0, -1), places, axis=-1)
        shares = np.where(accepted, awards, 0.0)
        if market.lots:
            equal = keyed[..., :, None] == keyed[..., None, :]
            shares = np.where(accepted, (equal * shares[..., None, :]).sum(axis=-1) / equal.sum(axis=-1), 0.0)
        if place is None:
            amounts = costs
        else:
            top = np.inf if limit is None else limit
            ranked = np.append(np.take_along_axis(keyed, order, axis=-1), np.full((*costs.shape[:-1], 1), np.inf), axis=-1)
            places_paid = np.broadcast_to(np.minimum(place, costs.shape[-1]), costs.shape[:-1])
            price = np.minimum(np.take_along_axis(ranked, places_paid[..., None], axis=-1)[..., 0], top)
            amounts = np.broadcast_to(price[..., None], costs.shape)
            if self.everyone_pays:
                amounts = np.where(shares > 0.0, amounts, costs)
        paid = accepted.astype(np.float64) if self.everyone_pays else shares
        return TaskOutcomes(shares, np.where(paid > 0.0, market.sign * amounts * paid, 0.0))


def only_one_task(rule: Mechanism, market: Market) -> None:
    """Refuses several tasks."""
    if market.tasks != 1:
        raise Refused(f"{type(rule).__name__} awards one task; this market has tasks={market.tasks}. Pass tasks=1.")


def check_rank(value: object, least: int) -> None:
    """Refuses a rank of a bid that is no whole number, or too small."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"k must be a whole number of at least {least}; got {shown(value)}. Vickrey is the second price.")
