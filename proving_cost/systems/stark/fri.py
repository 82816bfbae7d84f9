r"""FRI: a word on a coset is close to a polynomial of degree below a bound.

The word is committed by cosets: leaf $j$ holds the values at $s\,\omega^{j + i D/a}$, $i < a$, which are what a fold
by $a$ needs.  The verifier asks for $\alpha$, the prover folds, commits to the result, and so on until the degree
bound is `final` or less; then it sends the polynomial itself.  A query takes one index through all layers: the coset
opened in a layer must hold the value folded from the layer before, and the last must be the polynomial's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.fri_fold import fold_cosets, fri_fold
from proving_cost.kernels.merkle import MerkleTree
from proving_cost.kernels.ntt import ntt
from proving_cost.ledger import Ledger
from proving_cost.systems.stark.conversation import Conversation, find_nonce, nonce_works
from proving_cost.systems.stark.proof import FriProof, Opening
from proving_cost.systems.stark.scalars import EXTENSION, Scalar
from proving_cost.systems.stark.trees import DIGEST, Malformed, count_tree, digest, open_rows, opened, residues

__all__ = ["FriCommitment", "FriParameters", "Reading", "commit", "count", "open_layers", "read", "verify"]

SHIFT = GOLDILOCKS.generator
P = GOLDILOCKS.modulus


@dataclass(frozen=True, slots=True)
class FriParameters:
    """How FRI is run.

    Arguments:
        blowup: Size of the domain over the degree bound: a power of two, 2 or more.
        queries: How many indices are opened.
        grinding_bits: Zero bits of the proof of work before the queries, 0 to 32.
        fold: By how much a layer shrinks: 2, 4, 8 or 16.
        final: Coefficients of the last polynomial at most: a power of two.

    Raises:
        InvalidInput: A parameter is out of range.
    """

    blowup: int = 8
    queries: int = 80
    grinding_bits: int = 16
    fold: int = 8
    final: int = 32

    def __post_init__(self) -> None:
        for name, low, high, power in (
            ("blowup", 2, 256, True), ("queries", 1, 1000, False), ("grinding_bits", 0, 32, False), ("fold", 2, 16, True),
            ("final", 1, 1024, True),
        ):  # fmt: skip
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or not low <= value <= high or (power and value & (value - 1)):
                kind = "a power of two" if power else "a whole number"
                raise InvalidInput(f"{name}: must be {kind} between {low} and {high}; got {value!r}.")

    def arities(self, bound: int) -> tuple[int, ...]:
        """By how much each layer is folded, for a degree bound that is a power of two."""
        out: list[int] = []
        while bound > self.final:
            out.append(min(self.fold, bound // self.final))
            bound //= out[-1]
        return tuple(out)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the verifier learns before it looks at the opened cosets."""

    arities: tuple[int, ...]
    challenges: tuple[Scalar, ...]
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FriCommitment:
    """What the prover keeps until the indices are known."""

    layers: tuple[Elements, ...]
    trees: tuple[MerkleTree, ...]
    final: Elements
    nonce: int
    indices: tuple[int, ...]


