"""Tables of columns and their low-degree extensions: what both set-up and prover commit to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.merkle import MerkleTree
from proving_cost.kernels.ntt import ntt
from proving_cost.ledger import Ledger
from proving_cost.systems.stark.fri import SHIFT
from proving_cost.systems.stark.trees import count_tree

__all__ = ["Table", "count_extension", "count_interpolation", "extended", "interpolated"]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns three times over: as coefficients, as values on the coset, and as a Merkle tree of the coset's rows.

    Arguments:
        coefficients: `(columns, n)`.
        values: `(columns, D)`, at the generator's coset in natural order.
        tree: Of the D rows.
    """

    coefficients: Elements
    values: Elements
    tree: MerkleTree


def interpolated(arith: Arithmetic, columns: Elements) -> Elements:
    """Coefficients of the columns `(m, n)`."""
    return ntt(arith, columns, inverse=True)


def extended(arith: Arithmetic, coefficients: Elements, size: int) -> Table:
    """Columns given by coefficients, evaluated on the coset of that size and committed to."""
    values = evaluated(arith, coefficients, size)
    return Table(coefficients, values, MerkleTree.commit(arith, np.ascontiguousarray(values.T)))


def evaluated(arith: Arithmetic, coefficients: Elements, size: int) -> Elements:
    """Values `(m, D)` on the coset."""
    padded = GOLDILOCKS.zeros((coefficients.shape[0], size))
    padded[:, : coefficients.shape[1]] = coefficients
    return ntt(arith, padded, shift=SHIFT)


def count_interpolation(ledger: Ledger, columns: int, rows: int) -> None:
    """What `interpolated` records."""
    ledger.ntt(GOLDILOCKS.name, rows, columns, inverse=True)


def count_extension(ledger: Ledger, columns: int, size: int) -> None:
    """What `extended` records."""
    ledger.ntt(GOLDILOCKS.name, size, columns, coset=True)
    count_tree(ledger, size, columns)
