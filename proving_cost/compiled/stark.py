r"""Loops of the STARK over the quadratic extension of Goldilocks: prefix products and inner products.

Elements of the extension are pairs of columns; $X^2 = 7$.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from proving_cost.compiled.goldilocks import add_mod, mul_mod

W = np.uint64(7)


@njit(["uint64[:,::1](uint64[:,::1])"], cache=True)
def prefix_products(values):
    """Row i of the result is the product of rows 0 to i."""
    n = values.shape[0]
    out = np.empty((n, 2), np.uint64)
    a, b = np.uint64(1), np.uint64(0)
    for i in range(n):
        c, d = values[i, 0], values[i, 1]
        low = add_mod(mul_mod(a, c), mul_mod(W, mul_mod(b, d)))
        b = add_mod(mul_mod(a, d), mul_mod(b, c))
        a = low
        out[i, 0], out[i, 1] = a, b
    return out


@njit(["uint64[:,::1](uint64[:,::1], uint64[:,::1])"], cache=True)
def weighted_rows(columns, weights):
    """Row j of the result is the sum over i of weights[i] * columns[i, j]."""
    m, n = columns.shape
    out = np.zeros((n, 2), np.uint64)
    for i in range(m):
        a, b = weights[i, 0], weights[i, 1]
        for j in range(n):
            v = columns[i, j]
            out[j, 0] = add_mod(out[j, 0], mul_mod(a, v))
            out[j, 1] = add_mod(out[j, 1], mul_mod(b, v))
    return out


@njit(["uint64[:,::1](uint64[:,::1], uint64[:,::1])"], cache=True)
def inner_products(columns, weights):
    """Row i of the result is the sum over j of columns[i, j] * weights[j]."""
    m, n = columns.shape
    out = np.empty((m, 2), np.uint64)
    for i in range(m):
        a, b = np.uint64(0), np.uint64(0)
        for j in range(n):
            v = columns[i, j]
            a = add_mod(a, mul_mod(weights[j, 0], v))
            b = add_mod(b, mul_mod(weights[j, 1], v))
        out[i, 0], out[i, 1] = a, b
    return out
