"""The STARK convinces of nothing that is false: changed proofs, other statements, unsatisfied witnesses, and provers who lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.air_rows import OUTPUTS, WIRED
from proving_cost.circuits.circuit import Circuit
from proving_cost.fields import GOLDILOCKS
from proving_cost.systems.stark import Stark, StarkProof, prover
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.keys import CHUNKS, COLUMNS, ProvingKey
from proving_cost.systems.stark.scalars import Scalar, scalars
from proving_cost.systems.stark.stark import LABEL
from proving_cost.systems.stark.verifier import UNIT
from tests.random_circuits import circuits
from tests.stark_proofs import RNG, SMALL, P, chain, every_gate, example, parts


def with_part(proof: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The proof with one component exchanged."""
    if not path:
        return value
    if isinstance(path[0], int):
        return tuple(with_part(e, path[1:], value) if i == path[0] else e for i, e in enumerate(proof))
    return replace(proof, **{path[0]: with_part(getattr(proof, path[0]), path[1:], value)})


def changed(part: Any, place: int, by: int) -> Any:
    """A component with one of its residues changed."""
    if isinstance(part, int):
        return part + by
    if isinstance(part, tuple):
        place %= len(part)
        return tuple((v + by) % P if i == place else v for i, v in enumerate(part))
    out = part.copy()
    flat = out.reshape(-1)
    place %= flat.size
    flat[place] = (int(flat[place]) + by) % P
    return out


COMPONENTS = [path for path, _ in parts(example()[2])]


def test_every_component_is_among_those_tampered_with() -> None:
    assert len(COMPONENTS) == 3 + 2 + 2 * 4 + 2 + 3 * len(example()[2].fri.roots)
    assert {path[0] for path in COMPONENTS} == {f.name for f in fields(StarkProof)}


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: ".".join(map(str, path)))
@settings(max_examples=15, deadline=None)
@given(place=st.integers(0, 10**6), by=st.one_of(st.just(1), st.integers(1, P - 1)))
def test_a_changed_residue_is_refused(path: tuple[Any, ...], place: int, by: int) -> None:
    keys, assignment, proof = example()
    part = dict(parts(proof))[path]
    assert not SMALL.verify(keys.verifying, assignment.public, with_part(proof, path, changed(part, place, by)))


MALFORMED: dict[str, Callable[[Any], Any]] = {
    "none": lambda part: None,
    "text": lambda part: "proof",
    "float": lambda part: 0.5,
    "empty": lambda part: (),
    "too many": lambda part: np.concatenate([part, part]) if isinstance(part, np.ndarray) else (part, part),
    "objects": lambda part: part.astype(object) if isinstance(part, np.ndarray) else np.array([part], dtype=object),
    "signed": lambda part: part.astype(np.int64) if isinstance(part, np.ndarray) else -1,
    "not reduced": lambda part: (
        np.full_like(part, np.uint64(2**64 - 1)) if isinstance(part, np.ndarray) else (P,) * 4
    ),
}


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: ".".join(map(str, path)))
def test_malformed_components_are_refused_without_an_error(path: tuple[Any, ...]) -> None:
    keys, assignment, proof = example()
    for make in MALFORMED.values():
        assert not SMALL.verify(keys.verifying, assignment.public, with_part(proof, path, make(dict(parts(proof))[path])))


@pytest.mark.parametrize("name", [f.name for f in fields(StarkProof)])
def test_malformed_records_are_refused_without_an_error(name: str) -> None:
    keys, assignment, proof = example()
    for wrong in (None, 3, (), proof, proof.fri, proof.trace, proof.copies):
        if wrong is not getattr(proof, name):
            assert not SMALL.verify(keys.verifying, assignment.public, replace(proof, **{name: wrong}))
    assert not SMALL.verify(keys.verifying, assignment.public, getattr(proof, name))


