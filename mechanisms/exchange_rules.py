r"""Rules of an exchange: checked reports, the outcome by label, and outcomes of many profiles.

A rule gets the fees $f_1, \dots, f_m$ that users bid (for all proofs of their demand) and the asks $p_1, \dots, p_n$ of provers
(for one proof), and says who is served, how many proofs each prover makes, what each user pays and what each prover is paid. A
user of value $v$ has the utility $v x - t$, a prover of cost $c$ the utility $t - c\,x$, with $x$ from the allocation (1 for a
user that is served; the number of proofs of a prover) and $t$ from the payments. Users' payments less provers' are the surplus
of whoever runs the exchange.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import Refused
from mechanisms.exchange import Exchange
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.statement import Number

__all__ = ["ExchangeMechanism", "ExchangeOutcomes"]

Sides: TypeAlias = tuple[Sequence[Any], Sequence[Any], Sequence[Any], Sequence[Any]]
"""Shares of users, proofs of provers, payments of users, payments to provers."""

BatchSides: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""The same as arrays `(*batch, users)` and `(*batch, provers)`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExchangeOutcomes:
    """Outcomes of many profiles of an exchange, without labels; axes `(*batch, agents)`, users first.

    Arguments:
        trades: share of its demand that each user is served, and proofs of each prover; expected, where a lottery is drawn.
        paid: what each user pays and what each prover is paid.
        buyers: number of users.
    """

    trades: FloatArray
    paid: FloatArray
    buyers: int

    def __post_init__(self) -> None:
        for array in (self.trades, self.paid):
            array.setflags(write=False)

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone trades; shape `(*batch,)`."""
        return np.asarray((self.trades > 0.0).any(axis=-1))

    def allocation(self) -> FloatArray:
        """Share that a user is served, number of proofs of a prover; shape `(*batch, agents)`."""
        return self.trades

    def payments(self) -> FloatArray:
        """What each user pays and each prover is paid; shape `(*batch, agents)`."""
        return self.paid

    def proofs(self) -> FloatArray:
        """Number of proofs that each prover makes, 0 for users; shape `(*batch, agents)`."""
        proofs = self.trades.copy()
        proofs[..., : self.buyers] = 0.0
        return proofs

    def surplus(self) -> FloatArray:
        """What users pay less what provers are paid; shape `(*batch,)`."""
        return np.asarray(self.paid[..., : self.buyers].sum(axis=-1) - self.paid[..., self.buyers :].sum(axis=-1))


@dataclass(frozen=True, slots=True)
class ExchangeMechanism(Mechanism):
    """A rule of this module; abstract, its subclasses are final."""

    takes_capacities: ClassVar[bool] = True
    takes_demands: ClassVar[bool] = False
    truthful: ClassVar[bool] = False
    """Whether truth is dominant on both sides, for reports of at least 0 and public sizes; the rule's module shows it."""

    @abstractmethod
    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        """The rule at one profile, on scalars of any ordered field."""

    @abstractmethod
    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        """The rule on arrays `(*batch, users)` and `(*batch, provers)`."""

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: the exchange.
            bids: a fee for each user, for all proofs that it demands, and an ask for each prover, for one proof; integers and
                `Fraction` are evaluated exactly, other ordered scalars as they are.

        Raises:
            InvalidInput: labels that are not the market's, or a report that is no finite number.
            Refused: the market is no `Exchange`, or has sizes that the rule does not take.
        """
        exchange = self.exchange(market)
        reports, number = read_bids(market, bids)
        n = exchange.buyers
        served, made, pays, paid = self._exact(exchange, reports[:n], reports[n:], number)
        columns = ([*served, *made], [*pays, *paid], [*[number(0)] * n, *made])
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in columns))

    @final
    def batch(self, market: Market, bids: Profiles) -> ExchangeOutcomes:
        """Outcomes of many profiles at once.

        Arguments:
            market: the exchange.
            bids: finite reports, shape `(*batch, agents)`, users first, in market order.

        Raises:
            InvalidInput: the wrong number of agents, not numbers, or not finite.
            Refused: the market is no `Exchange`, or has sizes that the rule does not take.
        """
        exchange = self.exchange(market)
        reports = read_profiles(market, bids)
        n = exchange.buyers
        rows = reports.reshape(-1, reports.shape[-1])
        served, made, pays, paid = self._batch(exchange, rows[:, :n], rows[:, n:])
        trades, amounts = (np.concatenate(pair, axis=-1) for pair in ((served, made), (pays, paid)))
        return ExchangeOutcomes(trades=trades.reshape(reports.shape), paid=amounts.reshape(reports.shape), buyers=n)

    @final
    def exchange(self, market: Market) -> Exchange:
        """The market, if the rule has a meaning in it.

        Raises:
            Refused: and why.
        """
        name = type(self).__name__
        if not isinstance(market, Exchange):
            got = type(market).__name__ if isinstance(market, Market) else shown(market)
            raise Refused(f"{name} needs an Exchange, with users and provers; got {got}.")
        if not self.takes_capacities and any(size != 1 for size in market.capacities):
            raise Refused(f"{name} needs provers of capacity 1; got {shown(list(market.capacities))}. Drop capacities=.")
        if not self.takes_demands and any(size != 1 for size in market.demands):
            raise Refused(f"{name} needs users of demand 1; got {shown(list(market.demands))}. Drop demands=, or use DaraStyle.")
        return market


def descending(reports: Sequence[Any]) -> list[int]:
    """Places in order of falling reports, equal ones in market order."""
    return sorted(range(len(reports)), key=lambda i: -reports[i])


def ascending(reports: Sequence[Any]) -> list[int]:
    """Places in order of rising reports, equal ones in market order."""
    return sorted(range(len(reports)), key=lambda i: reports[i])


def ranks(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of every agent in each row's order; shape of `order`."""
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.broadcast_to(np.arange(order.shape[-1]), order.shape), axis=-1)
    return places
