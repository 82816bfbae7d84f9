"""Matrices of Poseidon2: no subspace survives partial rounds, and what mixes can be undone."""

from __future__ import annotations

from dataclasses import replace

import flint
import numpy as np
import pytest

from proving_cost.fields import BN254_FR, GOLDILOCKS
from proving_cost.kernels.poseidon2 import INSTANCES, Poseidon2, poseidon2

ALL = [pytest.param(poseidon2(rounds.field, t), id=f"{name}-{t}") for (name, t), rounds in INSTANCES.items()]


def internal_matrix(instance: Poseidon2) -> list[list[int]]:
    t, p = instance.width, instance.field.modulus
    return [[(1 + (instance.internal_diagonal[i] if i == j else 0)) % p for j in range(t)] for i in range(t)]


@pytest.mark.parametrize("instance", ALL)
def test_no_subspace_survives_partial_rounds(instance: Poseidon2) -> None:
    # For every period k up to 2t: the vectors M^(ki) e_0 span the space, and so do the functionals e_0^T M^(ki). The
    # latter says that no subspace with M^k V = V lies in lane 0 = 0.
    t, p = instance.width, instance.field.modulus
    matrix = np.array(internal_matrix(instance), dtype=object)
    power = matrix
    for _ in range(2 * t):
        for m in (power, power.T):
            vectors = [np.array([1] + [0] * (t - 1), dtype=object)]
            while len(vectors) < t:
                vectors.append(m.dot(vectors[-1]) % p)
            assert int(flint.fmpz_mat([[int(v) for v in row] for row in vectors]).det()) % p
        power = power.dot(matrix) % p


def test_a_subspace_that_survives_is_found() -> None:
    # Two equal entries of the diagonal: (0, 1, -1, 0, ...) is an eigenvector with lane 0 = 0.
    right = poseidon2(GOLDILOCKS, 8)
    diagonal = (right.internal_diagonal[0], 3, 3, *right.internal_diagonal[3:])
    with pytest.raises(AssertionError):
        test_no_subspace_survives_partial_rounds(replace(right, internal_diagonal=diagonal))


# Irreducible factors of the characteristic polynomial of the internal matrix. The condition of Poseidon2, section 5.3,
# is one factor for M, ..., M^(2t). The diagonal of BabyBear 24 is as published, and does not satisfy it.
FACTORS = {"goldilocks/8": [8], "goldilocks/12": [12], "babybear/16": [16], "babybear/24": [3, 9, 12],
           "koalabear/16": [16], "koalabear/24": [24]}  # fmt: skip


@pytest.mark.parametrize("name", FACTORS)
def test_minimal_polynomials_of_the_internal_matrix(name: str) -> None:
    field, t = name.split("/")
    instance = poseidon2(INSTANCES[field, int(t)].field, int(t))
    p = instance.field.modulus
    matrix = flint.nmod_mat(int(t), int(t), [v for row in internal_matrix(instance) for v in row], p)
    power = matrix
    for _ in range(2 * int(t)):
        _, factors = power.charpoly().factor()
        assert sorted(f.degree() for f, _ in factors) == FACTORS[name]
        assert {m for _, m in factors} == {1}  # squarefree: the minimal polynomial
        power = power * matrix


def test_the_internal_matrix_of_width_three_is_the_papers() -> None:
    assert internal_matrix(poseidon2(BN254_FR, 3)) == [[2, 1, 1], [1, 2, 1], [1, 1, 3]]


@pytest.mark.parametrize("instance", ALL)
def test_the_external_matrix_is_invertible_and_the_power_a_bijection(instance: Poseidon2) -> None:
    rows = flint.fmpz_mat([list(row) for row in instance.external_matrix])
    assert int(rows.det()) % instance.field.modulus
    assert np.gcd.reduce(np.array([instance.alpha, instance.field.modulus - 1], dtype=object)) == 1
