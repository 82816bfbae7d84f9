"""PLONK proofs that were tampered with, mixed or malformed are rejected, without an exception."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proving_cost.systems.plonk import Evaluations, PlonkProof
from tests.plonk_proofs import PLONK, P, Proved, every_gate_proved, replace, with_value

EVALUATIONS = tuple(f.name for f in fields(Evaluations))
POINTS = ("wires 0", "wires 1", "wires 2", "product", *(f"quotient {i}" for i in range(5)), "opening", "opening_after")


@pytest.fixture(scope="module")
def case() -> Proved:
    return every_gate_proved()


def point(proof: PlonkProof, name: str) -> Any:
    part, _, index = name.partition(" ")
    return getattr(proof, part)[int(index)] if index else getattr(proof, part)


def with_point(proof: PlonkProof, name: str, value: Any) -> Any:
    part, _, index = name.partition(" ")
    if not index:
        return replace(proof, **{part: value})
    listed = list(getattr(proof, part))
    listed[int(index)] = value
    return replace(proof, **{part: tuple(listed)})


@pytest.mark.parametrize("name", POINTS)
def test_no_point_can_be_changed(case: Proved, name: str) -> None:
    here, g1 = point(case.proof, name), PLONK.curve.g1
    for other in (g1.identity, g1.generator, g1.neg(here), g1.double(here), g1.add(here, g1.generator)):
        assert not case.accepts(with_point(case.proof, name, other))


@pytest.mark.parametrize("name", EVALUATIONS)
def test_no_evaluation_can_be_changed(case: Proved, name: str) -> None:
    here = getattr(case.proof.evaluations, name)
    for other in (0, 1, (here + 1) % P, -here % P, here * 2 % P):
        assert not case.accepts(with_value(case.proof, name, other))


def test_no_two_points_can_be_swapped(case: Proved) -> None:
    for i, a in enumerate(POINTS):
        for b in POINTS[:i]:
            swapped = with_point(with_point(case.proof, a, point(case.proof, b)), b, point(case.proof, a))
            assert not case.accepts(swapped), (a, b)


def test_no_two_evaluations_can_be_swapped(case: Proved) -> None:
    held = case.proof.evaluations
    for i, a in enumerate(EVALUATIONS):
        for b in EVALUATIONS[:i]:
            swapped = replace(held, **{a: getattr(held, b), b: getattr(held, a)})
            assert not case.accepts(replace(case.proof, evaluations=swapped)), (a, b)


@settings(max_examples=75)
@given(which=st.integers(0, len(POINTS) + len(EVALUATIONS) - 1), by=st.integers(1, P - 1))
def test_random_changes_are_rejected(case: Proved, which: int, by: int) -> None:
    if which < len(POINTS):
        changed = with_point(case.proof, POINTS[which], (point(case.proof, POINTS[which]) + by) % P)
    else:
        name = EVALUATIONS[which - len(POINTS)]
        changed = with_value(case.proof, name, (getattr(case.proof.evaluations, name) + by) % P)
    assert not case.accepts(changed)


@settings(max_examples=50)
@given(st.integers(0, 1), st.integers(1, P - 1))
def test_other_public_inputs_are_rejected(case: Proved, which: int, by: int) -> None:
    public = list(case.assignment.public)
    public[which] = (public[which] + by) % P
    assert not case.accepts(case.proof, public)


def test_parts_of_two_proofs_do_not_mix(case: Proved) -> None:
    other = PLONK.prove(case.proving, case.assignment, rng=np.random.default_rng(99))
    for f in fields(PlonkProof):
        assert not case.accepts(replace(case.proof, **{f.name: getattr(other, f.name)}))


MALFORMED: dict[str, Callable[[PlonkProof], Any]] = {
    "None": lambda proof: None,
    "text": lambda proof: "proof",
    "bytes": lambda proof: b"",
    "evaluations missing": lambda proof: replace(proof, evaluations=None),
    "evaluations as a tuple": lambda proof: replace(proof, evaluations=proof.evaluations.values()),
    "two wires": lambda proof: replace(proof, wires=proof.wires[:2]),
    "four wires": lambda proof: replace(proof, wires=(*proof.wires, proof.wires[0])),
    "wires as a list": lambda proof: replace(proof, wires=list(proof.wires)),
    "wires None": lambda proof: replace(proof, wires=None),
    "six pieces": lambda proof: replace(proof, quotient=(*proof.quotient, 0)),
    "no pieces": lambda proof: replace(proof, quotient=()),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_proofs_are_rejected(case: Proved, name: str) -> None:
    assert case.accepts(MALFORMED[name](case.proof)) is False


NOT_RESIDUES = (None, "1", 1.0, True, -1, P, P + 1, 2**256, 2**300, [1], np.nan, object())


def test_what_is_no_residue_and_no_point_is_rejected(case: Proved) -> None:
    for value in NOT_RESIDUES:
        for name in EVALUATIONS:
            assert case.accepts(with_value(case.proof, name, value)) is False
        for name in POINTS:
            assert case.accepts(with_point(case.proof, name, value)) is False
        assert case.accepts(case.proof, [value, case.assignment.public[1]]) is False


def test_evaluations_are_accepted_only_in_canonical_form(case: Proved) -> None:
    for name in EVALUATIONS:
        assert not case.accepts(with_value(case.proof, name, getattr(case.proof.evaluations, name) + P))
    assert not case.accepts(case.proof, [x + P for x in case.assignment.public])


def test_the_wrong_number_of_public_inputs_is_rejected(case: Proved) -> None:
    y, h = case.assignment.public
    for public in ([], [y], [y, h, 0], [y, h, h], (), None, 7, "ab", {y: h}, {y, h}):
        assert PLONK.verify(case.verifying, public, case.proof) is False  # type: ignore[arg-type]
