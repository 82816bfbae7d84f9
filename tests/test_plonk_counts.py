"""What PLONK counts: the ledger is the closed form, and the constraint takes the operations that are stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.circuits import random_hash_chain
from proving_cost.circuits.columns import Column
from proving_cost.compiled.four_limbs import to_limbs
from proving_cost.fields import BN254_FR, OperationCounter
from proving_cost.kernels.poseidon2 import poseidon2
from proving_cost.ledger import Ledger, Ntt
from proving_cost.systems.plonk.equations import ADDITIONS, PRODUCTS, Challenges, Point, Weights, constraint
from proving_cost.systems.plonk.linearisation import lagrange_values
from tests.plonk_proofs import PLONK, P, Proved, every_gate_proved, proved
from tests.small_circuits import Solved, every_gate, random_circuit


@pytest.fixture(scope="module")
def case() -> Proved:
    return every_gate_proved()


def shapes() -> Iterator[tuple[str, Solved]]:
    yield "8 rows", random_circuit(["product"], [3, 5, 7, 11, 13], public=1)
    yield "16 rows", random_circuit(["bits"], [3, 5, 7, 11, 13], public=2)
    yield "64 rows", random_circuit(["bits"] * 4, [3, 5, 7, 11, 13], public=4)
    yield "128 rows", every_gate()
    for length in (2, 4, 8):
        circuit, inputs = random_hash_chain(np.random.default_rng(length), BN254_FR, length)
        yield f"chain of {length}", Solved(circuit, dict(inputs))


@pytest.mark.parametrize(("name", "case"), list(shapes()), ids=lambda v: v if isinstance(v, str) else "")
def test_the_ledger_is_the_closed_form(name: str, case: Solved) -> None:
    rng, ledger, verification = np.random.default_rng(1), Ledger(), Ledger()
    table = PLONK.compile(case.circuit)
    keys = PLONK.setup(table, rng=rng)
    assignment = case.assign()
    proof = PLONK.prove(keys.proving, assignment, rng=rng, ledger=ledger)
    assert ledger.without_scalar_bits() == PLONK.closed_form(table)
    assert list(ledger.root.phases) == ["wires", "permutation", "quotient", "openings"]
    assert PLONK.verify(keys.verifying, assignment.public, proof, ledger=verification)
    assert {type(e).kind: k for e, k in verification.events().items()}["pairing"] == 2


def test_counts_have_the_documented_shape() -> None:
    table = PLONK.compile(every_gate().circuit)
    n, form = table.rows, PLONK.closed_form(table)
    sizes = Counter[int]()
    for event, count in form.events().items():
        if isinstance(event, Ntt):
            sizes[event.n] += count
    assert sizes == {n: 5, 8 * n: 6}
    assert sum(k for e, k in form.events().items() if e.kind == "msm") == 11


def test_set_up_counts_its_products(case: Proved) -> None:
    ledger = Ledger()
    table = case.proving.table
    PLONK.setup(table, rng=np.random.default_rng(1), ledger=ledger)
    assert sum(k for e, k in ledger.events().items() if e.kind == "msm") == 15
    assert list(ledger.root.phases) == ["reference string", "polynomials", "commitments"]


def test_the_reference_body_gives_the_same_proof_and_counts() -> None:
    case = random_circuit(["product", "assertion"], [3, 5, 7, 11, 13], public=2)
    made = proved(case)
    found = []
    bodies: tuple[Body, ...] = ("fast", "reference")
    for body in bodies:
        ledger = Ledger()
        proof = PLONK.prove(made.proving, made.assignment, rng=np.random.default_rng(5), ledger=ledger, body=body)
        found.append((proof, ledger))
    assert found[0] == found[1]
    assert made.accepts(found[0][0])


def numbers(n: int, seed: int) -> list[int]:
    return [int(v) for v in BN254_FR.random(np.random.default_rng(seed), n)]


def challenges() -> Challenges:
    beta, gamma, alpha = numbers(3, 1)
    return Challenges.of(beta, gamma, alpha, (1, 5, 25), poseidon2(BN254_FR, 3), P)


def at_a_point(values: list[Any]) -> Point:
    return Point(
        wires=values[:3], after=values[3:6], z=values[6], z_after=values[7], public=values[8], selectors=values[9:18],
        constants=values[18:21], sigma=values[21:24], x=values[24], lagrange=values[25], vanishing_inverse=values[26],
    )  # fmt: skip


def test_the_constraint_takes_the_documented_operations() -> None:
    tally = OperationCounter(BN254_FR)
    plain = challenges()
    weights = Weights(*(tally.elements(w) for w in (plain.weights.plain, plain.weights.external, plain.weights.internal)))
    gamma, alpha_4, alpha_5, one = tally.elements([plain.gamma, plain.alpha_4, plain.alpha_5, 1])
    counting = Challenges(tally.elements(plain.beta), gamma, weights, alpha_4, alpha_5, one)
    values = numbers(27, 2)
    counted = constraint(at_a_point(tally.elements(values)), counting)
    assert tally.counts == {"mul": PRODUCTS, "add": ADDITIONS}
    assert int(counted) == constraint(at_a_point(values), plain) % P
    column = constraint(at_a_point([Column(Arithmetic(BN254_FR), BN254_FR.array([v])) for v in values]), plain)
    assert int(column.data[0]) == int(counted)


def test_the_compiled_constraint_equals_the_formula(case: Proved) -> None:
    coset = case.proving.coset
    values = BN254_FR.random(np.random.default_rng(4), (5, coset.size))
    values[:, :3] = [[0, 1, P - 1]] * 5
    drawn, residues = challenges(), to_limbs(values)
    fast = coset.quotient(Arithmetic(BN254_FR), residues, drawn)
    slow = coset._by_columns(Arithmetic(BN254_FR), residues, drawn)
    assert (fast == slow).all()


def test_lagrange_values_interpolate() -> None:
    omega, zeta = BN254_FR.root_of_unity(8), 123456789
    found = lagrange_values(BN254_FR, 8, zeta, 8)
    for power in range(8):
        total = sum(value * pow(omega, i * power, P) for i, value in enumerate(found)) % P
        assert total == pow(zeta, power, P)
