"""What a timing is of, which fields of events the cost model reads, and the work of an event."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.devices import device_names, find_device
from proving_cost.cost_model.subjects import IGNORED, MODELLED, event_of, is_sized, size_of, subject_of
from proving_cost.cost_model.work import PERMUTATION, family_of, work_of
from proving_cost.fields import EXTENSION_FIELDS, PRIME_FIELDS
from proving_cost.ledger import (
    BatchInversion,
    Bytes,
    Event,
    FieldOperation,
    FriFold,
    GroupOperation,
    Hash,
    Msm,
    Ntt,
    Pairing,
    SumcheckRound,
)
from proving_cost.ledger.events import EVENTS
from proving_cost.recipes import RECIPES

FIELDS = sorted({*PRIME_FIELDS, *EXTENSION_FIELDS})


@dataclass(frozen=True)
class Case:
    event: Event
    subject: str
    size: int | None  # None: all operations of a phase together
    family: str
    other: dict[str, object]  # for each field, a value that must change what is predicted (or must not, if ignored)


CASES = [
    Case(Ntt("goldilocks", 64), "ntt/goldilocks", 64, "ntt/narrow",
         {"field": "babybear", "n": 128, "coset": True, "inverse": True}),
    Case(Msm("bn254", "g1", 64), "msm/bn254/g1", 64, "msm/g1",
         {"curve": "bls12_381", "group": "g2", "n": 128, "scalar_bits": ((1, 64),)}),
    Case(Hash("poseidon2/goldilocks/12"), "hash/poseidon2/goldilocks/12", None, "hash/narrow", {"instance": "sha256"}),
    Case(Hash("blake2s"), "hash/blake2s", None, "hash/blake2s", {"instance": "keccak"}),
    Case(FieldOperation("bn254_fr", "mul"), "field/bn254_fr/mul", None, "field/wide",
         {"field": "goldilocks", "operation": "add"}),
    Case(BatchInversion("bn254_fr", 64), "batch_inversion/bn254_fr", 64, "batch_inversion/wide",
         {"field": "goldilocks", "n": 65}),
    Case(SumcheckRound("goldilocks", 64, 3), "sumcheck/goldilocks/3", 64, "sumcheck/narrow",
         {"field": "babybear", "size": 128, "factors": 2}),
    Case(FriFold("goldilocks", 64, 4), "fri_fold/goldilocks/4", 64, "fri_fold/narrow",
         {"field": "babybear", "size": 128, "arity": 2}),
    Case(GroupOperation("bn254", "g2", "mul"), "group/bn254/g2/mul", None, "group/bn254/g2/mul",
         {"curve": "bls12_381", "group": "g1", "operation": "add"}),
    Case(Pairing("bn254"), "pairing/bn254", None, "pairing/bn254", {"curve": "bls12_381"}),
    Case(Bytes("bytes"), "bytes", None, "bytes", {"purpose": "proof"}),
]  # fmt: skip


def test_every_field_of_every_event_is_modelled_or_ignored_with_a_reason() -> None:
    assert set(MODELLED) == set(EVENTS)
    for kind, cls in EVENTS.items():
        ignored = IGNORED.get(kind, {})
        assert sorted([*MODELLED[kind], *ignored]) == sorted(f.name for f in fields(cls)), kind
        assert all(len(reason.split()) >= 5 for reason in ignored.values()), kind
    assert set(IGNORED) <= set(EVENTS)
    assert {type(case.event) for case in CASES} == set(EVENTS.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.subject)
def test_a_field_counts_if_and_only_if_it_is_said_to(case: Case) -> None:
    def seen(event: Event) -> object:
        return subject_of(event), size_of(event) if is_sized(event) else None, work_of(event)

    assert set(case.other) == {f.name for f in fields(case.event)}
    for name, value in case.other.items():
        changed = replace(case.event, **{name: value})
        assert (seen(changed) != seen(case.event)) == (name in MODELLED[case.event.kind]), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.subject)
def test_subject_size_and_family(case: Case) -> None:
    assert subject_of(case.event) == case.subject
    assert is_sized(case.event) == (case.size is not None)
    if case.size is not None:
        assert size_of(case.event) == case.size
    assert event_of(case.subject, 64) == case.event
    assert family_of(case.event) == case.family


@given(
    st.sampled_from(FIELDS), st.integers(0, 40), st.sampled_from(["g1", "g2"]), st.sampled_from(["bn254", "bls12_381"]),
    st.sampled_from(["add", "mul", "inv"]), st.integers(1, 6),
)  # fmt: skip
def test_plain_events_go_to_a_subject_and_back(field: str, lg: int, group: str, curve: str, operation: str, d: int) -> None:
    n = 1 << lg
    events: list[Event] = [
        Ntt(field, n), BatchInversion(field, n + d), SumcheckRound(field, n, d), FriFold(field, n, 1 << d),
        FieldOperation(field, operation), Msm(curve, group, n + d), GroupOperation(curve, group, "double"),
        Pairing(curve),
    ]  # fmt: skip
    for event in events:
        assert event_of(subject_of(event), size_of(event) if is_sized(event) else 1) == event


def test_what_is_not_plain_has_the_subject_of_the_plain_one() -> None:
    plain = Ntt("bn254_fr", 64)
    assert subject_of(Ntt("bn254_fr", 64, coset=True, inverse=True)) == subject_of(plain)
    assert subject_of(Msm("bn254", "g1", 64, ((1, 64),))) == subject_of(Msm("bn254", "g1", 64))


@pytest.mark.parametrize("curve", ["bn254", "bls12_381"])
def test_sums_with_the_scalars_of_a_circuit_are_timed_apart(curve: str) -> None:
    event = event_of(f"msm/{curve}/g2/witness", 1000)
    assert isinstance(event, Msm) and sum(many for _, many in event.scalar_bits or ()) == 1000
    assert 3 < work_of(Msm(curve, "g2", 1 << 20)).wide_mads / work_of(event_of(f"msm/{curve}/g2/witness", 1 << 20)).wide_mads < 7
    for wrong in ("msm/bn254/witness", "msm/bn254/g1/witness/2", "ntt/goldilocks/witness"):
        with pytest.raises(InvalidInput, match="subject"):
            event_of(wrong, 1024)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_event_of_every_recipe_is_one_that_can_be_timed(recipe: object) -> None:
    for event in recipe.ledger(1 << 20).events():  # type: ignore[attr-defined]
        n = size_of(event) if is_sized(event) else 1
        if n:
            assert type(event_of(subject_of(event), n)) is type(event)


@pytest.mark.parametrize(
    ("subject", "n", "said"),
    [
        ("fft/bn254_fr", 4, "must be one of ntt, msm"),
        ("ntt", 4, "must be one of ntt, msm"),
        ("ntt/bn254_fr/8", 4, "with its parts, e.g. 'msm/bn254/g1'; got 'ntt/bn254_fr/8'"),
        ("msm//g1", 4, "with its parts"),
        ("", 4, "must be one of"),
        ("hash", 4, "with its parts"),
        ("hash/md5", 4, "must be poseidon2/... or one of sha256"),
        ("hash/poseidon2/goldilocks/13", 4, "instance: must be one of"),
        ("ntt/bn254", 4, "'bn254' must be one of"),
        ("ntt/bn254_fr", 1000, "n of 'ntt/bn254_fr': must be a power of two; got 1000"),
        ("ntt/bn254_fr", 0, "must be a power of two; got 0"),
        ("msm/bn255/g1", 4, "'bn255' must be one of bn254, bls12_381"),
        ("msm/bn254/g3", 4, "'g3' must be one of g1, g2"),
        ("field/bn254_fr/sub", 4, "'sub' must be one of add, mul, inv"),
        ("group/bn254/g1/triple", 4, "'triple' must be one of add, double, mul"),
        ("pairing/ed25519", 4, "'ed25519' must be one of"),
        ("sumcheck/goldilocks/0", 4, "number of factors"),
        ("sumcheck/goldilocks/two", 4, "number of factors"),
        ("fri_fold/goldilocks/1", 4, "an arity, a power of two"),
        ("fri_fold/goldilocks/6", 4, "an arity, a power of two"),
        ("fri_fold/goldilocks/٤", 4, "an arity, a power of two"),
        ("bytes/proof", 4, "with its parts"),
    ],
)
def test_a_wrong_subject_is_refused(subject: str, n: int, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        event_of(subject, n)
    assert said in str(caught.value)
    assert str(caught.value).startswith(("subject: ", "n of "))
    assert "\n" not in str(caught.value)


def test_something_else_than_an_event_is_refused() -> None:
    with pytest.raises(InvalidInput, match="event: must be one of ntt, msm"):
        subject_of("ntt/goldilocks")  # type: ignore[arg-type]


# lg n, field, wide multiply-adds, instructions, bytes: worked out from n/2 lg n products and n lg n additions
NTT_WORK = [
    (10, "bn254_fr", 512 * 10 * 136, 1024 * 10 * 24, 2 * 1024 * 32),
    (13, "bn254_fr", 4096 * 13 * 136, 8192 * 13 * 24, 2 * 2 * 8192 * 32),  # beyond 2^12 a second pass
    (24, "goldilocks", 0, 2**23 * 24 * 36, 2 * 2 * 2**24 * 8),
    (24, "babybear", 0, 2**23 * 24 * 8, 2 * 2 * 2**24 * 4),
]


@pytest.mark.parametrize(("lg", "field", "mads", "instructions", "moved"), NTT_WORK)
def test_work_of_a_transform(lg: int, field: str, mads: int, instructions: int, moved: int) -> None:
    work = work_of(Ntt(field, 1 << lg))
    assert (work.wide_mads, work.instructions, work.memory_bytes) == (mads, instructions, moved)


def test_work_of_streams() -> None:
    product, inverse = work_of(FieldOperation("bn254_fr", "mul")), work_of(FieldOperation("bn254_fr", "inv"))
    assert (product.wide_mads, product.instructions, product.memory_bytes) == (136, 0, 0)  # fused: nothing moves
    assert inverse.wide_mads == 1.5 * 254 * 136  # by a power
    assert work_of(FieldOperation("goldilocks", "mul")).instructions == 24
    assert work_of(Hash("sha256")).instructions == PERMUTATION["sha256"]
    assert work_of(Bytes("proof")).memory_bytes == 1
    for event in (Pairing("bn254"), GroupOperation("bn254", "g1", "add"), Msm("bn254", "g1", 0)):
        assert work_of(event).wide_mads == 0
    with pytest.raises(InvalidInput, match=r"instance: must be poseidon2/.* got 'md5'"):
        work_of(Hash("md5"))
    with pytest.raises(InvalidInput, match="curve: must be one of bn254"):
        work_of(Msm("secp256k1", "g1", 8))


@dataclass(frozen=True)
class Floor:
    """A physical limit of the H200, in milliseconds: from its clock and multiprocessors, half rate for wide products."""

    event: Event
    milliseconds: float
    tolerance: float


FLOORS = [
    Floor(Ntt("goldilocks", 1 << 24), 0.43, 0.02),
    Floor(Ntt("babybear", 1 << 24), 0.10, 0.05),
    Floor(Ntt("bn254_fr", 1 << 22), 0.75, 0.20),  # 0.75 is without the additions, which are 18 % more
    Floor(Msm("bn254", "g1", 1 << 20), 2.8, 0.1),
    Floor(Msm("bn254", "g1", 1 << 22), 10.1, 0.1),
    Floor(Msm("bn254", "g1", 1 << 24), 36.1, 0.1),
    Floor(Msm("bls12_381", "g1", 1 << 22), 22.7, 0.1),
]


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: str(floor.event))
def test_limits_of_the_h200_are_those_worked_out_apart(floor: Floor) -> None:
    least = find_device("h200").least_seconds(work_of(floor.event))
    assert least * 1000 == pytest.approx(floor.milliseconds, rel=floor.tolerance)


def test_machines_are_found_by_any_spelling_and_listed_when_unknown() -> None:
    assert [find_device(x).name for x in ("rtx4090", "RTX 4090", "4090", "a100-80gb", "cpu")] == [
        "RTX 4090", "RTX 4090", "RTX 4090", "A100 80GB", "CPU",
    ]  # fmt: skip
    h200, m6i = find_device("H200"), find_device("m6i.8xlarge")
    assert (h200.kind, h200.units, h200.clock_hz) == ("gpu", 132, pytest.approx(1.98e9))
    assert h200.memory_bytes_per_second == pytest.approx(4.35e12)  # the middle of 3.9 copied and 4.8 stated
    assert (m6i.kind, m6i.units, m6i.memory_bytes_per_second) == ("cpu", 16, None)
    for wrong in ("tpu", "", "RTX", None, 4090):
        with pytest.raises(InvalidInput) as caught:
            find_device(wrong)  # type: ignore[arg-type]
        assert all(name in str(caught.value) for name in device_names())
        assert f"got {wrong!r}" in str(caught.value)
    assert math.isclose(m6i.clock_hz, 3.2e9)
