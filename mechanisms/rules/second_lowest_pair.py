r"""Two winners from the second-lowest bid on (Cysic-style, reconstructed): the lowest bid never wins.

With accepted bids $b_{(1)}\le b_{(2)}\le\dots\le r$ the bids $b_{(2)}$ and $b_{(3)}$ win a task each, and both are paid
$b_{(4)}$, or the reserve $r$ where there is none. That the lowest loses is meant against dumping; but whoever adds a bid below
its own stands second, and wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from mechanisms.errors import Refused
from mechanisms.markets import Market
from mechanisms.sorted_bids import SortedMechanism

__all__ = ["SecondLowestPair"]


@final
@dataclass(frozen=True, slots=True)
class SecondLowestPair(SortedMechanism):
    """The second- and the third-lowest bid win, at the fourth-lowest or the reserve.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None for no limit, where
            at least four must bid.

    Raises:
        InvalidInput: the reserve is not a finite number.
        Refused: when evaluated with another number of tasks than 2.

    Notes:
        The documentation that the rule is taken from says who wins, not what winners are paid; the uniform price is ours. Equal
        bids: the first in market order ranks lower.

    Example:
        >>> from mechanisms import Procurement, SecondLowestPair, Uniform
        >>> market = Procurement(dict.fromkeys("abc", Uniform(0, 4)), tasks=2)
        >>> dict(SecondLowestPair(4).outcome(market, {"a": 1, "b": 2, "c": 3}).allocation)
        {'a': Fraction(0, 1), 'b': Fraction(1, 1), 'c': Fraction(1, 1)}

    References:
        Cysic, documentation of its prover network, for "two winners starting from the second-lowest".
    """

    kind = "second_lowest_pair"

    reserve: float | Fraction | None = None

    def price_rank(self, tasks: int) -> int | None:
        return 4

    def awards(self, market: Market, able: Sequence[Any]) -> list[Any]:
        return [0 * capacity + int(rank in (1, 2)) for rank, capacity in enumerate(able)]

    def check_market(self, market: Market) -> None:
        # Two arguments for super: with slots the class is made anew, and the short form does not find it.
        super(SecondLowestPair, self).check_market(market)
        if market.tasks != 2:
            raise Refused(f"SecondLowestPair awards two tasks; this market has tasks={market.tasks}. Pass tasks=2.")
