"""Malformed proofs, inputs and parameters of the sumcheck argument: rejected or refused, with no other exception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mechanisms.errors import InvalidInput
from proving_cost.circuits.circuit import Circuit
from proving_cost.fields import BN254_FR, Elements
from proving_cost.systems.gkr import Gkr
from tests.gkr_cases import ARRAYS, P, get, proved, put

SHAPES: dict[str, Callable[[Elements], Any]] = {
    "None": lambda a: None,
    "a list": lambda a: a.tolist(),
    "signed": lambda a: a.astype(np.int64),
    "objects": lambda a: a.astype(object),
    "floats": lambda a: a.astype(float),
    "a row less": lambda a: a[:-1],
    "a row more": lambda a: np.concatenate([a, a[:1]]),
    "an axis more": lambda a: a[None],
    "empty": lambda a: a[:0],
    "not canonical": lambda a: np.full_like(a, P),
    "the largest integers": lambda a: np.full_like(a, 2**64 - 1),
    "zeros": lambda a: np.zeros_like(a),
    "a string": lambda a: "proof",
}


@pytest.mark.parametrize("part", ARRAYS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_malformed_parts_are_rejected_without_a_word(part: str, shape: Callable[[Elements], Any]) -> None:
    system, key, assignment, proof = proved()
    assert not system.verify(key, assignment.public, put(proof, part, shape(get(proof, part))))


@pytest.mark.parametrize("proof", [None, (), "proof", 7, object()])
def test_what_is_no_proof_is_rejected(proof: Any) -> None:
    system, key, assignment, good = proved()
    assert not system.verify(key, assignment.public, proof)
    assert not system.verify(key, assignment.public, replace(good, opening=proof))


@pytest.mark.parametrize(
    "public", [None, (), (1,), (1, 2, 3), "12", (1.0, 2.0), (-1, 2), (P, 0), (None, 1), (True, False), ("1", "2"), 7]
)
def test_malformed_public_inputs_are_rejected(public: Any) -> None:
    system, key, _, proof = proved()
    assert not system.verify(key, public, proof)


def test_a_public_input_has_one_representation() -> None:
    system, key, assignment, proof = proved()
    first, second = assignment.public
    assert system.verify(key, (first, second), proof)
    assert system.verify(key, np.array([first, second], dtype=np.uint64), proof)  # type: ignore[arg-type]
    assert not system.verify(key, (first + P, second), proof)


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="gkr needs one over goldilocks; got bn254_fr"):
        Gkr().compile(Circuit(BN254_FR))
    for bad in ({"queries": 0}, {"queries": 1.5}, {"blowup": 1}, {"blowup": 3}, {"queries": True}):
        with pytest.raises(InvalidInput, match=f"^{next(iter(bad))}: must be"):
            Gkr(**bad)  # type: ignore[arg-type]


def test_security_is_stated_by_the_proven_bound() -> None:
    _, key, _, _ = proved()
    assert Gkr().secure
    assert 108 < Gkr().soundness_bits(key.relation) < 109
    assert Gkr(queries=148).secure
    assert not Gkr(queries=147).secure
    assert not Gkr(queries=40).secure
    # more queries end at the field: rounds and domain over 2^128
    assert 115 < Gkr(queries=1000).soundness_bits(key.relation) < 128


def test_the_size_on_the_wire_is_that_of_the_arrays() -> None:
    system, _, _, proof = proved()
    assert system.proof_bytes(proof) == sum(get(proof, part).nbytes for part in ARRAYS)
