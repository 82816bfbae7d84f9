r"""The status quo: one prover, who is a monopolist.

With cost $c$ and a requester whose value $V$ has the cdf $F_V$, the prover asks

$$ p(c) = \arg\max_p \,(p - c)(1 - F_V(p)), \qquad x = 1 - F_V(p(c)), \qquad t = p(c)\,x ; $$

if the value is a known number $v$, it asks $v$ and is awarded if $c \le v$. The price is minus the critical
cost of $-V$ at the level $-c$ (`ironing.py`): a monopolist's problem is the mirror image of one prover's in
the optimal procurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.ironing import ironed_virtual_cost
from mechanisms.markets import Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import AskingPrice, Number, Statement

__all__ = ["CentralProver"]


@final
@dataclass(frozen=True, slots=True)
class CentralProver(RankedMechanism):
    """One prover serves everybody and sets its price against the requester's value.

    Arguments:
        label: the prover. None for the one of lowest expected cost, the first in market order if several are.

    Raises:
        InvalidInput: the label is not a string, or (when evaluated) not in the market.
        Refused: when evaluated in a market without a value: the monopolist's price is unbounded.

    Notes:
        Where several prices are best the lowest is asked. Shares and payments are expectations over the
        requester's value. In a sale it is one buyer (of highest expected value) that names its price to the
        seller.

    Example:
        >>> from mechanisms import CentralProver, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 2)}, value=Uniform(0, 1))
        >>> CentralProver().outcome(market, {"alice": 0.5, "bob": 0.1}).allocation["alice"]
        0.25
    """

    kind = "central_prover"

    label: str | None = None

    def __post_init__(self) -> None:
        if self.label is not None and not (isinstance(self.label, str) and self.label.strip()):
            raise InvalidInput(f"label must be the label of a prover, or None; got {shown(self.label)}.")

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        chosen = market.index(self.chosen(market))
        if market.value is None:
            raise Refused(
                "the central prover's price is unbounded without the requester's value. "
                "Pass value= to the market."
            )
        if isinstance(market.value, Distribution):
            wtp = ironed_virtual_cost(market.value.reflected(), number, "the requester")

            def ask(cost: Any) -> Any:
                return -wtp.threshold(-cost, True)

            def chance(cost: Any) -> Any:
                return wtp.cdf(wtp.threshold(-cost, True))
        else:
            value = number(market.value)

            def ask(cost: Any) -> Any:
                return value

            def chance(cost: Any) -> Any:
                return cost <= value

        provers = range(len(market.labels))
        return Statement(
            score=(lambda cost: number(1),) * len(provers),
            capacity=tuple(chance if i == chosen else _never for i in provers),
            outside=number(0),
            payment=AskingPrice((ask,) * len(provers)),
        )

    def chosen(self, market: Procurement) -> str:
        """The label of the prover that serves this market.

        Raises:
            InvalidInput: the market has no such prover.
        """
        if self.label is None:
            return min(market.labels, key=lambda label: market.cost(label).mean())
        market.index(self.label)
        return self.label


def _never(cost: Any) -> bool:
    return False
