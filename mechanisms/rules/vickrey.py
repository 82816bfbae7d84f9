r"""Second price: the lowest bid wins and is paid the second-lowest bid or the reserve, whichever is less.

$$ W = \max_x \; -\sum_i b_i x_i - r\,x_0, \qquad t_i = (W + b_i x_i) - W_{-i} . $$

The payment is Clarke's pivot: the optimal value for everybody else, less what it would be without $i$.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.markets import Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import ClarkePivot, Number, Statement, lowest_cost

__all__ = ["Vickrey"]


@final
@dataclass(frozen=True, slots=True)
class Vickrey(RankedMechanism):
    """The lowest bid wins and is paid the least of the second-lowest bid and the reserve.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None
            for no limit.

    Raises:
        InvalidInput: the reserve is not a finite number.

    Notes:
        One prover without a reserve has no second price: refused when evaluated. Bidding one's cost is
        dominant. Equal bids: the first in market order wins (and is paid its bid).

    Example:
        >>> from mechanisms import Procurement, Uniform, Vickrey
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> dict(Vickrey(reserve=0.75).outcome(market, {"alice": 0.9, "bob": 0.5}).payments)
        {'alice': 0.0, 'bob': 0.75}
    """

    kind = "vickrey"

    reserve: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        return Statement(
            score=(lowest_cost,) * len(market.labels),
            outside=None if self.reserve is None else -number(self.reserve),
            payment=ClarkePivot(),
        )
