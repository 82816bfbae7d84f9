r"""An average-fee exchange, in the style of Prooφ's first version (reconstructed): a strawman.

The batch is the $B$ highest fees, $B$ the least of a cap, the number of users and the capacity of all provers. With the batch's
average $a=\frac1B\sum_{i\le B}f_i$, provers of $p_j\le a$ make as many proofs as they can, the cheapest first, at $a$ a proof;
the users that are served, highest fees first, pay what they bid.

The exchange has no deficit: the average of the first $k\le B$ fees is at least that of all $B$, and it is $a$ if all are served.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides, ascending, descending, ranks
from mechanisms.statement import Number

__all__ = ["AverageFee"]


@final
@dataclass(frozen=True, slots=True)
class AverageFee(ExchangeMechanism):
    """Users pay what they bid, and provers below the average fee of the batch are paid it.

    Arguments:
        cap: most proofs in a batch, a positive whole number; None for no limit but users and capacities.

    Raises:
        InvalidInput: cap is no positive whole number.
        Refused: when evaluated with demands, or mirrored.

    Notes:
        A user that is served pays its bid, so truth is not dominant for users, and every fee moves what provers are paid. Equal
        reports: the first in market order ranks first. The published rule was not available in full, and fidelity to it is not
        claimed.

    Example:
        >>> from mechanisms import AverageFee, Exchange, Uniform
        >>> law = Uniform(0, 10)
        >>> market = Exchange(users={"u": law, "v": law, "w": law}, provers={"a": law, "b": law}, capacities={"a": 2})
        >>> dict(AverageFee(cap=2).outcome(market, {"u": 9.0, "v": 5.0, "w": 4.0, "a": 3.0, "b": 8.0}).payments)
        {'u': 9.0, 'v': 5.0, 'w': 0.0, 'a': 14.0, 'b': 0.0}
    """

    kind = "average_fee"

    cap: int | None = None

    def __post_init__(self) -> None:
        if self.cap is not None and (isinstance(self.cap, bool) or not isinstance(self.cap, int) or self.cap < 1):
            raise InvalidInput(f"cap must be a positive whole number, or None; got {shown(self.cap)}. It counts proofs.")

    def mirrored(self) -> Self:
        raise Refused("AverageFee averages what users pay: it has no mirror image.")

    def _size(self, exchange: Exchange) -> int:
        size = min(exchange.buyers, sum(exchange.capacities))
        return size if self.cap is None else min(size, self.cap)

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        size = self._size(exchange)
        users = descending(fees)[:size]
        average = sum((fees[i] for i in users), number(0)) * number(Fraction(1, size))
        made, left = [0] * len(asks), size
        for j in ascending(asks):
            if not left or not asks[j] <= average:
                break
            made[j] = min(exchange.capacities[j], left)
            left -= made[j]
        buys = set(users[: size - left])
        served, proofs = [number(int(i in buys)) for i in range(len(fees))], [number(count) for count in made]
        return served, proofs, [fees[i] * served[i] for i in range(len(fees))], [average * count for count in proofs]

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        size, capacities = self._size(exchange), np.array(exchange.capacities)
        users, provers = np.argsort(-fees, axis=-1, kind="stable"), np.argsort(asks, axis=-1, kind="stable")
        average = np.take_along_axis(fees, users, axis=-1)[:, :size].sum(axis=-1)[:, None] / size
        willing = np.where(asks <= average, capacities, 0)
        ends = np.take_along_axis(np.take_along_axis(willing, provers, axis=-1).cumsum(axis=-1), ranks(provers), axis=-1)
        made = np.clip(size - (ends - willing), 0, willing).astype(np.float64)
        served = (ranks(users) < made.sum(axis=-1)[:, None]).astype(np.float64)
        return served, made, fees * served, average * made
