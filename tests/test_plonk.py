"""PLONK: a satisfied circuit has a proof that convinces, and nothing else has."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import InvalidInput
from proving_cost.circuits import Circuit, random_hash_chain
from proving_cost.fields import BN254_FR, GOLDILOCKS, Elements
from proving_cost.groups import real_bn254
from proving_cost.systems.plonk import Evaluations, Plonk
from tests.plonk_proofs import PLONK, P, Proved, every_gate_proved, proof_of, proved, replace, with_value
from tests.small_circuits import Solved, circuits, every_gate, random_circuit

EVALUATIONS = tuple(f.name for f in fields(Evaluations))


@pytest.fixture(scope="module")
def case() -> Proved:
    return every_gate_proved()


@cache
def honest_cells() -> Elements:
    case = every_gate_proved()
    return case.proving.table.assign(case.assignment)


# completeness


@settings(max_examples=20)
@given(circuits(), st.integers(0, 2**32))
def test_a_satisfied_circuit_has_a_proof(case: Solved, seed: int) -> None:
    made = proved(case, seed)
    assert made.accepts(made.proof)
    assert made.accepts(made.proof, list(made.assignment.public))
    assert made.accepts(made.proof, np.array(made.assignment.public, dtype=object))


@pytest.mark.parametrize("length", [1, 3])
def test_a_hash_chain_has_a_proof(length: int) -> None:
    circuit, inputs = random_hash_chain(np.random.default_rng(length), BN254_FR, length)
    made = proved(Solved(circuit, dict(inputs)))
    assert made.accepts(made.proof)


def test_proofs_are_blinded(case: Proved) -> None:
    other = PLONK.prove(case.proving, case.assignment, rng=np.random.default_rng(99))
    assert case.accepts(other)
    assert all(a != b for a, b in zip(other.points(), case.proof.points(), strict=True))
    blind = {n for n in EVALUATIONS if getattr(other.evaluations, n) != getattr(case.proof.evaluations, n)}
    assert blind == set(EVALUATIONS)


# soundness: keys


def test_a_proof_of_another_circuit_is_rejected(case: Proved) -> None:
    for seed in range(8):
        kinds = ["product", "bits", "assertion", "permutation"][: 1 + seed % 4]
        other = proved(random_circuit(kinds, [seed + 5, 7, 11, 13, seed * seed + 1]), seed)
        assert other.accepts(other.proof)
        assert not case.accepts(other.proof)
        assert not other.accepts(case.proof)
        assert not case.accepts(other.proof, other.assignment.public)


def test_a_circuit_with_one_other_constant_is_another_circuit() -> None:
    def square_plus(constant: int) -> Solved:
        circuit = Circuit(BN254_FR)
        y, x = circuit.public("y"), circuit.secret("x")
        circuit.equal(circuit.mul(x, x) + constant, y, "y")
        return Solved(circuit, {"y": 9 + constant, "x": 3})

    first, second = proved(square_plus(1)), proved(square_plus(2))
    assert not second.accepts(first.proof) and not second.accepts(first.proof, first.assignment.public)


def test_keys_of_another_set_up_do_not_verify(case: Proved) -> None:
    assert not proved(every_gate(), seed=2).accepts(case.proof)


@pytest.mark.parametrize("name", [*(f"columns {i}" for i in range(12)), *(f"sigma {i}" for i in range(3))])
def test_no_commitment_of_the_key_can_be_changed(case: Proved, name: str) -> None:
    part, _, index = name.partition(" ")
    listed = list(getattr(case.verifying, part))
    listed[int(index)] = (listed[int(index)] + 1) % P
    assert not PLONK.verify(replace(case.verifying, **{part: tuple(listed)}), case.assignment.public, case.proof)


# soundness: unsatisfied witnesses


@settings(max_examples=15)
@given(variable=st.integers(0, 10**6), by=st.integers(1, P - 1))
def test_no_variable_of_a_witness_can_be_changed(case: Proved, variable: int, by: int) -> None:
    at = 1 + variable % (len(case.assignment.values) - 1)
    broken = case.assignment.with_value(at, int(case.assignment.values[at]) + by)
    table, cells = case.proving.table, case.proving.table.assign(broken)
    assert table.circuit.first_violation(broken) is not None
    assert re.fullmatch(r"'.*' \(row \d+, .*\)", str(table.first_violation(cells, broken.public)))
    assert not case.accepts(proof_of(case, cells, broken.public), broken.public)
    if broken.public == case.assignment.public:
        return
    assert not case.accepts(proof_of(case, cells))


@pytest.mark.parametrize("variable", [1, 2, 3, 5, 7, 13, 15])
def test_a_changed_variable_is_refused_by_name(case: Proved, variable: int) -> None:
    broken = case.assignment.with_value(variable, int(case.assignment.values[variable]) + 1)
    rng = np.random.default_rng(3)
    with pytest.raises(InvalidInput, match=r"witness: constraint '.*' \(row \d+, .*\) is not satisfied"):
        PLONK.prove(case.proving, broken, rng=rng)
    proof = PLONK.prove(case.proving, broken, rng=rng, check=False)
    assert not case.accepts(proof) and not case.accepts(proof, broken.public)


INPUTS = {
    "y = x^3 + 5": {"y": 33},
    "range": {"w": 60},
    "odd only if x = 3": {"x": 5, "y": 130},
    "h": {"h": 1},
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_without_a_witness_are_rejected(case: Proved, name: str) -> None:
    circuit = case.proving.table.circuit
    broken = circuit.assign({**every_gate().inputs, **INPUTS[name]}, check=False)
    with pytest.raises(InvalidInput, match="is not satisfied"):
        PLONK.prove(case.proving, broken, rng=np.random.default_rng(1))
    assert not case.accepts(proof_of(case, case.proving.table.assign(broken), broken.public), broken.public)


@settings(max_examples=15)
@given(cell=st.integers(0, 10**6), by=st.integers(1, P - 1))
def test_no_cell_that_is_read_can_be_changed(case: Proved, cell: int, by: int) -> None:
    table = case.proving.table
    held = np.argwhere(table.wires >= 0)
    wire, row = held[cell % len(held)]
    cells = honest_cells().copy()
    cells[wire, row] = (cells[wire, row] + by) % P
    satisfied = table.first_violation(cells, case.assignment.public) is None
    assert case.accepts(proof_of(case, cells)) == satisfied


def test_a_copy_cannot_be_broken() -> None:
    """Every row holds by itself: 4 · 4 = 16 in one, 9 = y in the next."""
    circuit = Circuit(BN254_FR)
    y, x = circuit.public("y"), circuit.secret("x")
    circuit.equal(circuit.mul(x, x, "square"), y, "y = x^2")
    made = proved(Solved(circuit, {"y": 9, "x": 3}))
    cells = made.proving.table.assign(made.assignment)
    assert made.accepts(proof_of(made, cells))
    assert cells[:, 1].tolist() == [3, 3, 9]
    cells[:, 1] = [4, 4, 16]
    assert "'square' (row 1" in str(made.proving.table.first_violation(cells, (9,)))
    assert not made.accepts(proof_of(made, cells))


def test_free_cells_are_free() -> None:
    """What no gate reads may hold anything: soundness does not rest on padding."""
    made = proved(random_circuit(["product", "bits"], [3, 5, 7, 11, 13]))
    cells = made.proving.table.assign(made.assignment)
    cells[made.proving.table.wires < 0] = 12345
    assert made.accepts(proof_of(made, cells))


# refusals


def test_refusals(case: Proved) -> None:
    with pytest.raises(InvalidInput, match="must be over 'bn254_fr', the scalar field; got 'goldilocks'"):
        PLONK.compile(Circuit(GOLDILOCKS))
    other = proved(random_circuit(["product"], [3, 5, 7, 11, 13]))
    with pytest.raises(InvalidInput, match="witness: must give the"):
        PLONK.prove(case.proving, other.assignment, rng=np.random.default_rng(1))


def test_shadow_proofs_say_that_they_are_not_secure() -> None:
    assert not PLONK.secure and "NOT SECURE" in repr(PLONK)


# the real pairing


@pytest.mark.slow  # tests/test_kzg.py opens on the real curve, and every other proof here is its shadow
def test_a_proof_on_the_real_curve() -> None:
    system = Plonk(real_bn254())
    circuit = Circuit(BN254_FR)
    y, x = circuit.public("y"), circuit.secret("x")
    circuit.equal(circuit.mul(x, x), y, "y = x^2")
    case = Solved(circuit, {"y": 9, "x": 3})
    made = proved(case, system=system)
    assert system.secure and system.proof_bytes(made.proof) == 736
    assert system.verify(made.verifying, [9], made.proof)
    assert not system.verify(made.verifying, [8], made.proof)
    assert not system.verify(made.verifying, [9], replace(made.proof, opening=system.curve.g1.generator))
    assert not system.verify(made.verifying, [9], with_value(made.proof, "a", 1))
    x_coordinate, *rest = made.proof.product
    off_curve = (x_coordinate + x_coordinate, *rest)
    assert not system.verify(made.verifying, [9], replace(made.proof, product=off_curve))
    shadow = proved(case)
    assert shadow.proof.evaluations != made.proof.evaluations
    assert not system.verify(made.verifying, [9], shadow.proof)
