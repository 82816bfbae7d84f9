r"""A posted price for an exchange: take it or leave it on both sides, and an even lottery on the longer one.

With $U$ users whose fee is at least $q$, and the capacity $S$ of provers whose ask is at most $q$, $K=\min(U,S)$ proofs trade at
$q$: each of these users is served with probability $K/U$, each of these provers makes $s_j K/S$ proofs, in expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides
from mechanisms.statement import Number

__all__ = ["PostedPriceExchange"]


@final
@dataclass(frozen=True, slots=True)
class PostedPriceExchange(ExchangeMechanism):
    """One price for everybody, whatever they report; who accepts it trades, and the longer side is rationed evenly.

    Arguments:
        price: what a proof costs users and earns provers, in money; a report equal to it accepts.

    Raises:
        InvalidInput: the price is not a finite number.
        Refused: when evaluated with demands.

    Notes:
        Truth is dominant, the budget is balanced and nobody loses, but trades of value are left out. Where provers are
        rationed, one gains by stating more capacity than it has, or two identities.

    Example:
        >>> from mechanisms import Exchange, PostedPriceExchange, Uniform
        >>> law = Uniform(0, 1)
        >>> market = Exchange(users={"u": law, "v": law}, provers={"a": law, "b": law})
        >>> dict(PostedPriceExchange(0.5).outcome(market, {"u": 0.75, "v": 0.5, "a": 0.25, "b": 0.75}).payments)
        {'u': 0.25, 'v': 0.25, 'a': 0.5, 'b': 0.0}
    """

    kind = "posted_price_exchange"
    truthful: ClassVar[bool] = True

    price: float | Fraction

    def __post_init__(self) -> None:
        self._check_amount("price", optional=False)

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        price = number(self.price)
        users = [int(bool(fee >= price)) for fee in fees]
        offers = [size if ask <= price else 0 for size, ask in zip(exchange.capacities, asks, strict=True)]
        demand, supply = sum(users), sum(offers)
        trades = min(demand, supply)
        served = [number(Fraction(trades * wants, max(demand, 1))) for wants in users]
        made = [number(Fraction(trades * size, max(supply, 1))) for size in offers]
        return served, made, [price * share for share in served], [price * count for count in made]

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        price = float(self.price)
        users = (fees >= price).astype(np.float64)
        offers = np.where(asks <= price, exchange.capacities, 0).astype(np.float64)
        demand, supply = users.sum(axis=-1, keepdims=True), offers.sum(axis=-1, keepdims=True)
        trades = np.minimum(demand, supply)
        served, made = users * trades / np.maximum(demand, 1.0), offers * trades / np.maximum(supply, 1.0)
        return served, made, price * served, price * made
