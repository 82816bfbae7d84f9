"""The commitment from a code and a tree: it opens to the multilinear extension, and to nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import EXTENSION_FIELDS, GOLDILOCKS, Elements
from proving_cost.kernels.sumcheck import multilinear_at
from proving_cost.systems import tensor_commitment
from proving_cost.systems.tensor_commitment import Committed, TensorCommitment, TensorOpening
from proving_cost.transcript import Transcript

K = EXTENSION_FIELDS["goldilocks^2"]
P = GOLDILOCKS.modulus
SCHEME = TensorCommitment(K, queries=40)
COMBINED, PROXIMITY = 0, 1


def committed(size: int, seed: int = 1) -> tuple[Elements, Committed]:
    values = GOLDILOCKS.random(np.random.default_rng(seed), size)
    return values, SCHEME.commit(Arithmetic(GOLDILOCKS), values)


def root_of(held: Committed) -> Elements:
    return GOLDILOCKS.array(list(held.tree.root))


def opened(held: Committed, point: Elements) -> TensorOpening:
    return SCHEME.open(Arithmetic(K), held, point, Transcript("test"))


def value_of(root: Elements, size: int, point: Elements, opening: TensorOpening) -> Elements | None:
    return SCHEME.check(Arithmetic(K), size, root, point, opening, Transcript("test"))


def point_for(size: int, seed: int = 2) -> Elements:
    return K.random(np.random.default_rng(seed), size.bit_length() - 1)


@pytest.mark.parametrize("size", [2, 32, 256, 4096])
def test_it_opens_to_the_multilinear_extension(size: int) -> None:
    values, held = committed(size)
    point = point_for(size)
    found = value_of(root_of(held), size, point, opened(held, point))
    assert found is not None and np.array_equal(found, multilinear_at(Arithmetic(K), values, point))


@pytest.mark.parametrize("which", [COMBINED, PROXIMITY], ids=["combined", "proximity"])
@given(size=st.sampled_from([32, 256, 1024]), at=st.integers(0, 10**6), by=st.integers(1, P - 1), seed=st.integers(0, 3))
@settings(max_examples=30)
def test_a_false_row_is_rejected(which: int, size: int, at: int, by: int, seed: int) -> None:
    """The prover sends another row before it learns the places, and opens the columns there: all else is right.

    The combined row can be chosen for any value of f at the point, so that this check is what binds the value.
    """
    _, held = committed(size, seed)
    point, honest, calls = point_for(size), tensor_commitment.combine_rows, []

    def false(arith: Any, weights: Elements, matrix: Elements) -> Elements:
        row = honest(arith, weights, matrix).copy()
        if len(calls) == which:
            row[at % len(row), 0] = (int(row[at % len(row), 0]) + by) % P
        calls.append(row)
        return row

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensor_commitment, "combine_rows", false)
        opening = opened(held, point)
    right = opened(held, point)
    assert len(calls) == 2 and not np.array_equal(
        (opening.combined, opening.proximity)[which], (right.combined, right.proximity)[which]
    )
    assert value_of(root_of(held), size, point, right) is not None
    assert value_of(root_of(held), size, point, opening) is None


@given(size=st.sampled_from([32, 256]), seed=st.integers(3, 1000))
@settings(max_examples=15)
def test_an_opening_is_of_its_root_and_its_point(size: int, seed: int) -> None:
    _, held = committed(size)
    _, other = committed(size, seed)
    point, elsewhere = point_for(size), point_for(size, seed)
    opening = opened(held, point)
    assert value_of(root_of(other), size, point, opening) is None
    assert value_of(root_of(held), size, point, opened(other, point)) is None
    # the same rows and columns with the paths of another tree
    moved = replace(opening, paths=opened(other, point).paths)
    assert value_of(root_of(other), size, point, moved) is None and value_of(root_of(held), size, point, moved) is None
    found = value_of(root_of(held), size, elsewhere, opening)
    rows = SCHEME.shape(size).rows
    assert rows == 1 or found is None  # with one row, the combined row is all of f and opens anywhere


@pytest.mark.parametrize("noisy", [0.4, 0.6, 1.0])
def test_a_matrix_far_from_the_code_is_rejected(noisy: float) -> None:
    """Some columns of the committed encoding are noise; the rows sent are the true ones."""
    values, _ = committed(1024)
    rng, transform = np.random.default_rng(5), tensor_commitment.ntt
    place = rng.random(SCHEME.shape(1024).domain) < noisy

    def spoilt(arith: Any, rows: Elements) -> Elements:
        out = transform(arith, rows)
        out[:, place] = GOLDILOCKS.random(rng, out[:, place].shape)
        return out

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensor_commitment, "ntt", spoilt)
        held = SCHEME.commit(Arithmetic(GOLDILOCKS), values)
    point = point_for(1024)
    assert value_of(root_of(held), 1024, point, opened(held, point)) is None
