r"""The optimal procurement (Myerson): least expected cost to the requester among all rules.

$$ \max_x \; -\sum_i \bar\psi_i(c_i)\, x_i - v\,x_0, \qquad
   t_i = x_i \sup\{c : i \text{ still wins at } c\}, $$

with $\bar\psi_i$ the ironed virtual cost of prover $i$ (`ironing.py`) and $v$ the requester's value. Provers
with different laws are treated differently: the one with the lower cost may lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from mechanisms.distributions import Distribution
from mechanisms.errors import Refused
from mechanisms.ironing import IronedVirtualCost, ironed_virtual_cost
from mechanisms.markets import Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import CriticalValue, Number, OfReport, Statement

__all__ = ["Optimal"]


@final
@dataclass(frozen=True, slots=True)
class Optimal(RankedMechanism):
    """Awards to the lowest ironed virtual cost that the value covers, at the winner's critical cost.

    It reads the laws of the costs and the value from the market. With `value=None` it always awards: the
    least expected payment among rules that do. In a sale it maximises revenue plus the seller's own value of
    an item kept.

    Notes:
        Reporting one's cost is dominant. Equal virtual costs: the first in market order wins, so the critical
        cost of a prover in an ironed interval is its upper end against a later rival at that level, its lower
        end against an earlier one. A report above its support is never awarded. Exact evaluation needs
        piecewise-linear cdfs (`Uniform`, `PiecewiseLinear`, `Mixture` of them, mirror images), and inside an
        ironed interval a rational level.

    Example:
        >>> from fractions import Fraction
        >>> from mechanisms import Optimal, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 2)}, value=1)
        >>> outcome = Optimal().outcome(market, {"alice": Fraction(1, 4), "bob": Fraction(3, 8)})
        >>> outcome.payments["alice"]
        Fraction(3, 8)

    References:
        Myerson, Optimal auction design, Math. Oper. Res. 6 (1981), sections 5 and 6.
    """

    kind = "optimal"

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        if isinstance(market.value, Distribution):
            raise Refused(
                "Optimal needs the requester's value as a number: a requester that knows its value runs the "
                "rule at that value. Pass value=number, or value=None to always award."
            )
        virtual = [
            ironed_virtual_cost(cost, number, label)
            for label, cost in zip(market.labels, market.costs, strict=True)
        ]
        return Statement(
            score=tuple(_negative(psi) for psi in virtual),
            outside=None if market.value is None else -number(market.value),
            payment=CriticalValue(tuple(_threshold(psi) for psi in virtual)),
        )


def _negative(psi: IronedVirtualCost) -> OfReport:
    return lambda cost: -psi(cost)


def _threshold(psi: IronedVirtualCost) -> Any:
    return lambda score, at: psi.threshold(None if score is None else -score, at)
