r"""Merkle trees: a short commitment to a table, and short proofs of what its rows are.

A leaf is the digest of a row (tag 2), an inner node the digest of its two children (tag 1); the root commits to all
rows in order.  A tree over n rows of m elements takes

$$n \lceil m/r \rceil + n - 1$$

permutations with a sponge of rate r.  A path holds the sibling of every node on the way from a leaf to the root, from
the bottom up: $\lg n$ digests.  Leaves and nodes have different tags, so a node never passes for a row.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import SupportsIndex

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, PrimeField
from proving_cost.kernels.sponge import Digest, Sponge, default_sponge
from proving_cost.ledger import Ledger

__all__ = ["LEAF_TAG", "NODE_TAG", "MerkleTree", "tree_permutations", "verify_path"]

NODE_TAG = 1
LEAF_TAG = 2


@dataclass(frozen=True, slots=True, eq=False)
class MerkleTree:
    """All nodes over a table; make it with `MerkleTree.commit`.

    Arguments:
        sponge: What hashes.
        levels: Digests of a level, of shape (nodes, digest), from the leaves to the root.
    """

    sponge: Sponge
    levels: tuple[Elements, ...]

    @classmethod
    def commit(cls, arith: Arithmetic, rows: Elements, sponge: Sponge | None = None) -> MerkleTree:
        """Hash the rows of a table, and the tree above them.

        Arguments:
            arith: Over the field of the rows; its ledger counts `tree_permutations`.
            rows: Of shape (n, m), canonical residues, n a power of two.
            sponge: What hashes; None for the default of the field.

        Raises:
            InvalidInput: The number of rows is not a power of two, or a row is empty.
        """
        if rows.ndim != 2 or rows.shape[1] == 0:
            raise InvalidInput(f"rows: must be of shape (leaves, elements), not empty; got {rows.shape}.")
        _check_leaves(len(rows))
        if sponge is None:
            if not isinstance(arith.field, PrimeField):
                raise InvalidInput(
                    f"field: rows must be over a prime field; got {arith.field.name!r}. Try arith.over(field.base)."
                )
            sponge = default_sponge(arith.field)
        level = sponge.digests(arith, rows, LEAF_TAG)
        levels = [level]
        while len(level) > 1:
            level = sponge.compressions(arith, level[0::2], level[1::2], NODE_TAG)
            levels.append(level)
        for nodes in levels:
            nodes.setflags(write=False)
        return cls(sponge, tuple(levels))

    @property
    def leaves(self) -> int:
        """How many rows are committed to."""
        return len(self.levels[0])

    @property
    def root(self) -> Digest:
        """The commitment."""
        return _digest(self.levels[-1][0])

    def open(self, index: int) -> tuple[Digest, ...]:
        """The path of a row: siblings from the leaf's to the one below the root.

        Raises:
            InvalidInput: There is no such row.
        """
        if not 0 <= index < self.leaves:
            raise InvalidInput(f"index: must lie from 0 to {self.leaves - 1}; got {index!r}.")
        index = int(index)
        return tuple(_digest(level[(index >> k) ^ 1]) for k, level in enumerate(self.levels[:-1]))

    def __repr__(self) -> str:
        return f"MerkleTree({self.leaves} leaves, {self.sponge.instance.name})"


def verify_path(
    sponge: Sponge,
    root: Sequence[int],
    index: int,
    row: Sequence[int],
    path: Sequence[Sequence[int]],
    *,
    ledger: Ledger | None = None,
) -> bool:
    """Whether a row is the one at an index under a root; False, never an exception, for anything malformed.

    The tree is taken to have $2^k$ leaves where k is the length of the path; a verifier that knows the number of
    leaves must compare k itself.

    Arguments:
        sponge: What the tree was hashed with.
        root: The commitment.
        index: Position of the row.
        row: Its elements, canonical integers.
        path: What `MerkleTree.open` gave.
        ledger: Where the permutations are counted; None counts nothing.
    """
    try:
        root, row, siblings = _digest(root), list(_digest(row)), [_digest(sibling) for sibling in path]
        position = operator.index(index)
    except TypeError:
        return False
    p = sponge.instance.field.modulus
    if not row or not 0 <= position < 1 << len(siblings) or any(len(s) != sponge.digest for s in siblings):
        return False
    if any(not 0 <= v < p for part in (row, *siblings) for v in part):
        return False
    if ledger is not None:
        ledger.hash(sponge.instance.name, sponge.permutations(len(row)) + len(siblings))
    node = sponge.digest_one(row, LEAF_TAG)
    for sibling in siblings:
        node = sponge.compress(sibling, node, NODE_TAG) if position & 1 else sponge.compress(node, sibling, NODE_TAG)
        position >>= 1
    return node == root


def tree_permutations(sponge: Sponge, leaves: int, row_length: int) -> int:
    """Permutations of a tree over so many rows of so many elements.

    Raises:
        InvalidInput: The number of leaves is not a power of two.
    """
    _check_leaves(leaves)
    return leaves * sponge.permutations(row_length) + leaves - 1


def _check_leaves(n: int) -> None:
    if n < 1 or n & (n - 1):
        padded = 1 << max(0, n - 1).bit_length()
        raise InvalidInput(f"leaves: must be a power of two; got {n}. Pad the table to {padded} rows.")


def _digest(node: Iterable[SupportsIndex]) -> Digest:
    """Integers of any type as Python's; nothing else passes for one."""
    return tuple(operator.index(v) for v in node)
