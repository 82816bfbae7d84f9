r"""Merkle trees on Poseidon2: digests of the rows of a table, and of pairs of digests up to the root.

A thread makes one digest. Tables come column by column, as transforms leave them, so that the threads of a warp read
neighbours. A tree over n rows of m elements takes $n \lceil m/r \rceil + n - 1$ permutations; nodes lie level after
level, leaves first, the root last: those of level k begin at $2 n - 2 n / 2^k$.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import PRIME_FIELDS, Elements
from proving_cost.gpu.agreement import require_equal, require_written, sets_for
from proving_cost.gpu.backend import Backend, Buffer, ByValue
from proving_cost.gpu.cases import Case, case
from proving_cost.gpu.narrow_transform import in_montgomery_form, word
from proving_cost.kernels.merkle import LEAF_TAG, NODE_TAG
from proving_cost.kernels.poseidon2 import Poseidon2, poseidon2
from proving_cost.kernels.sponge import Sponge

__all__ = ["DIGESTS", "TreeHashing", "cases", "sponge_of"]

DIGESTS: Mapping[tuple[str, int], int] = MappingProxyType(
    {
        ("babybear", 16): 4, ("babybear", 24): 8, ("koalabear", 16): 4, ("koalabear", 24): 8,
        ("goldilocks", 8): 2, ("goldilocks", 12): 4,
    }
)  # fmt: skip
"""Elements of a digest, by field and width; the wider of each field is the default sponge of `kernels.sponge`."""

THREADS = 128
SAMPLE = 4096  # digests of a level that are compared


class TreeHashing:
    """The kernels of one sponge.

    Arguments:
        backend: What runs them.
        field: `babybear`, `koalabear` or `goldilocks`.
        width: Elements of a state: 16 or 24, for Goldilocks 8 or 12.

    Raises:
        InvalidInput: There are no kernels for this field and width.
    """

    def __init__(self, backend: Backend, field: str, width: int) -> None:
        self.backend, self.sponge = backend, sponge_of(field, width)
        self._kernel = f"{field}_{width}"
        self._constants = ByValue(_constants(self.sponge.instance))

    def hash_rows(self, columns: Buffer, digests: Buffer, tag: int = LEAF_TAG) -> None:
        """The digest of every row.

        Arguments:
            columns: `(m, n)` canonical words; element e of row i is at (e, i).
            digests: `(n, digest)` words, for the result.
            tag: What the digests are for.
        """
        length, rows = columns.shape
        args = (columns, digests, np.uint32(rows), np.uint32(length), np.uint32(tag), self._constants)
        self.backend.launch("hashing", f"rows_{self._kernel}", -(-rows // THREADS), THREADS, args)

    def hash_pairs(self, children: Buffer, parents: Buffer, tag: int = NODE_TAG) -> None:
        """The digest of every pair of digests.

        Arguments:
            children: `(2 n, digest)` words.
            parents: `(n, digest)` words, for the result.
            tag: What the digests are for.
        """
        count = parents.shape[0]
        args = (children, parents, np.uint32(count), np.uint32(tag), self._constants)
        self.backend.launch("hashing", f"pairs_{self._kernel}", -(-count // THREADS), THREADS, args)

    def commit(self, columns: Buffer, nodes: Buffer) -> None:
        """All nodes of a tree over the rows of a table.

        Arguments:
            columns: `(m, n)` canonical words, n a power of two.
            nodes: `(2 n - 1, digest)` words, for the nodes, level after level.

        Raises:
            InvalidInput: n is not a power of two.
        """
        rows = columns.shape[1]
        if rows & (rows - 1):
            raise InvalidInput(f"columns: a tree needs a power of two of rows; got {rows}.")
        self.hash_rows(columns, nodes[:rows])
        start = 0
        while rows > 1:
            self.hash_pairs(nodes[start : start + rows], nodes[start + rows : start + rows + rows // 2])
            start, rows = start + rows, rows // 2


def sponge_of(field: str, width: int) -> Sponge:
    """The sponge that the kernels for a field and width compute.

    Raises:
        InvalidInput: There are no kernels for them.
    """
    digest = DIGESTS.get((field, width))
    if digest is None:
        known = ", ".join(f"{f} {t}" for f, t in DIGESTS)
        raise InvalidInput(f"width: must be of a sponge that has kernels: {known}; got {field!r} {width!r}.")
    return Sponge(poseidon2(PRIME_FIELDS[field], width), digest)


def _constants(instance: Poseidon2) -> NDArray[np.generic]:
    """Constants of full rounds, of partial rounds, and the diagonal: the structure `RoundConstants` of the source."""
    listed = [*(c for row in instance.external_constants for c in row), *instance.internal_constants, *instance.internal_diagonal]
    return in_montgomery_form(instance.field, np.array(listed, dtype=np.uint64))


class _PreparedRows:
    """Digests of rows that take one permutation each."""

    def __init__(self, field: str, width: int, lg_rows: int, backend: Backend, rng: np.random.Generator) -> None:
        self.backend, self.rng, self.field = backend, rng, PRIME_FIELDS[field]
        self.hashing = TreeHashing(backend, field, width)
        self.rate, self.rows = self.hashing.sponge.rate, 1 << lg_rows
        self.sets = sets_for(self.rate * word(self.field).itemsize << lg_rows)
        given = self._drawn()
        self.tables = [backend.upload(np.roll(given, i, axis=1).astype(word(self.field))) for i in range(self.sets)]
        self.digests = backend.empty((self.rows, self.hashing.sponge.digest), word(self.field))

    def _drawn(self) -> Elements:
        return self.field.random(self.rng, (self.rate, self.rows))

    def run(self, i: int) -> None:
        """Hash the rows of the i-th table."""
        self.hashing.hash_rows(self.tables[i], self.digests)

    def check(self) -> str:
        """Compare with the CPU's digests, of some rows where there are many."""
        label = f"hash/{self.hashing.sponge.instance.name} {self.rows}"
        given = self._drawn()
        self.backend.poison(self.digests)
        self.hashing.hash_rows(self.backend.upload(given.astype(word(self.field))), self.digests)
        got = self.backend.download(self.digests)
        require_written(label, got)
        some = _some(self.rng, self.rows)
        wanted = self.hashing.sponge.digests(Arithmetic(self.field), np.ascontiguousarray(given[:, some].T), LEAF_TAG)
        require_equal(label, got[some], wanted, "digests")
        return f"the CPU's digests of {len(some)} rows"


