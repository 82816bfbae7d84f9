r"""Goldilocks arithmetic, $p = 2^{64} - 2^{32} + 1$, on canonical `uint64` residues.

With $\epsilon = 2^{32} - 1$: $2^{64} \equiv \epsilon$ and $2^{96} \equiv -1 \pmod p$, so a product
$x_0 + 2^{64} x_1 + 2^{96} x_2$ ($x_1, x_2$ of 32 bits) reduces to $x_0 - x_2 + \epsilon x_1$.
"""

from __future__ import annotations

import numpy as np
from numba import njit, vectorize

P = np.uint64(2**64 - 2**32 + 1)
EPSILON = np.uint64(2**32 - 1)
LOW = np.uint64(2**32 - 1)
SHIFT = np.uint64(32)
ZERO = np.uint64(0)


@njit(inline="always")
def add_mod(a, b):
    s = a + b  # if it wraps, s + 2^64 = s + epsilon modulo p, which is below p because a + b < 2p
    t = s + (EPSILON & -np.uint64(s < a))
    return t - (P & -np.uint64(t >= P))


@njit(inline="always")
def sub_mod(a, b):
    return a - b - (EPSILON & -np.uint64(a < b))


@njit(inline="always")
def mul_mod(a, b):
    a0, a1 = a & LOW, a >> SHIFT
    b0, b1 = b & LOW, b >> SHIFT
    low, middle, other, high = a0 * b0, a0 * b1, a1 * b0, a1 * b1
    carry = (low >> SHIFT) + (middle & LOW) + (other & LOW)
    x0 = (low & LOW) | (carry << SHIFT)
    top = high + (middle >> SHIFT) + (other >> SHIFT) + (carry >> SHIFT)
    x1, x2 = top & LOW, top >> SHIFT
    t = x0 - x2 - (EPSILON & -np.uint64(x0 < x2))
    s = t + ((x1 << SHIFT) - x1)
    r = s + (EPSILON & -np.uint64(s < t))
    return r - (P & -np.uint64(r >= P))


@vectorize(["uint64(uint64, uint64)"], cache=True)
def add(a, b):
    return add_mod(a, b)


@vectorize(["uint64(uint64, uint64)"], cache=True)
def sub(a, b):
    return sub_mod(a, b)


@vectorize(["uint64(uint64, uint64)"], cache=True)
def mul(a, b):
    return mul_mod(a, b)


@njit(["uint64[::1](uint64[::1])"], cache=True)
def batch_inverse(values):
    """Montgomery's trick: the inverses of nonzero residues."""
    n = values.size
    out = np.empty(n, np.uint64)
    total = np.uint64(1)
    for i in range(n):
        out[i] = total
        total = mul_mod(total, values[i])
    inverse, base, exponent = np.uint64(1), total, P - np.uint64(2)
    while exponent:
        if exponent & np.uint64(1):
            inverse = mul_mod(inverse, base)
        base = mul_mod(base, base)
        exponent >>= np.uint64(1)
    for i in range(n - 1, -1, -1):
        out[i] = mul_mod(out[i], inverse)
        inverse = mul_mod(inverse, values[i])
    return out
