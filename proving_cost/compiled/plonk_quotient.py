r"""The constraint of PLONK over a coset of BN254's scalar field, as `systems.plonk.equations.constraint` states it.

Inputs and outputs are canonical residues in four 64-bit limbs; inside, Montgomery forms below 2p.  One pass over the
points, so that none of the hundred intermediate columns is ever stored.
"""

from __future__ import annotations

from numba import njit

from proving_cost.compiled.bn254_scalars import add, canonical, fifth, form, mul, sub
from proving_cost.compiled.four_limbs import load, store


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
        store(out[i], canonical(mul(total, load(inverses[i % ahead]))))
