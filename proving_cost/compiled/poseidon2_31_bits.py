r"""Poseidon2 over primes below $2^{31}$, many states at once, lane by lane.

A block holds `BLOCK` states as rows of one lane each, in Montgomery form, so that every inner loop does the same to
all states of a block and becomes vector instructions.
"""

from __future__ import annotations

import functools

import numpy as np
from numba import njit

from proving_cost.compiled.small_primes import add_mod, mul_mod

BLOCK = 64


@njit
def power(x, alpha, p, inverse):
    square = mul_mod(x, x, p, inverse)
    cube = mul_mod(square, x, p, inverse)
    return cube if alpha == 3 else mul_mod(cube, mul_mod(square, square, p, inverse), p, inverse)


@njit
def external(lanes, sums, t, p):
    sums[:] = np.uint32(0)
    for i in range(0, t, 4):
        for j in range(BLOCK):
            a, b, c, d = lanes[i, j], lanes[i + 1, j], lanes[i + 2, j], lanes[i + 3, j]
            ab, cd = add_mod(a, b, p), add_mod(c, d, p)
            total = add_mod(ab, cd, p)
            with_b, with_d = add_mod(total, b, p), add_mod(total, d, p)
            a, b, c, d = (
                add_mod(with_b, ab, p),
                add_mod(with_b, add_mod(c, c, p), p),
                add_mod(with_d, cd, p),
                add_mod(with_d, add_mod(a, a, p), p),
            )
            lanes[i, j], lanes[i + 1, j], lanes[i + 2, j], lanes[i + 3, j] = a, b, c, d
            sums[0, j] = add_mod(sums[0, j], a, p)
            sums[1, j] = add_mod(sums[1, j], b, p)
            sums[2, j] = add_mod(sums[2, j], c, p)
            sums[3, j] = add_mod(sums[3, j], d, p)
    for i in range(t):
        for j in range(BLOCK):
            lanes[i, j] = add_mod(lanes[i, j], sums[i & 3, j], p)


@njit
def full_round(lanes, sums, constants, t, alpha, p, inverse):
    for i in range(t):
        c = constants[i]
        for j in range(BLOCK):
            lanes[i, j] = power(add_mod(lanes[i, j], c, p), alpha, p, inverse)
    external(lanes, sums, t, p)


@njit
def partial_round(lanes, sums, constant, diagonal, t, alpha, p, inverse):
    total = sums[0]
    for j in range(BLOCK):
        lanes[0, j] = power(add_mod(lanes[0, j], constant, p), alpha, p, inverse)
        total[j] = lanes[0, j]
    for i in range(1, t):
        for j in range(BLOCK):
            total[j] = add_mod(total[j], lanes[i, j], p)
    for i in range(t):
        d = diagonal[i]
        for j in range(BLOCK):
            lanes[i, j] = add_mod(mul_mod(lanes[i, j], d, p, inverse), total[j], p)


@njit(
    ["void(uint64[:, ::1], uint64[:, ::1], uint32[:, ::1], uint32[::1], uint32[::1], int64, uint32, uint32, uint32)"],
    cache=True,
)
def permute(states, out, full, partial, diagonal, alpha, p, inverse, square):
    n, t = states.shape
    half = full.shape[0] // 2
    lanes = np.zeros((t, BLOCK), np.uint32)
    sums = np.zeros((4, BLOCK), np.uint32)
    for start in range(0, n, BLOCK):
        held = min(BLOCK, n - start)
        for j in range(held):
            for i in range(t):
                lanes[i, j] = states[start + j, i]
        for i in range(t):
            for j in range(BLOCK):
                lanes[i, j] = mul_mod(lanes[i, j], square, p, inverse)
        external(lanes, sums, t, p)
        for r in range(half):
            full_round(lanes, sums, full[r], t, alpha, p, inverse)
        for r in range(partial.size):
            partial_round(lanes, sums, partial[r], diagonal, t, alpha, p, inverse)
        for r in range(half, 2 * half):
            full_round(lanes, sums, full[r], t, alpha, p, inverse)
        for i in range(t):
            for j in range(BLOCK):
                lanes[i, j] = mul_mod(lanes[i, j], np.uint32(1), p, inverse)
        for j in range(held):
            for i in range(t):
                out[start + j, i] = lanes[i, j]


def bind(instance):
    """The permutation of a batch, for an instance over a prime below 2^31."""
    p = instance.field.modulus

    def form(values):
        return np.array([[(v << 32) % p for v in row] for row in values], dtype=np.uint32)

    full, diagonal = form(instance.external_constants), form([instance.internal_diagonal])[0]
    partial = form([instance.internal_constants])[0]
    scalars = (instance.alpha, np.uint32(p), np.uint32(pow(p, -1, 1 << 32)), np.uint32((1 << 64) % p))

    return functools.partial(_permuted, full, partial, diagonal, scalars)


def _permuted(full, partial, diagonal, scalars, states):
    states = np.ascontiguousarray(states, dtype=np.uint64)
    out = np.empty_like(states)
    permute(states, out, full, partial, diagonal, *scalars)
    return out
