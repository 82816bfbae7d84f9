"""The STARK: it convinces of what is true, and counts what its closed form says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from mechanisms.errors import InvalidInput
from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.rollup import random_rollup
from proving_cost.fields import BN254_FR, GOLDILOCKS
from proving_cost.kernels.poseidon2 import poseidon2
from proving_cost.ledger import FieldOperation, FriFold, Hash, Ledger, Ntt
from proving_cost.systems.stark import Stark
from proving_cost.systems.stark.constraints import TOTAL_CONSTRAINTS
from proving_cost.systems.stark.counting import operations_per_point
from proving_cost.systems.stark.keys import COLUMNS
from tests.random_circuits import circuits
from tests.stark_proofs import RNG, SMALL, chain, example, parts

# completeness


def test_a_proof_convinces() -> None:
    keys, assignment, proof = example()
    assert SMALL.verify(keys.verifying, assignment.public, proof)
    assert SMALL.verify(keys.verifying, list(assignment.public), proof)


@settings(max_examples=15, deadline=None)
@given(circuits())
def test_any_true_statement_is_proved(made: tuple[Circuit, Mapping[str, int]]) -> None:
    circuit, inputs = made
    assignment = circuit.assign(inputs)
    keys = SMALL.setup(SMALL.compile(circuit), rng=RNG)
    assert SMALL.verify(keys.verifying, assignment.public, SMALL.prove(keys.proving, assignment, rng=RNG))


@pytest.mark.parametrize(
    "system", [Stark(queries=3, grinding_bits=0, fold=2, final=1), Stark(queries=3, blowup=16, fold=16, final=2)], ids=str
)
@pytest.mark.parametrize("length", [0, 1, 9, 40])
def test_other_parameters_and_sizes(system: Stark, length: int) -> None:
    circuit, inputs = chain(length)
    assignment = circuit.assign(inputs if length else {"start": 5, "end": 5})
    keys = system.setup(system.compile(circuit), rng=RNG)
    proof = system.prove(keys.proving, assignment, rng=RNG)
    assert system.verify(keys.verifying, assignment.public, proof)
    assert not system.verify(keys.verifying, [assignment.public[0] + 1], proof)


def test_a_rollup_is_proved_with_the_default_parameters() -> None:
    circuit, inputs = random_rollup(np.random.default_rng(1), GOLDILOCKS, 2)
    system, assignment, ledger = Stark(), circuit.assign(inputs), Ledger()
    relation = system.compile(circuit)
    assert relation.rows == 128
    keys = system.setup(relation, rng=RNG)
    proof = system.prove(keys.proving, assignment, rng=RNG, ledger=ledger)
    assert system.verify(keys.verifying, assignment.public, proof)
    assert ledger == system.closed_form(relation)
    for i in range(len(assignment.public)):
        public = [v + (j == i) for j, v in enumerate(assignment.public)]
        assert not system.verify(keys.verifying, public, proof)


# counts


@pytest.mark.parametrize("system", [SMALL, Stark(queries=2, grinding_bits=1, blowup=16, final=8)], ids=["small", "wide"])
@pytest.mark.parametrize("length", [3, 12, 25, 60, 100])
def test_the_ledger_is_the_closed_form(system: Stark, length: int) -> None:
    circuit, inputs = chain(length)
    relation = system.compile(circuit)
    ledger = Ledger()
    system.prove(system.setup(relation, rng=RNG).proving, circuit.assign(inputs), rng=RNG, ledger=ledger)
    assert ledger == system.closed_form(relation)
    n, size, events = relation.rows, relation.rows * system.blowup, ledger.events()
    assert events[Ntt("goldilocks", n, inverse=True)] == 154 + 12 + 1
    assert events[Ntt("goldilocks", size, coset=True)] == 154 + 12 + 1 + 14
    layers, bound = 0, n
    for arity in system.parameters.arities(n):
        layers += (bound * system.blowup // arity) * -(-2 * arity // 8) + bound * system.blowup // arity - 1
        assert events[FriFold("goldilocks^2", bound * system.blowup, arity)] == 1
        bound //= arity
    assert events[Hash("poseidon2/goldilocks/12")] == (20 + 2 + 2) * size + 3 * (size - 1) + layers


def test_the_operations_of_the_constraints_at_a_point() -> None:
    counts = operations_per_point(poseidon2(GOLDILOCKS, 12)).events()
    sboxes, diagonals, lanes = 4 * 118, 22 * 12, 24
    bits, slots, selectors, weights = 63 + 63, 8 * 6, 3 * 2, 2 * 202
    numbers, inside, around = 41 * 4, 2 * (41 - 6) * 5, 6 * 3 * 5
    first_row = 2 + 5
    expected = sboxes + diagonals + lanes + bits + slots + selectors + weights + numbers + inside + around + first_row
    assert counts[FieldOperation("goldilocks", "mul")] == expected
    assert TOTAL_CONSTRAINTS == 130 + 64 + 8 + 6 + 1


def test_both_bodies_make_the_same_proof_and_count_the_same() -> None:
    keys, assignment, proof = example()
    fast, slow = Ledger(), Ledger()
    SMALL.prove(keys.proving, assignment, rng=RNG, ledger=fast)
    again = SMALL.prove(keys.proving, assignment, rng=RNG, ledger=slow, body="reference")
    assert fast == slow
    for (path, a), (_, b) in zip(parts(proof), parts(again), strict=True):
        assert np.array_equal(a, b), path


def test_the_size_of_a_proof_counts_its_residues() -> None:
    proof = example()[2]
    residues = sum(1 if isinstance(part, int) else np.size(part) for _, part in parts(proof))
    assert SMALL.proof_bytes(proof) == 8 * residues


# parameters


def test_security_is_reckoned_round_by_round() -> None:
    few = Stark(queries=16, grinding_bits=16).security(1 << 10)
    assert few.unique == pytest.approx(16 + 16 * -np.log2(1 - 7 / 16))
    assert few.conjectured == pytest.approx(16 + 3 * 16)
    assert few.unique < few.johnson < 16 + 1.5 * 16
    many = Stark(queries=1000).security(1 << 10)
    assert many.unique == pytest.approx(128 - np.log2((sum(COLUMNS) + 1) * (1 << 13)), abs=1e-6)
    assert Stark().security(1 << 20).proven > 80 > Stark(queries=40).security(1 << 20).proven
    assert Stark().secure and not SMALL.secure
    assert "bits proven" in str(Stark())


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"blowup": 4}, "blowup"), ({"blowup": 12}, "blowup"), ({"blowup": 8.0}, "blowup"), ({"queries": 0}, "queries"),
        ({"queries": True}, "queries"), ({"grinding_bits": 33}, "grinding_bits"), ({"grinding_bits": -1}, "grinding_bits"),
        ({"fold": 3}, "fold"), ({"fold": 32}, "fold"), ({"final": 3}, "final"), ({"final": 0}, "final"),
    ],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{name}: must be"):
        Stark(**parameters)


def test_other_fields_and_keys_are_refused() -> None:
    with pytest.raises(InvalidInput, match="goldilocks"):
        SMALL.compile(Circuit(BN254_FR))
    keys, assignment, proof = example()
    with pytest.raises(InvalidInput, match="Set up again"):
        Stark().prove(keys.proving, assignment, rng=RNG)
    with pytest.raises(InvalidInput, match="Set up again"):
        Stark().verify(keys.verifying, assignment.public, proof)
