"""Merkle trees: what is opened verifies, what is tampered with does not, and every permutation is counted."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, KOALA_BEAR, Elements, PrimeField, field_named
from proving_cost.kernels.merkle import LEAF_TAG, NODE_TAG, MerkleTree, tree_permutations, verify_path
from proving_cost.kernels.poseidon2 import poseidon2
from proving_cost.kernels.sponge import Digest, Sponge, default_sponge
from proving_cost.ledger import Ledger
from proving_cost.ledger.events import Hash

FIELDS = [BN254_FR, GOLDILOCKS, BABY_BEAR, KOALA_BEAR]


@functools.cache
def planted(field: PrimeField, leaves: int, length: int) -> tuple[Elements, MerkleTree]:
    rows = field.random(np.random.default_rng(leaves + length), (leaves, length))
    return rows, MerkleTree.commit(Arithmetic(field), rows)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize(("leaves", "length"), [(1, 1), (2, 3), (8, 17), (16, 2)])
def test_every_row_opens(field: PrimeField, leaves: int, length: int) -> None:
    rows, tree = planted(field, leaves, length)
    assert tree.leaves == leaves
    for index, row in enumerate(rows.tolist()):
        path = tree.open(index)
        assert len(path) == leaves.bit_length() - 1
        ledger = Ledger()
        assert verify_path(tree.sponge, tree.root, index, row, path, ledger=ledger)
        name = tree.sponge.instance.name
        assert ledger.events() == {Hash(name): tree.sponge.permutations(length) + len(path)}


def counted_root(field: PrimeField, leaves: int, length: int, body: Body) -> Digest:
    """The root, when what was counted is the closed form and the tree that of the other body."""
    rows, tree = planted(field, leaves, length)
    sponge, ledger = tree.sponge, Ledger()
    root = MerkleTree.commit(Arithmetic(field, ledger, body), rows).root
    blocks = -(-length // sponge.rate)
    assert root == tree.root
    assert tree_permutations(sponge, leaves, length) == leaves * blocks + leaves - 1
    assert ledger.events() == {Hash(sponge.instance.name): leaves * blocks + leaves - 1}
    return root


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_the_ledger_holds_the_closed_form(field: PrimeField) -> None:
    rate = default_sponge(field).rate
    roots = {
        counted_root(field, leaves, length, "fast") for leaves in (1, 2, 4, 8) for length in (1, rate, rate + 1)
    }
    assert len(roots) == 12


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_the_reference_body_makes_the_same_trees_and_counts_the_same(field: PrimeField) -> None:
    """Four sizes and all numbers of blocks; one size in the fields of wide permutations, which are slow on galois."""
    rate = default_sponge(field).rate
    wide = field in (BABY_BEAR, KOALA_BEAR)
    for leaves, length in [(2, rate + 1)] if wide else [(1, 1), (2, rate), (4, rate + 1), (8, 1)]:
        counted_root(field, leaves, length, "reference")


def test_the_tree_is_the_one_of_its_definition() -> None:
    rows, tree = planted(GOLDILOCKS, 4, 9)
    sponge = default_sponge(GOLDILOCKS)
    a, b, c, d = (sponge.digest_one(row, LEAF_TAG) for row in rows.tolist())
    ab, cd = sponge.compress(a, b, NODE_TAG), sponge.compress(c, d, NODE_TAG)
    assert tree.root == sponge.compress(ab, cd, NODE_TAG)
    assert tree.open(2) == (d, ab)


@given(st.data())
@settings(max_examples=75, deadline=None)
def test_tampering_is_noticed(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    leaves, length = data.draw(st.sampled_from([(2, 3), (8, 17), (16, 2)]))
    rows, tree = planted(field, leaves, length)
    p, depth = field.modulus, leaves.bit_length() - 1
    index = data.draw(st.integers(0, leaves - 1))
    root, row, path = list(tree.root), rows[index].tolist(), [list(s) for s in tree.open(index)]
    shift = data.draw(st.integers(1, p - 1))
    part = data.draw(st.sampled_from(["row", "path", "root", "index", "shorter", "longer", "row length", "not reduced"]))
    if part == "row":
        k = data.draw(st.integers(0, length - 1))
        row[k] = (row[k] + shift) % p
    elif part == "path":
        level, k = data.draw(st.integers(0, depth - 1)), data.draw(st.integers(0, tree.sponge.digest - 1))
        path[level][k] = (path[level][k] + shift) % p
    elif part == "root":
        k = data.draw(st.integers(0, tree.sponge.digest - 1))
        root[k] = (root[k] + shift) % p
    elif part == "index":
        index = data.draw(st.integers(-2 * leaves, 3 * leaves).filter(lambda i: i != index))
    elif part == "shorter":
        path = path[:-1]
        index %= 1 << len(path)
    elif part == "longer":
        path.append([0] * tree.sponge.digest)
    elif part == "row length":
        row = data.draw(st.sampled_from([[*row, 0], row[:-1]]))
    else:
        where = data.draw(st.sampled_from([row, path[0]]))
        where[0] += p
    assert not verify_path(tree.sponge, root, index, row, path)


def test_a_node_is_no_row() -> None:
    # The two children of the root, read as a row of a tree with a single leaf.
    _, tree = planted(GOLDILOCKS, 2, 3)
    children = [*tree.open(1)[0], *tree.open(0)[0]]
    assert tree.sponge.compress(tuple(children[:4]), tuple(children[4:])) == tree.root
    assert not verify_path(tree.sponge, tree.root, 0, children, ())


MALFORMED = [
    ("x", [1, 2, 3], ((0, 0, 0, 0),)),
    (0, None, ((0, 0, 0, 0),)),
    (0, ["a", "b", "c"], ((0, 0, 0, 0),)),
    (0, [], ((0, 0, 0, 0),)),
    (0, [1, 2, 3], None),
    (0, [1, 2, 3], (None,)),
    (0, [1, 2, 3], ((0, 0, 0),)),
    (0, [1, 2, 3], (5,)),
    (float("inf"), [1, 2, 3], ((0, 0, 0, 0),)),
    (0, [float("nan")], ((0, 0, 0, 0),)),
    (0, [-1], ((0, 0, 0, 0),)),
    (0.0, [1, 2, 3], ((0, 0, 0, 0),)),
]


@pytest.mark.parametrize(("index", "row", "path"), MALFORMED)
def test_malformed_openings_are_false_not_errors(index, row, path) -> None:  # type: ignore[no-untyped-def]
    _, tree = planted(GOLDILOCKS, 2, 3)
    assert verify_path(tree.sponge, tree.root, index, row, path) is False


def test_a_number_that_is_no_integer_is_not_rounded() -> None:
    rows, tree = planted(GOLDILOCKS, 2, 3)
    row = rows[0].tolist()
    small = MerkleTree.commit(Arithmetic(GOLDILOCKS), GOLDILOCKS.array([[1, 2], [3, 4]]))
    assert verify_path(tree.sponge, tree.root, np.int64(0), rows[0], tree.open(0))
    assert not verify_path(small.sponge, small.root, 0, [1.5, 2], small.open(0))
    assert not verify_path(tree.sponge, None, 0, row, tree.open(0))  # type: ignore[arg-type]


def test_another_sponge_may_hash() -> None:
    sponge = Sponge(poseidon2(GOLDILOCKS, 8), 2)
    rows, default = planted(GOLDILOCKS, 8, 17)
    tree = MerkleTree.commit(Arithmetic(GOLDILOCKS), rows, sponge)
    assert len(tree.root) == 2
    assert verify_path(sponge, tree.root, 5, rows[5].tolist(), tree.open(5))
    assert not verify_path(default.sponge, tree.root, 5, rows[5].tolist(), tree.open(5))


def test_nodes_cannot_be_changed() -> None:
    _, tree = planted(GOLDILOCKS, 2, 3)
    with pytest.raises(ValueError, match="read-only"):
        tree.levels[0][0, 0] = 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: MerkleTree.commit(Arithmetic(GOLDILOCKS), GOLDILOCKS.zeros((3, 2))), "leaves: .*got 3. Pad .* 4 rows"),
        (lambda: MerkleTree.commit(Arithmetic(GOLDILOCKS), GOLDILOCKS.zeros((0, 2))), "leaves: .*got 0"),
        (lambda: MerkleTree.commit(Arithmetic(GOLDILOCKS), GOLDILOCKS.zeros((4, 0))), "rows: must be"),
        (lambda: MerkleTree.commit(Arithmetic(GOLDILOCKS), GOLDILOCKS.zeros(4)), "rows: must be"),
        (lambda: MerkleTree.commit(Arithmetic(field_named("goldilocks^2")), GOLDILOCKS.zeros((4, 2))), "field: .*prime"),
        (lambda: planted(GOLDILOCKS, 2, 3)[1].open(2), "index: must lie from 0 to 1; got 2"),
        (lambda: planted(GOLDILOCKS, 2, 3)[1].open(-1), "index: must lie"),
        (lambda: tree_permutations(default_sponge(GOLDILOCKS), 3, 1), "leaves: must be a power of two"),
    ],
)
def test_refusals(wrong, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match=message):
        wrong()
