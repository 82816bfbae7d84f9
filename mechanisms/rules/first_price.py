r"""First price: the lowest bid wins and is paid.

$$ \max_x \; -\sum_i b_i x_i - r\,x_0, \qquad t_i = b_i x_i . $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from mechanisms.markets import Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import AskingPrice, Number, Statement, lowest_cost

__all__ = ["FirstPrice"]


@final
@dataclass(frozen=True, slots=True)
class FirstPrice(RankedMechanism):
    """The lowest bid wins and is paid what it asked (pay as bid).

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None
            for no limit. It may lie outside every support: then it never binds, or nobody truthful is ever
            awarded.

    Raises:
        InvalidInput: the reserve is not a finite number.

    Notes:
        Equal bids: the first in market order wins.

    Example:
        >>> from mechanisms import FirstPrice, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> dict(FirstPrice(reserve=0.8).outcome(market, {"alice": 0.75, "bob": 0.5}).payments)
        {'alice': 0.0, 'bob': 0.5}
    """

    kind = "first_price"

    reserve: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        provers = len(market.labels)
        return Statement(
            score=(lowest_cost,) * provers,
            outside=None if self.reserve is None else -number(self.reserve),
            payment=AskingPrice((_as_bid,) * provers),
        )


def _as_bid(cost: Any) -> Any:
    return cost
