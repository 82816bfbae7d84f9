"""Merkle trees of rows: what they count, opening many rows, checking many openings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.merkle import LEAF_TAG, NODE_TAG, MerkleTree, tree_permutations
from proving_cost.kernels.sponge import default_sponge
from proving_cost.ledger import Ledger
from proving_cost.systems.stark.proof import Digest, Opening

__all__ = ["DIGEST", "Malformed", "count_tree", "digest", "open_rows", "opened", "residues"]

DIGEST = 4


class Malformed(ValueError):
    """A part of a proof has the wrong type, shape or range; the verifier turns it into a refusal."""


def digest(root: object) -> Digest:
    """A root, checked.

    Raises:
        Malformed: It is not a tuple of four residues.
    """
    if type(root) is not tuple or len(root) != DIGEST:
        raise Malformed("root")
    if any(type(v) is not int or not 0 <= v < GOLDILOCKS.modulus for v in root):
        raise Malformed("root")
    return root


def residues(values: object, shape: tuple[int, ...]) -> Elements:
    """An array of a proof, checked.

    Raises:
        Malformed: It is not an array of residues of this shape, or of a subclass of arrays (a masked one hides entries
            from comparisons).
    """
    if type(values) is not np.ndarray or values.dtype != np.uint64 or values.shape != shape:
        raise Malformed("values")
    if (values >= np.uint64(GOLDILOCKS.modulus)).any():
        raise Malformed("residues")
    return values


def count_tree(ledger: Ledger, leaves: int, width: int) -> None:
    """What committing to so many rows of this width records: a sponge for each, and one permutation for each node."""
    sponge = default_sponge(GOLDILOCKS)
    ledger.hash(sponge.instance.name, tree_permutations(sponge, leaves, width))


def open_rows(tree: MerkleTree, rows: Elements, indices: NDArray[np.int64]) -> Opening:
    """The rows `(D, width)` at the indices, with their paths."""
    paths = np.stack([level[(indices >> k) ^ 1] for k, level in enumerate(tree.levels[:-1])], axis=1)
    return Opening(np.ascontiguousarray(rows[indices]), paths)


def opened(root: Digest, leaves: int, opening: object, indices: NDArray[np.int64], width: int) -> bool:
    """Whether all rows of an opening are those of the tree, at the indices.

    Raises:
        Malformed: The opening has the wrong shape.
    """
    if type(opening) is not Opening:
        raise Malformed("opening")
    depth = leaves.bit_length() - 1
    rows = residues(opening.rows, (indices.size, width))
    paths = residues(opening.paths, (indices.size, depth, DIGEST))
    sponge, arith = default_sponge(GOLDILOCKS), Arithmetic(GOLDILOCKS)
    nodes = sponge.digests(arith, rows, LEAF_TAG)
    for level in range(depth):
        right = (indices >> level & 1 == 1)[:, None]
        sibling = paths[:, level]
        left, after = np.where(right, sibling, nodes), np.where(right, nodes, sibling)
        nodes = sponge.compressions(arith, left, after, NODE_TAG)
    return bool((nodes == np.array(root, dtype=np.uint64)).all())
