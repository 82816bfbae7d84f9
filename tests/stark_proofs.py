"""Small circuits and a proof of one, shared by the tests of the STARK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np

from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.fields import GOLDILOCKS
from proving_cost.kernels.poseidon2 import permute_one
from proving_cost.systems.stark import Stark, StarkProof

P = GOLDILOCKS.modulus
SMALL = Stark(queries=6, grinding_bits=2, final=4, fold=4)
RNG = np.random.default_rng(0)


def every_gate() -> tuple[Circuit, Mapping[str, int]]:
    """One operation of each kind, connected, with two public inputs."""
    circuit = Circuit(GOLDILOCKS)
    y, total = circuit.public("y"), circuit.public("total")
    x, w = circuit.secret("x"), circuit.secret("w")
    product = circuit.mul(x + 1, w - 3 * x + 7, "product")
    circuit.equal(product + x + w + 2 * y, total, "equality")
    bits = circuit.bits(x + 5, 10, "bits")
    state = circuit.permute([x, w, product + bits[0], bits[1], *(circuit.constant(i) for i in range(8))], "permutation")
    circuit.product_is(state[0], x, y, "product is")
    inputs = {"x": 37, "w": 99}
    after = permute_one(circuit.permutation, [37, 99, 38 * -5 % P, 1, *range(8)])
    inputs["y"] = int(after[0]) * 37 % P
    inputs["total"] = (38 * -5 + 37 + 99 + 2 * inputs["y"]) % P
    return circuit, inputs


def chain(length: int) -> tuple[Circuit, Mapping[str, int]]:
    """A state permuted so often."""
    circuit = Circuit(GOLDILOCKS)
    end = circuit.public("end")
    state, values = [circuit.secret("start"), *(circuit.constant(0) for _ in range(11))], [5] + [0] * 11
    for _ in range(length):
        state = circuit.permute(state)
        values = [int(v) for v in permute_one(circuit.permutation, values)]
    circuit.equal(state[0], end, "end")
    return circuit, {"start": 5, "end": values[0]}


@cache
def example() -> tuple[Any, Assignment, StarkProof]:
    circuit, inputs = every_gate()
    assignment = circuit.assign(inputs)
    keys = SMALL.setup(SMALL.compile(circuit), rng=RNG)
    return keys, assignment, SMALL.prove(keys.proving, assignment, rng=RNG)


def parts(proof: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Every component of a proof that is not a record, with the names that lead to it."""
    if is_dataclass(proof):
        return [found for f in fields(proof) for found in parts(getattr(proof, f.name), (*path, f.name))]
    if isinstance(proof, tuple) and any(is_dataclass(e) or isinstance(e, tuple) for e in proof):
        return [found for i, e in enumerate(proof) for found in parts(e, (*path, i))]
    return [(path, proof)]
