"""Keys: what is fixed before the first proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.air import KINDS, Air
from proving_cost.circuits.air_rows import COEFFICIENTS, WIDTH, WIRED
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.ntt import coset_points
from proving_cost.ledger import Ledger
from proving_cost.systems.stark.constraints import COPY_COLUMNS
from proving_cost.systems.stark.fri import SHIFT
from proving_cost.systems.stark.proof import Digest
from proving_cost.systems.stark.scalars import P
from proving_cost.systems.stark.tables import Table, extended, interpolated

__all__ = ["CHUNKS", "COLUMNS", "PREPROCESSED", "Domain", "ProvingKey", "VerifyingKey", "made"]

CHUNKS = 7
PREPROCESSED = COEFFICIENTS + len(KINDS) + WIRED + 1
COLUMNS = (PREPROCESSED, WIDTH, 2 * COPY_COLUMNS, 2 * CHUNKS)
"""Columns of the four tables: preprocessed, trace, copies, chunks of the quotient."""


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """The coset on which constraints are evaluated.

    Arguments:
        rows: n.
        points: `(D,)`, x.
        first: `(D,)`, L_0(x).
        inverse_vanishing: `(D,)`, 1/(x^n − 1).
    """

    rows: int
    points: Elements
    first: Elements
    inverse_vanishing: Elements

    @classmethod
    def of(cls, rows: int, blowup: int) -> Domain:
        """The generator's coset of blowup · rows points."""
        f, arith = GOLDILOCKS, Arithmetic(GOLDILOCKS)
        points = coset_points(f, rows * blowup, SHIFT)
        vanishing = f.sub(f.mul(coset_points(f, blowup), pow(SHIFT, rows, P)), 1)
        quotient = batch_inverse(arith, f.mul(f.sub(points, 1), rows % P))
        return cls(
            rows, points, f.mul(np.tile(vanishing, rows), quotient), np.tile(batch_inverse(arith, vanishing), rows)
        )


@dataclass(frozen=True, slots=True, eq=False)
class VerifyingKey:
    """What the verifier needs: sizes and the root of the preprocessed columns.

    Arguments:
        rows: n.
        public: The number of public inputs.
        root: Commits to the coefficients, selectors and σ.
        parameters: Numbers that the proof depends on, absorbed with the root.
    """

    rows: int
    public: int
    root: Digest
    parameters: tuple[int, ...]

    @property
    def statement(self) -> tuple[int, ...]:
        """What the transcript absorbs first."""
        return (*self.root, self.rows, self.public, *self.parameters)


@dataclass(frozen=True, slots=True, eq=False)
class ProvingKey:
    """What the prover needs."""

    air: Air
    domain: Domain
    preprocessed: Table
    sigma: Elements
    verifying: VerifyingKey


def made(air: Air, blowup: int, parameters: tuple[int, ...], ledger: Ledger | None) -> ProvingKey:
    """The keys of an AIR."""
    arith = Arithmetic(GOLDILOCKS, ledger)
    sigma = numbers(air.copies(), air.rows)
    columns = np.concatenate([air.coefficients, air.selectors(), sigma])
    table = extended(arith, interpolated(arith, columns), air.rows * blowup)
    verifying = VerifyingKey(air.rows, air.public, table.tree.root, parameters)
    return ProvingKey(air, Domain.of(air.rows, blowup), table, sigma, verifying)


def numbers(cells: Elements, rows: int) -> Elements:
    r"""Field elements that number cells: $\delta^c\,\omega^r$ for column c, row r; cosets of different columns differ."""
    columns = np.array([pow(GOLDILOCKS.generator, c, P) for c in range(WIRED + 1)], dtype=np.uint64)
    return GOLDILOCKS.mul(columns[cells // rows], coset_points(GOLDILOCKS, rows)[cells % rows])
