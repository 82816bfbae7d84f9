r"""War of attrition: the highest bid of a sale wins and pays the second highest; every loser pays its own bid.

$$ t_i = \begin{cases} \max(b_{(2)}, r) & x_i = 1,\\ b_i & \text{otherwise, if accepted.}\end{cases} $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.sorted_bids import SortedMechanism, only_one_task
from mechanisms.statement import Number

__all__ = ["WarOfAttrition"]


@final
@dataclass(frozen=True, slots=True)
class WarOfAttrition(SortedMechanism):
    """Everybody spends until it gives up; the last one wins, and has spent what the last but one was ready to spend.

    A bid is what a buyer is ready to sink. Provers who all keep computing for one prize are such buyers: a value is the prize
    in units of what a second of proving costs them, a bid the time after which they stop, and nothing spent comes back. It is
    the second-price all-pay auction (Krishna and Morgan 1997): nobody sees who has given up, which makes no difference to two.

    Arguments:
        reserve: the least that one who takes part spends, in money, at least 0; a lower bid neither wins nor pays. None for 0.

    Raises:
        InvalidInput: the reserve is not a finite number of at least 0.
        Refused: when evaluated in a procurement.

    Notes:
        Equal bids: the first in market order wins.

    Example:
        >>> from mechanisms import Sale, Uniform, WarOfAttrition
        >>> market = Sale({name: Uniform(0, 1) for name in "abc"})
        >>> dict(WarOfAttrition().outcome(market, {"a": 0.25, "b": 0.875, "c": 0.5}).payments)
        {'a': 0.25, 'b': 0.5, 'c': 0.5}
    """

    kind = "war_of_attrition"
    everyone_pays: ClassVar[bool] = True

    reserve: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)
        if self.reserve is not None and self.reserve < 0:
            raise InvalidInput(f"reserve must be at least 0; got {self.reserve!r}. A lower one would pay buyers to lose.")

    def price_rank(self, tasks: int) -> int | None:
        return 2

    def check_market(self, market: Market) -> None:
        if market.sign > 0:
            self.mirrored()
        only_one_task(self, market)

    def limit(self, market: Market, number: Number = float) -> Any:
        return market.sign * number(0 if self.reserve is None else self.reserve)

    def mirrored(self) -> Self:
        raise Refused(
            "a war of attrition has no mirror image in a procurement: a requester that pays every bid would be asked for more "
            "without end by those who lose. Use a Sale of the prize, or a Contest for provers with private costs of effort."
        )
