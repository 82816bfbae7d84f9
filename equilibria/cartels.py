r"""How patient provers must be to hold a price together.

A grim-trigger cartel earns $C$ a round as long as nobody deviates; who does earns $D$ once, and everybody $P$ from then
on. It holds if and only if $\frac C{1-\delta}\ge D+\frac{\delta P}{1-\delta}$, that is $\delta\ge\frac{D-C}{D-P}$.

*$n$ equals in a reverse auction:* sharing the margin $M$ of the reserve price evenly they earn $C=M/n$ each; who undercuts earns
(nearly) $D=M$; competition then leaves $P=0$. So the threshold is $1-1/n$.
"""

from __future__ import annotations

from fractions import Fraction

from mechanisms import InvalidInput
from mechanisms.amounts import exact_amount

__all__ = ["cartel_patience", "grim_trigger"]


def grim_trigger(collusion: Fraction | float, deviation: Fraction | float, punishment: Fraction | float = 0) -> Fraction:
    """The least discount factor at which a cartel holds.

    Arguments:
        collusion: what each earns a round in the cartel.
        deviation: what one earns in the round in which it deviates.
        punishment: what each earns a round afterwards; below the other two.

    Raises:
        InvalidInput: the punishment is no punishment.

    Example:
        >>> grim_trigger(Fraction(1, 4), 1)
        Fraction(3, 4)
    """
    held, once, after = (
        exact_amount(x, name) for x, name in ((collusion, "collusion"), (deviation, "deviation"), (punishment, "punishment"))
    )
    if not after < min(held, once):
        raise InvalidInput(
            f"punishment must be below collusion and deviation; got {punishment!r}. Else nothing is lost by deviating."
        )
    return max(Fraction(0), (once - held) / (once - after))


def cartel_patience(provers: int) -> Fraction:
    """The least discount factor at which so many equal provers hold the reserve price of a reverse auction: 1 - 1/n.

    Example:
        >>> [str(cartel_patience(n)) for n in (2, 3, 10)]
        ['1/2', '2/3', '9/10']
    """
    if isinstance(provers, bool) or not isinstance(provers, int) or provers < 2:
        raise InvalidInput(f"provers must be a whole number of at least 2; got {provers!r}. One prover needs no cartel.")
    return grim_trigger(Fraction(1, provers), 1)
