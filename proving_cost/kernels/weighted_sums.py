r"""Sums of base-field entries weighted by elements of an extension: $w^\top U$ for a dense U, $w^\top A$ for a sparse A.

An entry in $\mathbb{F}_p$ times a weight in an extension of degree d costs d products and d additions in $\mathbb{F}_p$.
The dense sum over R rows of C entries counts $dRC$ mul and $d(R-1)C$ add; the sparse one, where entries are accumulated
in place, d mul and d add for each entry.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from proving_cost.arithmetic import Arithmetic, from_galois, to_galois
from proving_cost.fields import Elements, Field

__all__ = ["accumulate", "combine_rows", "count_accumulate", "count_combine_rows"]


def combine_rows(arith: Arithmetic, weights: Elements, matrix: Elements) -> Elements:
    r"""$w^\top U$; zero where U has no rows.

    Arguments:
        arith: The extension of the weights, the ledger and the body.
        weights: w, `(rows, d)`.
        matrix: U over the base field, `(rows, columns)`.

    Returns:
        `(columns, d)`.
    """
    field = arith.field
    count_combine_rows(arith, *matrix.shape)
    if not matrix.size:
        return field.zeros(matrix.shape[1])
    if _compiled(arith):
        from proving_cost.compiled import sumcheck

        return np.asarray(sumcheck.combine_rows(np.ascontiguousarray(weights), np.ascontiguousarray(matrix)))
    dense = to_galois(field.base, matrix)
    lanes = [np.add.reduce(dense * to_galois(field.base, weights[:, k])[:, None], axis=0) for k in range(field.degree)]
    return np.stack([from_galois(field.base, lane) for lane in lanes], axis=-1)


def accumulate(
    arith: Arithmetic, out: Elements, target: NDArray[np.int64], source: NDArray[np.int64], entries: Elements, weights: Elements
) -> None:
    r"""out[target] += entry · weights[source], entry by entry; so $w^\top A$ for A in coordinates (source, target).

    Arguments:
        arith: The extension of `out` and `weights`, the ledger and the body.
        out: `(columns, d)`, changed in place.
        target: Column of each entry.
        source: Row of each entry.
        entries: The entries, in the base field.
        weights: w, `(rows, d)`.
    """
    field, p = arith.field, arith.field.base.modulus
    count_accumulate(arith, int(entries.size))
    if _compiled(arith):
        from proving_cost.compiled import sumcheck

        sumcheck.scatter(out, target, source, entries, np.ascontiguousarray(weights))
        return
    for k in range(field.degree):
        terms = to_galois(field.base, entries) * to_galois(field.base, weights[source, k])
        sums = out[:, k].astype(object)
        np.add.at(sums, target, from_galois(field.base, terms).astype(object))
        out[:, k] = (sums % p).astype(field.dtype)


def count_combine_rows(arith: Arithmetic, rows: int, columns: int) -> None:
    """Count a dense sum."""
    base, d = _base(arith), arith.field.degree
    base.count("mul", d * rows * columns)
    base.count("add", d * max(0, rows - 1) * columns)


def count_accumulate(arith: Arithmetic, entries: int) -> None:
    """Count a sparse sum."""
    base, d = _base(arith), arith.field.degree
    base.count("mul", d * entries)
    base.count("add", d * entries)


def _base(arith: Arithmetic) -> Arithmetic:
    field: Field = arith.field.base
    return arith.over(field)


def _compiled(arith: Arithmetic) -> bool:
    return arith.body == "fast" and arith.field.name == "goldilocks^2"
