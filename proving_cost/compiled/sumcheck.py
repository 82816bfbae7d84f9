r"""Multilinear tables over $\mathbb{F}_p[X]/(X^2 - 7)$, $p$ the Goldilocks prime: rows of two canonical residues."""

from __future__ import annotations

import numpy as np
from numba import njit

from proving_cost.compiled.goldilocks import add_mod, mul_mod, sub_mod

SEVEN = np.uint64(7)


@njit("UniTuple(uint64, 2)(uint64, uint64, uint64, uint64)", inline="never", cache=True)
def product(a0, a1, b0, b1):
    """(a0 + a1 X)(b0 + b1 X)."""
    c0 = add_mod(mul_mod(a0, b0), mul_mod(SEVEN, mul_mod(a1, b1)))
    c1 = add_mod(mul_mod(a0, b1), mul_mod(a1, b0))
    return c0, c1


@njit("uint64[:, ::1](uint64[:, :, ::1])", cache=True)
def product_round(tables):
    """Sums over pairs of the product of d tables at 0, 2, ..., d."""
    d, n = tables.shape[0], tables.shape[1]
    half = n // 2
    out = np.zeros((d, 2), dtype=np.uint64)
    at = np.zeros((d, 2), dtype=np.uint64)
    step = np.zeros((d, 2), dtype=np.uint64)
    for i in range(half):
        for j in range(d):
            for k in range(2):
                at[j, k] = tables[j, i, k]
                step[j, k] = sub_mod(tables[j, half + i, k], at[j, k])
        for point in range(d):
            if point > 0:
                for j in range(d):
                    for k in range(2):
                        if point == 1:
                            at[j, k] = add_mod(tables[j, half + i, k], step[j, k])
                        else:
                            at[j, k] = add_mod(at[j, k], step[j, k])
            c0, c1 = at[0, 0], at[0, 1]
            for j in range(1, d):
                c0, c1 = product(c0, c1, at[j, 0], at[j, 1])
            out[point, 0] = add_mod(out[point, 0], c0)
            out[point, 1] = add_mod(out[point, 1], c1)
    return out


@njit("uint64[:, ::1](uint64[:, :, ::1])", cache=True)
def constraint_round(tables):
    """Sums over pairs of e (a b - c) at 0, 2, 3; the tables are e, a, b, c."""
    half = tables.shape[1] // 2
    out = np.zeros((3, 2), dtype=np.uint64)
    at = np.zeros((4, 2), dtype=np.uint64)
    step = np.zeros((4, 2), dtype=np.uint64)
    for i in range(half):
        for j in range(4):
            for k in range(2):
                at[j, k] = tables[j, i, k]
                step[j, k] = sub_mod(tables[j, half + i, k], at[j, k])
        for point in range(3):
            if point > 0:
                for j in range(4):
                    for k in range(2):
                        if point == 1:
                            at[j, k] = add_mod(tables[j, half + i, k], step[j, k])
                        else:
                            at[j, k] = add_mod(at[j, k], step[j, k])
            c0, c1 = product(at[1, 0], at[1, 1], at[2, 0], at[2, 1])
            c0, c1 = product(at[0, 0], at[0, 1], sub_mod(c0, at[3, 0]), sub_mod(c1, at[3, 1]))
            out[point, 0] = add_mod(out[point, 0], c0)
            out[point, 1] = add_mod(out[point, 1], c1)
    return out


@njit("uint64[:, :, ::1](uint64[:, :, ::1], uint64, uint64)", cache=True)
def fold(tables, r0, r1):
    """a + r (b - a) for the halves a, b of each table."""
    d, n = tables.shape[0], tables.shape[1]
    half = n // 2
    out = np.empty((d, half, 2), dtype=np.uint64)
    for j in range(d):
        for i in range(half):
            a0, a1 = tables[j, i, 0], tables[j, i, 1]
            c0, c1 = product(sub_mod(tables[j, half + i, 0], a0), sub_mod(tables[j, half + i, 1], a1), r0, r1)
            out[j, i, 0] = add_mod(a0, c0)
            out[j, i, 1] = add_mod(a1, c1)
    return out


@njit("uint64[:, ::1](uint64[:, ::1])", cache=True)
def eq_table(point):
    """eq(point, x) for all x, the first coordinate in the highest bit."""
    rounds = point.shape[0]
    out = np.zeros((1 << rounds, 2), dtype=np.uint64)
    out[0, 0] = 1
    for k in range(rounds):
        size = 1 << k
        for i in range(size - 1, -1, -1):
            c0, c1 = product(out[i, 0], out[i, 1], point[k, 0], point[k, 1])
            low0, low1 = sub_mod(out[i, 0], c0), sub_mod(out[i, 1], c1)
            out[2 * i + 1, 0], out[2 * i + 1, 1] = c0, c1
            out[2 * i, 0], out[2 * i, 1] = low0, low1
    return out


@njit("void(uint64[:, ::1], int64[::1], int64[::1], uint64[::1], uint64[:, ::1])", cache=True)
def scatter(out, target, source, coefficient, weights):
    """out[target] += coefficient * weights[source], entry by entry."""
    for k in range(target.shape[0]):
        t, s, c = target[k], source[k], coefficient[k]
        out[t, 0] = add_mod(out[t, 0], mul_mod(c, weights[s, 0]))
        out[t, 1] = add_mod(out[t, 1], mul_mod(c, weights[s, 1]))


@njit("uint64[:, ::1](uint64[:, ::1], uint64[:, ::1])", cache=True)
def combine_rows(weights, matrix):
    """Sum over rows of weight * row, the matrix over the base field."""
    rows, columns = matrix.shape
    out = np.zeros((columns, 2), dtype=np.uint64)
    for i in range(rows):
        w0, w1 = weights[i, 0], weights[i, 1]
        for j in range(columns):
            out[j, 0] = add_mod(out[j, 0], mul_mod(matrix[i, j], w0))
            out[j, 1] = add_mod(out[j, 1], mul_mod(matrix[i, j], w1))
    return out
