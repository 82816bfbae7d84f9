"""The sumcheck argument for rank-1 constraints: complete, sound against every kind of tampering, counted exactly."""

from __future__ import annotations

import copy
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.hash_chain import random_hash_chain
from proving_cost.circuits.rollup import random_rollup
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.ledger import Hash, Ledger, Ntt
from proving_cost.systems import gkr, proof_system
from proving_cost.systems.gkr import Gkr
from proving_cost.systems.sumcheck_argument import verify_sumcheck
from tests.gkr_cases import ARRAYS, RNG, K, P, bumped, get, proved, put, random_circuit

# completeness and counts


@given(seed=st.integers(0, 10**6), public=st.integers(0, 4), products=st.integers(0, 60))
@settings(max_examples=30, deadline=None)
def test_random_circuits_are_proved_and_counted(seed: int, public: int, products: int) -> None:
    system = Gkr(queries=24)
    circuit, inputs = random_circuit(seed, public, products)
    relation, assignment, ledger = system.compile(circuit), circuit.assign(inputs), Ledger()
    keys = system.setup(relation, rng=RNG)
    proof = system.prove(keys.proving, assignment, rng=RNG, ledger=ledger)
    assert system.verify(keys.verifying, assignment.public, proof)
    assert ledger == system.closed_form(relation)


