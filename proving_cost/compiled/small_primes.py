r"""Primes below $2^{31}$: Montgomery products of `uint32` words, and batch inversion.

The Montgomery product of a and b is $a b / 2^{32} \bmod p$, so with one factor kept as $b\,2^{32} \bmod p$ (its
*Montgomery form*) it is $a b$ with a and the result canonical: constants are converted, data never.  With
$x = a b$ and $q = x / p \bmod 2^{32}$, $x - q p$ is a multiple of $2^{32}$ above $-p\,2^{32}$.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BITS = np.uint64(32)


@njit(forceinline=True)
def add_mod(a, b, p):
    s = np.uint32(a + b)
    return min(s, np.uint32(s - p))


@njit(forceinline=True)
def sub_mod(a, b, p):
    d = np.uint32(a - b)
    return min(d, np.uint32(d + p))


@njit(forceinline=True)
def mul_mod(a, b, p, inverse):
    """a*b with b in Montgomery form; `inverse` is 1/p modulo 2^32."""
    x = np.uint64(a) * np.uint64(b)
    q = np.uint32(np.uint32(x) * inverse)
    d = np.uint32(np.uint32(x >> BITS) - np.uint32((np.uint64(q) * np.uint64(p)) >> BITS))
    return min(d, np.uint32(d + p))


@njit(["uint64(uint64, uint64, uint64)"], cache=True)
def power(a, exponent, p):
    out = np.uint64(1)
    while exponent:
        if exponent & np.uint64(1):
            out = out * a % p
        a = a * a % p
        exponent >>= np.uint64(1)
    return out


@njit(["uint64[::1](uint64[::1], uint64)"], cache=True)
def batch_inverse(values, p):
    n = values.size
    out = np.empty(n, np.uint64)
    total = np.uint64(1)
    for i in range(n):
        out[i] = total
        total = total * values[i] % p
    t = power(total, p - np.uint64(2), p)
    for i in range(n - 1, -1, -1):
        out[i] = out[i] * t % p
        t = t * values[i] % p
    return out
