"""Groth16: true statements are proved, nothing else is, and the ledger equals its closed form."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.hash_chain import random_hash_chain
from proving_cost.fields import BN254_FR, GOLDILOCKS
from proving_cost.groups import real_bn254, shadow_bn254
from proving_cost.kernels.msm import msm_work
from proving_cost.ledger import Ledger, Msm, Ntt
from proving_cost.systems.groth16 import Groth16, Groth16Proof
from proving_cost.systems.groth16_sizes import Groth16Sizes
from proving_cost.systems.system import Keys

R = BN254_FR.modulus
SYSTEM = Groth16()


def power_circuit(steps):
    """y = x (x (x (x + 0) + 1) ... ) with a public input that no constraint mentions."""
    circuit = Circuit(BN254_FR)
    y, _, x = circuit.public("y"), circuit.public("unused"), circuit.secret("x")
    v = x
    for i in range(steps):
        v = circuit.mul(v + i, x, f"step {i}")
    circuit.equal(v, y, "the end is y")
    return circuit


def power_inputs(steps, x=3):
    v = x
    for i in range(steps):
        v = (v + i) * x % R
    return {"x": x, "y": v, "unused": 17}


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


@dataclass(frozen=True)
class Run:
    """A circuit set up and proved."""

    system: Groth16
    keys: Keys
    assignment: Assignment
    proof: Groth16Proof

    @classmethod
    def of(cls, circuit, assignment, system=SYSTEM, seed=1):
        rng = np.random.default_rng(seed)
        keys = system.setup(system.compile(circuit), rng=rng)
        return cls(system, keys, assignment, system.prove(keys.proving, assignment, rng=rng))

    def accepts(self, proof=None, public=None):
        said = self.assignment.public if public is None else public
        return self.system.verify(self.keys.verifying, said, self.proof if proof is None else proof)

    def prove(self, assignment, seed=2, **options):
        return self.system.prove(self.keys.proving, assignment, rng=np.random.default_rng(seed), **options)


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


@pytest.mark.parametrize("steps", [2, 14, 61, 250, 1020])
def test_the_ledger_is_the_closed_form(steps):
    circuit = power_circuit(steps)
    relation = SYSTEM.compile(circuit)
    ledger, rng = Ledger(), np.random.default_rng(1)
    keys = SYSTEM.setup(relation, rng=rng)
    SYSTEM.prove(keys.proving, circuit.assign(power_inputs(steps)), rng=rng, ledger=ledger)
    assert ledger.without_scalar_bits() == SYSTEM.closed_form(relation)
    n, m, public = keys.proving.domain, relation.variables, relation.public
    assert n >= relation.constraints + public + 1 > n // 2
    counted = Counter({type(e): 0 for e in ledger.events()})
    for event, k in ledger.events().items():
        counted[type(event)] += k
    assert counted[Ntt] == 7 and counted[Msm] == 5
    sizes = sorted((e.group, e.n) for e, k in ledger.events().items() if isinstance(e, Msm) for _ in range(k))
    in_a, in_b = m - 1, 2  # the last product occurs in C and in the last row of A; B holds x and the constant
    assert sizes == sorted([("g1", in_a + 1), ("g1", in_b), ("g1", m - public - 1), ("g1", n - 1), ("g2", in_b)])


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_the_ledger_of_hash_chains_is_the_closed_form(length):
    circuit, inputs = random_hash_chain(np.random.default_rng(length), BN254_FR, length)
    run, ledger = Run.of(circuit, circuit.assign(inputs)), Ledger()
    assert run.accepts() and run.accepts(run.prove(run.assignment, ledger=ledger))
    assert ledger.without_scalar_bits() == SYSTEM.closed_form(run.keys.proving.relation)


def test_both_bodies_give_the_same_proof_and_ledger():
    circuit = power_circuit(20)
    run = Run.of(circuit, circuit.assign(power_inputs(20)))
    proofs, ledgers = [], []
    for body in ("fast", "reference"):
        ledgers.append(Ledger())
        proofs.append(run.prove(run.assignment, body=body, ledger=ledgers[-1]))
    assert proofs[0] == proofs[1] and ledgers[0] == ledgers[1]


def test_small_witnesses_show_in_the_ledger():
    circuit = Circuit(BN254_FR)
    x = circuit.secret("x")
    bits = circuit.bits(x, 200, "x is small")
    run, ledger = Run.of(circuit, circuit.assign({"x": 2**200 - 3})), Ledger()
    run.prove(run.assignment, ledger=ledger)
    assert len(bits) == 200
    works = [(msm_work(e), msm_work(Msm("bn254", e.group, e.n))) for e in ledger.events() if isinstance(e, Msm) and e.n > 150]
    assert min(small.additions / full.additions for small, full in works) < 0.1


def test_sizes_beyond_any_run():
    sizes = {"variables": 2**26, "public": 1, "in_a": 2**26, "in_b": 2**25, "products": 3 * 2**26, "additions": 2**26}
    ledger = Groth16Sizes(domain=2**26, **sizes).ledger()
    assert ledger.at("quotient").operations()[("bn254_fr", "add")] == 7 * 26 * 2**26 + 2**26
    assert sum(k for e, k in ledger.events().items() if isinstance(e, Msm)) == 5


@cache
def real_run():
    circuit = power_circuit(6)
    return Run.of(circuit, circuit.assign(power_inputs(6)), Groth16(real_bn254()))


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
    for system in (Groth16(), Groth16(real_bn254())):
        run = Run.of(circuit, circuit.assign(power_inputs(3)), system)
        ledgers.append(Ledger())
        proofs.append(run.prove(run.assignment, ledger=ledgers[-1]))
    shadow, real = proofs
    curve = real_bn254()
    for name, group in (("a", curve.g1), ("b", curve.g2), ("c", curve.g1)):
        assert group.equal(getattr(real, name), group.mul(group.generator, getattr(shadow, name)))
    assert ledgers[0] == ledgers[1]


def test_set_up_and_verification_are_counted():
    relation = SYSTEM.compile(power_circuit(5))
    ledger, sizes = Ledger(), Groth16Sizes.of(relation)
    keys = SYSTEM.setup(relation, rng=np.random.default_rng(1), ledger=ledger)
    points = ledger.at("points").events()
    counts = {e.group: k for e, k in points.items()}
    assert counts["g1"] == 3 + sizes.in_a + sizes.in_b + relation.variables + sizes.domain - 1
    assert counts["g2"] == 3 + sizes.in_b
    verifier, expected = Ledger(), Ledger()
    SYSTEM.verify(keys.verifying, [1, 2], Groth16Proof(1, 2, 3), ledger=verifier)
    expected.msm("bn254", "g1", 3)
    expected.pairing("bn254", 4)
    assert verifier.without_scalar_bits() == expected


def test_names_and_refusals():
    assert not SYSTEM.secure and "NOT SECURE" in repr(SYSTEM) and SYSTEM.name == "groth16"
    assert SYSTEM.curve.name == shadow_bn254().name and SYSTEM.field is BN254_FR
    with pytest.raises(InvalidInput, match="groth16 over bn254 needs one over bn254_fr; got goldilocks"):
        SYSTEM.compile(Circuit(GOLDILOCKS))
