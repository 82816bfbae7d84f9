"""Statements with keys and proofs, shared by the tests of PLONK."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as typed_replace
from functools import cache
from typing import Any

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits import Assignment
from proving_cost.fields import BN254_FR
from proving_cost.systems.plonk import Plonk, PlonkProof, PlonkProvingKey, PlonkVerifyingKey
from proving_cost.systems.plonk.prover import Prover
from tests.small_circuits import Solved, every_gate

__all__ = ["P", "PLONK", "Proved", "every_gate_proved", "proof_of", "proved", "replace", "with_value"]

P = BN254_FR.modulus
PLONK = Plonk()


@dataclass(frozen=True, slots=True)
class Proved:
    """A statement with keys and a proof."""

    proving: PlonkProvingKey
    verifying: PlonkVerifyingKey
    assignment: Assignment
    proof: PlonkProof

    def accepts(self, proof: Any, public: Any = None) -> bool:
        """What the verifier says."""
        return PLONK.verify(self.verifying, self.assignment.public if public is None else public, proof)


def proved(case: Solved, seed: int = 1, system: Plonk = PLONK) -> Proved:
    rng = np.random.default_rng(seed)
    keys = system.setup(system.compile(case.circuit), rng=rng)
    assignment = case.assign()
    return Proved(keys.proving, keys.verifying, assignment, system.prove(keys.proving, assignment, rng=rng))


@cache
def every_gate_proved() -> Proved:
    """The circuit with every gate, proved once."""
    return proved(every_gate())


def proof_of(case: Proved, cells: Any = None, public: tuple[int, ...] | None = None) -> PlonkProof:
    """A proof of these cells, whatever they are."""
    held = case.proving.table.assign(case.assignment) if cells is None else cells
    inputs = case.assignment.public if public is None else public
    return Prover(case.proving, held, inputs, Arithmetic(BN254_FR), np.random.default_rng(2)).prove()


def replace(record: Any, **changes: Any) -> Any:
    """`dataclasses.replace`, for values of the wrong type too."""
    return typed_replace(record, **changes)


def with_value(proof: PlonkProof, name: str, value: Any) -> Any:
    """The proof with another evaluation."""
    return replace(proof, evaluations=replace(proof.evaluations, **{name: value}))
