r"""Posted price: take it or leave it, drawn by an even lottery among those who take it.

$$ \max_x \; \sum_i x_i \quad \text{s.t.} \quad x_i \le [c_i \le p], \qquad t_i = p\,x_i . $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from mechanisms.markets import Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import AskingPrice, Number, OfReport, Statement

__all__ = ["PostedPrice"]


@final
@dataclass(frozen=True, slots=True)
class PostedPrice(RankedMechanism):
    """One price for everybody; a prover whose cost is at most the price accepts, and one of them is drawn.

    Arguments:
        price: amount paid for the proof, in money. In a sale a buyer accepts if its value is at least the
            price.

    Raises:
        InvalidInput: the price is not a finite number.

    Example:
        >>> from mechanisms import PostedPrice, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> dict(PostedPrice(0.5).outcome(market, {"alice": 0.25, "bob": 0.5}).payments)
        {'alice': 0.25, 'bob': 0.25}
    """

    kind = "posted_price"

    price: float | Fraction

    def __post_init__(self) -> None:
        self._check_amount("price", optional=False)

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        provers, price = len(market.labels), number(self.price)

        def accepts(cost: Any) -> Any:
            return cost <= price

        return Statement(
            score=(_constant(number(1)),) * provers,
            capacity=(accepts,) * provers,
            outside=number(0),
            ties="even_lottery",
            payment=AskingPrice((_constant(price),) * provers),
        )


def _constant(amount: Any) -> OfReport:
    return lambda cost: amount