class _PreparedTree(_PreparedRows):
    """Whole trees, over rows that take one permutation each."""

    def __init__(self, field: str, width: int, lg_rows: int, backend: Backend, rng: np.random.Generator) -> None:
        super().__init__(field, width, lg_rows, backend, rng)
        self.nodes = backend.empty((2 * self.rows - 1, self.hashing.sponge.digest), word(self.field))

    def run(self, i: int) -> None:
        """Hash the tree over the i-th table."""
        self.hashing.commit(self.tables[i], self.nodes)

    def check(self) -> str:
        """Compare some leaves with the CPU's digests of their rows, and some nodes of each level with those of their children."""
        label = f"hash/{self.hashing.sponge.instance.name} {2 * self.rows - 1}"
        given = self._drawn()
        self.backend.poison(self.nodes)
        self.hashing.commit(self.backend.upload(given.astype(word(self.field))), self.nodes)
        got = self.backend.download(self.nodes).astype(np.uint64)
        require_written(label, got.astype(word(self.field)))
        arith, sponge = Arithmetic(self.field), self.hashing.sponge
        some = _some(self.rng, self.rows)
        wanted = sponge.digests(arith, np.ascontiguousarray(given[:, some].T), LEAF_TAG)
        require_equal(label, got[some], wanted, "leaves")
        start, count = 0, self.rows
        while count > 1:
            some = _some(self.rng, count // 2)
            children = got[start : start + count]
            wanted = sponge.compressions(arith, children[2 * some], children[2 * some + 1], NODE_TAG)
            start, count = start + count, count // 2
            require_equal(label, got[start + some], wanted, f"nodes of a level of {count}")
        return f"the CPU's digests of up to {SAMPLE} nodes of each level"


def cases(limit_bytes: int) -> Iterator[Case]:
    """Digests of 2^10 to 2^22 rows by each sponge, and trees over 2^12, 2^16 and 2^20.

    Arguments:
        limit_bytes: Memory of the card.
    """
    for field, width in DIGESTS:
        sponge = sponge_of(field, width)
        each = word(PRIME_FIELDS[field]).itemsize
        for kind, sizes in ((_PreparedRows, (10, 14, 18, 22)), (_PreparedTree, (12, 16, 20))):
            for lg_rows in sizes:
                rows, tree = 1 << lg_rows, kind is _PreparedTree
                table = sponge.rate * each * rows
                nodes = (2 * rows - 1 if tree else rows) * sponge.digest * each
                device_bytes = (sets_for(table) + 1) * table + 3 * nodes
                if device_bytes <= limit_bytes:
                    yield case(
                        f"hash/{sponge.instance.name}", 2 * rows - 1 if tree else rows, partial(kind, field, width, lg_rows),
                        bytes_moved=table + (2 if tree else 1) * nodes, device_bytes=device_bytes,
                    )  # fmt: skip


def _some(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Indices below a count: all, or the first, the last and random ones."""
    if count <= SAMPLE:
        return np.arange(count)
    return np.concatenate([[0, count - 1], rng.integers(0, count, SAMPLE - 2)])
