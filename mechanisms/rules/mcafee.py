r"""McAfee's double auction: one price if it suits the last pair, and otherwise one trade less.

With fees $f_1\ge f_2\ge\dots$, asks $p_1\le p_2\le\dots$ and $k$ the largest number with $f_k\ge p_k$, let
$p_0=(f_{k+1}+p_{k+1})/2$. If both of rank $k+1$ exist and $p_k\le p_0\le f_k$, the first $k$ of each side trade at $p_0$.
Otherwise the first $k-1$ trade; users pay $f_k$, provers are paid $p_k$.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides, ascending, descending, ranks
from mechanisms.statement import Number

__all__ = ["McAfee"]


@final
@dataclass(frozen=True, slots=True)
class McAfee(ExchangeMechanism):
    """Trade reduction: truthful on both sides and never in deficit, at the cost of at most one trade.

    Raises:
        Refused: when evaluated with capacities or demands: a prover of several proofs would set its own price.

    Notes:
        Reporting one's value or cost is dominant. Where all of a side could trade, nobody of rank k + 1 is left to set the
        price, and the last pair does not trade: one user and one prover never do. Equal reports: the first in market order
        ranks first.

    Example:
        >>> from mechanisms import Exchange, McAfee, Uniform
        >>> law = Uniform(0, 10)
        >>> market = Exchange(users={"u": law, "v": law, "w": law}, provers={"a": law, "b": law, "c": law})
        >>> dict(McAfee().outcome(market, {"u": 10.0, "v": 8.0, "w": 6.0, "a": 2.0, "b": 4.0, "c": 7.0}).payments)
        {'u': 6.5, 'v': 6.5, 'w': 0.0, 'a': 6.5, 'b': 6.5, 'c': 0.0}

    References:
        McAfee (1992), A dominant strategy double auction, Journal of Economic Theory 56.
    """

    kind = "mcafee"
    truthful: ClassVar[bool] = True
    takes_capacities: ClassVar[bool] = False

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        users, provers = descending(fees), ascending(asks)
        k = 0
        while k < min(len(users), len(provers)) and fees[users[k]] >= asks[provers[k]]:
            k += 1
        zero, pay, paid = number(0), number(0), number(0)
        if k:
            pay, paid = fees[users[k - 1]], asks[provers[k - 1]]
            price = None
            if k < min(len(users), len(provers)):
                price = (fees[users[k]] + asks[provers[k]]) * number(Fraction(1, 2))
            if price is not None and paid <= price and price <= pay:
                pay = paid = price
            else:
                k -= 1
        buys, sells = set(users[:k]), set(provers[:k])
        served = [number(int(i in buys)) for i in range(len(fees))]
        made = [number(int(j in sells)) for j in range(len(asks))]
        pays = [pay if i in buys else zero for i in range(len(fees))]
        return served, made, pays, [paid if j in sells else zero for j in range(len(asks))]

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        users, provers = np.argsort(-fees, axis=-1, kind="stable"), np.argsort(asks, axis=-1, kind="stable")
        f, p = np.take_along_axis(fees, users, axis=-1), np.take_along_axis(asks, provers, axis=-1)
        most = min(f.shape[-1], p.shape[-1])
        k = (f[:, :most] >= p[:, :most]).sum(axis=-1)[:, None]
        last, after = np.maximum(k - 1, 0), np.minimum(k, most - 1)
        pay, paid = np.take_along_axis(f, last, axis=-1), np.take_along_axis(p, last, axis=-1)
        price = 0.5 * (np.take_along_axis(f, after, axis=-1) + np.take_along_axis(p, after, axis=-1))
        one_price = (k < most) & (paid <= price) & (price <= pay)
        traded = np.where(one_price, k, last)
        buys, sells = ranks(users) < traded, ranks(provers) < traded
        pays = np.where(buys, np.where(one_price, price, pay), 0.0)
        return buys.astype(np.float64), sells.astype(np.float64), pays, np.where(sells, np.where(one_price, price, paid), 0.0)
