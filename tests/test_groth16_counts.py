"""Groth16: the ledger of a proof, of the set-up and of verification is its closed form."""

from collections import Counter

import numpy as np
import pytest

from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.hash_chain import random_hash_chain
from proving_cost.fields import BN254_FR
from proving_cost.kernels.msm import msm_work
from proving_cost.ledger import Ledger, Msm, Ntt
from proving_cost.systems.groth16 import Groth16Proof
from proving_cost.systems.groth16_sizes import Groth16Sizes
from tests.groth16_proofs import SYSTEM, Run, power_circuit, power_inputs


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
