r"""All pay: the highest bid of a sale wins, and every buyer pays its bid.

$$ t_i = b_i \quad\text{for every accepted bid}. $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.sorted_bids import SortedMechanism, only_one_task
from mechanisms.statement import Number

__all__ = ["AllPay"]


@final
@dataclass(frozen=True, slots=True)
class AllPay(SortedMechanism):
    """The highest bid of a sale wins, and everybody pays its own bid, winner or not.

    Arguments:
        reserve: lowest bid accepted, in money, at least 0; a lower bid neither wins nor pays. None for 0.

    Raises:
        InvalidInput: the reserve is not a finite number of at least 0.
        Refused: when evaluated in a procurement.

    Notes:
        Equal bids: the first in market order wins.

    Example:
        >>> from mechanisms import AllPay, Sale, Uniform
        >>> market = Sale({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> dict(AllPay().outcome(market, {"alice": 0.25, "bob": 0.5}).payments)
        {'alice': 0.25, 'bob': 0.5}
    """

    kind = "all_pay"
    everyone_pays: ClassVar[bool] = True

    reserve: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)
        if self.reserve is not None and self.reserve < 0:
            raise InvalidInput(f"reserve must be at least 0; got {self.reserve!r}. A lower one would pay buyers to lose.")

    def price_rank(self, tasks: int) -> int | None:
        return None

    def check_market(self, market: Market) -> None:
        if market.sign > 0:
            self.mirrored()
        only_one_task(self, market)

    def limit(self, market: Market, number: Number = float) -> Any:
        return market.sign * number(0 if self.reserve is None else self.reserve)

    def mirrored(self) -> Self:
        raise Refused(
            "an all-pay rule has no mirror image in a procurement: a requester that pays every bid would be asked for more "
            "without end by those who lose. Use a Sale, or Race for provers who all bear their cost."
        )
