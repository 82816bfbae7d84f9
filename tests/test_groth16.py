"""Groth16: true statements are proved, nothing else is, and a real proof is its shadow times the generator."""

import random
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.circuits.circuit import Circuit
from proving_cost.fields import BN254_FR, GOLDILOCKS
from proving_cost.groups import real_bn254, shadow_bn254
from proving_cost.ledger import Ledger
from proving_cost.systems.groth16 import Groth16, Groth16Proof
from tests.groth16_proofs import SYSTEM, R, Run, power_circuit, power_inputs


def random_circuit(seed, public, operations):
    """A random circuit and an assignment that satisfies it."""
    rnd = random.Random(seed)
    circuit = Circuit(BN254_FR)
    draw = lambda: rnd.choice([0, 1, rnd.randrange(8), rnd.randrange(1 << 40), rnd.randrange(R)])  # noqa: E731
    inputs, have = {}, [(circuit.one, 1)]
    for i in range(public + 2):
        name = f"input {i}"
        inputs[name] = draw()
        have.append(((circuit.public if i < public else circuit.secret)(name), inputs[name]))

    def combination():
        parts = [(e, v, rnd.randrange(1, R)) for e, v in rnd.sample(have, min(len(have), rnd.randint(1, 3)))]
        total = circuit.constant(0)
        for e, _, c in parts:
            total = total + e * c
        return total, sum(v * c for _, v, c in parts) % R

    for k in range(operations):
        (left, a), (right, b) = combination(), combination()
        match rnd.randrange(4):
            case 0:
                circuit.equal(left, a, f"assertion {k}")
            case 1:
                circuit.product_is(left, right, circuit.constant(a * b), f"product assertion {k}")
            case _:
                have.append((circuit.mul(left, right, f"product {k}"), a * b % R))
    bits = rnd.randint(1, 5)
    small = rnd.randrange(1 << bits)
    name = f"input {public + 1}"
    circuit.bits(circuit.constant(small - inputs[name]) + have[public + 2][0], bits, "range")
    return circuit, circuit.assign(inputs)


CIRCUITS = {"seed": st.integers(0, 2**32), "public": st.integers(0, 3), "operations": st.integers(0, 20)}


@given(**CIRCUITS)
@settings(max_examples=30)
def test_completeness_and_counts(seed, public, operations):
    circuit, assignment = random_circuit(seed, public, operations)
    run, ledger = Run.of(circuit, assignment), Ledger()
    assert run.accepts()
    run.prove(assignment, ledger=ledger)
    assert ledger.without_scalar_bits() == SYSTEM.closed_form(run.keys.proving.relation)


@given(**CIRCUITS, offset=st.integers(1, R - 1))
@settings(max_examples=25)
def test_tampered_proofs_and_inputs_are_rejected(seed, public, operations, offset):
    run = Run.of(*random_circuit(seed, public, operations))
    for name in ("a", "b", "c"):
        assert not run.accepts(replace(run.proof, **{name: (getattr(run.proof, name) + offset) % R}))
    assert not run.accepts(Groth16Proof(run.proof.c, run.proof.b, run.proof.a))
    said = run.assignment.public
    for i in range(public):
        assert not run.accepts(public=[*said[:i], (said[i] + offset) % R, *said[i + 1 :]])
    assert not run.accepts(public=[*said, 0])
    assert not public or not run.accepts(public=said[:-1])


@given(**CIRCUITS, variable=st.integers(0, 100), offset=st.integers(1, R - 1))
@settings(max_examples=30)
def test_unsatisfied_witnesses_are_refused_or_rejected(seed, public, operations, variable, offset):
    circuit, assignment = random_circuit(seed, public, operations)
    variable %= circuit.variables
    wrong = assignment.with_value(variable, int(assignment.values[variable]) + offset)
    violated = circuit.first_violation(wrong)
    assume(violated is not None)
    run = Run.of(circuit, assignment)
    with pytest.raises(InvalidInput, match="is not satisfied") as refusal:
        run.prove(wrong)
    assert repr(violated) in str(refusal.value)
    assert not run.accepts(run.prove(wrong, check=False), wrong.public)
    assert not run.accepts(run.prove(wrong, check=False))


def test_a_statement_of_another_key_is_rejected():
    runs = [Run.of(power_circuit(4), power_circuit(4).assign(power_inputs(4)), seed=s) for s in (1, 2)]
    assert runs[0].accepts() and not runs[0].accepts(runs[1].proof)


