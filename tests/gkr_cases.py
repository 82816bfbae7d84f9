"""Circuits, proofs and changes to them, for the tests of the sumcheck argument."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.fields import EXTENSION_FIELDS, GOLDILOCKS, Elements
from proving_cost.systems.gkr import Gkr, GkrProof
from proving_cost.systems.gkr_relation import GkrKey

P = GOLDILOCKS.modulus
K = EXTENSION_FIELDS["goldilocks^2"]
RNG = np.random.default_rng(0)
ARRAYS = ("root", "outer", "claims", "inner", "opening.combined", "opening.proximity", "opening.columns", "opening.paths")


def random_circuit(seed: int, public: int, products: int) -> tuple[Circuit, dict[str, int]]:
    """Products, bits and equalities of random combinations, with inputs that satisfy them; the last inputs are results."""
    rng = np.random.default_rng(seed)
    circuit = Circuit(GOLDILOCKS)
    results = [circuit.public(f"result[{i}]") for i in range(public)]
    known = [circuit.secret(f"x[{i}]") for i in range(3)]
    inputs = {f"x[{i}]": int(v) for i, v in enumerate(GOLDILOCKS.random(rng, 3))}
    inputs["x[2]"] %= 1 << 10

    def combination() -> Any:
        total = circuit.constant(int(rng.integers(5)))
        for k in rng.integers(0, len(known), 2):
            total = total + known[k] * int(GOLDILOCKS.random(rng, 1)[0])
        return total

    for k in range(products):
        known.append(circuit.mul(combination(), combination(), f"product {k}"))
    circuit.bits(known[2], 10, "x[2] is small")
    ends = [combination() for _ in results]
    values = circuit.assign({**inputs, **{f"result[{i}]": 0 for i in range(public)}}, check=False).values
    for i, (result, end) in enumerate(zip(results, ends, strict=True)):
        circuit.equal(result, end, f"result {i}")
        inputs[f"result[{i}]"] = end.value([int(v) for v in values])
    return circuit, inputs


@cache
def proved(seed: int = 1, public: int = 2, products: int = 40, queries: int = 24) -> tuple[Gkr, GkrKey, Assignment, GkrProof]:
    system = Gkr(queries=queries)
    circuit, inputs = random_circuit(seed, public, products)
    assignment = circuit.assign(inputs)
    key = system.setup(system.compile(circuit), rng=RNG).proving
    return system, key, assignment, system.prove(key, assignment, rng=RNG)


def get(proof: GkrProof, part: str) -> Elements:
    for name in part.split("."):
        proof = getattr(proof, name)
    return proof  # type: ignore[return-value]


def put(proof: GkrProof, part: str, value: Any) -> GkrProof:
    first, _, second = part.partition(".")
    return replace(proof, **{first: replace(proof.opening, **{second: value}) if second else value})


def bumped(array: Elements, at: int, by: int) -> Elements:
    out = array.copy()
    flat = out.reshape(-1)
    flat[at % flat.size] = (int(flat[at % flat.size]) + 1 + by % (P - 1)) % P
    return out
