r"""Bit lengths of the scalars of a multi-scalar multiplication.

A Pippenger MSM with windows of $c$ bits works on $\lceil (b+1)/c \rceil$ windows of a scalar of $b$ bits, and
skips zeros, so the witness's many bits and small numbers make its MSMs several times cheaper than uniform
scalars do.  How many scalars have which length depends on the circuit; the mixture below stands for a circuit
with many range checks and is *assumed*.  Its mean width is 23 % of the full one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from mechanisms.errors import InvalidInput

__all__ = ["WITNESS_MIXTURE", "Scalars", "histogram"]

WITNESS_MIXTURE: Mapping[int, float] = {0: 0.30, 1: 0.35, 8: 0.05, 64: 0.10, -1: 0.20}
"""Shares of scalars by bit length; -1 stands for the full width of the field."""

Scalars = str | Mapping[int, float]


def histogram(scalars: Scalars, n: int, full_bits: int) -> dict[int, int]:
    """How many of n scalars have which bit length; the counts sum to n.

    Arguments:
        scalars: `"full"`, `"mixture"` (`WITNESS_MIXTURE`), or shares by bit length (-1: full width), summing to 1.
        n: Number of scalars.
        full_bits: Bits of the scalar field.

    Raises:
        InvalidInput: Another word, a length beyond the field, or shares that do not sum to 1.
    """
    if isinstance(scalars, str):
        if scalars not in ("full", "mixture"):
            raise InvalidInput(f"scalars: must be 'full', 'mixture' or shares by bit length; got {scalars!r}.")
        shares: Mapping[int, float] = WITNESS_MIXTURE if scalars == "mixture" else {full_bits: 1.0}
    elif isinstance(scalars, Mapping):
        shares = scalars
    else:
        raise InvalidInput(f"scalars: must be 'full', 'mixture' or shares by bit length; got {scalars!r}.")
    by_bits: dict[int, float] = {}
    for bits, share in shares.items():
        if type(bits) is not int or not -1 <= bits <= full_bits:
            raise InvalidInput(f"scalars: a bit length must be from 0 to {full_bits}, or -1 for full; got {bits!r}.")
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise InvalidInput(f"scalars: the share of {bits}-bit scalars must be in [0, 1]; got {share!r}.")
        at = full_bits if bits == -1 else bits
        by_bits[at] = by_bits.get(at, 0.0) + share
    total = math.fsum(by_bits.values())
    if abs(total - 1.0) > 1e-9:
        raise InvalidInput(f"scalars: the shares must sum to 1; got {total:g}.")
    counts = {bits: int(share / total * n) for bits, share in by_bits.items()}
    left = n - sum(counts.values())  # the rest by largest remainder
    remainders = sorted(by_bits, key=lambda bits: (counts[bits] - by_bits[bits] / total * n, bits))
    for bits in remainders[:left]:
        counts[bits] += 1
    return {bits: count for bits, count in sorted(counts.items()) if count}