def test_proofs_are_randomised_and_repeatable():
    run = Run.of(power_circuit(4), power_circuit(4).assign(power_inputs(4)))
    first, second, again = (run.prove(run.assignment, seed=s) for s in (1, 2, 1))
    assert first == again
    assert all(getattr(first, name) != getattr(second, name) for name in ("a", "b", "c"))
    assert run.accepts(first) and run.accepts(second)


def test_two_witnesses_of_one_statement_give_proofs_of_one_kind():
    """x and -x have the same square: with the same random elements the proofs differ, and both verify."""
    circuit = Circuit(BN254_FR)
    y, x = circuit.public("y"), circuit.secret("x")
    circuit.product_is(x, x, y, "square")
    run = Run.of(circuit, circuit.assign({"x": 5, "y": 25}))
    other = run.prove(circuit.assign({"x": R - 5, "y": 25}))
    assert run.accepts(other) and other != run.prove(run.assignment)


def test_the_unused_input_is_bound_by_its_consistency_row():
    run = Run.of(power_circuit(3), power_circuit(3).assign(power_inputs(3)))
    y, unused = run.assignment.public
    assert run.accepts(public=[y, unused]) and not run.accepts(public=[y, unused + 1])


MALFORMED = [None, 3, "proof", (1, 2, 3), Groth16Proof(None, 1, 2), Groth16Proof(1, R, 2), Groth16Proof(1, 2, -1)]


@pytest.mark.parametrize("wrong", MALFORMED)
def test_malformed_proofs_are_rejected(wrong):
    run = Run.of(power_circuit(2), power_circuit(2).assign(power_inputs(2)))
    assert run.system.verify(run.keys.verifying, run.assignment.public, wrong) is False


@pytest.mark.parametrize("wrong", [-1, R, None, 1.0, True, "1"])
def test_public_inputs_out_of_range_are_rejected(wrong):
    run = Run.of(power_circuit(2), power_circuit(2).assign(power_inputs(2)))
    assert not run.accepts(public=[run.assignment.public[0], wrong])
    assert not run.accepts(public=[run.assignment.public[0] + R, run.assignment.public[1]])


@cache
def real_run():
    circuit = power_circuit(3)
    return Run.of(circuit, circuit.assign(power_inputs(3)), Groth16(real_bn254()))


def test_a_real_proof_verifies_and_a_tampered_one_does_not():
    run = real_run()
    assert run.system.secure and run.system.proof_bytes(run.proof) == 128
    assert run.accepts()
    g1 = run.system.curve.g1
    assert not run.accepts(replace(run.proof, a=g1.add(run.proof.a, g1.generator)))


@pytest.mark.slow  # above, shadows are tampered with in all these ways
def test_tampered_real_proofs_do_not_verify():
    run = real_run()
    g2 = run.system.curve.g2
    y, unused = run.assignment.public
    assert not run.accepts(public=[y + 1, unused])
    assert not run.accepts(replace(run.proof, b=g2.add(run.proof.b, g2.generator)))
    assert not run.accepts(Groth16Proof(run.proof.c, run.proof.b, run.proof.a))
    wrong = run.assignment.with_value(4, 1)
    assert not run.accepts(run.prove(wrong, check=False))


def test_a_real_run_is_the_shadow_run():
    """The same random elements: every point of the real proof is its shadow times the generator, and counts agree."""
    circuit = power_circuit(3)
    proofs, ledgers = [], []
    for run in (Run.of(circuit, circuit.assign(power_inputs(3))), real_run()):
        ledgers.append(Ledger())
        proofs.append(run.prove(run.assignment, ledger=ledgers[-1]))
    shadow, real = proofs
    curve = real_bn254()
    for name, group in (("a", curve.g1), ("b", curve.g2), ("c", curve.g1)):
        assert group.equal(getattr(real, name), group.mul(group.generator, getattr(shadow, name)))
    assert ledgers[0] == ledgers[1]


def test_names_and_refusals():
    assert not SYSTEM.secure and "NOT SECURE" in repr(SYSTEM) and SYSTEM.name == "groth16"
    assert SYSTEM.curve.name == shadow_bn254().name and SYSTEM.field is BN254_FR
    with pytest.raises(InvalidInput, match="groth16 over bn254 needs one over bn254_fr; got goldilocks"):
        SYSTEM.compile(Circuit(GOLDILOCKS))
