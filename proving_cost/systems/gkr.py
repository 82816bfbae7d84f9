r"""A transparent argument for rank-1 constraints from two sumchecks and a hash-based commitment: no set-up, no curve.

For $z = (1, \text{public}, w)$ and matrices over the Goldilocks field, with challenges in its quadratic extension
$\mathbb{K}$ and tildes for multilinear extensions:

1. *commit*: the root of a `TensorCommitment` to $\tilde w$;
2. *outer sumcheck*: $Az \circ Bz = Cz$ in every row means that
   $\sum_x \mathrm{eq}(\tau, x)\,\bigl(\widetilde{Az}(x)\,\widetilde{Bz}(x) - \widetilde{Cz}(x)\bigr) = 0$ for a random
   $\tau$; it ends in claims $v_A, v_B, v_C$ on $\widetilde{Az}(r_x)$ and so on;
3. *inner sumcheck*:
   $v_A + \alpha v_B + \alpha^2 v_C = \sum_y (\tilde A + \alpha\tilde B + \alpha^2\tilde C)(r_x, y)\,\tilde z(y)$;
   it ends in a claim on matrices and z at a random $r_y$;
4. *open*: $\tilde w(r_y)$.  The verifier evaluates the matrices by itself, in time linear in their entries, and the public
   part of z.

Soundness of the interactive protocol is *proven*, by a union over its rounds (`Gkr.soundness_bits`); made
non-interactive it rests on SHA-256 as a random oracle, and on Poseidon2 being collision resistant.  It is NOT
zero knowledge: messages and columns are functions of the witness, nothing masks them.

The name stands for the family, proofs by sumcheck over layers; `ProductArgument` is the GKR protocol for a product tree.

References: S. Setty, "Spartan", CRYPTO 2020; S. Goldwasser, Y. T. Kalai, G. Rothblum, "Delegating computation", STOC 2008.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.r1cs import R1cs
from proving_cost.fields import EXTENSION_FIELDS, GOLDILOCKS, Elements, PrimeField
from proving_cost.kernels.sumcheck import eq_at, eq_table
from proving_cost.kernels.vectors import FieldVector
from proving_cost.ledger import Ledger
from proving_cost.systems.gkr_relation import GkrKey, GkrSizes, count_weighted_columns, weighted_columns
from proving_cost.systems.public_inputs import public_inputs
from proving_cost.systems.sumcheck_argument import (
    are_elements,
    challenge_point,
    count_sumcheck,
    prove_sumcheck,
    verify_sumcheck,
)
from proving_cost.systems.system import Keys, ProofSystem
from proving_cost.systems.tensor_commitment import TensorCommitment, TensorOpening
from proving_cost.transcript import Transcript

__all__ = ["Gkr", "GkrProof"]

EXTENSION = EXTENSION_FIELDS["goldilocks^2"]
HASH_BITS = 128.0  # collisions of digests of 4 Goldilocks elements, and of SHA-256
SECURE_BITS = 100
LARGEST = GkrSizes(1 << 26, 1 << 26)  # `secure` is said of all relations up to this


@dataclass(frozen=True, slots=True, eq=False)
class GkrProof:
    """A proof.

    Arguments:
        root: Of the Merkle tree of the commitment.
        outer: Messages of the outer sumcheck, `(mu, 3)` elements of the extension.
        claims: Values of Az, Bz and Cz at the point where it ends, `(3,)` elements of the extension.
        inner: Messages of the inner sumcheck, `(m + 1, 2)` elements of the extension.
        opening: Of the commitment, at the point where that ends.
    """

    root: Elements
    outer: Elements
    claims: Elements
    inner: Elements
    opening: TensorOpening


class Gkr(ProofSystem[R1cs, GkrKey, GkrKey, GkrProof]):
    """The argument, over the Goldilocks field.

    Arguments:
        queries: Columns that an opening shows; 160 leave $2^{-108}$.
        blowup: Inverse rate of the code, a power of two.

    Raises:
        InvalidInput: A parameter is out of range.
    """

    name: ClassVar[str] = "gkr"
    __slots__ = ("commitment",)

    def __init__(self, *, queries: int = 160, blowup: int = 4) -> None:
        self.commitment = TensorCommitment(EXTENSION, blowup, queries)

    @property
    def field(self) -> PrimeField:
        """Goldilocks."""
        return GOLDILOCKS

    @property
    def secure(self) -> bool:
        """Whether the proven bound has 100 bits for every relation of up to 2^26 constraints and variables."""
        return self._bits(LARGEST) >= SECURE_BITS

    def soundness_bits(self, relation: R1cs) -> float:
        r"""Bits of security: $-\log_2$ of the proven soundness error of the interactive protocol, at most 128 for the hashes.

        The error is $(4\mu + 2 + 2(m+1))/|\mathbb{K}|$ for $\tau$, the rounds and $\alpha$, and that of the opening.
        """
        return self._bits(GkrSizes.of(relation))

    def compile(self, circuit: Circuit) -> R1cs:
        """The circuit as rank-1 constraints.

        Raises:
            InvalidInput: The circuit is over another field.
        """
        if circuit.field != self.field:
            raise InvalidInput(
                f"circuit: gkr needs one over {self.field.name}; got {circuit.field.name}. Describe it over that field."
            )
        return R1cs.from_circuit(circuit)

    def setup(
        self, relation: R1cs, *, rng: np.random.Generator, ledger: Ledger | None = None
    ) -> Keys[GkrKey, GkrKey]:
        """Keys: the relation and its digest. Nothing is random and nothing is secret."""
        key = GkrKey.of(relation, repr(self))
        return Keys(key, key)

    def prove(
        self, key: GkrKey, assignment: Assignment, *, rng: np.random.Generator, ledger: Ledger | None = None,
        body: Body = "fast", check: bool = True,
    ) -> GkrProof:  # fmt: skip
        """A proof; it is a function of its inputs, and `rng` is not used.

        Raises:
            InvalidInput: The assignment violates a constraint, which is named (with `check`).
        """
        relation, sizes = key.relation, key.sizes
        base, arith = Arithmetic(GOLDILOCKS, ledger, body), Arithmetic(EXTENSION, ledger, body)
        z = relation.assign(assignment)
        table = key.table(z)
        transcript = self._transcript(key, [int(v) for v in z[: relation.public + 1]], ledger)
        with arith.phase("commit"):
            committed = self.commitment.commit(base, table[sizes.half :])
            root = _digest(committed.tree.root)
            transcript.absorb("root", root)
        with arith.phase("outer sumcheck"):
            products = GOLDILOCKS.zeros((3, sizes.rows))
            for row, matrix in zip(products, (relation.a, relation.b, relation.c), strict=True):
                row[: relation.constraints] = matrix.dot(base, z)
            if check:
                _check(relation, z, products)
            tau = challenge_point(EXTENSION, sizes.row_rounds, "tau", transcript)
            tables = np.stack([eq_table(arith, tau), *EXTENSION.embed(products)])
            outer, x, values = prove_sumcheck(arith, tables, transcript, constraints=True)
            claims = values[1:]
            transcript.absorb("claims", claims)
        with arith.phase("inner sumcheck"):
            alpha = np.asarray(transcript.challenge("alpha", EXTENSION))
            columns = weighted_columns(arith, key, eq_table(arith, x), alpha)
            inner, y, _ = prove_sumcheck(arith, np.stack([columns, EXTENSION.embed(table)]), transcript)
        with arith.phase("open"):
            opening = self.commitment.open(arith, committed, y[1:], transcript)
        return GkrProof(root, outer, claims, inner, opening)

    def verify(self, key: GkrKey, public: Sequence[int], proof: GkrProof, *, ledger: Ledger | None = None) -> bool:
        """Whether the proof convinces of the public inputs."""
        relation, sizes, field = key.relation, key.sizes, EXTENSION
        inputs = public_inputs(public, relation.public, GOLDILOCKS)
        if inputs is None or not self._well_formed(key, proof):
            return False
        known = [1, *inputs]
        arith = Arithmetic(field, ledger)
        transcript = self._transcript(key, known, ledger)
        transcript.absorb("root", proof.root)
        tau = challenge_point(field, sizes.row_rounds, "tau", transcript)
        x, end = verify_sumcheck(field, field.zeros(()), proof.outer, transcript)
        a, b, c = proof.claims
        if not np.array_equal(end, field.mul(eq_at(field, tau, x), field.sub(field.mul(a, b), c))):
            return False
        transcript.absorb("claims", proof.claims)
        alpha = np.asarray(transcript.challenge("alpha", field))
        combined = field.add(a, field.mul(alpha, field.add(b, field.mul(alpha, c))))
        y, end = verify_sumcheck(field, combined, proof.inner, transcript)
        secret = self.commitment.check(arith, sizes.half, proof.root, y[1:], proof.opening, transcript)
        if secret is None:
            return False
        eq_columns = eq_table(arith, y)
        matrices = _dot(weighted_columns(arith, key, eq_table(arith, x), alpha), eq_columns)
        shown = field.embed(GOLDILOCKS.array([*known, *[0] * (sizes.half - len(known))]))
        z = field.add(_dot(shown, eq_columns[: sizes.half]), field.mul(y[0], secret))
        return np.array_equal(end, field.mul(matrices, z))

    def closed_form(self, relation: R1cs) -> Ledger:
        """What `prove` counts: sizes of the relation, and entries of its matrices."""
        ledger, sizes = Ledger(), GkrSizes.of(relation)
        base, arith = Arithmetic(GOLDILOCKS, ledger), Arithmetic(EXTENSION, ledger)
        transcript = self._transcript(None, [0] * (relation.public + 1), ledger)
        with arith.phase("commit"):
            self.commitment.count_commit(base, sizes.half)
            transcript.absorb("root", GOLDILOCKS.zeros(self.commitment.sponge.digest))
        with arith.phase("outer sumcheck"):
            for matrix in (relation.a, relation.b, relation.c):
                base.count("mul", matrix.nonzeros)
                base.count("add", matrix.additions)
            challenge_point(EXTENSION, sizes.row_rounds, "tau", transcript)
            arith.count("mul", sizes.rows - 1)
            arith.count("add", sizes.rows - 1)
            count_sumcheck(arith, sizes.rows, 3, transcript, constraints=True)
            transcript.absorb("claims", EXTENSION.zeros(3))
        with arith.phase("inner sumcheck"):
            transcript.challenge("alpha", EXTENSION)
            arith.count("mul", sizes.rows - 1)
            arith.count("add", sizes.rows - 1)
            count_weighted_columns(arith, relation, sizes)
            count_sumcheck(arith, 2 * sizes.half, 2, transcript)
        with arith.phase("open"):
            self.commitment.count_open(arith, sizes.half, transcript)
        return ledger

    def proof_bytes(self, proof: GkrProof) -> int:
        """Size of the proof on the wire: 8 bytes for each residue."""
        opening = proof.opening
        arrays = (proof.root, proof.outer, proof.claims, proof.inner, opening.combined, opening.proximity, opening.columns)
        return GOLDILOCKS.element_bytes * (sum(array.size for array in arrays) + opening.paths.size)

    def _bits(self, sizes: GkrSizes) -> float:
        order = float(GOLDILOCKS.modulus) ** 2
        rounds = 4 * sizes.row_rounds + 2 + 2 * sizes.column_rounds
        return min(HASH_BITS, -math.log2(rounds / order + self.commitment.error(sizes.half)))

    def _transcript(self, key: GkrKey | None, known: Sequence[int], ledger: Ledger | None) -> Transcript:
        transcript = Transcript("gkr", ledger)
        transcript.absorb("statement", bytes(32) if key is None else key.digest)
        transcript.absorb("public inputs", known)
        return transcript

    def _well_formed(self, key: GkrKey, proof: object) -> bool:
        return (
            type(proof) is GkrProof
            and are_elements(GOLDILOCKS, proof.root, (self.commitment.sponge.digest,))
            and are_elements(EXTENSION, proof.outer, (key.sizes.row_rounds, 3))
            and are_elements(EXTENSION, proof.claims, (3,))
            and are_elements(EXTENSION, proof.inner, (key.sizes.column_rounds, 2))
        )

    def __repr__(self) -> str:
        return f"Gkr(queries={self.commitment.queries}, blowup={self.commitment.blowup})"


def _digest(root: Sequence[int]) -> Elements:
    return GOLDILOCKS.array([int(v) for v in root])


def _dot(left: Elements, right: Elements) -> Elements:
    return np.asarray((FieldVector(EXTENSION, left) * FieldVector(EXTENSION, right)).total().values[0])


def _check(relation: R1cs, z: Elements, products: Elements) -> None:
    a, b, c = products
    wrong = np.flatnonzero(GOLDILOCKS.mul(a, b) != c)
    if z[0] != 1 or wrong.size:
        name = "the constant 1" if z[0] != 1 else relation.name(int(wrong[0]))
        raise InvalidInput(f"witness: constraint {name!r} is not satisfied. Pass check=False to prove it all the same.")
