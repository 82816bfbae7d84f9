r"""Exchanges that serve whole provers: the cheapest are used to their full capacity, and the next one sets their price.

With asks $p_1\le p_2\le\dots$, capacities $s_1, s_2,\dots$ in that order and $S_\ell=\sum_{j\le\ell}s_j$, a rule takes the first
$\ell$ provers, all of $S_\ell$ proofs, and pays each $p_{\ell+1}$ a proof. What a prover is paid then does not depend on its own
ask, as long as it is among the first: its ask moves neither $S_\ell$ nor $p_{\ell+1}$.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.errors import Refused
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides, ascending, descending, ranks
from mechanisms.statement import Number

__all__ = ["PrefixMechanism"]


@dataclass(frozen=True, slots=True)
class PrefixMechanism(ExchangeMechanism):
    """Users of unit demand, whole provers; abstract, its subclasses are final and differ in who decides where to stop."""

    @abstractmethod
    def deciding_rank(self, units: int) -> int:
        """The rank, from 0, of the user whose fee must reach the ask of the next prover for `units` proofs to be sold."""

    @abstractmethod
    def _user_price(self, excluded: Any, ask: Any, maximum: Any) -> Any:
        """What a served user pays: from the first fee that is not served, the next prover's ask, and the maximum function."""

    def mirrored(self) -> Self:
        raise Refused(f"{type(self).__name__} uses provers whole and users singly: it has no mirror image.")

    @final
    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        users, provers, zero = descending(fees), ascending(asks), number(0)

        def fee(rank: int) -> Any:
            return fees[users[rank]] if rank < len(users) else zero

        chosen = units = 0
        total = 0
        for place, prover in enumerate(provers[:-1]):
            total += exchange.capacities[prover]
            if total > len(users) or not fee(self.deciding_rank(total)) >= asks[provers[place + 1]]:
                break
            chosen, units = place + 1, total
        buys, sells = set(users[:units]), set(provers[:chosen])
        pay = paid = zero
        if chosen:
            paid = asks[provers[chosen]]
            pay = self._user_price(fee(units), paid, max)
        made = [number(exchange.capacities[j] if j in sells else 0) for j in range(len(asks))]
        served = [number(int(i in buys)) for i in range(len(fees))]
        pays = [pay if i in buys else zero for i in range(len(fees))]
        return served, made, pays, [paid * made[j] if j in sells else zero for j in range(len(asks))]

    @final
    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        provers = np.argsort(asks, axis=-1, kind="stable")
        capacities = np.array(exchange.capacities)
        p, total = np.take_along_axis(asks, provers, axis=-1), capacities[provers].cumsum(axis=-1)
        n, m = fees.shape[-1], asks.shape[-1]
        users = np.argsort(-fees, axis=-1, kind="stable")
        f = np.concatenate([np.take_along_axis(fees, users, axis=-1), np.zeros((len(fees), 2))], axis=-1)
        places = np.minimum(total[:, :-1], n)
        rank = np.array([self.deciding_rank(units) for units in range(n + 1)])[places]
        fits = (total[:, :-1] <= n) & (np.take_along_axis(f, rank, axis=-1) >= p[:, 1:])
        chosen = np.logical_and.accumulate(fits, axis=-1).sum(axis=-1)[:, None]
        total = np.concatenate([np.zeros((len(fees), 1), dtype=total.dtype), total], axis=-1)
        units = np.take_along_axis(total, chosen, axis=-1)
        paid = np.take_along_axis(p, np.minimum(chosen, m - 1), axis=-1)
        pay = self._user_price(np.take_along_axis(f, units, axis=-1), paid, np.maximum)
        buys, sells = ranks(users) < units, ranks(provers) < chosen
        made = np.where(sells, capacities, 0).astype(np.float64)
        return buys.astype(np.float64), made, np.where(buys, pay, 0.0), paid * made
