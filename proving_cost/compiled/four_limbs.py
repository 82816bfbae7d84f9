r"""Residues of up to 255 bits in four 64-bit limbs, the lowest first: products in Montgomery form, sums, conversions.

With $R = 2^{256}$ the product of a and b is $a b / R \bmod p$; so with one factor kept as $b R \bmod p$ (its *form*) it is
$a b$, and with both factors forms it is the form of the product.  There is no final subtraction, as
$$ \frac{a b + (R - 1) p}{R} < 2p \quad\text{if}\quad a b < p R, $$
and limbs do not overflow if $b + p < R$.  Values stay below 2p, sums are reduced by 2p, and `add_below(a, ZERO, p)` is the
residue.  Factors below 2p serve if $4p < R$, as for BN254; for any $p < 2^{255}$ one of them, a constant, is below p.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from proving_cost.compiled.words import multiply_add

Limbs: TypeAlias = NDArray[np.uint64]

LIMBS = 4
BYTES = 8 * LIMBS
NONE = np.uint64(0)
ZERO = (NONE, NONE, NONE, NONE)


def limbs(value: int) -> tuple[np.uint64, ...]:
    """The four limbs of an integer."""
    return tuple(np.uint64(value >> 64 * i & (1 << 64) - 1) for i in range(LIMBS))


def negative_inverse(modulus: int) -> np.uint64:
    """-1/p modulo 2^64, which products need."""
    return np.uint64(-pow(modulus, -1, 1 << 64) % (1 << 64))


def forms(values: Iterable[int], modulus: int) -> Limbs:
    """Montgomery forms of integers."""
    return np.array([limbs((int(v) << 64 * LIMBS) % modulus) for v in values], dtype=np.uint64).reshape(-1, LIMBS)


def to_limbs(values: NDArray[Any] | Sequence[int]) -> Limbs:
    """Integers in $[0, 2^{256})$ as limbs: an axis of four is appended."""
    shape, listed = (values.shape, values.reshape(-1).tolist()) if isinstance(values, np.ndarray) else ((len(values),), values)
    raw = b"".join([v.to_bytes(BYTES, "little") for v in listed])
    return np.frombuffer(bytearray(raw), dtype="<u8").astype(np.uint64, copy=False).reshape(*shape, LIMBS)


def to_integers(residues: Limbs) -> NDArray[Any]:
    """The inverse of `to_limbs`."""
    from_bytes: Any = int.from_bytes
    rows = np.ascontiguousarray(residues, dtype="<u8").view(f"V{BYTES}").reshape(-1).tolist()
    out: NDArray[Any] = np.fromiter(map(from_bytes, rows, repeat("little")), dtype=np.object_, count=len(rows))
    return out.reshape(residues.shape[:-1])


@njit(forceinline=True)
def load(row):
    return row[0], row[1], row[2], row[3]


@njit(forceinline=True)
def store(row, a):
    row[0], row[1], row[2], row[3] = a


@njit(forceinline=True)
def step(x, b, t, p, inverse):
    """(t + x b) / 2^64, up to a multiple of p that makes it whole."""
    t0, c = multiply_add(x, b[0], t[0], NONE)
    t1, c = multiply_add(x, b[1], t[1], c)
    t2, c = multiply_add(x, b[2], t[2], c)
    t3, t4 = multiply_add(x, b[3], t[3], c)
    m = t0 * inverse
    _, c = multiply_add(m, p[0], t0, NONE)
    t0, c = multiply_add(m, p[1], t1, c)
    t1, c = multiply_add(m, p[2], t2, c)
    t2, c = multiply_add(m, p[3], t3, c)
    return t0, t1, t2, t4 + c


@njit(forceinline=True)
def mul(a, b, p, inverse):
    """a b / 2^256, below 2p; b + p must be below 2^256 and `inverse` is -1/p modulo 2^64."""
    t = step(a[0], b, ZERO, p, inverse)
    t = step(a[1], b, t, p, inverse)
    t = step(a[2], b, t, p, inverse)
    return step(a[3], b, t, p, inverse)
