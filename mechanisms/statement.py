r"""A mechanism as one optimisation problem plus a payment rule.

Given reports $c_1, \dots, c_n$ (costs, market order), winner determination is

$$ W(c) = \max_{x \ge 0} \; \sum_i s_i(c_i)\, x_i + s_0 x_0
   \quad \text{s.t.} \quad \sum_i x_i + x_0 = 1, \quad x_i \le k_i(c_i), $$

where $x_i$ is the share of the proof (lottery probability) awarded to prover $i$, $s_i$ its score, $k_i$ the
most it can be awarded at this report, and $x_0$ "nobody", with the score $s_0$ of the outside option. A
second stage picks one point of the optimal face: the first prover in market order, nobody last, or the even
lottery over it.

`Statement` holds $s$, $k$, $s_0$, the second stage and the payment rule, and nothing else. Three evaluators
read it: `program.py` (cvxpy), `exact.py` (any ordered field) and `batch.py` (numpy). None of them knows a
rule by name.

The functions of a statement take one report and return one number; they are built over a number type
(`Fraction` for the exact evaluator, `float` otherwise), and those over `float` also act entry by entry on
arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = [
    "AskingPrice",
    "ClarkePivot",
    "CriticalValue",
    "Number",
    "OfReport",
    "Payment",
    "Statement",
    "lowest_cost",
]

Number: TypeAlias = Callable[[Any], Any]
"""The number type of an evaluation, `Fraction` or `float`, as what turns a parameter into it."""

OfReport: TypeAlias = Callable[[Any], Any]
"""A function of one report."""


@dataclass(frozen=True, slots=True)
class AskingPrice:
    r"""$t_i = x_i\, a_i(c_i)$: the price depends on the prover's own report alone (a bid, a posted price)."""

    ask: tuple[OfReport, ...]


@dataclass(frozen=True, slots=True)
class ClarkePivot:
    r"""$t_i = (W - s_i x_i) - W_{-i}$: what the award to $i$ takes from everybody else, as a difference of
    optimal values.

    Needs scores in money, $s_i = -c_i$. $W_{-i}$ is the same problem without $i$; where that has no award to
    make and no outside option, the price is unbounded and the evaluation is refused.
    """


@dataclass(frozen=True, slots=True)
class CriticalValue:
    r"""$t_i = x_i \sup\{c : i \text{ still wins at } c\}$, the threshold of a monotone rule.

    Arguments:
        threshold: for each prover, the function $(s, \text{at}) \mapsto \sup\{c : s_i(c) \ge s\}$, and with
            `at` false the same with $>$: whether a tie at the rival's score $s$ is won follows from market
            order. `s=None` means there is nobody to beat.
    """

    threshold: tuple[Callable[[Any, Any], Any], ...]


Payment: TypeAlias = AskingPrice | ClarkePivot | CriticalValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    r"""Winner determination and payments of one rule in one procurement.

    Arguments:
        score: $s_i$ by prover, in market order. $-\infty$ counts as no capacity.
        outside: $s_0$, or None when the award must be made if anyone can take it.
        payment: the payment rule.
        capacity: $k_i$ by prover; None for one unit each. Values are 0 or 1; a value in between is allowed
            when no other prover has any capacity.
        ties: the second stage.
        everyone_proves: every prover bears its cost, awarded or not (a race); otherwise it bears its share of
            it.
    """

    score: tuple[OfReport, ...]
    outside: Any | None
    payment: Payment
    capacity: tuple[OfReport, ...] | None = None
    ties: Literal["market_order", "even_lottery"] = "market_order"
    everyone_proves: bool = False


def lowest_cost(cost: Any) -> Any:
    """The score of every rule that awards the lowest report."""
    return -cost
