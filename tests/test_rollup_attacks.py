"""Attacks on the rollup: witnesses right in everything but one lie, held against all readings of the circuit and all systems.

A lie is a value that an operation does not give: a bit that is not 0 or 1, the public key of an account whose secret the
attacker lacks.  Everything after it is computed from it, and public inputs are chosen to fit, so that nothing but the
lied-about operation is violated: a reading that does not constrain that operation would accept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from mechanisms import InvalidInput
from proving_cost.circuits import Account, AccountTree, Rollup, Transfer, random_rollup
from proving_cost.circuits.account_tree import AUTHORISATION
from proving_cost.circuits.air import Air
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.operations import Assertion, Bits, Operation, Permutation, Product
from proving_cost.circuits.plonk_gates import GateTable
from proving_cost.circuits.r1cs import R1cs
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, PrimeField
from proving_cost.systems.gkr import Gkr
from proving_cost.systems.groth16 import Groth16
from proving_cost.systems.plonk import Plonk
from proving_cost.systems.stark import Stark
from proving_cost.systems.system import ProofSystem

DEPTH, BITS = 2, 8
FIELDS = (BN254_FR, GOLDILOCKS)
SYSTEMS = (Groth16(), Plonk(), Stark(queries=8, grinding_bits=2), Gkr(queries=24))
SOME = {"groth16": 1, "plonk": 1}  # proofs of these take a second and more; their readings see all attacks above
Lie = Callable[[Operation, tuple[int, ...]], tuple[int, ...]]


def tree_of(field: PrimeField) -> AccountTree:
    lanes = 1 if field is BN254_FR else 4
    balances = (300, 101, 102, field.modulus - 100)  # the first and the last are no balances: a state that should not be
    accounts = [Account(tuple(range(10 * i + 1, 10 * i + 1 + lanes)), balance) for i, balance in enumerate(balances)]
    return AccountTree(field, accounts, DEPTH)


def outputs(operation: Operation) -> tuple[int, ...]:
    match operation:
        case Product(out=out):
            return (out,)
        case Bits(outs=outs) | Permutation(outs=outs):
            return outs
    return ()


def lied(circuit: Circuit, inputs: Mapping[str, int], lie: Lie) -> Assignment:
    """The program run with a lie, and with the public inputs that assertions on them ask for."""
    p, values = circuit.field.modulus, [int(v) for v in circuit.assign(inputs, check=False).values]
    public = range(1, 1 + len(circuit.public_inputs))
    for operation in circuit.operations:
        circuit._run(operation, values, False)
        if isinstance(operation, Assertion):
            left = operation.left.terms
            for v in public:
                if v in left:  # found − given = 0, or the root before is a public input: choose it
                    values[v] = (values[v] - operation.left.value(values) * pow(left[v], -1, p)) % p
        held = outputs(operation)
        for v, x in zip(held, lie(operation, tuple(values[v] for v in held)), strict=True):
            values[v] = x % p
    return Assignment(circuit, circuit.field.array(values))


@dataclass(frozen=True)
class Attack:
    """An order, what is lied about, and what more of the inputs is changed."""

    order: Callable[[AccountTree], Transfer]
    lie: Callable[[AccountTree], Lie]
    violated: str
    change: Callable[[AccountTree], Mapping[str, int]] = lambda tree: {}


def about(name: str, answer: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Callable[[AccountTree], Lie]:
    """A lie about the operations of one name."""
    return lambda tree: lambda operation, true: answer(true) if operation.name == f"transfer 0: {name}" else true


def stolen(tree: AccountTree) -> Mapping[str, int]:
    """Account 2's secret in place of account 1's, and what it signs."""
    victim, thief = tree.accounts[1:3]
    signed = tree.sponge.digest_one([*thief.secret, 1, 2, 5, victim.nonce], tag=AUTHORISATION)
    return {
        f"transfer 0 {name}[{i}]": v for name, lanes in (("secret", thief.secret), ("authorisation", signed))
        for i, v in enumerate(lanes)
    }  # fmt: skip


def the_victims_key(tree: AccountTree) -> Lie:
    victim = tree.public_key(tree.accounts[1])

    def answer(operation: Operation, true: tuple[int, ...]) -> tuple[int, ...]:
        return (*victim, *true[len(victim) :]) if operation.name == "transfer 0: public key" else true

    return answer


ATTACKS: dict[str, Attack] = {
    "a path bit of 2": Attack(
        lambda t: t.order(2, 2, 5), about("the index is in range", lambda bits: (2, 0)), "the index is in range",
    ),
    "a path bit of −1": Attack(
        lambda t: t.order(1, 1, 5), about("the index is in range", lambda bits: (-1, 1)), "the index is in range",
    ),
    "an amount beyond its bits": Attack(
        lambda t: t.order(0, 3, 1 << BITS), about("the amount is in range", lambda bits: (*bits[:-1], 2)),
        "the amount is in range",
    ),
    "a negative balance left": Attack(
        lambda t: t.order(1, 2, 104),
        about("the sender's balance covers the amount", lambda bits: (-3, *[0] * (BITS - 1))),
        "the sender's balance covers the amount",
    ),
    "another's secret": Attack(lambda t: t.order(1, 2, 5), the_victims_key, "public key", stolen),
    "a leaf of one's own making": Attack(
        lambda t: t.order(1, 1, 5), about("leaf", lambda lanes: (lanes[0] + 1, *lanes[1:])), "leaf",
    ),
    "an authorisation of nothing": Attack(
        lambda t: replace(t.order(1, 2, 5), authorisation=(7,) * len(t.root)),
        about("authorisation", lambda lanes: (7,) * len(lanes)), "authorisation",
    ),
    "siblings in the wrong order": Attack(
        lambda t: t.order(1, 1, 5), about("Merkle path, level 0, order", lambda swap: (swap[0] + 1,)),
        "Merkle path, level 0, order",
    ),
    "another digest of the batch": Attack(
        lambda t: t.order(1, 2, 5), about("digest of the batch", lambda lanes: (*lanes[:-1], lanes[-1] + 1)),
        "digest of the batch",
    ),
}  # fmt: skip


@cache
def rollup(field: PrimeField) -> Circuit:
    return Rollup(field=field, transfers=1, depth=DEPTH, balance_bits=BITS).circuit()


def attacked(field: PrimeField, name: str) -> Assignment:
    attack, tree, shape = ATTACKS[name], tree_of(field), Rollup(field=field, transfers=1, depth=DEPTH, balance_bits=BITS)
    change = attack.change(tree)
    return lied(rollup(field), {**shape.inputs(tree, [attack.order(tree)]), **change}, attack.lie(tree))


def readings(circuit: Circuit, assignment: Assignment) -> dict[str, str | None]:
    """What each reading of the circuit finds violated."""
    relation = R1cs.from_circuit(circuit)
    found = {"circuit": circuit.first_violation(assignment), "R1CS": relation.first_violation(relation.assign(assignment))}
    if circuit.field is GOLDILOCKS:
        air = Air.from_circuit(circuit)
        found["AIR"] = air.first_violation(air.trace(assignment), assignment.public)
    else:
        table = GateTable.from_circuit(circuit)
        found["PLONK"] = table.first_violation(table.assign(assignment), assignment.public)
    return found


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_without_a_lie_the_witness_made_here_is_satisfied(field: PrimeField) -> None:
    tree, shape = tree_of(field), Rollup(field=field, transfers=1, depth=DEPTH, balance_bits=BITS)
    honest = lied(rollup(field), shape.inputs(tree, [tree.order(1, 2, 5)]), lambda operation, true: true)
    assert set(readings(rollup(field), honest).values()) == {None}


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("name", ATTACKS)
def test_every_reading_sees_the_one_lie(field: PrimeField, name: str) -> None:
    circuit, assignment = rollup(field), attacked(field, name)
    values, broken = [int(v) for v in assignment.values], f"transfer 0: {ATTACKS[name].violated}"
    assert {o.name for o in circuit.operations if not circuit._holds(o, values)} == {broken}
    for reading, found in readings(circuit, assignment).items():
        assert found is not None and broken in found, reading


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.name)
def test_no_system_is_convinced_by_a_lie(system: ProofSystem[Any, Any, Any, Any]) -> None:
    circuit, rng = rollup(system.field), np.random.default_rng(1)
    keys = system.setup(system.compile(circuit), rng=rng)
    for name in [*ATTACKS][: SOME.get(system.name)]:
        lie = attacked(system.field, name)
        with pytest.raises(InvalidInput, match=f"witness: constraint .*{ATTACKS[name].violated}"):
            system.prove(keys.proving, lie, rng=rng)
        proof = system.prove(keys.proving, lie, rng=rng, check=False)
        assert not system.verify(keys.verifying, lie.public, proof), name


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_reading_binds_every_input(field: PrimeField) -> None:
    """Each input of a batch, changed by itself and carried through the program."""
    circuit, inputs = random_rollup(np.random.default_rng(4), field, 1, depth=1, balance_bits=BITS + 4)
    assert set(readings(circuit, circuit.assign(inputs)).values()) == {None}
    relation = R1cs.from_circuit(circuit)
    other = Air.from_circuit(circuit) if field is GOLDILOCKS else GateTable.from_circuit(circuit)
    for name in circuit.inputs:
        changed = circuit.assign({**inputs, name: (inputs[name] + 1) % field.modulus}, check=False)
        assert circuit.first_violation(changed) is not None, name
        assert relation.first_violation(relation.assign(changed)) is not None, name
        held = other.trace(changed) if isinstance(other, Air) else other.assign(changed)
        assert other.first_violation(held, changed.public) is not None, name


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_no_variable_of_the_rank_1_constraints_is_free(field: PrimeField) -> None:
    """Every entry of a satisfied z, changed by itself, breaks a row in which it occurs: all of them, not a sample."""
    circuit, inputs = random_rollup(np.random.default_rng(4), field, 1, depth=1, balance_bits=BITS + 4)
    relation, p = R1cs.from_circuit(circuit), field.modulus
    z = relation.assign(circuit.assign(inputs)).astype(object)
    products: list[np.ndarray] = []
    entries: list[dict[tuple[int, int], int]] = [{}, {}, {}]
    for matrix, held in zip((relation.a, relation.b, relation.c), entries, strict=True):
        terms = matrix.coefficient.astype(object) * z[matrix.column_index]
        row = np.zeros(relation.constraints, dtype=object)
        np.add.at(row, matrix.row_index, terms)
        products.append(row % p)
        held.update(zip(zip(matrix.row_index, matrix.column_index, strict=True), matrix.coefficient, strict=True))
    a, b, c = products
    assert not ((a * b - c) % p).any()
    bound = set()
    for i, v in {key for held in entries for key in held}:
        x, y, w = (int(held.get((i, v), 0)) for held in entries)
        if ((a[i] + x) * (b[i] + y) - (c[i] + w)) % p and ((a[i] - x) * (b[i] - y) - (c[i] - w)) % p:
            bound.add(int(v))
    assert bound >= set(range(1, relation.variables))


def test_a_batch_that_its_field_is_too_small_for_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match=r"^depth: must be a whole number between 1 and 30; got 31"):
        Rollup(field=BABY_BEAR, transfers=1, depth=31, balance_bits=20)
