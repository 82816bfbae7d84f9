"""Circuits: what a description means, who is refused, and that R1CS reads it faithfully."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import MarketError
from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits import Assignment, Circuit, R1cs, hash_chain, random_hash_chain
from proving_cost.circuits.operations import Expression, Permutation
from proving_cost.circuits.sparse import SparseMatrix
from proving_cost.fields import BN254_FR, GOLDILOCKS, MERSENNE_31, PrimeField
from proving_cost.kernels.poseidon2 import permute_one
from proving_cost.kernels.sponge import default_sponge
from proving_cost.ledger import Ledger

FIELDS = (BN254_FR, GOLDILOCKS)
MULTIPLICATIONS = {5: 3, 7: 4}


def everything(field: PrimeField) -> Circuit:
    """A circuit with every kind of operation, each of whose variables is used."""
    circuit = Circuit(field)
    y, x, b = circuit.public("y"), circuit.secret("x"), circuit.secret("b")
    bits = circuit.bits(x, 6, "x in range")
    chosen = circuit.select(bits[0], x, b)
    state = [chosen + 3 * x, b - 1, *([circuit.constant(5)] * (circuit.permutation.width - 2))]
    out = circuit.permute(state)
    circuit.product_is(x, b, circuit.mul(b, x), "x b = b x")
    circuit.equal(sum(out, Expression(field.modulus, {})), y, "the outputs add up to y")
    return circuit


def solved(field: PrimeField, x: int, b: int) -> tuple[Circuit, dict[str, int]]:
    circuit = everything(field)
    chosen = x if x & 1 else b
    p = field.modulus
    state = [(chosen + 3 * x) % p, (b - 1) % p, *([5] * (circuit.permutation.width - 2))]
    return circuit, {"x": x, "b": b, "y": sum(int(v) for v in permute_one(circuit.permutation, state)) % p}


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@settings(max_examples=15, deadline=None)
@given(x=st.integers(0, 63), b=st.integers(0, BN254_FR.modulus - 1), variable=st.integers(1, 10**6), by=st.integers(1, 10**6))
def test_r1cs_agrees_with_the_circuit(field: PrimeField, x: int, b: int, variable: int, by: int) -> None:
    circuit, inputs = solved(field, x, b % field.modulus)
    assignment = circuit.assign(inputs)
    relation = R1cs.from_circuit(circuit)
    z = relation.assign(assignment)
    assert circuit.first_violation(assignment) is None and relation.first_violation(z) is None
    assert len(z) == relation.variables and z[0] == 1
    broken = z.copy()
    at = variable % relation.variables
    broken[at] = (int(broken[at]) + by) % field.modulus
    assert relation.first_violation(broken) is not None
    inside = Assignment(circuit, broken[: circuit.variables])
    assert (circuit.first_violation(inside) is None) == (at >= circuit.variables)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_rows_of_a_hash_chain(field: PrimeField, length: int) -> None:
    circuit, inputs = random_hash_chain(np.random.default_rng(length), field, length)
    instance = circuit.permutation
    sboxes = instance.full_rounds * instance.width + instance.partial_rounds
    relation = R1cs.from_circuit(circuit)
    assert relation.constraints == length * sboxes * MULTIPLICATIONS[instance.alpha] + default_sponge(field).digest
    assert relation.first_violation(relation.assign(circuit.assign(inputs))) is None


def test_a_permutation_that_is_not_one_is_named() -> None:
    circuit, inputs = random_hash_chain(np.random.default_rng(0), GOLDILOCKS, 3)
    assignment = circuit.assign(inputs)
    second = [o for o in circuit.operations if isinstance(o, Permutation)][1]
    wrong = assignment.with_value(second.outs[2], 17)
    assert circuit.first_violation(wrong) == "link 1"
    relation = R1cs.from_circuit(circuit)
    assert relation.first_violation(relation.assign(wrong)) == "link 1"


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_the_sponge_in_a_circuit_is_the_sponge(field: PrimeField) -> None:
    from proving_cost.circuits.hashing import compress, digest

    sponge = default_sponge(field)
    rng = np.random.default_rng(5)
    for n in (1, sponge.rate - 1, sponge.rate, sponge.rate + 1, 2 * sponge.rate + 1):
        circuit = Circuit(field)
        elements = [circuit.secret(f"e{i}") for i in range(n)]
        out = digest(circuit, elements, 9, "digest")
        values = [int(v) for v in field.random(rng, n)]
        found = circuit.assign({f"e{i}": v for i, v in enumerate(values)}).values
        assert tuple(e.value(found) for e in out) == sponge.digest_one(values, tag=9)
    circuit = Circuit(field)
    left, right = ([circuit.secret(f"{side}{i}") for i in range(sponge.digest)] for side in "lr")
    out = compress(circuit, left, right, 1, "node")
    values = [int(v) for v in field.random(rng, 2 * sponge.digest)]
    found = circuit.assign(dict(zip(circuit.inputs, values, strict=True))).values
    half = sponge.digest
    assert tuple(e.value(found) for e in out) == sponge.compress(tuple(values[:half]), tuple(values[half:]), tag=1)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_products_with_sparse_matrices(field: PrimeField) -> None:
    rng = np.random.default_rng(3)
    dense = rng.integers(0, 2, (7, 9)).astype(object) * field.random(rng, (7, 9)).astype(object)
    dense[3] = 0
    row, column = np.nonzero(dense)
    matrix = SparseMatrix(field, 7, 9, row, column, field.array(dense[row, column]))
    z = field.random(rng, 9)
    ledger = Ledger()
    expected = dense @ z.astype(object) % field.modulus
    assert (matrix.dot(Arithmetic(field, ledger), z).astype(object) == expected).all()
    assert ledger.operations() == {(field.name, "mul"): len(row), (field.name, "add"): len(row) - len(set(row.tolist()))}
    turned = matrix.transposed().dot(Arithmetic(field), field.array(range(7)))
    assert (turned.astype(object) == dense.T @ np.arange(7).astype(object) % field.modulus).all()
    assert (matrix.column_is_zero() == (dense == 0).all(axis=0)).all()


def test_long_rows_do_not_overflow() -> None:
    n = 5000
    worst = np.full(n, GOLDILOCKS.modulus - 1, dtype=np.uint64)
    matrix = SparseMatrix(GOLDILOCKS, 1, n, np.zeros(n, np.int64), np.arange(n), worst)
    assert int(matrix.dot(Arithmetic(GOLDILOCKS), worst)[0]) == n


REFUSALS = {
    "no sponge": (lambda: Circuit(MERSENNE_31), "mersenne31"),
    "late public": (lambda: (c := Circuit(GOLDILOCKS), c.secret("x"), c.public("y")), "before secrets"),
    "same name": (lambda: (c := Circuit(GOLDILOCKS), c.secret("x"), c.secret("x")), "twice"),
    "no bits": (lambda: (c := Circuit(GOLDILOCKS)).bits(c.one, 0, "b"), "between 1 and 63"),
    "too many bits": (lambda: (c := Circuit(GOLDILOCKS)).bits(c.one, 64, "b"), "between 1 and 63"),
    "narrow state": (lambda: (c := Circuit(GOLDILOCKS)).permute([c.one]), "12 elements; got 1"),
    "missing input": (lambda: hash_chain(BN254_FR, 1).assign({"start[0]": 1}), "lacks 'end.0.'"),
    "unknown input": (lambda: hash_chain(BN254_FR, 1).assign({"start[0]": 1, "end[0]": 1, "q": 1}), "no input 'q'"),
    "no integer": (lambda: hash_chain(BN254_FR, 1).assign({"start[0]": "1", "end[0]": 1}), "must be an integer"),
    "too large": (lambda: hash_chain(BN254_FR, 1).assign({"start[0]": BN254_FR.modulus, "end[0]": 1}), "must be an integer"),
    "wrong end": (lambda: hash_chain(BN254_FR, 1).assign({"start[0]": 1, "end[0]": 1}), "the chain ends at end\\[0\\]"),
    "length 0": (lambda: hash_chain(BN254_FR, 0), "from 1 to 65,536; got 0"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str) -> None:
    act, message = REFUSALS[case]
    with pytest.raises(MarketError, match=message) as caught:
        act()
    assert "\n" not in str(caught.value)


def test_reprs_say_what_there_is() -> None:
    circuit = hash_chain(GOLDILOCKS, 2)
    assert repr(circuit) == (
        "Circuit(goldilocks: 33 variables, 4 public, 0 product, 4 assertion, 0 bits, 2 permutation)"
    )
    assert repr(R1cs.from_circuit(circuit)).startswith("R1cs(goldilocks: 948 constraints,")
    assert repr(circuit.one * 0) == "0" and repr(2 * circuit.one) == "2"
