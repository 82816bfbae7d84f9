r"""A commitment to a multilinear polynomial from hashes alone: a matrix, a Reed-Solomon code, a Merkle tree.

The $2^m$ values of f are a matrix U of R rows and C columns; each row is the coefficients of a polynomial, and is encoded as
its values at the $D = C/\rho$ points of a subgroup.  The commitment is the root of a Merkle tree over the D *columns* of
the encoded matrix.  Because $\mathrm{eq}$ is a tensor, $f(r) = \ell^\top U\, h$ with $\ell = \mathrm{eq}(r_{hi}, \cdot)$
and $h = \mathrm{eq}(r_{lo}, \cdot)$, so an opening at r is

- the *combined row* $\ell^\top U$, and the *proximity row* $\gamma^\top U$ for R random $\gamma$ of the verifier;
- q columns at random places, with their Merkle paths.

The verifier encodes both rows and holds them against $\ell$ and $\gamma$ times the columns; then $f(r)$ is the combined
row times h.

Soundness, proven: a committed matrix farther than $(1-\rho)/2$ from the code passes $\gamma$ with probability at most
$D/|\mathbb{K}|$ (the unique-decoding case of the proximity gap) or else each query catches it with probability
$(1-\rho)/2$ or more; a nearer one decodes to one U, and a wrong combined row agrees with it in at most
$(1+\rho)/2$ of the places.  So q queries leave $((1+\rho)/2)^q$.  Nothing is hidden: not zero knowledge.

References: S. Ames, C. Hazay, Y. Ishai, M. Venkitasubramaniam, "Ligero", CCS 2017; A. Golovnev and others, "Brakedown",
CRYPTO 2023; E. Ben-Sasson and others, "Proximity gaps for Reed-Solomon codes", FOCS 2020, theorem 1.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, ExtensionField
from proving_cost.kernels.merkle import LEAF_TAG, NODE_TAG, MerkleTree, tree_permutations
from proving_cost.kernels.ntt import ntt
from proving_cost.kernels.sponge import Sponge, default_sponge
from proving_cost.kernels.sumcheck import eq_table
from proving_cost.kernels.vectors import FieldVector
from proving_cost.kernels.weighted_sums import combine_rows, count_combine_rows
from proving_cost.systems.sumcheck_argument import are_elements, challenge_point
from proving_cost.transcript import Transcript

__all__ = ["Committed", "TensorCommitment", "TensorOpening", "TensorShape"]

COLUMN_WEIGHT = 5  # C / R is near 2^5: a column of 8-byte entries is opened q times, a row of 16-byte entries sent twice


@dataclass(frozen=True, slots=True)
class TensorShape:
    """A matrix of `rows` × `columns`, the rows encoded into `domain` values; all powers of two."""

    rows: int
    columns: int
    domain: int

    @property
    def levels(self) -> int:
        """Digests in a Merkle path."""
        return self.domain.bit_length() - 1

    @property
    def row_coordinates(self) -> int:
        """How many coordinates of a point, from the first, choose the row."""
        return self.rows.bit_length() - 1


@dataclass(frozen=True, slots=True, eq=False)
class Committed:
    """What the prover keeps: the matrix, its encoding by columns, and the tree over them."""

    matrix: Elements
    columns: Elements
    tree: MerkleTree


@dataclass(frozen=True, slots=True, eq=False)
class TensorOpening:
    """An opening at a point.

    Arguments:
        combined: $\\ell^\\top U$, `(C, d)`.
        proximity: $\\gamma^\\top U$, `(C, d)`.
        columns: The queried columns, `(q, R)`, in the base field.
        paths: Their Merkle paths, `(q, lg D, digest)`, from the leaves up.
    """

    combined: Elements
    proximity: Elements
    columns: Elements
    paths: Elements


@dataclass(frozen=True, slots=True)
class TensorCommitment:
    """The scheme, for values in a prime field and points in an extension of it.

    Arguments:
        extension: Field of points and challenges.
        blowup: $1/\\rho$, a power of two, 2 or more.
        queries: q, 1 or more.

    Raises:
        InvalidInput: A parameter is out of range.
    """

    extension: ExtensionField
    blowup: int = 4
    queries: int = 160

    def __post_init__(self) -> None:
        for name, value, least in (("blowup", self.blowup, 2), ("queries", self.queries, 1)):
            if type(value) is not int or value < least:
                raise InvalidInput(f"{name}: must be a whole number, {least} or more; got {value!r}.")
        if self.blowup & (self.blowup - 1):
            raise InvalidInput(f"blowup: must be a power of two; got {self.blowup}. Try 4.")

    @property
    def sponge(self) -> Sponge:
        """The hash of leaves and nodes."""
        return default_sponge(self.extension.base)

    def shape(self, size: int) -> TensorShape:
        """Rows and columns for $2^m$ values."""
        m = size.bit_length() - 1
        rows = 1 << max(0, (m - COLUMN_WEIGHT) // 2)
        return TensorShape(rows, size // rows, size // rows * self.blowup)

    def error(self, size: int) -> float:
        """The proven bound on the soundness error, hash collisions apart."""
        order = float(self.extension.base.modulus) ** self.extension.degree
        return self.shape(size).domain / order + ((1 + 1 / self.blowup) / 2) ** self.queries

    def commit(self, arith: Arithmetic, values: Elements) -> Committed:
        """Commit to $2^m$ values of the base field; `arith` is over that field."""
        shape = self.shape(len(values))
        matrix = values.reshape(shape.rows, shape.columns)
        padded = arith.field.zeros((shape.rows, shape.domain))
        padded[:, : shape.columns] = matrix
        columns = np.ascontiguousarray(ntt(arith, padded).T)
        return Committed(matrix, columns, MerkleTree.commit(arith, columns))

    def open(self, arith: Arithmetic, committed: Committed, point: Elements, transcript: Transcript) -> TensorOpening:
        """Open at a point; `arith` is over the extension, and the transcript has absorbed the root and the point's origin."""
        shape = self.shape(committed.matrix.size)
        gamma = challenge_point(self.extension, shape.rows, "proximity", transcript)
        left = eq_table(arith, point[: shape.row_coordinates])
        combined = combine_rows(arith, left, committed.matrix)
        proximity = combine_rows(arith, gamma, committed.matrix)
        places = self._places(shape, combined, proximity, transcript)
        index = np.array(places)
        paths = np.stack([level[(index >> k) ^ 1] for k, level in enumerate(committed.tree.levels[:-1])], axis=1)
        return TensorOpening(combined, proximity, committed.columns[places], paths)

    def check(
        self, arith: Arithmetic, size: int, root: Elements, point: Elements, opening: TensorOpening, transcript: Transcript
    ) -> Elements | None:
        """The value at the point of what the root commits to, or None if the opening is wrong or malformed."""
        field, shape = self.extension, self.shape(size)
        if not self._well_formed(shape, opening):
            return None
        gamma = challenge_point(field, shape.rows, "proximity", transcript)
        places = self._places(shape, opening.combined, opening.proximity, transcript)
        if not self._paths_hold(arith.over(field.base), root, places, opening):
            return None
        left = eq_table(arith, point[: shape.row_coordinates])
        for weights, row in ((left, opening.combined), (gamma, opening.proximity)):
            padded = field.zeros((1, shape.domain))
            padded[0, : shape.columns] = row
            encoded = ntt(arith, padded)[0]
            if not np.array_equal(combine_rows(arith, weights, opening.columns.T), encoded[places]):
                return None
        right = eq_table(arith, point[shape.row_coordinates :])
        return np.asarray((FieldVector(field, opening.combined) * FieldVector(field, right)).total().values[0])

    def count_commit(self, arith: Arithmetic, size: int) -> None:
        """Count what `commit` counts: R transforms of size D, a sponge for each column, a node for each pair."""
        if arith.ledger is None:
            return
        shape, sponge = self.shape(size), self.sponge
        arith.ledger.ntt(self.extension.base.name, shape.domain, shape.rows)
        arith.ledger.hash(sponge.instance.name, tree_permutations(sponge, shape.domain, shape.rows))

    def count_open(self, arith: Arithmetic, size: int, transcript: Transcript) -> None:
        """Count what `open` counts."""
        shape = self.shape(size)
        challenge_point(self.extension, shape.rows, "proximity", transcript)
        arith.count("mul", shape.rows - 1)
        arith.count("add", shape.rows - 1)
        for _ in range(2):
            count_combine_rows(arith, shape.rows, shape.columns)
        row = self.extension.zeros(shape.columns)
        self._places(shape, row, row, transcript)

    def _places(self, shape: TensorShape, combined: Elements, proximity: Elements, transcript: Transcript) -> list[int]:
        transcript.absorb("combined row", combined)
        transcript.absorb("proximity row", proximity)
        return [transcript.index("column", shape.domain) for _ in range(self.queries)]

    def _paths_hold(self, arith: Arithmetic, root: Elements, places: list[int], opening: TensorOpening) -> bool:
        """All paths at once, level by level."""
        sponge, index = self.sponge, np.array(places)
        nodes = sponge.digests(arith, opening.columns, LEAF_TAG)
        for level in range(opening.paths.shape[1]):
            right = (index >> level & 1).astype(bool)[:, None]
            sibling = opening.paths[:, level]
            nodes = sponge.compressions(arith, np.where(right, sibling, nodes), np.where(right, nodes, sibling), NODE_TAG)
        return bool(np.all(nodes == root))

    def _well_formed(self, shape: TensorShape, opening: object) -> bool:
        if type(opening) is not TensorOpening:
            return False
        base, q = self.extension.base, self.queries
        return (
            are_elements(self.extension, opening.combined, (shape.columns,))
            and are_elements(self.extension, opening.proximity, (shape.columns,))
            and are_elements(base, opening.columns, (q, shape.rows))
            and are_elements(base, opening.paths, (q, shape.levels, self.sponge.digest))
        )
