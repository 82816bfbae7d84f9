r"""What curved shares with $\alpha=2$ cost at worst, against having the cheapest prover do everything.

With $y_i=\min_jc_j/c_i\le1$ shares are $x_i=y_i^2/\sum_jy_j^2$, so the cost over the least is
$\frac{\sum_ix_ic_i}{\min_jc_j}=\frac{\sum_iy_i}{\sum_iy_i^2}$ with one $y_i=1$.

**Theorem.** With $n$ provers it is at most $\frac{1+\sqrt n}2$, attained where all but one have $y=\frac1{1+\sqrt n}$.

*Proof.* Let $Y=\sum y$ and $Q=\sum y^2$ over the $n-1$ others; $Q\ge Y^2/(n-1)$, so the ratio is at most
$\frac{1+Y}{1+Y^2/(n-1)}$. With $Y=(n-1)y$ that is $\frac{1+(n-1)y}{1+(n-1)y^2}$, whose derivative vanishes where
$(n-1)y^2+2y-1=0$, at $y=\frac{\sqrt n-1}{n-1}=\frac1{1+\sqrt n}$; there the ratio is $\frac1{2y}=\frac{1+\sqrt n}2$. $\square$
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from mechanisms import InvalidInput
from mechanisms.amounts import exact_amount

__all__ = ["overspend", "worst_overspend"]


def overspend(costs: Sequence[Fraction | float | str], alpha: int = 2) -> Fraction:
    """The cost of curved shares over that of the cheapest prover alone, exactly.

    Arguments:
        costs: positive.
        alpha: a whole number of at least 1.

    Example:
        >>> overspend([1, 2])
        Fraction(6, 5)
    """
    amounts = [exact_amount(cost, f"costs[{i}]", positive=True) for i, cost in enumerate(costs)]
    if not amounts or isinstance(alpha, bool) or not isinstance(alpha, int) or alpha < 1:
        raise InvalidInput(f"alpha must be a whole number of at least 1, with a cost or more; got {alpha!r}.")
    scores = [cost**-alpha for cost in amounts]
    return sum((score * cost for score, cost in zip(scores, amounts, strict=True)), Fraction(0)) / sum(scores) / min(amounts)


def worst_overspend(provers: int) -> tuple[float, float]:
    r"""$(1+\sqrt n)/2$, and the cost of all but the cheapest prover (over its cost) at which it is reached.

    Example:
        >>> [round(x, 4) for x in worst_overspend(2)]
        [1.2071, 2.4142]
    """
    if isinstance(provers, bool) or not isinstance(provers, int) or provers < 1:
        raise InvalidInput(f"provers must be a positive whole number; got {provers!r}.")
    root = math.sqrt(provers)
    return (1.0 + root) / 2.0, 1.0 + root
