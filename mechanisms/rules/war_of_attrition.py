r"""War of attrition: the highest bid of a sale wins and pays the second highest; every loser pays its own bid.

$$ t_i = \begin{cases} \max(b_{(2)}, r) & x_i = 1,\\ b_i & \text{otherwise, if accepted.}\end{cases} $$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from mechanisms.everyone_pays import EveryonePays

__all__ = ["WarOfAttrition"]


@final
@dataclass(frozen=True, slots=True)
class WarOfAttrition(EveryonePays):
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
    instead: ClassVar[str] = "Use a Sale of the prize, or a Contest for provers with private costs of effort."

    def price_rank(self, tasks: int) -> int | None:
        return 2
