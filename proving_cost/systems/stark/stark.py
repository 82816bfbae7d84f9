r"""A STARK with FRI over Goldilocks and its quadratic extension: AIR, DEEP, Poseidon2 Merkle trees.

| step | prover | verifier |
|---|---|---|
| trace | interpolates the columns, evaluates them on a coset `blowup` times as long, commits to its rows | β, γ |
| copies | commits to the running product of the copy constraints, in the extension | α |
| quotient | divides the combined constraints by $X^n - 1$, commits to the result in 7 chunks of degree below n | z |
| openings | sends every column's value at z, and of the running product at ωz | λ |
| deep | combines $(f(X) - f(z))/(X - z)$ for all columns into one word | |
| fri | shows that the word is close to a polynomial of degree below n | indices |

The preprocessed columns (what each row means, where each value is copied) are committed to once, in the verifying key.
A proof convinces but does not hide: rows of the trace are opened as they are, so it is not zero-knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.circuits.air import Air
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.fields import GOLDILOCKS, PrimeField
from proving_cost.kernels.poseidon2 import Poseidon2
from proving_cost.kernels.sponge import default_sponge
from proving_cost.ledger import Ledger
from proving_cost.systems.public_inputs import public_inputs
from proving_cost.systems.stark import counting, keys, prover, security, verifier
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.fri import FriParameters
from proving_cost.systems.stark.keys import ProvingKey, VerifyingKey
from proving_cost.systems.stark.proof import StarkProof
from proving_cost.systems.stark.proof import proof_bytes as bytes_of
from proving_cost.systems.stark.trees import Malformed
from proving_cost.systems.system import Keys, ProofSystem

__all__ = ["Stark"]

LABEL = "prover-markets STARK 1"
SMALLEST_BLOWUP = 8
TARGET_BITS = 80
TYPICAL_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class Stark(ProofSystem[Air, ProvingKey, VerifyingKey, StarkProof]):
    """A STARK.

    Arguments:
        blowup: Size of the evaluation domain over the trace's, a power of two; 8 or more, the degree of the constraints.
        queries: Rows opened, 1 to 1000.
        grinding_bits: Zero bits of the proof of work before the queries, 0 to 32.
        fold: By how much a layer of FRI shrinks: 2, 4, 8 or 16.
        final: Coefficients of FRI's last polynomial at most, a power of two.

    Raises:
        InvalidInput: A parameter is out of range.

    Example:
        >>> system = Stark()
        >>> str(system.security(1 << 20))
        '82 bits proven, 97 conjectured, for 2^20 rows'
    """

    name: ClassVar[str] = "stark"

    blowup: int = 8
    queries: int = 64
    grinding_bits: int = 16
    fold: int = 8
    final: int = 32

    def __post_init__(self) -> None:
        if isinstance(self.blowup, int) and self.blowup < SMALLEST_BLOWUP:
            raise InvalidInput(
                f"blowup: must be {SMALLEST_BLOWUP} or more, because constraints have degree 8; got {self.blowup!r}."
            )
        _ = self.parameters

    @property
    def parameters(self) -> FriParameters:
        """The parameters of FRI."""
        return FriParameters(self.blowup, self.queries, self.grinding_bits, self.fold, self.final)

    @property
    def field(self) -> PrimeField:
        """Goldilocks."""
        return GOLDILOCKS

    @property
    def secure(self) -> bool:
        """Whether 80 bits are proven for tables of 2^20 rows; `security` says how many there are at another size."""
        return self.security(TYPICAL_ROWS).proven >= TARGET_BITS

    @property
    def instance(self) -> Poseidon2:
        """The permutation of the trees, which is also that of permutation rows."""
        return default_sponge(GOLDILOCKS).instance

    def security(self, rows: int) -> security.Security:
        """Bits of security, proven and conjectured, for a table of so many rows."""
        return security.security(self.parameters, rows)

    def compile(self, circuit: Circuit) -> Air:
        """The circuit as an AIR.

        Raises:
            InvalidInput: The circuit is not over Goldilocks.
        """
        return Air.from_circuit(circuit)

    def setup(
        self, relation: Air, *, rng: np.random.Generator, ledger: Ledger | None = None
    ) -> Keys[ProvingKey, VerifyingKey]:
        """Commit to the preprocessed columns; nothing is secret, and `rng` is not used."""
        numbers = (self.blowup, self.queries, self.grinding_bits, self.fold, self.final)
        key = keys.made(relation, self.blowup, numbers, ledger)
        return Keys(key, key.verifying)

    def prove(
        self, key: ProvingKey, assignment: Assignment, *, rng: np.random.Generator, ledger: Ledger | None = None,
        body: Body = "fast", check: bool = True,
    ) -> StarkProof:  # fmt: skip
        """A proof; it is deterministic, and `rng` is not used.

        Raises:
            InvalidInput: The assignment is of another circuit, or (with `check`) violates a constraint.
        """
        self._own(key.verifying)
        table = key.air.trace(assignment)
        if check:
            violated = key.air.first_violation(table, assignment.public)
            if violated is not None:
                raise InvalidInput(f"witness: constraint {violated!r} is not satisfied.")
        arith = Arithmetic(GOLDILOCKS, ledger, body)
        public = assignment.public
        conversation = Conversation(LABEL, key.verifying.statement, public, ledger)
        return prover.proven(key, table, public, self.parameters, arith, conversation)

    def verify(
        self, key: VerifyingKey, public: Sequence[int], proof: StarkProof, *, ledger: Ledger | None = None
    ) -> bool:
        """Whether the proof convinces; a malformed one does not."""
        self._own(key)
        inputs = public_inputs(public, key.public, GOLDILOCKS)
        if inputs is None or type(proof) is not StarkProof:
            return False
        conversation = Conversation(LABEL, key.statement, inputs, ledger)
        try:
            return verifier.convinced(key, self.instance, inputs, proof, self.parameters, conversation)
        except Malformed:
            return False

    def closed_form(self, relation: Air) -> Ledger:
        """What `prove` counts, from the number of rows and of public inputs."""
        ledger = Ledger()
        public = (0,) * relation.public
        statement = VerifyingKey(relation.rows, relation.public, (0,) * 4, (0,) * 5).statement
        conversation = Conversation(LABEL, statement, public, ledger)
        counting.closed_form(relation.rows, self.instance, self.parameters, conversation, ledger)
        return ledger

    def proof_bytes(self, proof: StarkProof) -> int:
        """Bytes on the wire."""
        return bytes_of(proof)

    def _own(self, key: VerifyingKey) -> None:
        numbers = (self.blowup, self.queries, self.grinding_bits, self.fold, self.final)
        if key.parameters != numbers:
            raise InvalidInput(
                f"key: was made with (blowup, queries, grinding_bits, fold, final) = {key.parameters}; this system has "
                f"{numbers}. Set up again."
            )

    def __str__(self) -> str:
        how = f"blowup {self.blowup}, {self.queries} queries, {self.grinding_bits} bits of grinding, fold {self.fold}"
        return f"STARK: {how}; {self.security(TYPICAL_ROWS)}"

