r"""The NTT on residues in four limbs: Stockham's algorithm in radix 4, which needs no bit reversal.

Data are residues and stay below 2p between passes; twiddles and factors are Montgomery forms below p, so every product
is one with a constant and data are never converted (`four_limbs`).  A pass reads four streams and writes one.
"""

from __future__ import annotations

from numba import njit

from proving_cost.compiled.four_limbs import ZERO, load, mul, store
from proving_cost.compiled.words import add_below, sub_below


@njit
def _butterflies(source, target, j, quarter, inner, twiddles, p, twice, inverse):
    """Those of twiddle j of a pass; the first has only ones."""
    i = load(twiddles[quarter * inner])
    w1, w2, w3 = load(twiddles[j * inner]), load(twiddles[2 * j * inner]), load(twiddles[3 * j * inner])
    distance = quarter * inner
    for v in range(inner):
        at, to = j * inner + v, 4 * j * inner + v
        a, b = load(source[at]), load(source[at + distance])
        c, d = load(source[at + 2 * distance]), load(source[at + 3 * distance])
        even, odd = add_below(a, c, twice), add_below(b, d, twice)
        rest, turned = sub_below(a, c, twice), mul(sub_below(b, d, twice), i, p, inverse)
        store(target[to], add_below(even, odd, twice))
        second, third, fourth = add_below(rest, turned, twice), sub_below(even, odd, twice), sub_below(rest, turned, twice)
        if j:
            second, third, fourth = mul(second, w1, p, inverse), mul(third, w2, p, inverse), mul(fourth, w3, p, inverse)
        store(target[to + inner], second)
        store(target[to + 2 * inner], third)
        store(target[to + 3 * inner], fourth)


@njit
def _pairs(source, target, inner, twice):
    """The last pass of an odd number of halvings."""
    for v in range(inner):
        a, b = load(source[v]), load(source[v + inner])
        store(target[v], add_below(a, b, twice))
        store(target[v + inner], sub_below(a, b, twice))


@njit
def _scale(source, target, factors, p, inverse):
    """target = source times the factors: one for each row, one for all, or none."""
    last = len(factors) - 1
    for i in range(len(source)):
        a = load(source[i])
        if last >= 0:
            a = mul(a, load(factors[min(i, last)]), p, inverse)
        store(target[i], add_below(a, ZERO, p))


@njit(
    [
        "void(uint64[:, :, ::1], uint64[:, :, ::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1],"
        "uint64[::1], uint64)"
    ],
    cache=True,
)
def transform(rows, out, room, twiddles, before, after, modulus, inverse):
    """Transform every row into `out`; `before` and `after` are factors of the rows of data, as of `_scale`."""
    n, p = rows.shape[1], load(modulus)
    twice = add_below(p, p, ZERO)
    for r in range(rows.shape[0]):
        x, y, spare = rows[r], out[r], room
        if len(before):
            _scale(x, room, before, p, inverse)
            x = room
        length = n
        while length >= 4:
            for j in range(length // 4):
                _butterflies(x, y, j, length // 4, n // length, twiddles, p, twice, inverse)
            x, y, spare = y, spare, y
            length //= 4
        if length == 2:
            _pairs(x, y, n // 2, twice)
            x = y
        _scale(x, out[r], after, p, inverse)


@njit(["void(uint64[:, ::1], uint64[::1], uint64[::1], uint64[::1], uint64)"], cache=True)
def powers(out, first, ratio, modulus, inverse):
    """first * ratio^i into row i, by doubling; the ratio is a form, and powers are what `first` is."""
    p, factor, n, known = load(modulus), load(ratio), len(out), 1
    store(out[0], load(first))
    while known < n:
        for i in range(min(known, n - known)):
            store(out[known + i], add_below(mul(load(out[i]), factor, p, inverse), ZERO, p))
        known *= 2
        factor = add_below(mul(factor, factor, p, inverse), ZERO, p)
