r"""Chances in the ratio of efforts: the equilibrium in rationals.

With a win worth $v_i$ and the cost $k_i$ of a unit of effort, $\gamma_i=k_i/v_i$, and the sum $E$ of all efforts, the best
share is $p_i=\max(0,1-\gamma_iE)$, and at most $\kappa_i$ where the reward is capped there. The shares add up to 1 at one
$E$: with the $k$ contestants of the least $\gamma$ active and no caps,

$$ E=\frac{k-1}{\sum_{i\le k}\gamma_i}, \qquad p_i=1-\gamma_iE, \qquad e_i=p_iE, \qquad u_i=v_i\,p_i^2, $$

$k$ the largest with $\gamma_kE<1$. With $v_i=V$, $\gamma_i=c_i/V$ this is Arnosti and Weinberg's $p_i=1-c_i/c^*$,
$c^*=V/E=\sum_{i\le k}c_i/(k-1)$: whoever could work at less than $c^*$ per unit enters.

References:
    Arnosti and Weinberg (2022), Management Science; arXiv 1811.08572. Hillman and Riley (1989), Economics & Politics 1.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

from mechanisms import Refused

__all__ = ["NOBODY", "raffle_efforts"]

ZERO, ONE = Fraction(0), Fraction(1)

NOBODY = "a contest in which a win is worth its cost to nobody: all make no effort, and nothing is awarded. Raise the prize."


def raffle_efforts(gammas: Sequence[Fraction | None], caps: Sequence[Fraction] | None = None) -> tuple[list[Fraction], bool]:
    """The efforts, and whether they are the only equilibrium.

    Arguments:
        gammas: cost of a unit of effort over the value of a win, by contestant; None for one to whom a win is worth nothing.
        caps: the largest share that is paid to each; None for no caps.

    Raises:
        Refused: fewer than two contestants would make an effort, or the caps leave a part of the prize to nobody.

    Notes:
        The sum of the best shares is piecewise linear in $E$ and falls, so the piece that crosses 1 is found by sorting.

    Example:
        >>> [str(effort) for effort in raffle_efforts([Fraction(1), Fraction(5, 4)])[0]]
        ['20/81', '16/81']
    """
    ratio = {i: gamma for i, gamma in enumerate(gammas) if gamma is not None}
    limits = {i: ONE if caps is None else min(caps[i], ONE) for i in ratio}
    if not ratio:
        raise Refused(NOBODY)
    if len(ratio) < 2:
        raise Refused(
            "a contest in which a win is worth its cost to fewer than two has no equilibrium: any effort wins. Add a rival."
        )

    def share(i: int, total: Fraction) -> Fraction:
        return min(limits[i], max(ZERO, 1 - ratio[i] * total))

    def filled(total: Fraction) -> Fraction:
        return sum((share(i, total) for i in ratio), ZERO)

    if filled(ZERO) < 1:
        raise Refused(
            "caps that add up to less than the prize leave no equilibrium: everybody is paid its cap for ever less work. "
            "Raise the stakes or lower stake_divisor."
        )
    knots = sorted({ZERO} | {end for i, gamma in ratio.items() for end in (1 / gamma, (1 - limits[i]) / gamma)})
    below = bisect_left(knots, True, key=lambda total: filled(total) < 1)
    left, right = knots[below - 1], knots[below]
    before, after = filled(left), filled(right)
    total = left + (right - left) * (before - 1) / (before - after)
    efforts = [share(i, total) * total if i in ratio else ZERO for i in range(len(gammas))]
    # the sum is flat at 1 below this one only where who is active is capped, and the caps add up to 1
    return efforts, before > 1 or filled((knots[below - 2] + left) / 2) != 1
