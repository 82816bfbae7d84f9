r"""The four-step NTT, generic in the type of a residue: `uint32` (Montgomery products) or `uint64` (Goldilocks).

With $n = n_1 n_2$, $j = j_1 n_2 + j_2$ and $k = k_1 + n_1 k_2$,

$$\hat a_k = \sum_{j_2} \omega^{j_2 k_1} (\omega^{n_1})^{j_2 k_2} \sum_{j_1} (\omega^{n_2})^{j_1 k_1} a_j :$$

transforms of size $n_1$ down the columns of a matrix, factors $\omega^{j_2 k_1}$, a transposition, and transforms of
size $n_2$ down the columns of the result, which leaves natural order.  Columns are taken `LANES` at a time, so that
a block is read in whole cache lines, stays in the cache, and every inner loop is over neighbours with one twiddle.
Blocks are transformed by Stockham's algorithm in radix 4, which needs no bit reversal.  All other factors (of a coset,
of 1/n, of the second step) are geometric in one direction and are carried along, so tables have size $O(\sqrt n)$.

References:
    D. H. Bailey, FFTs in external or hierarchical memory, J. Supercomputing 4 (1990).
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import overload

from proving_cost.compiled import goldilocks, small_primes

LANES = 16
"""Columns of a block: 64 bytes of `uint32`, 128 of `uint64`."""


def _signature(word):
    table = word[::1]
    matrix = types.uint64[:, ::1]
    return types.void(matrix, matrix, table, table, table, table, table, word, table, word, word, word)


def add_mod(a, b, p):
    """a + b; a body is chosen by the type of a."""
    raise NotImplementedError


def sub_mod(a, b, p):
    """a - b."""
    raise NotImplementedError


def mul_mod(a, b, p, inverse):
    """a*b; for `uint32`, with b in Montgomery form and `inverse` = 1/p modulo 2^32."""
    raise NotImplementedError


@overload(add_mod, inline="always")
def _add_mod(a, b, p):
    if a == types.uint32:
        return lambda a, b, p: small_primes.add_mod(a, b, p)
    return lambda a, b, p: goldilocks.add_mod(a, b)


@overload(sub_mod, inline="always")
def _sub_mod(a, b, p):
    if a == types.uint32:
        return lambda a, b, p: small_primes.sub_mod(a, b, p)
    return lambda a, b, p: goldilocks.sub_mod(a, b)


@overload(mul_mod, inline="always")
def _mul_mod(a, b, p, inverse):
    if a == types.uint32:
        return lambda a, b, p, inverse: small_primes.mul_mod(a, b, p, inverse)
    return lambda a, b, p, inverse: goldilocks.mul_mod(a, b)


@njit
def _radix_2(source, target, inner, p):
    """The last step, where the only twiddle is 1."""
    a, b = source[:inner], source[inner : 2 * inner]
    low, high = target[:inner], target[inner : 2 * inner]
    for v in range(inner):
        low[v] = add_mod(a[v], b[v], p)
        high[v] = sub_mod(a[v], b[v], p)


@njit
def _radix_4(source, target, quarter, inner, twiddles, p, inverse):
    step = twiddles.size // (4 * quarter)
    i = twiddles[quarter * step]
    for j in range(quarter):
        w1, w2, w3 = twiddles[j * step], twiddles[2 * j * step], twiddles[3 * j * step]
        a = source[j * inner : (j + 1) * inner]
        b = source[(j + quarter) * inner : (j + quarter + 1) * inner]
        c = source[(j + 2 * quarter) * inner : (j + 2 * quarter + 1) * inner]
        d = source[(j + 3 * quarter) * inner : (j + 3 * quarter + 1) * inner]
        out0 = target[4 * j * inner : (4 * j + 1) * inner]
        out1 = target[(4 * j + 1) * inner : (4 * j + 2) * inner]
        out2 = target[(4 * j + 2) * inner : (4 * j + 3) * inner]
        out3 = target[(4 * j + 3) * inner : (4 * j + 4) * inner]
        for v in range(inner):
            even, odd = add_mod(a[v], c[v], p), add_mod(b[v], d[v], p)
            rest = sub_mod(a[v], c[v], p)
            turned = mul_mod(sub_mod(b[v], d[v], p), i, p, inverse)
            out0[v] = add_mod(even, odd, p)
            out1[v] = mul_mod(add_mod(rest, turned, p), w1, p, inverse)
            out2[v] = mul_mod(sub_mod(even, odd, p), w2, p, inverse)
            out3[v] = mul_mod(sub_mod(rest, turned, p), w3, p, inverse)


@njit
def _stockham(x, y, lanes, twiddles, p, inverse):
    """Transforms down `lanes` columns of x, with y as room; returns the array that holds the result."""
    length, inner = twiddles.size, lanes
    while length >= 4:
        _radix_4(x, y, length // 4, inner, twiddles, p, inverse)
        x, y = y, x
        length, inner = length // 4, 4 * inner
    if length == 2:
        _radix_2(x, y, inner, p)
        x, y = y, x
    return x


@njit
def _carry(block, lanes, factors, ratios, p, inverse):
    """Multiply row i of a block by factors * ratios^i, lane by lane; `factors` is spent."""
    for i in range(block.size // lanes):
        row = block[i * lanes : (i + 1) * lanes]
        for v in range(lanes):
            row[v] = mul_mod(row[v], factors[v], p, inverse)
            factors[v] = mul_mod(factors[v], ratios[v], p, inverse)


@njit
def _transpose(block, lanes, target, width, column):
    """Column v of the block becomes row column + v of a matrix of this width, a cache line at a time."""
    rows = block.size // lanes
    tile = min(LANES, rows)
    for i in range(0, rows, tile):
        for v in range(lanes):
            out = target[(column + v) * width + i : (column + v) * width + i + tile]
            for t in range(tile):
                out[t] = block[(i + t) * lanes + v]


@njit
def _gather(matrix, width, column, block, lanes):
    """Read `lanes` columns of a matrix of this width into a block."""
    for i in range(block.size // lanes):
        piece, line = matrix[i * width + column : i * width + column + lanes], block[i * lanes : (i + 1) * lanes]
        for v in range(lanes):
            line[v] = piece[v]


@njit([_signature(types.uint32), _signature(types.uint64)], cache=True)
def transform(rows, out, room, first, second, steps, before, before_ratio, after, after_ratio, p, inverse):
    """Transform every row into `out`, as the plan of `proving_cost.kernels.ntt` says."""
    n1, n2 = first.size, second.size
    width1, width2 = min(LANES, n2), min(LANES, n1)
    size = max(n1 * width1, n2 * width2)
    x, y = np.empty(size, room.dtype), np.empty(size, room.dtype)
    factors, ratios = np.empty(LANES, room.dtype), np.empty(LANES, room.dtype)
    for r in range(rows.shape[0]):
        row, target = rows[r], out[r]
        for j in range(0, n2, width1):
            block = x[: n1 * width1]
            _gather(row, n2, j, block, width1)
            if before.size:
                for v in range(width1):  # filling slices would compile the text of an error for each, a second each
                    factors[v], ratios[v] = before[j + v], before_ratio
                _carry(block, width1, factors, ratios, p, inverse)
            block = _stockham(block, y[: n1 * width1], width1, first, p, inverse)
            for v in range(width1):
                factors[v], ratios[v] = steps[0], steps[j + v]
            _carry(block, width1, factors, ratios, p, inverse)
            _transpose(block, width1, room, n1, j)
        for k in range(0, n1, width2):
            block = x[: n2 * width2]
            _gather(room, n1, k, block, width2)
            block = _stockham(block, y[: n2 * width2], width2, second, p, inverse)
            if after.size:
                for v in range(width2):
                    factors[v], ratios[v] = after[k + v], after_ratio
                _carry(block, width2, factors, ratios, p, inverse)
            for i in range(n2):
                piece, line = target[i * n1 + k : i * n1 + k + width2], block[i * width2 : (i + 1) * width2]
                for v in range(width2):
                    piece[v] = line[v]
