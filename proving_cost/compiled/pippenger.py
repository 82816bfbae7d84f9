r"""Pippenger's multi-scalar multiplication on shadow points: residues modulo r in four 64-bit limbs, lowest first.

Control flow and counts are those of `proving_cost.kernels.msm`, window by window; r is below $2^{255}$, so a sum of
two residues fits the four limbs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LIMBS = 4
ONE = np.uint64(1)
ZERO = np.uint64(0)


@njit(inline="always")
def _carry(a, b, s):
    """The carry out of s = a + b + (0 or 1): the top bit of the majority."""
    return ((a & b) | ((a | b) & ~s)) >> np.uint64(63)


@njit(inline="always")
def _borrow(a, b, d):
    """The borrow out of d = a - b - (0 or 1)."""
    return ((~a & b) | ((~a | b) & d)) >> np.uint64(63)


@njit(inline="always")
def _accumulate(sums, i, points, j, negate, r):
    """sums[i] += points[j], or -= where negate."""
    a0, a1, a2, a3 = sums[i, 0], sums[i, 1], sums[i, 2], sums[i, 3]
    b0, b1, b2, b3 = points[j, 0], points[j, 1], points[j, 2], points[j, 3]
    if negate:
        d0 = a0 - b0
        k = _borrow(a0, b0, d0)
        d1 = a1 - b1 - k
        k = _borrow(a1, b1, d1)
        d2 = a2 - b2 - k
        k = _borrow(a2, b2, d2)
        d3 = a3 - b3 - k
        k = _borrow(a3, b3, d3)
        mask = ZERO - k
        b0, b1, b2, b3 = r[0] & mask, r[1] & mask, r[2] & mask, r[3] & mask
        s0 = d0 + b0
        k = _carry(d0, b0, s0)
        s1 = d1 + b1 + k
        k = _carry(d1, b1, s1)
        s2 = d2 + b2 + k
        k = _carry(d2, b2, s2)
        s3 = d3 + b3 + k
        sums[i, 0], sums[i, 1], sums[i, 2], sums[i, 3] = s0, s1, s2, s3
        return
    s0 = a0 + b0
    k = _carry(a0, b0, s0)
    s1 = a1 + b1 + k
    k = _carry(a1, b1, s1)
    s2 = a2 + b2 + k
    k = _carry(a2, b2, s2)
    s3 = a3 + b3 + k
    d0 = s0 - r[0]
    k = _borrow(s0, r[0], d0)
    d1 = s1 - r[1] - k
    k = _borrow(s1, r[1], d1)
    d2 = s2 - r[2] - k
    k = _borrow(s2, r[2], d2)
    d3 = s3 - r[3] - k
    k = _borrow(s3, r[3], d3)
    if k:
        sums[i, 0], sums[i, 1], sums[i, 2], sums[i, 3] = s0, s1, s2, s3
    else:
        sums[i, 0], sums[i, 1], sums[i, 2], sums[i, 3] = d0, d1, d2, d3


@njit(inline="always")
def _place(sums, i, used, points, j, negate, r):
    """Add to a place that may be empty; 1 if that took an addition, 0 if it was a copy."""
    if used[i]:
        _accumulate(sums, i, points, j, negate, r)
        return 1
    used[i] = True
    if negate:
        for k in range(LIMBS):
            sums[i, k] = ZERO
        _accumulate(sums, i, points, j, True, r)
    else:
        for k in range(LIMBS):
            sums[i, k] = points[j, k]
    return 0


@njit("uint64(uint64[:, ::1], int64, int64, int64)", cache=True)
def _bits(scalars, j, start, width):
    limb, shift = start >> 6, np.uint64(start & 63)
    if limb >= LIMBS:
        return ZERO
    out = scalars[j, limb] >> shift
    if (start & 63) + width > 64 and limb + 1 < LIMBS:
        out |= scalars[j, limb + 1] << np.uint64(64 - (start & 63))
    return out & ((ONE << np.uint64(width)) - ONE)


@njit("int64[::1](uint64[:, ::1])", cache=True)
def bit_lengths(scalars):
    """How many scalars have each bit length, 0 to 256."""
    out = np.zeros(64 * LIMBS + 1, np.int64)
    for j in range(scalars.shape[0]):
        length = 0
        for k in range(LIMBS - 1, -1, -1):
            v = scalars[j, k]
            if v:
                length = 64 * k
                while v:
                    length += 1
                    v >>= ONE
                break
        out[length] += 1
    return out


@njit("Tuple((uint64[::1], int64[:, ::1], int64[::1]))(uint64[:, ::1], uint64[:, ::1], uint64[::1], int64, int64)", cache=True)
def pippenger(points, scalars, r, window, windows):
    """The sum of scalars[j] points[j].

    Returns:
        The sum; for each window the digits that are not zero, the buckets that are not empty and the greatest of them;
        additions into buckets, additions of the running sums and of windows, doublings.
    """
    n, buckets = points.shape[0], 1 << (window - 1)
    half, full = np.uint64(buckets), np.uint64(1 << window)
    carry = np.zeros(n, np.uint64)
    statistics = np.zeros((windows, 3), np.int64)
    counts = np.zeros(3, np.int64)
    sums = np.zeros((buckets + 1, LIMBS), np.uint64)
    used = np.zeros(buckets + 1, np.bool_)
    running, totals = np.zeros((1, LIMBS), np.uint64), np.zeros((windows, LIMBS), np.uint64)
    running_used, totals_used = np.zeros(1, np.bool_), np.zeros(windows, np.bool_)
    for w in range(windows):
        used[:] = False
        for j in range(n):
            digit = _bits(scalars, j, w * window, window) + carry[j]
            negate = digit > half
            carry[j] = ONE if negate else ZERO
            if negate:
                digit = full - digit
            if digit == ZERO:
                continue
            statistics[w, 0] += 1
            counts[0] += _place(sums, np.int64(digit), used, points, j, negate, r)
        running_used[0] = False
        for b in range(buckets, 0, -1):
            if used[b]:
                statistics[w, 1] += 1
                statistics[w, 2] = max(statistics[w, 2], b)
                counts[1] += _place(running, 0, running_used, sums, b, False, r)
            if running_used[0]:
                counts[1] += _place(totals, w, totals_used, running, 0, False, r)
    out, out_used = np.zeros((1, LIMBS), np.uint64), np.zeros(1, np.bool_)
    for w in range(windows - 1, -1, -1):
        if out_used[0]:
            for _ in range(window):
                running[0] = out[0]
                _accumulate(out, 0, running, 0, False, r)
                counts[2] += 1
        if totals_used[w]:
            counts[1] += _place(out, 0, out_used, totals, w, False, r)
    return out[0].copy(), statistics, counts
