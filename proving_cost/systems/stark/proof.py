"""What a proof holds, and its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

from proving_cost.fields import Elements

__all__ = ["Digest", "FriProof", "Opening", "StarkProof", "proof_bytes"]

Digest: TypeAlias = tuple[int, ...]

WORD = 8


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Rows of a Merkle tree with their paths.

    Arguments:
        rows: `(queries, width)`.
        paths: `(queries, depth, digest)`, siblings from the leaf up.
    """

    rows: Elements
    paths: Elements


@dataclass(frozen=True, slots=True, eq=False)
class FriProof:
    """That a word is close to a polynomial of low degree.

    Arguments:
        roots: Of the layers' trees, whose leaves are cosets.
        final: `(k, 2)` coefficients of the last polynomial.
        nonce: The proof of work.
        layers: Each layer's opened cosets.
    """

    roots: tuple[Digest, ...]
    final: Elements
    nonce: int
    layers: tuple[Opening, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StarkProof:
    """A proof of a STARK.

    Arguments:
        trace_root: Root of the trace.
        copies_root: Root of the copy columns.
        quotient_root: Root of the quotient's chunks.
        values: `(columns, 2)`, all columns at z: preprocessed, trace, copies, quotient.
        following: `(2, 2)`, the columns of Z at ωz.
        preprocessed: The key's rows at the queries.
        trace: The trace's.
        copies: The copy columns'.
        quotient: The chunks'.
        fri: That the combination of their quotients by X − z and X − ωz has low degree.
    """

    trace_root: Digest
    copies_root: Digest
    quotient_root: Digest
    values: Elements
    following: Elements
    preprocessed: Opening
    trace: Opening
    copies: Opening
    quotient: Opening
    fri: FriProof


def proof_bytes(proof: object) -> int:
    """Bytes on the wire: 8 for each residue and for the nonce; lengths follow from the statement."""
    return WORD * sum(_words(proof))


def _words(part: object) -> Iterator[int]:
    if isinstance(part, np.ndarray):
        yield part.size
    elif isinstance(part, tuple):
        for entry in part:
            yield from _words(entry)
    elif isinstance(part, int):
        yield 1
    else:
        for f in fields(part):  # type: ignore[arg-type]
            yield from _words(getattr(part, f.name))
