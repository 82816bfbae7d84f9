r"""Uniform price: of $k$ tasks, the lowest $k$ bids win one each and are all paid the lowest bid that lost.

$$ t_i = \min(b_{(k+1)}, r)\,x_i . $$

A bid of a prover with a capacity of $m$ stands for $m$ tasks: who is awarded a part of them has lost the rest, and its own bid is
the price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from mechanisms.sorted_bids import SortedMechanism

__all__ = ["UniformPrice"]


@final
@dataclass(frozen=True, slots=True)
class UniformPrice(SortedMechanism):
    """The lowest bids win, as many as the market has tasks, and are paid the lowest losing bid, or the reserve if that is less.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None for no limit.

    Raises:
        InvalidInput: the reserve is not a finite number.

    Notes:
        Where provers have one task to offer, bidding one's cost is dominant; with larger capacities it is not, as who is awarded
        a part sets the price. With one task it is `Vickrey`. As many tasks as provers can make need a reserve: refused when
        evaluated. Equal bids: the first in market order wins.

    Example:
        >>> from mechanisms import Procurement, Uniform, UniformPrice
        >>> market = Procurement({name: Uniform(0, 1) for name in "abc"}, tasks=2)
        >>> dict(UniformPrice().outcome(market, {"a": 0.75, "b": 0.5, "c": 0.875}).payments)
        {'a': 0.875, 'b': 0.875, 'c': 0.0}
    """

    kind = "uniform_price"
    takes_capacities = True

    def price_rank(self, tasks: int) -> int | None:
        return tasks + 1
