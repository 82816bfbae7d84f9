r"""Tullock's contest: a lottery in which an effort buys tickets, $e^\alpha$ of them.

$$ p_i = \frac{e_i^\alpha}{\sum_j e_j^\alpha}, \qquad t_i = V\,p_i + \rho\,e_i\,(1-p_i). $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from mechanisms.effort_contest import EffortContest
from mechanisms.errors import InvalidInput

__all__ = ["Tullock"]


@final
@dataclass(frozen=True, slots=True)
class Tullock(EffortContest):
    """The prize of a `Contest` goes to one contestant by lot, with chances in the ratio of efforts to the power `alpha`.

    Arguments:
        alpha: how much efforts decide: near 0 hardly at all, 1 for a raffle of efforts (proportional mining); for a large one the
            contest is close to an all-pay auction, which has no equilibrium in pure strategies.
        rebate: what a contestant that does not win is given back for each unit of its effort, in money; at least 0, and below
            every cost where the contest is solved.

    Raises:
        InvalidInput: alpha is not positive, or the rebate is negative.
        Refused: when evaluated in a market that is not a `Contest`.

    Notes:
        Every contestant bears the cost of its effort, winner or not. If all efforts are 0, nobody is awarded. In a `Contest` with
        known costs an effort is a bid in money, which everybody pays, and the cost is that of delivering the proof, which the
        winner bears: a win is worth prize - cost.

    Example:
        >>> from mechanisms import Contest, Tullock, Uniform
        >>> market = Contest(prize=1, costs={"alice": Uniform(1, 2), "bob": Uniform(1, 2)})
        >>> Tullock(alpha=2).outcome(market, {"alice": 1, "bob": 3}).allocation["bob"]
        Fraction(9, 10)
    """

    kind = "tullock"
    winner_delivers: ClassVar[bool] = True

    alpha: float | Fraction = 1.0
    rebate: float | Fraction = 0.0

    def __post_init__(self) -> None:
        self._check_positive("alpha")
        self._check_amount("rebate", optional=False)
        if self.rebate < 0:
            raise InvalidInput(f"rebate must be at least 0; got {self.rebate!r}. Losers cannot be charged.")

    @property
    def exponent(self) -> float | Fraction:
        return self.alpha

    @property
    def refund(self) -> float | Fraction:
        return self.rebate
