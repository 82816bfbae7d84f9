"""A statement proved and verified, with what it took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from proving_cost.arithmetic import Body
from proving_cost.circuits.circuit import Circuit
from proving_cost.ledger import Ledger
from proving_cost.systems.system import ProofSystem

__all__ = ["ProofRun", "prove_and_verify"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProofRun:
    """What a run of a proof system did, and how long its parts took on this machine.

    Arguments:
        system: Name of the proof system.
        secure: Whether such a proof convinces anyone (a shadow group does not).
        verified: Whether the verifier accepted.
        relation: The relation in a line.
        ledger: What proving counted, phase by phase.
        predicted: What the closed form says that proving counts, bit lengths of scalars apart.
        verification: What verifying counted.
        setup_seconds: Seconds to compile the circuit and make the keys.
        witness_seconds: Seconds to run the circuit on its inputs.
        prove_seconds: Seconds to prove.
        verify_seconds: Seconds to verify.
        proof_bytes: Size of the proof on the wire.
    """

    system: str
    secure: bool
    verified: bool
    relation: str
    ledger: Ledger
    predicted: Ledger
    verification: Ledger
    setup_seconds: float
    witness_seconds: float
    prove_seconds: float
    verify_seconds: float
    proof_bytes: int

    @property
    def counts_as_predicted(self) -> bool:
        """Whether the ledger equals the closed form, event by event."""
        return self.ledger.without_scalar_bits() == self.predicted

    def __repr__(self) -> str:
        return f"ProofRun({self.system}, verified={self.verified}, {self.relation})"

    def __str__(self) -> str:
        seconds = f"{self.setup_seconds:.2f} s set-up, {self.witness_seconds:.2f} s witness, {self.prove_seconds:.2f} s prove"
        lines = [
            f"{self.system}: {'verified' if self.verified else 'REJECTED'}; {self.relation}",
            f"{seconds}, {self.verify_seconds:.3f} s verify; proof of {self.proof_bytes:,} bytes",
            f"ledger {'equals' if self.counts_as_predicted else 'DIFFERS FROM'} the closed form",
        ]
        if not self.secure:
            lines.append("NOT SECURE: the counts are exact, but this proof convinces nobody")
        return "\n".join([*lines, "", str(self.ledger)])


def prove_and_verify(
    system: ProofSystem[Any, Any, Any, Any], circuit: Circuit, inputs: Mapping[str, int], *,
    rng: np.random.Generator, body: Body = "fast",
) -> ProofRun:  # fmt: skip
    """Set up, prove and verify a statement.

    Arguments:
        system: The proof system.
        circuit: The computation, over the system's field.
        inputs: Its inputs by name.
        rng: Source of keys and blinding.
        body: What computes, `"fast"` or `"reference"` (`galois`).

    Raises:
        InvalidInput: The inputs do not satisfy the circuit (the message names a constraint), or the circuit is
            over another field.
    """
    marks = [time.perf_counter()]
    assignment = circuit.assign(inputs)
    marks.append(time.perf_counter())
    relation = system.compile(circuit)
    keys = system.setup(relation, rng=rng)
    marks.append(time.perf_counter())
    ledger, verification = Ledger(), Ledger()
    proof = system.prove(keys.proving, assignment, rng=rng, ledger=ledger, body=body)
    marks.append(time.perf_counter())
    verified = system.verify(keys.verifying, assignment.public, proof, ledger=verification)
    marks.append(time.perf_counter())
    witness, setup, prove, verify = np.diff(marks).tolist()
    return ProofRun(
        system=system.name, secure=system.secure, verified=verified, relation=repr(relation), ledger=ledger,
        predicted=system.closed_form(relation), verification=verification, setup_seconds=setup,
        witness_seconds=witness, prove_seconds=prove, verify_seconds=verify, proof_bytes=system.proof_bytes(proof),
    )  # fmt: skip
