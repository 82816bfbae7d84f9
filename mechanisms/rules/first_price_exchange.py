r"""Pay as bid on both sides of an exchange: a strawman.

Fees $f_1\ge f_2\ge\dots$ meet the proofs of provers in order of asks while $f_k\ge p_k$ (a prover of capacity $s$ counts $s$
times); users pay what they bid, provers are paid what they ask, and the exchange keeps the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides, ascending, descending, ranks
from mechanisms.statement import Number

__all__ = ["FirstPriceExchange"]


@final
@dataclass(frozen=True, slots=True)
class FirstPriceExchange(ExchangeMechanism):
    """The best fees and the best asks trade, and everybody pays or is paid its own.

    Raises:
        Refused: when evaluated with demands.

    Notes:
        Neither side is truthful: both shade. A fee equal to an ask trades. Equal reports: the first in market order ranks
        first; the last prover may sell a part of its capacity.

    Example:
        >>> from mechanisms import Exchange, FirstPriceExchange, Uniform
        >>> law = Uniform(0, 10)
        >>> market = Exchange(users={"u": law, "v": law}, provers={"a": law}, capacities={"a": 2})
        >>> dict(FirstPriceExchange().outcome(market, {"u": 5.0, "v": 7.0, "a": 3.0}).payments)
        {'u': 5.0, 'v': 7.0, 'a': 6.0}
    """

    kind = "first_price_exchange"

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        users = descending(fees)
        served, made = [number(0)] * len(fees), [0] * len(asks)
        waiting = iter(users)
        buyer = next(waiting, None)
        for j in ascending(asks):
            while buyer is not None and made[j] < exchange.capacities[j] and fees[buyer] >= asks[j]:
                served[buyer], made[j] = number(1), made[j] + 1
                buyer = next(waiting, None)
            if made[j] < exchange.capacities[j]:
                break
        proofs = [number(count) for count in made]
        pays = [fee * share for fee, share in zip(fees, served, strict=True)]
        return served, proofs, pays, [ask * count for ask, count in zip(asks, proofs, strict=True)]

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        m, capacities = fees.shape[-1], np.minimum(exchange.capacities, fees.shape[-1])
        provers = np.argsort(asks, axis=-1, kind="stable")
        users = np.argsort(-fees, axis=-1, kind="stable")
        ends = capacities[provers].cumsum(axis=-1)
        # The place of the prover, in order of asks, that would make the k-th proof; one past the last for none.
        maker = (ends[:, None, :] <= np.arange(m)[None, :, None]).sum(axis=-1)
        p = np.concatenate([np.take_along_axis(asks, provers, axis=-1), np.full((len(asks), 1), np.inf)], axis=-1)
        k = (np.take_along_axis(fees, users, axis=-1) >= np.take_along_axis(p, maker, axis=-1)).sum(axis=-1)[:, None]
        served = (ranks(users) < k).astype(np.float64)
        starts = np.take_along_axis(ends, ranks(provers), axis=-1) - capacities
        made = np.clip(k - starts, 0, capacities).astype(np.float64)
        return served, made, fees * served, asks * made
