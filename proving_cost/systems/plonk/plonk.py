"""PLONK with KZG commitments, on a gate table with custom gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.plonk_gates import GateTable
from proving_cost.fields import PrimeField
from proving_cost.groups.group import Curve
from proving_cost.groups.shadow import shadow_bn254
from proving_cost.ledger import Ledger
from proving_cost.systems.plonk.closed_form import plonk_ledger
from proving_cost.systems.plonk.keys import PlonkProvingKey, PlonkVerifyingKey, generate_keys
from proving_cost.systems.plonk.proof import PlonkProof
from proving_cost.systems.plonk.prover import Prover
from proving_cost.systems.plonk.verifier import verify
from proving_cost.systems.system import Keys, ProofSystem

__all__ = ["Plonk"]


class Plonk(ProofSystem[GateTable, PlonkProvingKey, PlonkVerifyingKey, PlonkProof]):
    """PLONK over a pairing-friendly curve.

    Arguments:
        curve: `real_bn254()`, or None for `shadow_bn254()`, whose proofs are NOT SECURE.

    Notes:
        The set-up draws τ here and forgets it: whoever can replay `rng` can forge.

    Example:
        >>> import numpy as np
        >>> from proving_cost.circuits.circuit import Circuit
        >>> plonk = Plonk()
        >>> circuit = Circuit(plonk.field)
        >>> y, x = circuit.public("y"), circuit.secret("x")
        >>> circuit.equal(circuit.mul(x, x), y, "y = x^2")
        >>> rng = np.random.default_rng(1)
        >>> keys = plonk.setup(plonk.compile(circuit), rng=rng)
        >>> proof = plonk.prove(keys.proving, circuit.assign({"x": 3, "y": 9}), rng=rng)
        >>> plonk.verify(keys.verifying, [9], proof), plonk.verify(keys.verifying, [8], proof)
        (True, False)

    References:
        Gabizon, Williamson, Ciobotaru, "PLONK: Permutations over Lagrange-bases for oecumenical noninteractive
        arguments of knowledge" (2019), section 8; custom gates and next-row wires as in later versions of the protocol.
    """

    name: ClassVar[str] = "plonk"

    def __init__(self, curve: Curve | None = None) -> None:
        self.curve = shadow_bn254() if curve is None else curve

    @property
    def field(self) -> PrimeField:
        """The curve's scalar field."""
        return self.curve.scalar_field

    @property
    def secure(self) -> bool:
        """Whether the group is a real one; that nobody can replay the set-up's `rng` is taken on trust."""
        return self.curve.secure

    def compile(self, circuit: Circuit) -> GateTable:
        """The circuit as a gate table.

        Raises:
            InvalidInput: The circuit is over another field.
        """
        if circuit.field != self.field:
            raise InvalidInput(f"circuit: must be over {self.field.name!r}, the scalar field; got {circuit.field.name!r}.")
        return GateTable.from_circuit(circuit)

    def setup(
        self, relation: GateTable, *, rng: np.random.Generator, ledger: Ledger | None = None
    ) -> Keys[PlonkProvingKey, PlonkVerifyingKey]:
        """Keys for a table: powers of τ, and the columns committed and evaluated."""
        return generate_keys(relation, self.curve, rng, ledger)

    def prove(
        self, key: PlonkProvingKey, assignment: Assignment, *, rng: np.random.Generator, ledger: Ledger | None = None,
        body: Body = "fast", check: bool = True,
    ) -> PlonkProof:  # fmt: skip
        """A proof; see `ProofSystem.prove` and, for its counts, `plonk.closed_form`.

        Raises:
            InvalidInput: The witness is of another circuit, or (with `check`) violates a row, which is named.
        """
        cells, public = key.table.assign(assignment), assignment.public
        if check and (wrong := key.table.first_violation(cells, public)) is not None:
            raise InvalidInput(f"witness: constraint {wrong} is not satisfied. Pass check=False to prove it all the same.")
        return Prover(key, cells, public, Arithmetic(self.field, ledger, body), rng).prove()

    def verify(self, key: PlonkVerifyingKey, public: Sequence[int], proof: PlonkProof, *, ledger: Ledger | None = None) -> bool:
        """Whether the proof convinces of the public inputs: two products of points and two pairings."""
        return verify(key, public, proof, ledger)

    def closed_form(self, relation: GateTable) -> Ledger:
        """What `prove` counts: 5 NTTs of n, 6 of 8n, 11 MSMs; formulas in `proving_cost.systems.plonk.closed_form`."""
        return plonk_ledger(self.curve, relation.rows, relation.public, relation.circuit.permutation.name)

    def proof_bytes(self, proof: PlonkProof) -> int:
        """Eleven compressed points and twelve scalars: 736 bytes over BN254."""
        return len(proof.points()) * self.curve.g1.encoded_bytes + len(proof.evaluations.values()) * self.field.element_bytes

    def __repr__(self) -> str:
        return f"Plonk({self.curve!r})"
