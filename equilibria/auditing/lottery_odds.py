r"""What names earn in a lottery whose other contestants submit by chance.

With $K$ of $m$ rivals submitting, each with the chance $p$, and $k$ names of one's own, $E\bigl[\frac k{K+k}\bigr]$ falls in $p$,
so an enclosure of $p$ encloses it, in exact rationals.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

from equilibria.auditing.contest_payoffs import Range, solved
from mechanisms import Contest, Enclosure

if TYPE_CHECKING:
    from mechanisms import Mechanism

__all__ = ["chances", "earned", "surplus"]


def chances(mechanism: Mechanism, market: Contest, label: str) -> Range:
    """The chance with which a contestant submits in the equilibrium."""
    return _range(solved(mechanism, market).efforts[label])


def surplus(mechanism: Mechanism, market: Contest, label: str) -> Range:
    """What a contestant keeps in the equilibrium."""
    return _range(solved(mechanism, market).surplus[label])


def earned(market: Contest, names: int, rivals: int, chance: Range) -> Range:
    """The prize that some names expect together against so many rivals; costs are not taken off."""
    return Range(*(Fraction(market.prize) * _share(names, rivals, p) for p in (chance.high, chance.low)))


def _share(names: int, rivals: int, p: Fraction) -> Fraction:
    if not names:
        return Fraction(0)
    terms = (comb(rivals, k) * p**k * (1 - p) ** (rivals - k) * Fraction(names, k + names) for k in range(rivals + 1))
    return sum(terms, Fraction(0))


def _range(value: Fraction | Enclosure) -> Range:
    if isinstance(value, Enclosure):
        return Range(Fraction(value.lower), Fraction(value.upper))
    return Range(value, value)
