r"""All pay: the highest bid of a sale wins, and every buyer pays its bid.

$$ t_i = b_i \quad\text{for every accepted bid}. $$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from mechanisms.everyone_pays import EveryonePays

__all__ = ["AllPay"]


@final
@dataclass(frozen=True, slots=True)
class AllPay(EveryonePays):
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
    instead: ClassVar[str] = "Use a Sale, or Race for provers who all bear their cost."

    def price_rank(self, tasks: int) -> int | None:
        return None
