r"""The constraint of PLONK over a coset of BN254's scalar field, as `systems.plonk.equations.constraint` states it.

Inputs and outputs are canonical residues in four 64-bit words; inside, Montgomery forms below 2p.  One pass over the
points, so that none of the hundred intermediate columns is ever stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from proving_cost.compiled.poseidon2_bn254 import MODULUS, add, canonical, load, mul, words
from proving_cost.compiled.words import multiply_add

Words: TypeAlias = NDArray[np.uint64]

ONE = np.uint64(1)
T0, T1, T2, T3 = words(2 * MODULUS + 1)
FLIP = np.uint64(2**64 - 1)
SQUARE = words((1 << 512) % MODULUS)


@njit
def sub(a, b):
    """a - b, as a + (2p - b): with one's complements, 2p - b = (2p + 1) + ~b modulo 2^256."""
    d0, c = multiply_add(b[0] ^ FLIP, ONE, T0, np.uint64(0))
    d1, c = multiply_add(b[1] ^ FLIP, ONE, T1, c)
    d2, c = multiply_add(b[2] ^ FLIP, ONE, T2, c)
    d3 = (b[3] ^ FLIP) + T3 + c
    return add(a, (d0, d1, d2, d3))


@njit
def form(a):
    return mul(load(a), SQUARE)


@njit
def fifth(x):
    square = mul(x, x)
    return mul(mul(square, square), x)


@njit
def dot(weights, first, x, y, z):
    return add(add(mul(load(weights[first]), x), mul(load(weights[first + 1]), y)), mul(load(weights[first + 2]), z))


@njit
def gates(columns, i, a, b, c, after_a, after_b, after_c, weights):
    k0, k1, k2 = form(columns[9, i]), form(columns[10, i]), form(columns[11, i])
    target = dot(weights, 0, after_a, after_b, after_c)
    total = add(add(a, b), c)
    x, y, z = fifth(add(add(total, a), k0)), fifth(add(add(total, b), k1)), fifth(add(add(total, c), k2))
    first = sub(dot(weights, 3, x, y, z), target)
    x, y, z = fifth(add(a, k0)), fifth(add(b, k1)), fifth(add(c, k2))
    full = sub(dot(weights, 3, x, y, z), target)
    partial = sub(dot(weights, 6, x, b, c), target)
    boolean = mul(sub(mul(b, b), b), load(weights[0]))
    bits = add(boolean, mul(sub(sub(after_a, add(a, a)), b), load(weights[1])))
    out = add(form(columns[4, i]), mul(form(columns[0, i]), mul(a, b)))
    out = add(add(out, mul(form(columns[1, i]), a)), mul(form(columns[2, i]), b))
    out = add(add(out, mul(form(columns[3, i]), c)), mul(form(columns[5, i]), first))
    out = add(add(out, mul(form(columns[6, i]), full)), mul(form(columns[7, i]), partial))
    return add(out, mul(form(columns[8, i]), bits))


@njit
def factor(w, point, beta):
    return add(w, mul(point, load(beta)))


@njit(
    ["void(uint64[:, :, ::1], uint64[:, :, ::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], int64,uint64[:, ::1])"],
    cache=True,
)
def quotient(columns, values, inverses, weights, scalars, ahead, out):
    """`scalars`: beta, beta k1, beta k2, gamma, alpha^4, alpha^5, 1; like `weights` and `inverses` in Montgomery form."""
    size = values.shape[1]
    gamma, one = load(scalars[3]), load(scalars[6])
    for i in range(size):
        j = (i + ahead) % size
        a, b, c, z = form(values[0, i]), form(values[1, i]), form(values[2, i]), form(values[3, i])
        after_a, after_b, after_c, there = form(values[0, j]), form(values[1, j]), form(values[2, j]), form(values[3, j])
        total = add(gates(columns, i, a, b, c, after_a, after_b, after_c, weights), form(values[4, i]))
        x, wa, wb, wc = form(columns[15, i]), add(a, gamma), add(b, gamma), add(c, gamma)
        here = mul(mul(mul(z, factor(wa, x, scalars[0])), factor(wb, x, scalars[1])), factor(wc, x, scalars[2]))
        there = mul(there, factor(wa, form(columns[12, i]), scalars[0]))
        there = mul(there, factor(wb, form(columns[13, i]), scalars[0]))
        there = mul(there, factor(wc, form(columns[14, i]), scalars[0]))
        begin = mul(mul(sub(z, one), form(columns[16, i])), load(scalars[5]))
        total = add(add(total, mul(sub(here, there), load(scalars[4]))), begin)
        result = canonical(mul(total, load(inverses[i % ahead])))
        for w in range(4):
            out[i, w] = result[w]


def forms(values: Iterable[int]) -> Words:
    """Montgomery forms of integers."""
    return np.array([words((int(v) << 256) % MODULUS) for v in values], dtype=np.uint64)


def to_words(values: NDArray[Any]) -> Words:
    """Canonical residues as words: an axis of four is appended."""
    raw = b"".join([v.to_bytes(32, "little") for v in values.reshape(-1).tolist()])
    return np.frombuffer(bytearray(raw), dtype="<u8").astype(np.uint64, copy=False).reshape(*values.shape, 4)


def to_integers(residues: Words) -> NDArray[Any]:
    """The inverse of `to_words`."""
    raw = residues.astype("<u8", copy=False).tobytes()
    out = np.empty(len(raw) // 32, dtype=object)
    out[:] = [int.from_bytes(raw[i : i + 32], "little") for i in range(0, len(raw), 32)]
    return out.reshape(residues.shape[:-1])
