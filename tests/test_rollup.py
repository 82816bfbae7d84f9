"""The rollup batch: honest batches pass, and no witness exists for what the rules forbid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import InvalidInput
from proving_cost.circuits import Account, AccountTree, Rollup, Transfer, random_rollup
from proving_cost.circuits.operations import Permutation
from proving_cost.fields import BN254_FR, GOLDILOCKS, PrimeField

FIELDS = (BN254_FR, GOLDILOCKS)
DEPTH = 3


def tree_of(field: PrimeField, seed: int = 1) -> AccountTree:
    return AccountTree.random(np.random.default_rng(seed), field, accounts=6, depth=DEPTH)


def judged(field: PrimeField, transfers: list[Transfer], tree: AccountTree) -> str | None:
    """The constraint that a batch violates."""
    rollup = Rollup(field=field, transfers=len(transfers), depth=DEPTH)
    circuit = rollup.circuit()
    inputs = rollup.inputs(tree, transfers)
    return circuit.first_violation(circuit.assign(inputs, check=False))


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("seed", range(4))
def test_random_batches_are_satisfied(field: PrimeField, seed: int) -> None:
    circuit, inputs = random_rollup(np.random.default_rng(seed), field, 3, depth=DEPTH)
    assert circuit.first_violation(circuit.assign(inputs)) is None


def forged(tree: AccountTree) -> list[Transfer]:
    """Somebody else's secret signs for account 0."""
    stolen = AccountTree(tree.field, [replace(tree.accounts[0], secret=tree.accounts[1].secret), *tree.accounts[1:]], DEPTH)
    return [stolen.order(0, 2, 5)]


FORBIDDEN: dict[str, tuple[Callable[[AccountTree], list[Transfer]], str]] = {
    "overdraft": (lambda t: [t.order(0, 1, t.accounts[0].balance + 1)], "transfer 0: the sender's balance covers the amount"),
    "negative amount": (lambda t: [t.order(0, 1, -5)], "transfer 0: the amount is in range"),
    "forged": (forged, "transfer 0: the authorisation is of this order by this secret"),
    "replayed": (lambda t: [t.order(0, 1, 5)] * 2, "transfer 1: the authorisation is of this order by this secret"),
    "another recipient": (
        lambda t: [replace(t.order(0, 1, 5), recipient=2)], "transfer 0: the authorisation is of this order by this secret",
    ),
    "another amount": (
        lambda t: [replace(t.order(0, 1, 5), amount=6)], "transfer 0: the authorisation is of this order by this secret",
    ),
    "another sender": (
        lambda t: [replace(t.order(0, 1, 5), sender=3)], "transfer 0: the authorisation is of this order by this secret",
    ),
    "later nonce": (
        lambda t: [AccountTree(t.field, [replace(t.accounts[0], nonce=1), *t.accounts[1:]], DEPTH).order(0, 1, 5)],
        "transfer 0: the authorisation is of this order by this secret",
    ),
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("case", FORBIDDEN)
def test_what_is_forbidden_is_named(field: PrimeField, case: str) -> None:
    tree = tree_of(field)
    orders, constraint = FORBIDDEN[case]
    found = judged(field, orders(tree), tree)
    assert found is not None and found.removesuffix(" [0]") == constraint


def test_the_recipient_cannot_overflow() -> None:
    tree = tree_of(GOLDILOCKS)
    rich = AccountTree(GOLDILOCKS, [*tree.accounts[:1], replace(tree.accounts[1], balance=2**40 - 1), *tree.accounts[2:]], DEPTH)
    assert judged(GOLDILOCKS, [rich.order(0, 1, 1)], rich) == "transfer 0: the recipient's balance is in range"


def test_paying_oneself_is_allowed_and_changes_the_nonce_alone() -> None:
    tree = tree_of(GOLDILOCKS)
    before = tree.accounts[4]
    assert judged(GOLDILOCKS, [tree.order(4, 4, 7)], tree) is None
    assert tree.accounts[4] == replace(before, nonce=1)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@settings(max_examples=25, deadline=None)
@given(which=st.integers(0, 10**6), by=st.integers(1, 2**31 - 1))
def test_every_input_is_bound(field: PrimeField, which: int, by: int) -> None:
    """Change any one number, public or secret, and some constraint fails."""
    circuit, inputs = random_rollup(np.random.default_rng(2), field, 2, depth=2)
    name = circuit.inputs[which % len(circuit.inputs)]
    changed = {**inputs, name: (inputs[name] + by) % field.modulus}
    with pytest.raises(InvalidInput, match="is not satisfied"):
        circuit.assign(changed)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_work_grows_with_transfers_and_depth(field: PrimeField) -> None:
    def permutations(transfers: int, depth: int) -> int:
        circuit = Rollup(field=field, transfers=transfers, depth=depth).circuit()
        return sum(isinstance(o, Permutation) for o in circuit.operations)

    one = permutations(1, 8)
    assert [permutations(t, 8) for t in (2, 3, 4)] == [2 * one, 3 * one, 4 * one]
    assert permutations(1, 11) - one == 4 * 3


def test_the_state_moves_as_the_orders_say() -> None:
    tree = tree_of(BN254_FR)
    a, b = tree.accounts[0].balance, tree.accounts[1].balance
    before = tree.root
    list(tree.apply([tree.order(0, 1, 100)]))
    assert (tree.accounts[0].balance, tree.accounts[1].balance, tree.accounts[0].nonce) == (a - 100, b + 100, 1)
    assert tree.root != before
    assert AccountTree(BN254_FR, tree.accounts, DEPTH).root == tree.root


REFUSALS = {
    "no transfers": (lambda: Rollup(field=GOLDILOCKS, transfers=0), "transfers: .* got 0"),
    "deep": (lambda: Rollup(field=GOLDILOCKS, transfers=1, depth=33), "depth: .* got 33"),
    "wide": (lambda: Rollup(field=GOLDILOCKS, transfers=1, balance_bits=63), "balance_bits: .* between 1 and 62; got 63"),
    "true": (lambda: Rollup(field=GOLDILOCKS, transfers=True), "whole number"),
    "crowded": (lambda: AccountTree(GOLDILOCKS, [Account((1, 2, 3, 4), 1)] * 3, 1), "holds 1 to 2; got 3"),
    "no tree": (lambda: AccountTree(GOLDILOCKS, [], 0), "depth: .* got 0"),
    "nobody": (lambda: tree_of(GOLDILOCKS).order(6, 0, 1), "one of 0 to 5; got 6"),
    "another field": (
        lambda: Rollup(field=BN254_FR, transfers=0 + 1, depth=DEPTH).inputs(tree_of(GOLDILOCKS), []), "must be over bn254_fr",
    ),
    "too few": (lambda: Rollup(field=GOLDILOCKS, transfers=2, depth=DEPTH).inputs(tree_of(GOLDILOCKS), []), "holds 2; got 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str) -> None:
    act, message = REFUSALS[case]
    with pytest.raises(InvalidInput, match=message):
        act()
