r"""Inner products of base-field columns with weights of the extension, counted.

A product of a weight by a base-field value is two products in the base field, a sum two additions.  The reference
bodies go through `galois`, the fast ones through numba.
"""

from __future__ import annotations

import numpy as np

from proving_cost.arithmetic import Arithmetic, from_galois, to_galois
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.ledger import Ledger
from proving_cost.systems.stark.scalars import EXTENSION, P, Scalar

__all__ = ["count_inner", "count_powers", "inner_products", "power_table", "prefix_products", "weighted_rows"]


def weighted_rows(arith: Arithmetic, columns: Elements, weights: Elements) -> Elements:
    """`(D, 2)`: for each row of `(m, D)` columns, the sum of its entries with the weights `(m, 2)`."""
    count_inner(arith.ledger, columns.size)
    if arith.body == "reference":
        return _reference(columns.T, weights)
    from proving_cost.compiled import stark

    return np.asarray(stark.weighted_rows(np.ascontiguousarray(columns), np.ascontiguousarray(weights)))


def inner_products(arith: Arithmetic, columns: Elements, weights: Elements) -> Elements:
    """`(m, 2)`: for each column of `(m, n)`, the sum of its entries with the weights `(n, 2)`."""
    count_inner(arith.ledger, columns.size)
    if arith.body == "reference":
        return _reference(columns, weights)
    from proving_cost.compiled import stark

    return np.asarray(stark.inner_products(np.ascontiguousarray(columns), np.ascontiguousarray(weights)))


def prefix_products(arith: Arithmetic, values: Elements) -> Elements:
    """Products of rows 0 to i of `(n, 2)`, for every i: n products in the extension."""
    arith.over(EXTENSION).count("mul", values.shape[0])
    if arith.body == "reference":
        out, total = [], Scalar(1)
        for a, b in values:
            total = total * Scalar(int(a), int(b))
            out.append((total.a, total.b))
        return np.array(out, dtype=np.uint64)
    from proving_cost.compiled import stark

    return np.asarray(stark.prefix_products(np.ascontiguousarray(values)))


def power_table(arith: Arithmetic, base: Scalar, n: int) -> Elements:
    """`(n, 2)`: 1, base, base^2, ..., by doubling; counted as n products in the extension."""
    count_powers(arith.ledger, n)
    out = np.array([[1, 0]], dtype=np.uint64)
    while out.shape[0] < n:
        out = np.concatenate([out, EXTENSION.mul(out, base.array())])
        base = base * base
    return out[:n]


def count_inner(ledger: Ledger | None, entries: int) -> None:
    """What a sum of so many weighted entries records."""
    if ledger is not None:
        ledger.field(GOLDILOCKS.name, "mul", 2 * entries)
        ledger.field(GOLDILOCKS.name, "add", 2 * entries)


def count_powers(ledger: Ledger | None, n: int) -> None:
    """What a table of n powers records."""
    if ledger is not None:
        ledger.field(EXTENSION.name, "mul", n)


def _reference(rows: Elements, weights: Elements) -> Elements:
    left, right = to_galois(GOLDILOCKS, rows), to_galois(GOLDILOCKS, weights)
    return from_galois(GOLDILOCKS, left @ right) % np.uint64(P)
