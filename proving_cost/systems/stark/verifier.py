"""The verifier: everything from the key, the public inputs and the proof."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.air_rows import COEFFICIENTS, WIDTH, WIRED
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.poseidon2 import Poseidon2
from proving_cost.systems.stark import fri
from proving_cost.systems.stark.combinations import weighted_rows
from proving_cost.systems.stark.constraints import COPY_COLUMNS, TOTAL_CONSTRAINTS, RowValues, combined
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.fri import FriParameters
from proving_cost.systems.stark.keys import CHUNKS, COLUMNS, PREPROCESSED, VerifyingKey
from proving_cost.systems.stark.proof import StarkProof
from proving_cost.systems.stark.scalars import EXTENSION, P, Scalar, powers, scalars
from proving_cost.systems.stark.trees import digest, opened, residues

__all__ = ["convinced"]

UNIT = Scalar(0, 1)


def convinced(
    key: VerifyingKey, instance: Poseidon2, public: Sequence[int], proof: StarkProof, parameters: FriParameters,
    conversation: Conversation,
) -> bool:  # fmt: skip
    """Whether the proof shows a table that satisfies the key's constraints with these public inputs.

    Raises:
        Malformed: A part of the proof has the wrong shape.
    """
    n, size = key.rows, key.rows * parameters.blowup
    conversation.say("trace", digest(proof.trace_root))
    beta, gamma = conversation.ask("beta"), conversation.ask("gamma")
    conversation.say("copies", digest(proof.copies_root))
    alpha = conversation.ask("alpha")
    conversation.say("quotient", digest(proof.quotient_root))
    z = conversation.ask("z")
    beyond = z * GOLDILOCKS.root_of_unity(n)
    if z.b == 0:  # then z may lie in the domain: a chance of 2^-64 that an honest prover must take
        return False
    conversation.say("values at z", residues(proof.values, (sum(COLUMNS), 2)))
    conversation.say("values at wz", residues(proof.following, (2, 2)))
    if not _constraints_hold(n, instance, public, proof, z, (alpha, beta, gamma)):
        return False
    combiner = conversation.ask("lambda")
    reading = fri.read(proof.fri, size, parameters, conversation)

    at = np.array(reading.indices)
    openings = (proof.preprocessed, proof.trace, proof.copies, proof.quotient)
    roots = (key.root, proof.trace_root, proof.copies_root, proof.quotient_root)
    for root, opening, width in zip(roots, openings, COLUMNS, strict=True):
        if not opened(root, size, opening, at, width):
            return False
    rows = np.concatenate([opening.rows for opening in openings], axis=1)
    return fri.verify(proof.fri, size, reading, _word(rows, proof, at, size, (z, beyond), combiner))


def _constraints_hold(
    n: int, instance: Poseidon2, public: Sequence[int], proof: StarkProof, z: Scalar,
    challenges: tuple[Scalar, Scalar, Scalar],
) -> bool:  # fmt: skip
    """Whether the values at z satisfy: combined constraints = quotient · (z^n − 1)."""
    alpha, beta, gamma = challenges
    values = scalars(proof.values)
    fixed, values = values[:PREPROCESSED], values[PREPROCESSED:]
    cells, values = values[:WIDTH], values[WIDTH:]
    copies, chunks = _paired(values[: 2 * COPY_COLUMNS]), _paired(values[2 * COPY_COLUMNS :])
    power = z**n
    vanishing = power - 1
    row = RowValues(
        point=z,
        first=vanishing * ((z - 1) * (n % P)).inverse(),
        cells=cells,
        coefficients=fixed[:COEFFICIENTS],
        selectors=fixed[COEFFICIENTS : -(WIRED + 1)],
        sigma=fixed[-(WIRED + 1) :],
        public=_public_value(public, n, z, vanishing),
        copies=copies,
        following=_paired(scalars(proof.following))[0],
    )
    identities = [beta * pow(GOLDILOCKS.generator, c, P) for c in range(WIRED + 1)]
    left = combined(instance, row, powers(alpha, TOTAL_CONSTRAINTS), beta, gamma, identities)
    quotient = Scalar(0)
    for chunk, step in zip(chunks, powers(power, CHUNKS), strict=True):
        quotient = quotient + chunk * step
    return bool(left == quotient * vanishing)


def _paired(values: Sequence[Scalar]) -> list[Scalar]:
    """Values of a column of the extension from those of its two coefficients."""
    return [a + UNIT * b for a, b in zip(values[::2], values[1::2], strict=True)]


def _public_value(public: Sequence[int], n: int, z: Scalar, vanishing: Scalar) -> Scalar:
    r"""The column of public inputs at z: $\sum_i x_i L_i(z)$ with $L_i(z) = \omega^i (z^n - 1)/(n (z - \omega^i))$."""
    root, point, out = GOLDILOCKS.root_of_unity(n), 1, Scalar(0)
    for value in public:
        out = out + (z - point).inverse() * (point * value % P)
        point = point * root % P
    return out * vanishing * pow(n, -1, P)


def _word(
    rows: Elements, proof: StarkProof, at: Elements, size: int, places: tuple[Scalar, Scalar], combiner: Scalar
) -> Elements:
    """The values that FRI's first layer must hold at the indices."""
    arith, ext = Arithmetic(GOLDILOCKS), Arithmetic(EXTENSION)
    root = GOLDILOCKS.root_of_unity(size)
    points = np.array([fri.SHIFT * pow(root, int(i), P) % P for i in at], dtype=np.uint64)
    weights = powers(combiner, sum(COLUMNS) + 2)
    first = sum(COLUMNS[:2])
    sets = ((rows, proof.values), (rows[:, first : first + 2], proof.following))
    word = EXTENSION.zeros(at.size)
    for (entries, claimed), place in zip(sets, places, strict=True):
        own, weights = weights[: claimed.shape[0]], weights[claimed.shape[0] :]
        constant = Scalar(0)
        for w, v in zip(own, scalars(claimed), strict=True):
            constant = constant + w * v
        sums = weighted_rows(arith, entries.T, np.stack([w.array() for w in own]))
        inverse = batch_inverse(ext, EXTENSION.sub(EXTENSION.embed(points), place.array()))
        word = EXTENSION.add(word, EXTENSION.mul(EXTENSION.sub(sums, constant.array()), inverse))
    return word

