r"""Pippenger's multi-scalar multiplication on shadow points: residues modulo r in four 64-bit limbs, lowest first.

Control flow and counts are those of `proving_cost.kernels.msm`, window by window; r is below $2^{255}$, so a sum of
two residues fits the four limbs.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from proving_cost.compiled.four_limbs import LIMBS, ZERO, Limbs, load, store
from proving_cost.compiled.words import add_below, sub_below

ONE = np.uint64(1)
NONE = np.uint64(0)


@njit
def _add(sums, i, points, j, negate, r):
    """sums[i] += points[j], or -= where negate."""
    if negate:
        store(sums[i], sub_below(load(sums[i]), load(points[j]), r))
    else:
        store(sums[i], add_below(load(sums[i]), load(points[j]), r))


@njit
def _place(sums, i, used, points, j, negate, r):
    """Add to a place that may be empty; 1 if that took an addition, 0 if it was a copy."""
    if used[i]:
        _add(sums, i, points, j, negate, r)
        return 1
    used[i] = True
    if negate:
        store(sums[i], sub_below(ZERO, load(points[j]), r))
    else:
        store(sums[i], load(points[j]))
    return 0


@njit("uint64(uint64[:, ::1], int64, int64, int64)", cache=True)
def _bits(scalars, j, start, width):
    limb, shift = start >> 6, np.uint64(start & 63)
    if limb >= LIMBS:
        return NONE
    out = scalars[j, limb] >> shift
    if (start & 63) + width > 64 and limb + 1 < LIMBS:
        out |= scalars[j, limb + 1] << np.uint64(64 - (start & 63))
    return out & ((ONE << np.uint64(width)) - ONE)


def bit_lengths(scalars: Limbs) -> NDArray[np.int64]:
    """How many scalars have each bit length, 0 to 256."""
    out = np.zeros(64 * LIMBS + 1, np.int64)
    _bit_lengths(scalars, out)
    return out


def pippenger(
    points: Limbs, scalars: Limbs, order: Limbs, window: int, windows: int
) -> tuple[Limbs, NDArray[np.int64], NDArray[np.int64]]:
    """The sum of scalars[j] points[j].

    Returns:
        The sum; for each window the digits that are not zero, the buckets that are not empty and the greatest of them;
        additions into buckets, additions of the running sums and of windows, doublings.
    """
    buckets = 1 << (window - 1)
    statistics, counts = np.zeros((windows, 3), np.int64), np.zeros(3, np.int64)
    sizes = (buckets + 1, 1, windows, 1)  # buckets, the running sum, the sums of windows, the result
    sums = [np.zeros((size, LIMBS), np.uint64) for size in sizes]
    used = [np.zeros(size, np.bool_) for size in sizes]
    _pippenger(points, scalars, order, window, np.zeros(len(points), np.uint64), statistics, counts, *sums, *used)
    return sums[3][0], statistics, counts


@njit("void(uint64[:, ::1], int64[::1])", cache=True)
def _bit_lengths(scalars, out):
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


@njit(
    "void(uint64[:, ::1], uint64[:, ::1], uint64[::1], int64, uint64[::1], int64[:, ::1], int64[::1], uint64[:, ::1],"
    "uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], boolean[::1], boolean[::1], boolean[::1], boolean[::1])",
    cache=True,
)
def _pippenger(
    points, scalars, order, window, carry, statistics, counts,
    sums, running, totals, out, used, running_used, totals_used, out_used,
):  # fmt: skip
    r = load(order)
    n, windows, buckets = points.shape[0], statistics.shape[0], 1 << (window - 1)
    half, full = np.uint64(buckets), np.uint64(1 << window)
    for w in range(windows):
        for b in range(buckets + 1):
            used[b] = False
        for j in range(n):
            digit = _bits(scalars, j, w * window, window) + carry[j]
            negate = digit > half
            carry[j] = ONE if negate else NONE
            if negate:
                digit = full - digit
            if digit == NONE:
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
    for w in range(windows - 1, -1, -1):
        if out_used[0]:
            for _ in range(window):
                store(running[0], load(out[0]))
                _add(out, 0, running, 0, False, r)
                counts[2] += 1
        if totals_used[w]:
            counts[1] += _place(out, 0, out_used, totals, w, False, r)
