r"""Poseidon2 of width 3 over the scalar field of BN254, in Montgomery form on four 64-bit words.

With $R = 2^{256}$ the form of a is $a R \bmod p$ and the product of forms $a b / R$.  As $4p < R$, factors below 2p
give a product below 2p without a final subtraction, so elements stay below 2p and sums are reduced by 2p.
"""

from __future__ import annotations

import functools

import numpy as np
from numba import njit

from proving_cost.compiled.words import multiply_add

MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617


def words(value):
    """The four words of an integer, the lowest first."""
    return tuple(np.uint64(value >> 64 * i & (1 << 64) - 1) for i in range(4))


ZERO, ONE = np.uint64(0), np.uint64(1)
FORM_OF_ONE = words(1)
P0, P1, P2, P3 = words(MODULUS)
N0, N1, N2, N3 = words((1 << 256) - 1 - MODULUS)  # adding this and 1 subtracts p
M0, M1, M2, M3 = words((1 << 256) - 1 - 2 * MODULUS)
NEGATIVE_INVERSE = np.uint64(-pow(MODULUS, -1, 1 << 64) % (1 << 64))


@njit
def step(x, b, t):
    """(t + x b) / 2^64, up to a multiple of p that makes it whole."""
    t0, c = multiply_add(x, b[0], t[0], ZERO)
    t1, c = multiply_add(x, b[1], t[1], c)
    t2, c = multiply_add(x, b[2], t[2], c)
    t3, t4 = multiply_add(x, b[3], t[3], c)
    m = t0 * NEGATIVE_INVERSE
    _, c = multiply_add(m, P0, t0, ZERO)
    t0, c = multiply_add(m, P1, t1, c)
    t1, c = multiply_add(m, P2, t2, c)
    t2, c = multiply_add(m, P3, t3, c)
    return t0, t1, t2, t4 + c


@njit
def mul(a, b):
    t = step(a[0], b, (ZERO, ZERO, ZERO, ZERO))
    t = step(a[1], b, t)
    t = step(a[2], b, t)
    return step(a[3], b, t)


@njit
def add(a, b):
    s0, c = multiply_add(a[0], ONE, b[0], ZERO)
    s1, c = multiply_add(a[1], ONE, b[1], c)
    s2, c = multiply_add(a[2], ONE, b[2], c)
    s3 = a[3] + b[3] + c
    d0, c = multiply_add(s0, ONE, M0, ONE)
    d1, c = multiply_add(s1, ONE, M1, c)
    d2, c = multiply_add(s2, ONE, M2, c)
    d3, c = multiply_add(s3, ONE, M3, c)
    if c:  # no borrow: the sum is 2p or more
        return d0, d1, d2, d3
    return s0, s1, s2, s3


@njit
def canonical(a):
    """The integer of a form."""
    s0, s1, s2, s3 = mul(a, FORM_OF_ONE)
    d0, c = multiply_add(s0, ONE, N0, ONE)
    d1, c = multiply_add(s1, ONE, N1, c)
    d2, c = multiply_add(s2, ONE, N2, c)
    d3, c = multiply_add(s3, ONE, N3, c)
    if c:
        return d0, d1, d2, d3
    return s0, s1, s2, s3


@njit
def load(a):
    return a[0], a[1], a[2], a[3]


@njit
def fifth_power(a, constant):
    x = add(a, load(constant))
    square = mul(x, x)
    return mul(mul(square, square), x)


@njit
def times(a, constant, small):
    """a times a constant, whose value is `small` if that is 1 or 2."""
    if small == 1:
        return a
    if small == 2:
        return add(a, a)
    return mul(a, load(constant))


@njit
def external(x, y, z):
    total = add(add(x, y), z)
    return add(x, total), add(y, total), add(z, total)


@njit(
    [
        "void(uint64[:, :, ::1], uint64[:, :, ::1], uint64[:, :, ::1], uint64[:, ::1], uint64[:, ::1], int64[::1],"
        "uint64[::1])"
    ],
    cache=True,
)
def permute(states, out, full, partial, diagonal, small, square):
    half = full.shape[0] // 2
    r2 = load(square)
    for i in range(states.shape[0]):
        x, y, z = mul(load(states[i, 0]), r2), mul(load(states[i, 1]), r2), mul(load(states[i, 2]), r2)
        x, y, z = external(x, y, z)
        for r in range(2 * half):
            if r == half:
                for k in range(partial.shape[0]):
                    x = fifth_power(x, partial[k])
                    total = add(add(x, y), z)
                    x = add(times(x, diagonal[0], small[0]), total)
                    y = add(times(y, diagonal[1], small[1]), total)
                    z = add(times(z, diagonal[2], small[2]), total)
            x, y, z = fifth_power(x, full[r, 0]), fifth_power(y, full[r, 1]), fifth_power(z, full[r, 2])
            x, y, z = external(x, y, z)
        x, y, z = canonical(x), canonical(y), canonical(z)
        for w in range(4):
            out[i, 0, w] = x[w]
            out[i, 1, w] = y[w]
            out[i, 2, w] = z[w]


def bind(instance):
    """The permutation of a batch, for an instance of width 3 over BN254's scalar field."""

    def form(values):
        return np.array([words((v << 256) % MODULUS) for v in values], dtype=np.uint64)

    full = np.stack([form(row) for row in instance.external_constants])
    small = np.array([d if d in (1, 2) else 0 for d in instance.internal_diagonal], dtype=np.int64)
    square = np.array(words((1 << 512) % MODULUS), dtype=np.uint64)
    constants = (full, form(instance.internal_constants), form(instance.internal_diagonal), small, square)
    return functools.partial(_permuted, constants)


def _permuted(constants, states):
    raw = b"".join([int(v).to_bytes(32, "little") for v in states.reshape(-1).tolist()])
    limbs = np.frombuffer(bytearray(raw), dtype="<u8").astype(np.uint64, copy=False).reshape(-1, 3, 4)
    images = np.empty_like(limbs)
    permute(limbs, images, *constants)
    raw = images.astype("<u8", copy=False).tobytes()
    out = np.empty(states.size, dtype=object)
    out[:] = [int.from_bytes(raw[i : i + 32], "little") for i in range(0, len(raw), 32)]
    return out.reshape(states.shape)
