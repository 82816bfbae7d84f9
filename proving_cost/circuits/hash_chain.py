"""A hash chain: knowledge of a secret whose digest, taken `length` times over, is public."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.hashing import digest
from proving_cost.fields import PrimeField
from proving_cost.kernels.sponge import default_sponge

__all__ = ["hash_chain", "random_hash_chain"]

CHAIN = 7

LONGEST = 1 << 16
"""Links at most; a link is a permutation of some hundred constraints."""


def hash_chain(field: PrimeField, length: int) -> Circuit:
    """The circuit: public `end[i]`, secret `start[i]`, one permutation a link.

    Raises:
        InvalidInput: The length is not a whole number, 1 to `LONGEST`.
    """
    if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= LONGEST:
        raise InvalidInput(f"length: must be a whole number from 1 to {LONGEST:,}; got {length!r}.")
    circuit = Circuit(field)
    lanes = range(default_sponge(field).digest)
    end = [circuit.public(f"end[{i}]") for i in lanes]
    node = [circuit.secret(f"start[{i}]") for i in lanes]
    for k in range(length):
        node = digest(circuit, node, CHAIN, f"link {k}")
    for i in lanes:
        circuit.equal(node[i], end[i], f"the chain ends at end[{i}]")
    return circuit


def random_hash_chain(rng: np.random.Generator, field: PrimeField, length: int) -> tuple[Circuit, Mapping[str, int]]:
    """The circuit with inputs that satisfy it."""
    circuit, sponge = hash_chain(field, length), default_sponge(field)
    start = tuple(int(v) for v in field.random(rng, sponge.digest))
    end = start
    for _ in range(length):
        end = sponge.digest_one(list(end), tag=CHAIN)
    inputs = {f"{name}[{i}]": v for name, values in (("start", start), ("end", end)) for i, v in enumerate(values)}
    return circuit, inputs
