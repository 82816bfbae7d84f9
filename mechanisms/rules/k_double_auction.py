r"""The k-double auction: one price between what the last buyer bids and what the last seller asks.

With bids sorted downwards and asks upwards, the $q$ best of each trade, $q$ the largest number with $b_{(q)} \ge s_{(q)}$, all
at the price

$$ p = k\,\min(b_{(q)}, s_{(q+1)}) + (1-k)\,\max(s_{(q)}, b_{(q+1)}) . $$

One user and one prover trade where the bid is at least the ask, at $k\,b + (1-k)\,s$. The call auction of an order book is
the case $k = 1/2$.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.exchange import Exchange
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles

__all__ = ["BatchTrades", "KDoubleAuction"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BatchTrades:
    """Outcomes of many profiles of an exchange, without labels; axes `(*batch, agents)`, users first.

    Arguments:
        trades: whether each agent trades, shape `(*batch, agents)`.
        price: what every trading user pays and every trading prover is paid, 0 where nobody trades; shape `(*batch,)`.
        buyers: number of users.
    """

    trades: NDArray[np.bool_]
    price: FloatArray
    buyers: int

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone trades; shape `(*batch,)`."""
        return np.asarray(self.trades.any(axis=-1))

    def allocation(self) -> FloatArray:
        """1 for an agent that trades; shape `(*batch, agents)`."""
        return self.trades.astype(np.float64)

    def payments(self) -> FloatArray:
        """What each user pays and each prover is paid; shape `(*batch, agents)`."""
        return self.allocation() * self.price[..., None]

    def proofs(self) -> FloatArray:
        """1 for a prover that trades; shape `(*batch, agents)`."""
        proofs = self.allocation()
        proofs[..., : self.buyers] = 0.0
        return proofs


@final
@dataclass(frozen=True, slots=True)
class KDoubleAuction(Mechanism):
    """The best bids and asks trade at one price, a share `k` of the way from the lowest possible to the highest.

    Arguments:
        k: weight of the upper end of the interval of clearing prices, from 0 (the last ask sets the price) to 1 (the last bid
            does); 1/2 is the call auction of an order book.

    Raises:
        InvalidInput: k is no number between 0 and 1.

    Notes:
        Equal reports: the first in market order trades. A bid equal to an ask trades.

    Example:
        >>> from mechanisms import Exchange, KDoubleAuction, Uniform
        >>> market = Exchange(users={"rollup": Uniform(0, 1)}, provers={"alice": Uniform(0, 1)})
        >>> dict(KDoubleAuction().outcome(market, {"rollup": 0.75, "alice": 0.25}).payments)
        {'rollup': 0.5, 'alice': 0.5}
    """

    kind = "k_double_auction"

    k: float | Fraction = 0.5

    def __post_init__(self) -> None:
        self._check_amount("k", optional=False)
        if not 0 <= self.k <= 1:
            raise InvalidInput(f"k must lie between 0 and 1; got {shown(self.k)}. Pass k=0.5 to split the difference.")

    def mirrored(self) -> Self:
        """The rule in the mirror image of its exchange: bids and asks swap, so k becomes 1 - k."""
        return type(self)(1 - self.k)

    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: the exchange.
            bids: a bid for each user and an ask for each prover; integers and `Fraction` are evaluated exactly.

        Raises:
            InvalidInput: labels that are not the market's, or a report that is no finite number.
            Refused: the market is no `Exchange`.
        """
        exchange = _exchange(market)
        reports, number = read_bids(market, bids)
        n, k = exchange.buyers, number(self.k)
        users = sorted(range(n), key=lambda i: -reports[i])
        provers = sorted(range(n, len(reports)), key=lambda j: reports[j])
        q = 0
        while q < min(len(users), len(provers)) and reports[users[q]] >= reports[provers[q]]:
            q += 1
        traded = set(users[:q]) | set(provers[:q])
        price = number(0)
        if q:
            upper, lower = reports[users[q - 1]], reports[provers[q - 1]]
            upper = min(upper, reports[provers[q]]) if q < len(provers) else upper
            lower = max(lower, reports[users[q]]) if q < len(users) else lower
            price = k * upper + (1 - k) * lower
        shares = [number(int(place in traded)) for place in range(len(reports))]
        columns = (shares, [price * share for share in shares], [number(0)] * n + shares[n:])
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in columns))

    def batch(self, market: Market, bids: Profiles) -> BatchTrades:
        """Outcomes of many profiles at once.

        Arguments:
            market: the exchange.
            bids: finite reports, shape `(*batch, agents)`, users first, in market order.

        Raises:
            InvalidInput: the wrong number of agents, not numbers, or not finite.
            Refused: the market is no `Exchange`.
        """
        exchange = _exchange(market)
        reports = read_profiles(market, bids)
        n, k = exchange.buyers, float(self.k)
        users = np.argsort(-reports[..., :n], axis=-1, kind="stable")
        provers = np.argsort(reports[..., n:], axis=-1, kind="stable")
        b = np.take_along_axis(reports[..., :n], users, axis=-1)
        s = np.take_along_axis(reports[..., n:], provers, axis=-1)
        most = min(b.shape[-1], s.shape[-1])
        fits = b[..., :most] >= s[..., :most]
        q = fits.sum(axis=-1)[..., None]
        lowest, highest = np.full_like(q, -np.inf, dtype=np.float64), np.full_like(q, np.inf, dtype=np.float64)
        b, s = np.concatenate([b, lowest], axis=-1), np.concatenate([s, highest], axis=-1)
        last = np.maximum(q - 1, 0)
        upper = np.minimum(np.take_along_axis(b, last, axis=-1), np.take_along_axis(s, q, axis=-1))
        lower = np.maximum(np.take_along_axis(s, last, axis=-1), np.take_along_axis(b, q, axis=-1))
        price = np.where(q > 0, k * upper + (1.0 - k) * lower, 0.0)[..., 0]
        trades = np.zeros(reports.shape, dtype=np.bool_)
        np.put_along_axis(trades[..., :n], users, np.arange(n) < q, axis=-1)
        np.put_along_axis(trades[..., n:], provers, np.arange(reports.shape[-1] - n) < q, axis=-1)
        return BatchTrades(trades=trades, price=price, buyers=n)


def _exchange(market: Market) -> Exchange:
    if not isinstance(market, Exchange):
        raise Refused(f"KDoubleAuction needs an Exchange, with users and provers; got {type(market).__name__}.")
    if not market.unit:
        raise Refused("KDoubleAuction trades one proof per user and per prover; this exchange has capacities or demands.")
    return market