def commit(
    arith: Arithmetic, word: Elements, parameters: FriParameters, conversation: Conversation
) -> FriCommitment:
    """Fold a word `(D, 2)` on the coset down to its last polynomial, and learn the indices.

    Arguments:
        arith: Over the base field.
        word: Values on the coset in natural order.
        parameters: The degree bound is D/blowup.
        conversation: Where roots are said and challenges asked.
    """
    size, shift = word.shape[0], SHIFT
    layers: list[Elements] = []
    trees: list[MerkleTree] = []
    for arity in parameters.arities(size // parameters.blowup):
        rows = word.shape[0] // arity
        with arith.phase("layers"):
            cosets = word.reshape(arity, rows, 2).transpose(1, 0, 2).reshape(rows, 2 * arity)
            layers.append(np.ascontiguousarray(cosets))
            trees.append(MerkleTree.commit(arith, layers[-1]))
        conversation.say("layer", trees[-1].root)
        alpha = conversation.ask("fold")
        with arith.phase("layers"):
            word = fri_fold(arith.over(EXTENSION), word, alpha.array(), shift=shift, arity=arity)
        shift = pow(shift, arity, P)
    with arith.phase("final polynomial"):
        final = ntt(arith.over(EXTENSION), word, inverse=True, shift=shift)[: word.shape[0] // parameters.blowup]
    conversation.say("final polynomial", final)
    nonce = find_nonce(conversation.ask("grinding"), parameters.grinding_bits)
    with arith.phase("grinding"):
        _count_grinding(arith.ledger, parameters)
    conversation.say("nonce", (nonce,))
    return FriCommitment(tuple(layers), tuple(trees), final, nonce, tuple(conversation.indices(parameters.queries, size)))


def open_layers(commitment: FriCommitment) -> FriProof:
    """The proof: the coset of every index in every layer."""
    openings: list[Opening] = []
    indices = np.array(commitment.indices)
    for tree, cosets in zip(commitment.trees, commitment.layers, strict=True):
        indices = indices % tree.leaves
        openings.append(open_rows(tree, cosets, indices))
    roots = tuple(tree.root for tree in commitment.trees)
    return FriProof(roots, commitment.final, commitment.nonce, tuple(openings))


def read(proof: FriProof, size: int, parameters: FriParameters, conversation: Conversation) -> Reading:
    """The verifier's side of `commit`: the challenges and the indices.

    Raises:
        Malformed: A part has the wrong shape, or the proof of work is none.
    """
    if type(proof) is not FriProof:
        raise Malformed("FRI proof")
    arities = parameters.arities(size // parameters.blowup)
    if type(proof.roots) is not tuple or len(proof.roots) != len(arities):
        raise Malformed("roots")
    challenges: list[Scalar] = []
    for root in proof.roots:
        conversation.say("layer", digest(root))
        challenges.append(conversation.ask("fold"))
    last = size // math.prod(arities) // parameters.blowup
    conversation.say("final polynomial", residues(proof.final, (last, 2)))
    seed = conversation.ask("grinding")
    if type(proof.nonce) is not int or not 0 <= proof.nonce < 1 << 64:
        raise Malformed("nonce")
    if not nonce_works(seed, proof.nonce, parameters.grinding_bits):
        raise Malformed("proof of work")
    conversation.say("nonce", (proof.nonce,))
    return Reading(arities, tuple(challenges), tuple(conversation.indices(parameters.queries, size)))


def verify(proof: FriProof, size: int, reading: Reading, values: Elements) -> bool:
    """Whether the opened cosets lead from the word's values at the indices, `(queries, 2)`, to the last polynomial.

    Raises:
        Malformed: A part has the wrong shape.
    """
    if type(proof.layers) is not tuple or len(proof.layers) != len(reading.arities):
        raise Malformed("layers")
    at = np.array(reading.indices)
    queries, shift = at.size, SHIFT
    for arity, root, alpha, layer in zip(reading.arities, proof.roots, reading.challenges, proof.layers, strict=True):
        leaves = size // arity
        place, at = at // leaves, at % leaves
        if not opened(root, leaves, layer, at, 2 * arity):
            return False
        cosets = layer.rows.reshape(queries, arity, 2)
        if not np.array_equal(cosets[np.arange(queries), place], values):
            return False
        values = fold_cosets(EXTENSION, cosets, alpha.array(), _inverses(at, arity, size, shift))
        size, shift = leaves, pow(shift, arity, P)
    root_of_unity = GOLDILOCKS.root_of_unity(size)
    points = [shift * pow(root_of_unity, int(i), P) % P for i in at]
    return np.array_equal(values, _evaluated(proof.final, points))


def count(ledger: Ledger, size: int, parameters: FriParameters, conversation: Conversation) -> None:
    """Record what `commit` records, from the size alone."""
    arith = Arithmetic(GOLDILOCKS, ledger)
    for arity in parameters.arities(size // parameters.blowup):
        with arith.phase("layers"):
            count_tree(ledger, size // arity, 2 * arity)
        conversation.say("layer", (0,) * DIGEST)
        conversation.ask("fold")
        with arith.phase("layers"):
            ledger.fri_fold(EXTENSION.name, size, arity)
        size //= arity
    with arith.phase("final polynomial"):
        ledger.ntt(GOLDILOCKS.name, size, 2, coset=True, inverse=True)
    conversation.say("final polynomial", EXTENSION.zeros(size // parameters.blowup))
    conversation.ask("grinding")
    with arith.phase("grinding"):
        _count_grinding(ledger, parameters)
    conversation.say("nonce", (0,))
    conversation.indices(parameters.queries, 1)


def _count_grinding(ledger: Ledger | None, parameters: FriParameters) -> None:
    """The expected number of hashes, 2^bits, whatever luck the prover had: a ledger depends on sizes alone."""
    if ledger is not None:
        ledger.hash("sha256", 1 << parameters.grinding_bits)


def _inverses(at: NDArray[np.int64], arity: int, size: int, shift: int) -> Elements:
    r"""$1/(s\,\omega^{j + i D/a})$ for each index j and each i."""
    inverse_root = pow(GOLDILOCKS.root_of_unity(size), -1, P)
    first = [pow(inverse_root, int(j), P) for j in at]
    step = pow(inverse_root, size // arity, P)
    scale = pow(shift, -1, P)
    ratios = [scale * pow(step, i, P) % P for i in range(arity)]
    return np.array([[f * r % P for r in ratios] for f in first], dtype=np.uint64)


def _evaluated(coefficients: Elements, points: Sequence[int]) -> Elements:
    """A polynomial at points of the base field."""
    x = np.array(points, dtype=np.uint64)[:, None]
    out = np.zeros((len(points), 2), dtype=np.uint64)
    for c in coefficients[::-1]:
        out = GOLDILOCKS.add(GOLDILOCKS.mul(out, x), c)
    return out