@pytest.mark.parametrize("length", [1, 2, 4, 9])
def test_hash_chains_count_as_the_closed_form_says(length: int) -> None:
    system = Gkr()
    circuit, inputs = random_hash_chain(np.random.default_rng(length), GOLDILOCKS, length)
    relation, assignment, ledger = system.compile(circuit), circuit.assign(inputs), Ledger()
    keys = system.setup(relation, rng=RNG)
    proof = system.prove(keys.proving, assignment, rng=RNG, ledger=ledger)
    assert system.verify(keys.verifying, assignment.public, proof)
    assert ledger == system.closed_form(relation)
    assert tuple(ledger.root.phases) == ("commit", "outer sumcheck", "inner sumcheck", "open")
    shape = system.commitment.shape(keys.proving.sizes.half)
    commit = ledger.at("commit").events()
    assert commit[Ntt("goldilocks", shape.domain)] == shape.rows
    assert commit[Hash("poseidon2/goldilocks/12")] == shape.domain * -(-shape.rows // 8) + shape.domain - 1


def test_a_rollup_is_proved() -> None:
    system = proof_system("gkr")
    circuit, inputs = random_rollup(np.random.default_rng(2), GOLDILOCKS, 1)
    relation, assignment, ledger = system.compile(circuit), circuit.assign(inputs), Ledger()
    keys = system.setup(relation, rng=RNG)
    proof = system.prove(keys.proving, assignment, rng=RNG, ledger=ledger)
    public = list(assignment.public)
    assert system.verify(keys.verifying, public, proof)
    assert ledger == system.closed_form(relation)
    for i in range(len(public)):
        assert not system.verify(keys.verifying, [*public[:i], (public[i] + 1) % P, *public[i + 1 :]], proof)


@pytest.mark.parametrize("products", [0, 3, 20])
def test_bodies_give_the_same_proof_and_counts(products: int) -> None:
    system = Gkr(queries=8)
    circuit, inputs = random_circuit(products, 2, products)
    key = system.setup(system.compile(circuit), rng=RNG).proving
    ledgers = Ledger(), Ledger()
    fast, slow = (
        system.prove(key, circuit.assign(inputs), rng=RNG, ledger=ledger, body=body)  # type: ignore[arg-type]
        for ledger, body in zip(ledgers, ("fast", "reference"), strict=True)
    )
    assert all(np.array_equal(get(fast, part), get(slow, part)) for part in ARRAYS)
    assert ledgers[0] == ledgers[1]


@pytest.mark.parametrize("blowup", [2, 4, 8])
@pytest.mark.parametrize("queries", [1, 10])
def test_parameters_are_free(blowup: int, queries: int) -> None:
    system = Gkr(queries=queries, blowup=blowup)
    circuit, inputs = random_circuit(3, 1, 30)
    relation, assignment, ledger = system.compile(circuit), circuit.assign(inputs), Ledger()
    keys = system.setup(relation, rng=RNG)
    proof = system.prove(keys.proving, assignment, rng=RNG, ledger=ledger)
    assert system.verify(keys.verifying, assignment.public, proof)
    assert ledger == system.closed_form(relation)
    assert not system.secure
    assert not Gkr(queries=queries + 1, blowup=blowup).verify(keys.verifying, assignment.public, proof)


def test_a_circuit_of_public_inputs_only() -> None:
    system, circuit = Gkr(queries=8), Circuit(GOLDILOCKS)
    inputs = [circuit.public(f"x[{i}]") for i in range(9)]
    circuit.equal(sum(inputs[1:], circuit.constant(0)), inputs[0], "sum")
    keys = system.setup(system.compile(circuit), rng=RNG)
    assignment = circuit.assign({"x[0]": 36, **{f"x[{i}]": i for i in range(1, 9)}})
    proof = system.prove(keys.proving, assignment, rng=RNG)
    assert system.verify(keys.verifying, assignment.public, proof)
    assert not system.verify(keys.verifying, (37, *range(1, 9)), proof)
    assert not system.verify(keys.verifying, (37, 2, *range(2, 9)), proof)


# soundness


def test_the_tampering_below_reaches_every_part_of_a_proof() -> None:
    proof = proved()[3]
    outer = [f.name for f in fields(proof) if f.name != "opening"]
    assert {*outer, *(f"opening.{f.name}" for f in fields(proof.opening))} == set(ARRAYS)


@pytest.mark.parametrize("part", ARRAYS)
@given(at=st.integers(0, 10**6), by=st.integers(0, P - 2), seed=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_a_tampered_proof_is_rejected(part: str, at: int, by: int, seed: int) -> None:
    system, key, assignment, proof = proved(seed)
    assert not system.verify(key, assignment.public, put(proof, part, bumped(get(proof, part), at, by)))


@pytest.mark.parametrize("part", [*ARRAYS, "opening"])
def test_parts_of_another_proof_do_not_fit(part: str) -> None:
    """The other proof is of the same circuit for another witness."""
    system, key, assignment, proof = proved()
    circuit, inputs = assignment.circuit, random_circuit(1, 2, 40)[1]
    values = circuit.assign({**inputs, "x[0]": 5, "result[0]": 0, "result[1]": 0}, check=False)
    honest = {**inputs, "x[0]": 5}
    for i in range(2):
        left = next(o for o in circuit.operations if o.name == f"result {i}").left  # type: ignore[union-attr]
        honest[f"result[{i}]"] = -left.value([int(v) for v in values.values]) % P  # result - end at result = 0
    other_assignment = circuit.assign(honest)
    other = system.prove(key, other_assignment, rng=RNG)
    assert system.verify(key, other_assignment.public, other)
    mixed = put(proof, part, get(other, part))
    assert not system.verify(key, assignment.public, mixed)
    assert not system.verify(key, other_assignment.public, mixed)


@given(i=st.integers(0, 1), by=st.integers(0, P - 2))
@settings(max_examples=15, deadline=None)
def test_a_wrong_public_input_is_rejected(i: int, by: int) -> None:
    system, key, assignment, proof = proved()
    public = list(assignment.public)
    public[i] = (public[i] + 1 + by % (P - 1)) % P
    assert not system.verify(key, public, proof)


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_an_unsatisfied_witness_is_named_and_its_proof_rejected(data: st.DataObject) -> None:
    system, key, assignment, _ = proved(data.draw(st.integers(0, 3)))
    variable = data.draw(st.integers(1, assignment.values.size - 1))
    wrong = assignment.with_value(variable, int(assignment.values[variable]) + data.draw(st.integers(1, P - 1)))
    violated = key.relation.first_violation(key.relation.assign(wrong))
    if violated is None:  # an input that enters no constraint
        return
    with pytest.raises(InvalidInput) as refused:
        system.prove(key, wrong, rng=RNG)
    assert str(refused.value).startswith(f"witness: constraint {violated!r} is not satisfied")
    proof = system.prove(key, wrong, rng=RNG, check=False)
    assert not system.verify(key, wrong.public, proof)
    assert not system.verify(key, assignment.public, proof)


def test_a_constant_other_than_one_is_rejected() -> None:
    system, key, assignment, _ = proved()
    wrong = assignment.with_value(0, 2)
    with pytest.raises(InvalidInput, match="the constant 1"):
        system.prove(key, wrong, rng=RNG)
    assert not system.verify(key, wrong.public, system.prove(key, wrong, rng=RNG, check=False))


@pytest.mark.parametrize("variable", [4, 10, 20, 30, 40])
def test_a_prover_that_mends_its_claims_is_rejected(variable: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outer sumcheck is made to end well by a false value of Cz; the inner one then starts from a false claim."""
    system, key, assignment, _ = proved()
    wrong = assignment.with_value(variable, int(assignment.values[variable]) + 1)
    assert key.relation.first_violation(key.relation.assign(wrong)) is not None
    honest = gkr.prove_sumcheck

    def mending(arith: Any, tables: Elements, transcript: Any, *, constraints: bool = False) -> Any:
        verifier = copy.copy(transcript)
        verifier._hash = transcript._hash.copy()
        messages, point, values = honest(arith, tables, transcript, constraints=constraints)
        if constraints:
            _, end = verify_sumcheck(K, K.zeros(()), messages, verifier)
            e, a, b, _ = values
            values = np.stack([e, a, b, K.sub(K.mul(a, b), K.mul(end, K.inverse(e)))])
        return messages, point, values

    monkeypatch.setattr(gkr, "prove_sumcheck", mending)
    assert system.verify(key, assignment.public, system.prove(key, assignment, rng=RNG))
    proof = system.prove(key, wrong, rng=RNG, check=False)
    assert not system.verify(key, wrong.public, proof)


def test_a_prover_that_commits_to_something_else_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sumchecks on the true witness, a commitment to another."""
    system, key, assignment, _ = proved()
    honest = type(system.commitment).commit
    for at in range(0, 60, 7):
        swapped = monkeypatch.context()
        with swapped as patch:
            patch.setattr(type(system.commitment), "commit", lambda self, arith, v: honest(self, arith, bumped(v, at, 1)))  # noqa: B023
            proof = system.prove(key, assignment, rng=RNG)
        assert not system.verify(key, assignment.public, proof)


def test_a_matrix_off_the_code_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the committed columns are noise: farther from the code than a verifier of 24 queries overlooks."""
    system, key, assignment, _ = proved()
    transform = "proving_cost.systems.tensor_commitment.ntt"
    from proving_cost.kernels.ntt import ntt

    def noisy(arith: Any, values: Elements) -> Elements:
        out = ntt(arith, values)
        out[:, ::3] = GOLDILOCKS.random(np.random.default_rng(1), out[:, ::3].shape)
        return out

    with monkeypatch.context() as patch:
        patch.setattr(transform, noisy)
        proof = system.prove(key, assignment, rng=RNG)
    assert not system.verify(key, assignment.public, proof)


def test_a_proof_of_another_circuit_is_rejected() -> None:
    results = [proved(seed, products=products) for seed in range(4) for products in (38, 40)]
    for i, (system, key, _, _) in enumerate(results):
        for j, (_, _, assignment, proof) in enumerate(results):
            assert system.verify(key, assignment.public, proof) == (i == j)


def test_one_coefficient_makes_another_statement() -> None:
    system, key, assignment, proof = proved()
    for matrix in ("a", "b", "c"):
        sparse = getattr(key.relation, matrix)
        changed = replace(sparse, coefficient=bumped(sparse.coefficient, 3, 0))
        other = system.setup(replace(key.relation, **{matrix: changed}), rng=RNG).verifying
        assert not system.verify(other, assignment.public, proof)
        assert not system.verify(replace(other, digest=key.digest), assignment.public, proof)
