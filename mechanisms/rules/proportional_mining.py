r"""Proportional mining: rewards in the ratio of work, up to a multiple of one's stake.

$$ t_i = \min\Bigl(\frac{w_i}{\sum_j w_j}\,V,\; \frac{s_i}{d}\Bigr), \qquad \text{utility}_i = t_i - c_i\,w_i . $$

Boundless' proof of verifiable work is the rule with $d=15$, over an epoch. What a cap cuts off is not paid to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule, Division
from mechanisms.errors import InvalidInput, Refused
from mechanisms.statement import Number

__all__ = ["ProportionalMining"]


@final
@dataclass(frozen=True, slots=True)
class ProportionalMining(ContestRule):
    """The prize of a `Contest` is shared in the ratio of work; a cost is per unit of work, borne by all. Reports are work.

    Arguments:
        stake_divisor: no reward is above stake / stake_divisor, with the `stakes` of the contest; None for no cap.

    Raises:
        InvalidInput: the divisor is not positive.
        Refused: a divisor in a contest without stakes.

    Example:
        >>> from mechanisms import Contest, ProportionalMining
        >>> market = Contest(prize=100, costs={"a": 1, "b": 1}, stakes={"a": 150, "b": 9000})
        >>> dict(ProportionalMining(stake_divisor=15).outcome(market, {"a": 1, "b": 3}).payments)
        {'a': Fraction(10, 1), 'b': Fraction(75, 1)}

    References:
        Chen, Papadimitriou and Roughgarden (2019), arXiv 1909.10645: shares in the ratio of work are the only Sybil-proof and
        collusion-proof ones. Boundless: reward = min(work share x pool, stake / 15).
    """

    kind = "proportional_mining"

    stake_divisor: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("stake_divisor", optional=True)
        if self.stake_divisor is not None and not self.stake_divisor > 0:
            raise InvalidInput(f"stake_divisor must be positive; got {self.stake_divisor!r}. Pass None for no cap.")

    def caps(self, market: Contest) -> list[Fraction] | None:
        """The most that each contestant can be paid, in market order; None for no cap.

        Raises:
            Refused: the contest has no stakes.
        """
        if self.stake_divisor is None:
            return None
        if market.stakes is None:
            raise Refused("a stake_divisor needs a contest with stakes; got none. Pass Contest(..., stakes=).")
        return [stake / Fraction(self.stake_divisor) for stake in market.stakes]

    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        total = sum(reports)
        shares = [work / total if total else number(0) for work in reports]
        payments = [number(market.prize) * share for share in shares]
        caps = self.caps(market)
        if caps is not None:
            payments = [min(paid, number(cap)) for paid, cap in zip(payments, caps, strict=True)]
        return shares, payments, [number(1 if work > 0 else 0) for work in reports]