def test_layers_left_out_added_or_swapped_are_refused() -> None:
    circuit, inputs = chain(9)
    assignment = circuit.assign(inputs)
    keys = SMALL.setup(SMALL.compile(circuit), rng=RNG)
    proof = SMALL.prove(keys.proving, assignment, rng=RNG)
    roots, layers = proof.fri.roots, proof.fri.layers
    assert SMALL.verify(keys.verifying, assignment.public, proof) and len(roots) == 1
    for fri in (
        replace(proof.fri, roots=()), replace(proof.fri, layers=()), replace(proof.fri, roots=roots * 2),
        replace(proof.fri, layers=layers * 2), replace(proof.fri, roots=roots * 2, layers=layers * 2),
    ):  # fmt: skip
        assert not SMALL.verify(keys.verifying, assignment.public, replace(proof, fri=fri))
    swapped = replace(proof, trace_root=proof.copies_root, copies_root=proof.trace_root)
    assert not SMALL.verify(keys.verifying, assignment.public, swapped)


@pytest.mark.parametrize("index", [0, 1])
@settings(max_examples=15, deadline=None)
@given(value=st.one_of(st.integers(0, 3), st.integers(0, P - 1)))
def test_other_public_inputs_are_refused(index: int, value: int) -> None:
    keys, assignment, proof = example()
    public = [value if i == index else v for i, v in enumerate(assignment.public)]
    assert SMALL.verify(keys.verifying, public, proof) == (public == list(assignment.public))


def test_public_inputs_of_another_number_or_range_are_refused() -> None:
    keys, assignment, proof = example()
    y, total = assignment.public
    for public in ([], [y], [y, total, 0], [y, total + P], [y, -1], [y, None], [y, "1"], [float(y), total]):
        assert not SMALL.verify(keys.verifying, public, proof)


@settings(max_examples=15, deadline=None)
@given(circuits(), st.data())
def test_an_unsatisfied_witness_is_refused_or_convinces_nobody(made: tuple[Circuit, Mapping[str, int]], data: Any) -> None:
    circuit, inputs = made
    good = circuit.assign(inputs)
    variable = data.draw(st.integers(1, circuit.variables - 1))
    bad = good.with_value(variable, int(good.values[variable]) + data.draw(st.integers(1, P - 1)))
    keys = SMALL.setup(SMALL.compile(circuit), rng=RNG)
    true = circuit.first_violation(bad) is None
    proof = SMALL.prove(keys.proving, bad, rng=RNG, check=False)
    assert SMALL.verify(keys.verifying, bad.public, proof) == true
    if not true:
        with pytest.raises(InvalidInput, match="witness: constraint"):
            SMALL.prove(keys.proving, bad, rng=RNG)


@pytest.mark.parametrize(
    ("variable", "name"), [(5, "product"), (6, "bits"), (15, "bits"), (16, "permutation"), (27, "permutation"), (2, "equality")]
)
def test_each_kind_of_constraint_is_named_and_enforced(variable: int, name: str) -> None:
    keys, assignment, _ = example()
    bad = assignment.with_value(variable, int(assignment.values[variable]) + 1)
    with pytest.raises(InvalidInput, match=f"constraint '{name}'"):
        SMALL.prove(keys.proving, bad, rng=RNG)
    assert not SMALL.verify(keys.verifying, bad.public, SMALL.prove(keys.proving, bad, rng=RNG, check=False))


def proof_of_table(key: ProvingKey, table: np.ndarray, public: tuple[int, ...], system: Stark = SMALL) -> StarkProof:
    """What the prover makes of any table."""
    conversation = Conversation(LABEL, key.verifying.statement, public)
    return prover.proven(key, table, public, system.parameters, Arithmetic(GOLDILOCKS), conversation)


def test_a_broken_copy_is_refused() -> None:
    """Every row holds by itself, but the permutation's row takes another x than the product's."""
    keys, assignment, _ = example()
    air = keys.proving.air
    other = air.circuit.assign({"x": 38, "w": 99, "y": 0, "total": 0}, check=False)
    table, alien = air.trace(assignment), air.trace(other)
    table[:, 0] = alien[:, 0]
    assert "copy" in str(air.first_violation(table, assignment.public))
    proof = proof_of_table(keys.proving, table, assignment.public)
    assert not SMALL.verify(keys.verifying, assignment.public, proof)


