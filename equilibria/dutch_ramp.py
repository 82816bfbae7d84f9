r"""The ramp of a reverse Dutch auction, when waiting costs the requester.

$n$ provers have private costs, uniform on $[0,1]$; the price rises from $p_0$ to $r$ at $\rho$ a second, and waiting costs
the requester $\delta$ a second. Let $\kappa=\delta/\rho$ be what it loses by waiting while the price rises by one.

**The speed does not change prices.** Locking at a price is bidding it in a sealed auction at first prices with the reserve $r$,

$$ b(c)=c+\frac{(1-c)^n-(1-r)^n}{n\,(1-c)^{n-1}}, $$

whatever $\rho$ is, for provers lose nothing by waiting. So the faster the better, as fast as provers can follow; and the ramp
starts at the lowest bid, $p_0=b(0)=\frac{1-(1-r)^n}n$, below which nobody locks.

**The highest price.** Let $A=1-(1-r)^n$ be the chance of an award. By revenue equivalence the requester pays
$E[P]=\int_0^r2c\,n(1-c)^{n-1}dc$ in expectation; it waits $(P-p_0)/\rho$, or $(r-p_0)/\rho$ without an award. So it keeps

$$ U(r)=A\,v-(1+\kappa)\,E[P]-(1-A)\,\kappa\,r+\kappa\,p_0, \qquad
   \frac{U'(r)}{(1-r)^{n-1}}=n\,v-\bigl(2n+(n-1)\kappa\bigr)\,r , $$

which changes its sign once: $r^*=\frac{n\,v}{2n+(n-1)\,\kappa}$, at most 1. Without impatience it is $v/2$ for every $n$;
an impatient requester stops earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechanisms import InvalidInput
from mechanisms.amounts import exact_amount

__all__ = ["DutchRamp", "best_ramp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutchRamp:
    """The ramp that leaves an impatient requester most, exactly.

    Attributes:
        start: the price at which it starts, the lowest bid.
        highest: the price at which it ends.
        award: probability that somebody locks.
        price: expected payment, 0 without an award.
        rise: expected rise of the price until the lock or the end; divided by the speed, the expected wait.
        utility: what the requester keeps.
    """

    start: Fraction
    highest: Fraction
    award: Fraction
    price: Fraction
    rise: Fraction
    utility: Fraction


def best_ramp(
    provers: int, value: Fraction | float | str, impatience: Fraction | float | str, highest: Fraction | float | str | None = None
) -> DutchRamp:
    """The best ramp among provers with costs uniform on [0, 1].

    Arguments:
        provers: at least 1.
        value: of a proof to the requester, positive.
        impatience: what waiting costs while the price rises by 1 (cost a second over price a second), at least 0.
        highest: the highest price, in (0, 1]; None for the best one.

    Raises:
        InvalidInput: an argument out of its range.

    Example:
        >>> patient, hasty = best_ramp(3, 1, 0), best_ramp(3, 1, 1)
        >>> patient.highest, patient.utility, hasty.highest
        (Fraction(1, 2), Fraction(17, 32), Fraction(3, 8))
    """
    if isinstance(provers, bool) or not isinstance(provers, int) or provers < 1:
        raise InvalidInput(f"provers must be a positive whole number; got {provers!r}.")
    n, v = provers, exact_amount(value, "value", positive=True)
    kappa = exact_amount(impatience, "impatience")
    best = min(n * v / (2 * n + (n - 1) * kappa), Fraction(1))
    r = best if highest is None else exact_amount(highest, "highest", positive=True)
    if r > 1:
        raise InvalidInput(f"highest must be at most 1, the highest cost; got {highest!r}.")
    none = (1 - r) ** n
    start = (1 - none) / n
    price = 2 * ((1 - none * (1 - r)) / (n + 1) - r * none)
    rise = price - (1 - none) * start + none * (r - start)
    return DutchRamp(
        start=start,
        highest=r,
        award=1 - none,
        price=price,
        rise=rise,
        utility=(1 - none) * v - price - kappa * rise,
    )
