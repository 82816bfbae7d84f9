"""Sparse matrices over a prime field, in coordinates sorted by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, in_limbs
from proving_cost.fields import Elements, PrimeField

__all__ = ["SparseMatrix"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SparseMatrix:
    """A matrix of `rows` × `columns`: entry k is `coefficient[k]` at `(row_index[k], column_index[k])`.

    Rows ascend; no pair occurs twice; no coefficient is zero.
    """

    field: PrimeField
    rows: int
    columns: int
    row_index: Indices
    column_index: Indices
    coefficient: Elements

    @property
    def nonzeros(self) -> int:
        """Entries that are not zero."""
        return int(self.row_index.size)

    def dot(self, arith: Arithmetic, z: Elements) -> Elements:
        """The product with a vector; counts a product for each entry, and the additions of each row.

        Raises:
            InvalidInput: The vector is too short.
        """
        if len(z) < self.columns:
            raise InvalidInput(f"z: a vector for {self.columns} columns must have as many entries; got {len(z)}.")
        arith.count("add", self.additions)
        if arith.body == "fast" and in_limbs(self.field, self.nonzeros):
            arith.count("mul", self.nonzeros)
            return self._in_limbs(z)
        return self._row_sums(arith.mul(self.coefficient, z[self.column_index]))

    @property
    def additions(self) -> int:
        """Additions of a product with a vector: entries less rows that have any."""
        return self.nonzeros - int(np.unique(self.row_index).size)

    def transposed(self) -> SparseMatrix:
        """The transpose."""
        order = np.argsort(self.column_index, kind="stable")
        return SparseMatrix(
            self.field, self.columns, self.rows,
            self.column_index[order], self.row_index[order], self.coefficient[order],
        )  # fmt: skip

    def column_is_zero(self) -> NDArray[np.bool_]:
        """Which columns hold no entry."""
        empty = np.ones(self.columns, dtype=np.bool_)
        empty[self.column_index] = False
        return empty

    def _in_limbs(self, z: Elements) -> Elements:
        from proving_cost.compiled.four_limb_vectors import sparse_product
        from proving_cost.compiled.four_limbs import LIMBS, negative_inverse, to_integers, to_limbs

        p, out = self.field.modulus, np.zeros((self.rows, LIMBS), dtype=np.uint64)
        square, modulus = to_limbs([(1 << 512) % p, p])
        rows, columns = np.ascontiguousarray(self.row_index), np.ascontiguousarray(self.column_index)
        entries = to_limbs(self.coefficient)
        sparse_product(rows, columns, entries, to_limbs(z), out, square, modulus, negative_inverse(p))
        return to_integers(out)

    def _row_sums(self, terms: Elements) -> Elements:
        out = self.field.zeros(self.rows)
        if not terms.size:
            return out
        starts = np.flatnonzero(np.r_[True, self.row_index[1:] != self.row_index[:-1]])
        out[self.row_index[starts]] = sum_segments(self.field, terms, starts)
        return out


def sum_segments(field: PrimeField, terms: Elements, starts: NDArray[Any]) -> Elements:
    """Sums of consecutive runs of residues, modulo p; halves of 32 bits are summed apart, so nothing wraps."""
    if field.dtype == object:
        return np.add.reduceat(terms, starts) % field.modulus
    low = np.add.reduceat(terms & np.uint64(2**32 - 1), starts) % np.uint64(field.modulus)
    high = np.add.reduceat(terms >> np.uint64(32), starts) % np.uint64(field.modulus)
    return field.add(low, field.mul(high, pow(2, 32, field.modulus)))
