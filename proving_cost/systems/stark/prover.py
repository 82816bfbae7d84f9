"""The prover: trace, copy columns, quotient, values out of the domain, FRI, openings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.air_rows import COEFFICIENTS, WIRED
from proving_cost.circuits.columns import Column, Quadratic
from proving_cost.fields import GOLDILOCKS, Elements
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.ntt import coset_points, ntt
from proving_cost.kernels.poseidon2 import Poseidon2
from proving_cost.systems.stark import fri
from proving_cost.systems.stark.combinations import inner_products, power_table, prefix_products, weighted_rows
from proving_cost.systems.stark.constraints import (
    COPY_COLUMNS,
    GROUPS,
    TOTAL_CONSTRAINTS,
    RowValues,
    combined,
    factors,
)
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.fri import FriParameters
from proving_cost.systems.stark.keys import CHUNKS, Domain, ProvingKey
from proving_cost.systems.stark.proof import StarkProof
from proving_cost.systems.stark.scalars import EXTENSION, P, Scalar, powers
from proving_cost.systems.stark.tables import Table, evaluated, extended, interpolated
from proving_cost.systems.stark.trees import open_rows

__all__ = [
    "columns_of", "compose", "copy_columns", "deep_word", "identities", "openings", "pair", "proven", "quotient_values",
]  # fmt: skip


def proven(
    key: ProvingKey, table: Elements, public: Sequence[int], parameters: FriParameters, arith: Arithmetic,
    conversation: Conversation,
) -> StarkProof:  # fmt: skip
    """A proof for a filled table, whether or not it satisfies the constraints."""
    n, size = key.domain.rows, key.domain.points.size
    known = GOLDILOCKS.zeros(n)
    known[: len(public)] = GOLDILOCKS.array(list(public))
    with arith.phase("trace"):
        trace = extended(arith, interpolated(arith, table), size)
    conversation.say("trace", trace.tree.root)

    beta, gamma = conversation.ask("beta"), conversation.ask("gamma")
    with arith.phase("copies"):
        wired = np.concatenate([table[:WIRED], known[None]])
        columns = copy_columns(arith, wired, key.sigma, coset_points(GOLDILOCKS, n), beta, gamma)
        copies = extended(arith, interpolated(arith, columns), size)
    conversation.say("copies", copies.tree.root)

    alpha = conversation.ask("alpha")
    with arith.phase("quotient"):
        inputs = evaluated(arith, interpolated(arith, known[None]), size)[0]
        values = quotient_values(
            arith, key.air.circuit.permutation, key.domain, (key.preprocessed, trace, copies), inputs, (alpha, beta, gamma)
        )
        whole = ntt(arith.over(EXTENSION), values, inverse=True, shift=fri.SHIFT)[: CHUNKS * n]
        chunks = whole.reshape(CHUNKS, n, 2).transpose(0, 2, 1).reshape(2 * CHUNKS, n)
        quotient = extended(arith, np.ascontiguousarray(chunks), size)
    conversation.say("quotient", quotient.tree.root)

    z = conversation.ask("z")
    beyond = z * GOLDILOCKS.root_of_unity(n)
    tables = (key.preprocessed, trace, copies, quotient)
    with arith.phase("openings"):
        at_z, following = openings(arith, tables, z, beyond)
    conversation.say("values at z", at_z)
    conversation.say("values at wz", following)

    combiner = conversation.ask("lambda")
    with arith.phase("deep"):
        word = deep_word(arith, tables, key.domain.points, (z, beyond), (at_z, following), combiner)
    with arith.phase("fri"):
        committed = fri.commit(arith, word, parameters, conversation)
    opened = [open_rows(t.tree, t.values.T, np.array(committed.indices)) for t in tables]
    return StarkProof(
        trace_root=trace.tree.root, copies_root=copies.tree.root, quotient_root=quotient.tree.root, values=at_z,
        following=following, preprocessed=opened[0], trace=opened[1], copies=opened[2], quotient=opened[3],
        fri=fri.open_layers(committed),
    )  # fmt: skip


def copy_columns(
    arith: Arithmetic, wired: Elements, sigma: Elements, points: Elements, beta: Scalar, gamma: Scalar
) -> Elements:
    r"""`(2 · COPY_COLUMNS, n)`: Z, then the products $h_j$ on the way to the next row.

    Row by row and group by group, each entry multiplies by the ratio of a group's factors; Z is the product before
    the row's first group, and $h_j$ that after its j-th.
    """
    n = points.size
    cells, numbers, x = columns_of(arith, wired), columns_of(arith, sigma), Column(arith, points)
    both = [
        factors(cells, x, numbers, group, pair(beta), pair(gamma), identities(beta)) for group in GROUPS
    ]
    up, down = (np.stack([_stacked(pair[side]) for pair in both], axis=1) for side in (0, 1))
    ext = arith.over(EXTENSION)
    ratios = ext.mul(up, batch_inverse(ext, down))
    running = prefix_products(arith, ratios.reshape(-1, 2))
    before = np.concatenate([np.array([[1, 0]], dtype=np.uint64), running[:-1]])
    steps = before.reshape(n, COPY_COLUMNS, 2)
    return np.ascontiguousarray(steps.transpose(1, 2, 0).reshape(2 * COPY_COLUMNS, n))


def quotient_values(
    arith: Arithmetic, instance: Poseidon2, domain: Domain, tables: Sequence[Table], inputs: Elements,
    challenges: tuple[Scalar, Scalar, Scalar],
) -> Elements:  # fmt: skip
    """`(D, 2)`: the combined constraints over x^n − 1, on the coset."""
    preprocessed, trace, copies = tables
    total = compose(arith, instance, domain, preprocessed.values, trace.values, copies.values, inputs, challenges)
    return _stacked(total * Column(arith, domain.inverse_vanishing))


def compose(
    arith: Arithmetic, instance: Poseidon2, domain: Domain, preprocessed: Elements, trace: Elements, copies: Elements,
    inputs: Elements, challenges: tuple[Scalar, Scalar, Scalar],
) -> Quadratic:  # fmt: skip
    """The combined constraints at every point of the domain."""
    alpha, beta, gamma = challenges
    fixed = columns_of(arith, preprocessed)
    steps = columns_of(arith, copies)
    following = columns_of(arith, np.roll(copies[:2], -(domain.points.size // domain.rows), axis=1))
    row = RowValues(
        point=Column(arith, domain.points),
        first=Column(arith, domain.first),
        cells=columns_of(arith, trace),
        coefficients=fixed[:COEFFICIENTS],
        selectors=fixed[COEFFICIENTS : -(WIRED + 1)],
        sigma=fixed[-(WIRED + 1) :],
        public=Column(arith, inputs),
        copies=[Quadratic(steps[2 * j], steps[2 * j + 1], EXTENSION.nonresidue) for j in range(COPY_COLUMNS)],
        following=Quadratic(following[0], following[1], EXTENSION.nonresidue),
    )
    weights = [pair(w) for w in powers(alpha, TOTAL_CONSTRAINTS)]
    return combined(instance, row, weights, pair(beta), pair(gamma), identities(beta))  # type: ignore[no-any-return]


def openings(arith: Arithmetic, tables: Sequence[Table], z: Scalar, beyond: Scalar) -> tuple[Elements, Elements]:
    """Values of all columns at z, `(columns, 2)`, and of the two columns of Z at ωz."""
    n = tables[0].coefficients.shape[1]
    at_z = power_table(arith, z, n)
    values = np.concatenate([inner_products(arith, t.coefficients, at_z) for t in tables])
    return values, inner_products(arith, tables[2].coefficients[:2], power_table(arith, beyond, n))


def deep_word(
    arith: Arithmetic, tables: Sequence[Table], points: Elements, at: tuple[Scalar, Scalar],
    values: tuple[Elements, Elements], combiner: Scalar,
) -> Elements:  # fmt: skip
    r"""The word of which FRI shows that it is close to a polynomial of degree below n, `(D, 2)`:

    $$\sum_i \lambda^i\,\frac{f_i(x) - f_i(z)}{x - z}
      + \sum_i \lambda^{m+i}\,\frac{Z_i(x) - Z_i(\omega z)}{x - \omega z}.$$
    """
    ext = arith.over(EXTENSION)
    weights = np.stack([w.array() for w in powers(combiner, values[0].shape[0] + 2)])
    sets = (np.concatenate([t.values for t in tables]), tables[2].values[:2])
    places = np.stack([ext.sub(EXTENSION.embed(points), z.array()) for z in at])
    inverses = batch_inverse(ext, places)
    word, first = None, 0
    for columns, claimed, inverse in zip(sets, values, inverses, strict=True):
        own = weights[first : first + claimed.shape[0]]
        first += claimed.shape[0]
        constant = EXTENSION.zeros(())
        for w, v in zip(own, claimed, strict=True):
            constant = EXTENSION.add(constant, EXTENSION.mul(w, v))
        part = ext.mul(ext.sub(weighted_rows(arith, columns, own), constant), inverse)
        word = part if word is None else ext.add(word, part)
    return np.empty(0) if word is None else word


def columns_of(arith: Arithmetic, table: Elements) -> list[Column]:
    return [Column(arith, column) for column in table]


def pair(value: Scalar) -> Quadratic:
    return Quadratic(value.a, value.b, EXTENSION.nonresidue)


def identities(beta: Scalar) -> list[Quadratic]:
    return [pair(beta * pow(GOLDILOCKS.generator, c, P)) for c in range(WIRED + 1)]


def _stacked(value: Quadratic) -> Elements:
    return np.stack([value.c0.data, value.c1.data], axis=-1)
