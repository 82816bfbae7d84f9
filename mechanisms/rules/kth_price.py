r"""$k$-th price: the lowest bid wins and is paid the $k$-th lowest.

$$ t_i = \min(b_{(k)}, r)\,x_i . $$
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Self, final

from mechanisms.markets import Market
from mechanisms.sorted_bids import SortedMechanism, check_rank, only_one_task

__all__ = ["KthPrice"]


@final
@dataclass(frozen=True, slots=True)
class KthPrice(SortedMechanism):
    """The lowest bid wins and is paid the `k`-th lowest, or the reserve where fewer were accepted.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None for no limit.
        k: rank of the bid that is the price, at least 3: 3 is the third-price auction (2 would be `Vickrey`).

    Raises:
        InvalidInput: the reserve is not a finite number, or `k` no whole number of at least 3.

    Notes:
        Truth is not dominant. Fewer provers than `k` need a reserve: refused when evaluated. Equal bids: the first in market
        order wins.

    Example:
        >>> from mechanisms import KthPrice, Procurement, Uniform
        >>> market = Procurement({name: Uniform(0, 1) for name in "abc"})
        >>> dict(KthPrice(k=3).outcome(market, {"a": 0.75, "b": 0.5, "c": 0.875}).payments)
        {'a': 0.0, 'b': 0.875, 'c': 0.0}
    """

    kind = "kth_price"

    k: int = field(default=3, kw_only=True)

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)
        check_rank(self.k, 3)

    def price_rank(self, tasks: int) -> int | None:
        return self.k

    def check_market(self, market: Market) -> None:
        only_one_task(self, market)
        SortedMechanism.check_market(self, market)

    def mirrored(self) -> Self:
        return self if self.reserve is None else dataclasses.replace(self, reserve=0 - self.reserve)
