r"""The lottery of Bahrani and Neuder: whoever submits a proof has an even chance of the prize.

$$ t_i = \frac{R}{m}\,[\,i \text{ submits}\,], \qquad m = \text{number of submissions} . $$

In expectation it makes no difference whether one submission is drawn or all share. With cost $c$ each, $n$ provers submit
with the probability $p$ at which submitting earns nothing, $R\,(1-(1-p)^n)/(np)=c$; nobody submits, and the task fails, with
probability $(1-p)^n$.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule, Division, taking_part
from mechanisms.statement import Number

__all__ = ["Lottery"]


@final
@dataclass(frozen=True, slots=True)
class Lottery(ContestRule):
    """The prize of a `Contest` is drawn evenly among all who submit a proof; a cost is that of a proof, borne by who makes one.

    Reports are 1 for a submission and 0 for none.

    Notes:
        Splitting oneself in two raises one's chances: the rule is not Sybil-proof. It is reconstructed from the abstract and
        first lines of the source.

    Example:
        >>> from mechanisms import Contest, Lottery
        >>> market = Contest(prize=3, costs={"a": 1, "b": 1, "c": 1})
        >>> dict(Lottery().outcome(market, {"a": 1, "b": 0, "c": 1}).payments)
        {'a': Fraction(3, 2), 'b': Fraction(0, 1), 'c': Fraction(3, 2)}

    References:
        Bahrani and Neuder (2025), ethresear.ch 22916.
    """

    kind = "lottery"

    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        submitted = taking_part(market, reports)
        even = number(1) / max(sum(submitted), 1)
        shares = [even if one else number(0) for one in submitted]
        return shares, [number(market.prize) * share for share in shares], [number(int(one)) for one in submitted]
