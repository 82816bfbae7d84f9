r"""The Vickrey-Clarke-Groves double auction: efficient, truthful, and in deficit.

With $W(f,p)=\max\sum$ of fees served less costs of the proofs made, as many made as served, within capacities, a user pays
$W_{-i}-(W-f_i x_i)$ and a prover is paid $(W+p_j x_j)-W_{-j}$: what its presence takes from, or gives to, all others. With
capacities of 1 and $k$ trades users pay $\max(f_{k+1},p_k)$ and provers are paid $\min(p_{k+1},f_k)$, which is at least as much.
By Myerson and Satterthwaite (1983) no rule that is efficient, truthful and individually rational does without the deficit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides, ascending, descending
from mechanisms.statement import Number

__all__ = ["VCGDoubleAuction"]


@final
@dataclass(frozen=True, slots=True)
class VCGDoubleAuction(ExchangeMechanism):
    """The trades of greatest surplus are made, and everybody pays or is paid the Clarke pivot.

    Raises:
        Refused: when evaluated with demands.

    Notes:
        Truth is dominant for fees and for unit costs, capacities given. Provers are paid more than users pay; whoever runs the
        exchange pays the difference. A fee equal to an ask trades. Equal reports: the first in market order ranks first.
        Time grows with the number of agents times the number of trades.

    Example:
        >>> from mechanisms import Exchange, Uniform, VCGDoubleAuction
        >>> law = Uniform(0, 10)
        >>> market = Exchange(users={"u": law, "v": law, "w": law}, provers={"a": law, "b": law, "c": law})
        >>> bids = {"u": 10.0, "v": 8.0, "w": 6.0, "a": 2.0, "b": 4.0, "c": 7.0}
        >>> dict(VCGDoubleAuction().outcome(market, bids).payments)
        {'u': 6.0, 'v': 6.0, 'w': 0.0, 'a': 7.0, 'b': 7.0, 'c': 0.0}

    References:
        Vickrey (1961), Journal of Finance 16; Myerson and Satterthwaite (1983), Journal of Economic Theory 29.
    """

    kind = "vcg_double_auction"
    truthful: ClassVar[bool] = True

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        users, provers = descending(fees), ascending(asks)
        sellers: list[int] = []  # one entry for each proof that a prover can make, of as many provers as matter
        ranked = iter(range(len(provers)))

        def rank_sellers(units: int) -> None:
            while len(sellers) < units and (rank := next(ranked, None)) is not None:
                sellers.extend([provers[rank]] * min(exchange.capacities[provers[rank]], len(fees)))

        k = 0
        rank_sellers(1)
        while k < min(len(users), len(sellers)) and fees[users[k]] >= asks[sellers[k]]:
            k += 1
            rank_sellers(k + 1)
        served, made = [number(0)] * len(fees), [0] * len(asks)
        pays, paid = [number(0)] * len(fees), [number(0)] * len(asks)
        surplus = _surplus(fees, users, asks, sellers, k, number)
        for j in sellers[:k]:
            made[j] += 1
        for i in users[:k]:
            others = [u for u in users[: k + 1] if u != i]
            # All that remain of the first k trade without i, but perhaps one.
            trades = _trades(fees, others, asks, sellers, k - 1)
            served[i] = number(1)
            pays[i] = _surplus(fees, others, asks, sellers, trades, number) - (surplus - fees[i])
        for j in dict.fromkeys(sellers[:k]):
            rank_sellers(k + min(exchange.capacities[j], len(fees)))
            left = [s for s in sellers if s != j][:k]
            trades = _trades(fees, users, asks, left, k - made[j])
            paid[j] = surplus + asks[j] * number(made[j]) - _surplus(fees, users, asks, left, trades, number)
        return served, [number(count) for count in made], pays, paid

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        m = fees.shape[-1]
        owner = np.repeat(np.arange(asks.shape[-1]), np.minimum(exchange.capacities, m))
        units = asks[:, owner]
        users, sellers = np.argsort(-fees, axis=-1, kind="stable"), np.argsort(units, axis=-1, kind="stable")
        served, sold = np.zeros_like(fees), np.zeros_like(units)
        most = min(m, len(owner))
        trades = np.take_along_axis(fees, users, -1)[:, :most] >= np.take_along_axis(units, sellers, -1)[:, :most]
        np.put_along_axis(served, users[:, :most], trades.astype(np.float64), axis=-1)
        np.put_along_axis(sold, sellers[:, :most], trades.astype(np.float64), axis=-1)
        made = sold @ (owner[:, None] == np.arange(asks.shape[-1])).astype(np.float64)
        surplus = _surpluses(fees, units)
        pays, paid = np.zeros_like(fees), np.zeros_like(asks)
        for i in range(m):
            pays[:, i] = _surpluses(np.delete(fees, i, axis=-1), units) - (surplus - fees[:, i])
        for j in range(asks.shape[-1]):
            paid[:, j] = surplus + asks[:, j] * made[:, j] - _surpluses(fees, units[:, owner != j])
        return served, made, np.where(served > 0.0, pays, 0.0), np.where(made > 0.0, paid, 0.0)


def _trades(fees: list[Any], users: list[int], asks: list[Any], sellers: list[int], k: int) -> int:
    """How many of the ranked users and sellers trade, of whom `k` are known to."""
    while k < min(len(users), len(sellers)) and fees[users[k]] >= asks[sellers[k]]:
        k += 1
    return k


def _surplus(fees: list[Any], users: list[int], asks: list[Any], sellers: list[int], k: int, number: Number) -> Any:
    """Fees less asks of the first k."""
    return sum((fees[i] - asks[j] for i, j in zip(users[:k], sellers[:k], strict=True)), number(0))


def _surpluses(fees: FloatArray, units: FloatArray) -> FloatArray:
    """The greatest surplus of every row."""
    most = min(fees.shape[-1], units.shape[-1])
    gaps = np.sort(fees, axis=-1)[:, ::-1][:, :most] - np.sort(units, axis=-1)[:, :most]
    return np.asarray(np.maximum(gaps, 0.0).sum(axis=-1))