@pytest.mark.parametrize("column", [*range(0, WIRED, 7), *OUTPUTS, 40, 90, 153])
def test_a_changed_cell_of_a_permutation_row_is_refused(column: int) -> None:
    keys, assignment, _ = example()
    table = keys.proving.air.trace(assignment)
    table[column, 0] = (int(table[column, 0]) + 1) % P
    if keys.proving.air.first_violation(table, assignment.public) is not None:
        proof = proof_of_table(keys.proving, table, assignment.public)
        assert not SMALL.verify(keys.verifying, assignment.public, proof)


def test_a_prover_who_lies_about_a_value_at_z_is_caught_by_fri(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value of a chunk of the quotient is chosen so that the constraints hold at z: then the word is not of low degree."""
    system = Stark(queries=20, grinding_bits=0, final=4, fold=4)
    circuit, inputs = every_gate()
    bad = circuit.assign(inputs).with_value(5, 1)
    keys = system.setup(system.compile(circuit), rng=RNG)
    honest, seen = prover.openings, {}

    def lie(arith: Any, tables: Any, z: Scalar, beyond: Scalar) -> Any:
        values, following = honest(arith, tables, z, beyond)
        seen["z"] = z
        first = sum(COLUMNS[:3])
        chunks = [a + UNIT * b for a, b in zip(scalars(values[first::2]), scalars(values[first + 1 :: 2]), strict=True)]
        n = keys.verifying.rows
        total = Scalar(0)
        for k in range(CHUNKS):
            total = total + chunks[k] * seen["z"] ** (n * k)
        needed = seen["needed"](values, following, z)
        values = values.copy()
        values[first] = (scalars(values[first : first + 1])[0] + needed - total).array()
        return values, following

    from proving_cost.systems.stark import verifier

    def needed(values: Any, following: Any, z: Scalar) -> Scalar:
        """The quotient that the constraints ask for at z, from the verifier's own reckoning."""
        found: dict[str, Scalar] = {}
        original = verifier.combined

        def remember(*args: Any, **more: Any) -> Scalar:
            found["left"] = original(*args, **more)
            return found["left"]

        monkeypatch.setattr(verifier, "combined", remember)
        fake = replace(example()[2], values=values, following=following)
        verifier._constraints_hold(keys.verifying.rows, system.instance, bad.public, fake, z, seen["challenges"])
        monkeypatch.setattr(verifier, "combined", original)
        return found["left"] * (z ** keys.verifying.rows - 1).inverse()

    quotient = prover.quotient_values

    def watch(arith: Any, instance: Any, domain: Any, tables: Any, inputs: Any, challenges: Any) -> Any:
        seen["challenges"] = challenges
        return quotient(arith, instance, domain, tables, inputs, challenges)

    seen["needed"] = needed
    monkeypatch.setattr(prover, "quotient_values", watch)
    monkeypatch.setattr(prover, "openings", lie)
    proof = system.prove(keys.proving, bad, rng=RNG, check=False)
    held = verifier._constraints_hold(
        keys.verifying.rows, system.instance, bad.public, proof, seen["z"], seen["challenges"]
    )
    assert held and not system.verify(keys.verifying, bad.public, proof)


def test_a_proof_of_another_circuit_is_refused() -> None:
    keys, assignment, proof = example()
    circuit, inputs = every_gate()
    circuit.equal(circuit.constant(1), 1, "one more")
    other = SMALL.setup(SMALL.compile(circuit), rng=RNG)
    assert not SMALL.verify(other.verifying, assignment.public, proof)
    assert not SMALL.verify(keys.verifying, assignment.public, SMALL.prove(other.proving, circuit.assign(inputs), rng=RNG))
