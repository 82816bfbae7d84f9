r"""Rank-1 constraints as tables of multilinear polynomials.

The rows of A, B, C are padded to $N = 2^\mu$.  The variables are laid out in two halves of $M = 2^m$: the first holds the
constant 1 and the public inputs, which the verifier knows, the second everything else, which the prover commits to:

$$ \tilde z(y_0, y') = (1 - y_0)\,\widetilde{io}(y') + y_0\,\tilde w(y') . $$
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.r1cs import R1cs
from proving_cost.fields import Elements
from proving_cost.kernels.weighted_sums import accumulate, count_accumulate

__all__ = ["GkrKey", "GkrSizes", "count_weighted_columns", "weighted_columns"]


@dataclass(frozen=True, slots=True)
class GkrSizes:
    """Sizes after padding: `rows` is N, `half` is M, both powers of two."""

    rows: int
    half: int

    @classmethod
    def of(cls, relation: R1cs) -> GkrSizes:
        """The sizes of a relation."""
        known, secret = relation.public + 1, relation.variables - relation.public - 1
        return cls(_power(relation.constraints), _power(max(known, secret)))

    @property
    def row_rounds(self) -> int:
        """Rounds of the outer sumcheck: $\\mu$."""
        return self.rows.bit_length() - 1

    @property
    def column_rounds(self) -> int:
        """Rounds of the inner sumcheck: $m + 1$."""
        return self.half.bit_length()


@dataclass(frozen=True, slots=True, eq=False)
class GkrKey:
    """What prover and verifier both hold: the relation itself, and its digest.

    Arguments:
        relation: The constraints.
        sizes: Padded sizes.
        columns: Place in the two halves of each entry of A, B and C.
        digest: SHA-256 of everything that fixes the statement but the public inputs.
    """

    relation: R1cs
    sizes: GkrSizes
    columns: tuple[NDArray[np.int64], ...]
    digest: bytes

    @classmethod
    def of(cls, relation: R1cs, parameters: str) -> GkrKey:
        """The key of a relation under the parameters of a system."""
        sizes = GkrSizes.of(relation)
        hashed = hashlib.sha256()
        numbers = (relation.constraints, relation.variables, relation.public, sizes.rows, sizes.half)
        hashed.update(f"{parameters} {relation.field.name} {numbers}".encode())
        for m in (relation.a, relation.b, relation.c):
            hashed.update(f" {m.nonzeros} ".encode())
            for array, kind in ((m.row_index, "<i8"), (m.column_index, "<i8"), (m.coefficient, "<u8")):
                hashed.update(np.ascontiguousarray(array).astype(kind).tobytes())
        public, half = relation.public, sizes.half
        columns = tuple(
            np.where(m.column_index <= public, m.column_index, m.column_index + half - public - 1)
            for m in (relation.a, relation.b, relation.c)
        )
        return cls(relation, sizes, columns, hashed.digest())

    def table(self, z: Elements) -> Elements:
        """z in its two halves, padded with zeros."""
        known, half = self.relation.public + 1, self.sizes.half
        out = self.relation.field.zeros(2 * half)
        out[:known] = z[:known]
        out[half : half + z.size - known] = z[known:]
        return out

    def __repr__(self) -> str:
        return f"GkrKey({self.relation!r}, padded to {self.sizes.rows} rows and 2 * {self.sizes.half} columns)"


def weighted_columns(arith: Arithmetic, key: GkrKey, eq_rows: Elements, scale: Elements) -> Elements:
    r"""$\sum_x \mathrm{eq}(r, x)\,(A + \alpha B + \alpha^2 C)(x, y)$ for all y: 2N products, and the sparse sums.

    Arguments:
        arith: The extension, the ledger and the body.
        key: The matrices.
        eq_rows: $\mathrm{eq}(r, \cdot)$, N entries.
        scale: $\alpha$.
    """
    relation = key.relation
    out = arith.field.zeros(2 * key.sizes.half)
    weights = eq_rows
    for matrix, columns in zip((relation.a, relation.b, relation.c), key.columns, strict=True):
        accumulate(arith, out, columns, matrix.row_index, matrix.coefficient, weights)
        if matrix is not relation.c:
            weights = arith.mul(weights, scale)
    return out


def count_weighted_columns(arith: Arithmetic, relation: R1cs, sizes: GkrSizes) -> None:
    """Count what `weighted_columns` counts."""
    arith.count("mul", 2 * sizes.rows)
    for matrix in (relation.a, relation.b, relation.c):
        count_accumulate(arith, matrix.nonzeros)


def _power(n: int) -> int:
    return 1 << max(1, (n - 1).bit_length())
