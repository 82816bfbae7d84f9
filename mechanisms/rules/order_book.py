r"""A continuous order book: orders arrive one after another and trade with the best that stands, at its price.

A user that arrives with a fee $f$ takes the lowest standing ask $p\le f$ at the price $p$; a prover that arrives with an ask $p$
takes the highest standing fees $f\ge p$, each at the price $f$, up to its capacity. Among equal standing orders the one that came
first trades (price-time priority). What does not trade stands. If orders are collected and cleared at once instead, it is the
call auction, `KDoubleAuction(0.5)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides
from mechanisms.markets import shown_labels
from mechanisms.statement import Number

__all__ = ["OrderBook"]


@final
@dataclass(frozen=True, slots=True)
class OrderBook(ExchangeMechanism):
    """Price-time priority, one order of each agent; who arrives later gets the price of who was there.

    Arguments:
        arrivals: all labels of the market in the order in which their orders arrive. None for market order, users first.

    Raises:
        InvalidInput: arrivals is no list of labels, or (when evaluated) not of all labels of the market.
        Refused: when evaluated with demands; when mirrored without arrivals.

    Notes:
        The budget is balanced and nobody loses; neither side is truthful, and trades depend on the order of arrival. An order
        trades at a price equal to its own.

    Example:
        >>> from mechanisms import Exchange, OrderBook, Uniform
        >>> law = Uniform(0, 10)
        >>> market = Exchange(users={"u": law, "v": law}, provers={"a": law, "b": law})
        >>> bids = {"u": 9.0, "v": 5.0, "a": 4.0, "b": 3.0}
        >>> dict(OrderBook(("a", "u", "v", "b")).outcome(market, bids).payments)
        {'u': 4.0, 'v': 5.0, 'a': 4.0, 'b': 5.0}
    """

    kind = "order_book"

    arrivals: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        given = self.arrivals
        if given is None:
            return
        if not isinstance(given, tuple | list) or not all(isinstance(label, str) for label in given):
            raise InvalidInput(f"arrivals must be a list of labels, or None; got {shown(given)}. Name who comes first.")
        object.__setattr__(self, "arrivals", tuple(given))

    def mirrored(self) -> Self:
        if self.arrivals is None:
            raise Refused("the mirror image of an OrderBook needs arrivals: in it the order of the market is another. Give them.")
        return self

    def _order(self, exchange: Exchange) -> list[int]:
        if self.arrivals is None:
            return list(range(len(exchange.labels)))
        if sorted(self.arrivals) != sorted(exchange.labels):
            raise InvalidInput(f"arrivals must name each of {shown_labels(exchange)} once; got {shown(list(self.arrivals))}.")
        return [exchange.index(label) for label in self.arrivals]

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        n = exchange.buyers
        served, made = [number(0)] * n, [0] * len(asks)
        pays, paid = [number(0)] * n, [number(0)] * len(asks)
        bids: list[int] = []  # places of standing orders, in order of arrival
        offers: list[int] = []
        for place in self._order(exchange):
            arriving = place - n
            while place < n or made[arriving] < exchange.capacities[arriving]:
                user = place if place < n else max(bids, key=lambda i: fees[i], default=None)
                prover = min(offers, key=lambda j: asks[j], default=None) if place < n else arriving
                if user is None or prover is None or not fees[user] >= asks[prover]:
                    (bids if place < n else offers).append(place if place < n else arriving)
                    break
                price = asks[prover] if place < n else fees[user]
                served[user], made[prover] = number(1), made[prover] + 1
                pays[user], paid[prover] = price, paid[prover] + price
                if place < n:
                    if made[prover] == exchange.capacities[prover]:
                        offers.remove(prover)
                    break
                bids.remove(user)
        return served, [number(count) for count in made], pays, paid

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        n, rows, capacities = exchange.buyers, np.arange(len(fees)), exchange.capacities
        order = self._order(exchange)
        came = np.argsort(order)
        # The first of equal orders is the earliest in these columns.
        by_user, by_prover = np.argsort(came[:n]), np.argsort(came[n:])
        bids, offers = np.full_like(fees, -np.inf), np.full_like(asks, np.inf)
        served, made, pays, paid = (np.zeros_like(side) for side in (fees, asks, fees, asks))
        for place in order:
            if place < n:
                prover = by_prover[np.argmin(offers[:, by_prover], axis=-1)]
                price = offers[rows, prover]
                trades = fees[:, place] >= price
                served[trades, place], pays[trades, place] = 1.0, price[trades]
                made[rows[trades], prover[trades]] += 1.0
                paid[rows[trades], prover[trades]] += price[trades]
                gone = trades & (made[rows, prover] == np.array(capacities)[prover])
                offers[rows[gone], prover[gone]] = np.inf
                bids[~trades, place] = fees[~trades, place]
                continue
            j = place - n
            for _ in range(min(capacities[j], n)):
                user = by_user[np.argmax(bids[:, by_user], axis=-1)]
                price = bids[rows, user]
                trades = price >= asks[:, j]
                served[rows[trades], user[trades]], pays[rows[trades], user[trades]] = 1.0, price[trades]
                made[trades, j] += 1.0
                paid[trades, j] += price[trades]
                bids[rows[trades], user[trades]] = -np.inf
            left = made[:, j] < capacities[j]
            offers[left, j] = asks[left, j]
        return served, made, pays, paid
