r"""How concentrated a market is, from the shares of its provers, exactly.

Shares $s_i\ge0$ need not add up to 1; what counts is $\sigma_i=s_i/\sum_js_j$.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from mechanisms import Enclosure, InvalidInput
from mechanisms.amounts import exact_amount

__all__ = ["active_provers", "herfindahl", "nakamoto"]

Shares = Mapping[str, Fraction | float | Enclosure] | Iterable[Fraction | float | Enclosure]


def herfindahl(shares: Shares) -> Fraction:
    r"""The Herfindahl-Hirschman index $\sum_i\sigma_i^2$: 1 for a monopoly, $1/n$ for $n$ equals.

    Arguments:
        shares: of each prover, at least 0, in any unit, as `Equilibrium.shares`; of an enclosure its middle is taken.

    Raises:
        InvalidInput: a share is negative, or all are 0.

    Example:
        >>> herfindahl({"a": Fraction(5, 9), "b": Fraction(4, 9)})
        Fraction(41, 81)
    """
    sizes = _sizes(shares)
    return sum((size**2 for size in sizes), Fraction(0)) / sum(sizes) ** 2


def nakamoto(shares: Shares, threshold: Fraction | float = Fraction(1, 2)) -> int:
    r"""The Nakamoto number: how few provers together hold more than the threshold.

    Arguments:
        shares: as in `herfindahl`.
        threshold: at least 0 and below 1.

    Raises:
        InvalidInput: a share is negative, all are 0, or the threshold is out of its range.

    Example:
        >>> nakamoto([3, 2, 2, 2, 1]), nakamoto([5, 5])
        (3, 2)
    """
    limit = exact_amount(threshold, "threshold")
    if not limit < 1:
        raise InvalidInput(f"threshold must be below 1; got {threshold!r}. 1/2 asks for a majority.")
    sizes = sorted(_sizes(shares), reverse=True)
    held, whole = Fraction(0), sum(sizes)
    for count, size in enumerate(sizes, 1):
        held += size
        if held > limit * whole:
            return count
    raise AssertionError("all provers hold everything")


def active_provers(shares: Shares, least: Fraction | float = 0) -> int:
    """How many provers have more than the share `least` of the whole.

    Example:
        >>> active_provers({"a": 0.6, "b": 0.4, "c": 0})
        2
    """
    sizes, limit = _sizes(shares), exact_amount(least, "least")
    whole = sum(sizes)
    return sum(size > limit * whole for size in sizes)


def _sizes(shares: Shares) -> list[Fraction]:
    table = shares if isinstance(shares, Mapping) else dict(enumerate(shares))
    middles = {label: share.midpoint if isinstance(share, Enclosure) else share for label, share in table.items()}
    sizes = [exact_amount(share, f"shares.{label}") for label, share in middles.items()]
    if not any(sizes):
        raise InvalidInput(f"shares must have one above 0; got {len(sizes)} of 0. Nobody proves there.")
    return sizes
