r"""Poseidon2 over Goldilocks, $p = 2^{64} - 2^{32} + 1$, many states at once, lane by lane.

Between the first and the last step elements are any 64-bit representatives.  The external matrix, whose rows sum to
at most 49, acts on the lower and the upper 32 bits apart, as integers that stay far below $2^{64}$; with
$\epsilon = 2^{32} - 1 \equiv 2^{64}$, parts l and h join as $l + 2^{32}(h \bmod 2^{32}) + \epsilon \lfloor h/2^{32}
\rfloor$.  `BLOCK` states are interleaved so that products of one do not wait for those of another.
"""

from __future__ import annotations

import functools

import numpy as np
from numba import njit

from proving_cost.compiled.words import multiply_add

P = np.uint64(2**64 - 2**32 + 1)
EPSILON = np.uint64(2**32 - 1)
SHIFT = np.uint64(32)
ZERO = np.uint64(0)
BLOCK = 8


@njit
def reduced(low, high):
    """low + 2^64 high as one word."""
    top, middle = high >> SHIFT, high & EPSILON
    t = low - top
    if low < top:  # wrapped: minus 2^64, that is minus epsilon; the word is close to 2^64, so not twice
        t -= EPSILON
    u = (middle << SHIFT) - middle
    s = t + u
    if s < u:
        s += EPSILON
    return s


@njit
def product(a, b):
    low, high = multiply_add(a, b, ZERO, ZERO)
    return reduced(low, high)


@njit
def joined(low, high):
    """low + 2^32 high as one word, for both below 2^63 or so."""
    u = low + (high >> SHIFT) * EPSILON
    s = u + (high << SHIFT)
    if s < u:
        s += EPSILON
    return s


@njit
def seventh_power(x, constant):
    x += constant
    if x < constant:
        x += EPSILON
    square = product(x, x)
    return product(product(square, x), product(square, square))


@njit
def external_part(lanes, part, shift, t):
    """The blocks of the external matrix on 32 bits of every element; rows t to t + 3 are the sums over blocks."""
    for i in range(t):
        for j in range(BLOCK):
            part[i, j] = lanes[i, j] >> shift & EPSILON
    part[t:] = ZERO
    for i in range(0, t, 4):
        for j in range(BLOCK):
            a, b, c, d = part[i, j], part[i + 1, j], part[i + 2, j], part[i + 3, j]
            ab, cd = a + b, c + d
            with_b, with_d = ab + cd + b, ab + cd + d
            a, b, c, d = with_b + ab, with_b + c + c, with_d + cd, with_d + a + a
            part[i, j], part[i + 1, j], part[i + 2, j], part[i + 3, j] = a, b, c, d
            part[t, j] += a
            part[t + 1, j] += b
            part[t + 2, j] += c
            part[t + 3, j] += d


@njit
def external(lanes, low, high, t):
    external_part(lanes, low, ZERO, t)
    external_part(lanes, high, SHIFT, t)
    for i in range(t):
        k = t + (i & 3)
        for j in range(BLOCK):
            lanes[i, j] = joined(low[i, j] + low[k, j], high[i, j] + high[k, j])


@njit
def full_round(lanes, low, high, constants, t):
    for i in range(t):
        c = constants[i]
        for j in range(BLOCK):
            lanes[i, j] = seventh_power(lanes[i, j], c)
    external(lanes, low, high, t)


@njit
def partial_round(lanes, low, high, constant, diagonal, t):
    for j in range(BLOCK):
        x = seventh_power(lanes[0, j], constant)
        lanes[0, j] = x
        low[0, j] = x & EPSILON
        high[0, j] = x >> SHIFT
    for i in range(1, t):
        for j in range(BLOCK):
            low[0, j] += lanes[i, j] & EPSILON
            high[0, j] += lanes[i, j] >> SHIFT
    for j in range(BLOCK):
        low[0, j] = joined(low[0, j], high[0, j])
    for i in range(t):
        d = diagonal[i]
        for j in range(BLOCK):
            below, above = multiply_add(lanes[i, j], d, low[0, j], ZERO)
            lanes[i, j] = reduced(below, above)


@njit(["void(uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], uint64[::1], uint64[::1])"], cache=True)
def permute(states, out, full, partial, diagonal):
    n, t = states.shape
    half = full.shape[0] // 2
    lanes = np.zeros((t, BLOCK), np.uint64)
    low = np.zeros((t + 4, BLOCK), np.uint64)
    high = np.zeros((t + 4, BLOCK), np.uint64)
    for start in range(0, n, BLOCK):
        held = min(BLOCK, n - start)
        for j in range(held):
            for i in range(t):
                lanes[i, j] = states[start + j, i]
        external(lanes, low, high, t)
        for r in range(half):
            full_round(lanes, low, high, full[r], t)
        for r in range(partial.size):
            partial_round(lanes, low, high, partial[r], diagonal, t)
        for r in range(half, 2 * half):
            full_round(lanes, low, high, full[r], t)
        for j in range(held):
            for i in range(t):
                x = lanes[i, j]
                out[start + j, i] = x - P if x >= P else x


def bind(instance):
    """The permutation of a batch, for an instance over Goldilocks."""
    full = np.array(instance.external_constants, dtype=np.uint64)
    partial = np.array(instance.internal_constants, dtype=np.uint64)
    diagonal = np.array(instance.internal_diagonal, dtype=np.uint64)
    return functools.partial(_permuted, full, partial, diagonal)


def _permuted(full, partial, diagonal, states):
    states = np.ascontiguousarray(states, dtype=np.uint64)
    out = np.empty_like(states)
    permute(states, out, full, partial, diagonal)
    return out
