"""Batch inversion and sparse products on canonical residues in four limbs, for any modulus below 2^255.

Residues stand for themselves, not for Montgomery forms: a product of two leaves a factor 1/2^256, which cancels in the
one and is made good at the end of a sum in the other.  Second factors are below p, as `four_limbs.mul` needs.
"""

from __future__ import annotations

from numba import njit

from proving_cost.compiled.four_limbs import ZERO, load, mul, store
from proving_cost.compiled.words import add_below


@njit(["void(uint64[:, ::1], uint64[:, ::1], uint64[::1], uint64[::1], uint64)"], cache=True)
def prefix_products(values, out, total, modulus, inverse):
    """The product of `total` and the values before each; `total` becomes that of all."""
    p = load(modulus)
    t = load(total)
    for i in range(len(values)):
        store(out[i], t)
        t = add_below(mul(t, load(values[i]), p, inverse), ZERO, p)
    store(total, t)


@njit(["void(uint64[:, ::1], uint64[:, ::1], uint64[::1], uint64[::1], uint64)"], cache=True)
def inverses(values, prefixes, inverse_total, modulus, inverse):
    """From the prefix products to the inverses, in place; of nonzero values."""
    p = load(modulus)
    t = load(inverse_total)
    for i in range(len(values) - 1, -1, -1):
        store(prefixes[i], add_below(mul(t, load(prefixes[i]), p, inverse), ZERO, p))
        t = mul(t, load(values[i]), p, inverse)


@njit(
    ["void(int64[::1], int64[::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], uint64[::1], uint64[::1], uint64)"],
    cache=True,
)
def sparse_product(row_index, column_index, entries, z, out, square, modulus, inverse):
    """out = A z, where `out` is 0 before and `square` is 2^512 modulo p."""
    p = load(modulus)
    twice, factor = add_below(p, p, ZERO), load(square)
    for k in range(len(entries)):
        term = mul(load(entries[k]), load(z[column_index[k]]), p, inverse)
        store(out[row_index[k]], add_below(load(out[row_index[k]]), term, twice))
    for i in range(len(out)):
        store(out[i], add_below(mul(load(out[i]), factor, p, inverse), ZERO, p))
