r"""What the requester keeps, from what it pays and how often nobody is awarded.

A requester to whom a proof is worth $v$, and that pays $t$ in expectation and goes without with probability $q$, keeps
$v(1-q)-t$. A seller to whom its item is worth $v$ gains $t-v(1-q)$ over keeping it, with $t$ the revenue: the same number in
the mirror image, where costs, values and payments change sign.
"""

from __future__ import annotations

from fractions import Fraction

from equilibria.equilibrium import Equilibrium
from mechanisms import Enclosure


def requester_surplus(equilibrium: Equilibrium) -> Enclosure | None:
    r"""Enclose the requester's expected surplus per request.

    Args:
        equilibrium: of a market whose `value` is the requester's, in money.

    Returns:
        $v(1-q)-t$ in a procurement, $t-v(1-q)$ in a sale (what selling brings over keeping the item), rounded outward; None
        where the value is no number.

    Example:
        >>> from equilibria import solve
        >>> from mechanisms import FirstPrice, Procurement, Uniform
        >>> market = Procurement(costs={name: Uniform(0, 1) for name in "abc"}, value=1.0)
        >>> round(requester_surplus(solve(FirstPrice(0.5), market)).midpoint, 5)  # 17/32
        0.53125
    """
    value = equilibrium.market.value
    if not isinstance(value, float):
        return None
    sign = equilibrium.market.sign
    payment, no_award = equilibrium.expected_payment, equilibrium.no_award
    worth = [sign * Fraction(value) * (1 - Fraction(end)) for end in no_award]
    paid = [sign * Fraction(end) for end in payment]
    return Enclosure.around(min(worth) - max(paid), max(worth) - min(paid))
