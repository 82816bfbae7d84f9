"""Circuits set up and proved, shared by the tests of Groth16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.fields import BN254_FR
from proving_cost.systems.groth16 import Groth16, Groth16Proof
from proving_cost.systems.groth16_keys import Groth16ProvingKey, Groth16VerifyingKey
from proving_cost.systems.system import Keys

R = BN254_FR.modulus
SYSTEM = Groth16()


def power_circuit(steps: int) -> Circuit:
    """y = x (x (x (x + 0) + 1) ... ) with a public input that no constraint mentions."""
    circuit = Circuit(BN254_FR)
    y, _, x = circuit.public("y"), circuit.public("unused"), circuit.secret("x")
    v = x
    for i in range(steps):
        v = circuit.mul(v + i, x, f"step {i}")
    circuit.equal(v, y, "the end is y")
    return circuit


def power_inputs(steps: int, x: int = 3) -> Mapping[str, int]:
    v = x
    for i in range(steps):
        v = (v + i) * x % R
    return {"x": x, "y": v, "unused": 17}


@dataclass(frozen=True)
class Run:
    """A circuit set up and proved."""

    system: Groth16
    keys: Keys[Groth16ProvingKey, Groth16VerifyingKey]
    assignment: Assignment
    proof: Groth16Proof

    @classmethod
    def of(cls, circuit: Circuit, assignment: Assignment, system: Groth16 = SYSTEM, seed: int = 1) -> Run:
        rng = np.random.default_rng(seed)
        keys = system.setup(system.compile(circuit), rng=rng)
        return cls(system, keys, assignment, system.prove(keys.proving, assignment, rng=rng))

    def accepts(self, proof: Groth16Proof | None = None, public: Sequence[int] | None = None) -> bool:
        said = self.assignment.public if public is None else public
        return self.system.verify(self.keys.verifying, said, self.proof if proof is None else proof)

    def prove(self, assignment: Assignment, seed: int = 2, **options: Any) -> Groth16Proof:
        return self.system.prove(self.keys.proving, assignment, rng=np.random.default_rng(seed), **options)
