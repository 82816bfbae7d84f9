r"""Keys of PLONK: the constant columns and the copies as polynomials, their values on the coset, their commitments.

The cells of the three wires are points of three disjoint cosets of $H = \langle\omega\rangle$: cell (row i, wire j) is
$g^j \omega^i$, g the generator of the field's multiplicative group; $g$ and $g^2$ are outside H as long as H is not almost
the whole group.  $\sigma_j$ interpolates the point of the next cell of the same variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.plonk_gates import GateTable
from proving_cost.fields import Elements, PrimeField
from proving_cost.groups.group import Curve, Point
from proving_cost.kernels.kzg import KzgKey, Srs, commit
from proving_cost.kernels.ntt import coset_points, ntt
from proving_cost.kernels.poseidon2 import Poseidon2
from proving_cost.ledger import Ledger
from proving_cost.systems.plonk.coset import BLOWUP, Coset
from proving_cost.systems.system import Keys

__all__ = ["BLINDING", "PlonkProvingKey", "PlonkVerifyingKey", "coset_shifts", "generate_keys", "statement"]

BLINDING = 3
"""Random coefficients of a blinded polynomial: it is seen in a commitment and at two points."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlonkVerifyingKey:
    """The verifier's key.

    Arguments:
        curve: The curve.
        rows: n.
        public: How many public inputs.
        instance: The permutation of the rounds.
        columns: Commitments to the constant columns, in the order of `COLUMNS`.
        sigma: Commitments to the three polynomials of the copies.
        kzg: τG₂.
        statement: All of that as bytes, for the transcript.
    """

    curve: Curve
    rows: int
    public: int
    instance: Poseidon2
    columns: tuple[Point, ...]
    sigma: tuple[Point, ...]
    kzg: KzgKey
    statement: bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlonkProvingKey:
    """The prover's key.

    Arguments:
        table: The rows.
        srs: Powers of τ in G1, n + 3 of them.
        sigma_values: σ on H: `(3, n)`.
        columns: Coefficients of the constant columns: `(12, n)`.
        sigma: Coefficients of σ: `(3, n)`.
        coset: The values of both on the coset of 8n points.
        verifying: The verifier's key.
    """

    table: GateTable
    srs: Srs
    sigma_values: Elements
    columns: Elements
    sigma: Elements
    coset: Coset
    verifying: PlonkVerifyingKey


def coset_shifts(field: PrimeField) -> tuple[int, int, int]:
    """1, g and g²."""
    return 1, field.generator, field.generator**2 % field.modulus


def generate_keys(
    table: GateTable, curve: Curve, rng: np.random.Generator, ledger: Ledger | None
) -> Keys[PlonkProvingKey, PlonkVerifyingKey]:
    """Keys for a table over the curve's scalar field.

    Raises:
        InvalidInput: The field has no domain of eight times the rows.
    """
    field, n = table.field, table.rows
    arith = Arithmetic(field, ledger)
    field.root_of_unity(BLOWUP * n)
    with arith.phase("reference string"):
        srs = Srs.create(curve, n + BLINDING, rng=rng, ledger=ledger)
    with arith.phase("polynomials"):
        sigma_values = _sigma(table)
        polynomials = ntt(arith, np.concatenate([table.columns, sigma_values]), inverse=True)
        coset = Coset.of(arith, polynomials, n)
    with arith.phase("commitments"):
        points = [commit(srs, f, ledger=ledger) for f in polynomials]
    split = len(table.columns)
    instance = table.circuit.permutation
    verifying = PlonkVerifyingKey(
        curve=curve, rows=n, public=table.public, instance=instance,
        columns=tuple(points[:split]), sigma=tuple(points[split:]), kzg=srs.key,
        statement=statement(curve, instance.name, n, table.public, points, srs.key.tau_g2),
    )  # fmt: skip
    proving = PlonkProvingKey(
        table=table, srs=srs, sigma_values=sigma_values, columns=polynomials[:split], sigma=polynomials[split:],
        coset=coset, verifying=verifying,
    )  # fmt: skip
    return Keys(proving, verifying)


def statement(curve: Curve, permutation: str, rows: int, public: int, points: Sequence[Point], tau_g2: Point) -> bytes:
    """What is proved, as bytes; their number depends on sizes alone."""
    sizes = f"{curve.name} {permutation} {rows} {public} ".encode()
    return sizes + b"".join(curve.g1.encode(p) for p in points) + curve.g2.encode(tau_g2)


def _sigma(table: GateTable) -> Elements:
    """The point of the next cell of the same variable, for every cell."""
    field, n = table.field, table.rows
    points = coset_points(field, n)
    cells = np.concatenate([field.mul(points, k) for k in coset_shifts(field)])
    return cells[table.copies()].reshape(3, n)
