"""Two proofs under one key do not mix: whatever commitments, openings or values are swapped, the verifier rejects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proof_parts import SYSTEMS, Path, Statement, exchanged, held, parts, statement


def differing(first: Statement, second: Statement) -> list[Path]:
    """Paths to the smallest parts in which two proofs differ."""
    leaves = [path for path, part in parts(first.proof) if len(list(parts(part))) == 1]
    return [path for path in leaves if not np.array_equal(held(first.proof, path), held(second.proof, path))]


@pytest.mark.parametrize("name", SYSTEMS)
def test_one_part_of_another_proof(name: str) -> None:
    first, second = statement(name, 3), statement(name, 6)
    paths = differing(first, second)
    assert len(paths) >= 3 and first.accepts(first.proof) and second.accepts(second.proof)
    assert not first.accepts(second.proof) and not second.accepts(first.proof)
    for path in paths:
        mixed = exchanged(first.proof, path, held(second.proof, path))
        assert not first.accepts(mixed) and not second.accepts(mixed), path


@pytest.mark.parametrize("name", SYSTEMS)
@given(data=st.data())
@settings(max_examples=15)
def test_any_mixture_of_two_proofs(name: str, data: Any) -> None:
    first, second = statement(name, 3), statement(name, 6)
    paths = differing(first, second)
    taken = data.draw(st.sets(st.sampled_from(range(len(paths))), min_size=1, max_size=len(paths) - 1))
    mixed = first.proof
    for i in taken:
        mixed = exchanged(mixed, paths[i], held(second.proof, paths[i]))
    assert not first.accepts(mixed) and not second.accepts(mixed)


@pytest.mark.parametrize("name", SYSTEMS)
@given(which=st.integers(0, 1), by=st.integers(1, 2**64 - 2**32))
@settings(max_examples=15)
def test_a_proof_is_of_its_public_inputs_alone(name: str, which: int, by: int) -> None:
    """Also of the one that no constraint mentions."""
    case = statement(name, 3)
    public = list(case.public)
    public[which] = (public[which] + by) % case.system.field.modulus
    assert not case.accepts(case.proof, public)
