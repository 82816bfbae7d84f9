"""Unit costs on machines with round numbers: near timings, beyond them, from other machines, and from nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest
from cost_cases import CPU, LARGER, model, table, timing
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.subjects import event_of
from proving_cost.cost_model.timings import Timing
from proving_cost.ledger import (
    BatchInversion,
    Bytes,
    Event,
    FieldOperation,
    GroupOperation,
    Hash,
    Msm,
    Ntt,
    Pairing,
    SumcheckRound,
)

NTT = "ntt/goldilocks"
MUL = FieldOperation("bn254_fr", "mul")
INVERSION = BatchInversion("bn254_fr", 1001)  # 3 x 1000 products and an inverse of 1.5 x 254 of them
PRODUCTS = 3000 + 381
GPU_CURVE = (timing(NTT, 4, 1e-3), timing(NTT, 1 << 20, 5e-3))
CPU_CURVE = (timing(NTT, 1 << 10, 1.0, on="C"), timing(NTT, 1 << 12, 4.0, on="C"))
ONE_PRODUCT = timing("field/bn254_fr/mul", 1, 1e-8, on="C")


@dataclass(frozen=True)
class Case:
    name: str
    timings: tuple[Timing, ...]
    event: Event
    likely: float
    low: float
    high: float
    how: str
    regime: str
    on: str = "G"
    count: int = 1


WIDER = math.exp(0.08 * 2)  # half way between two sizes that are two doublings apart
BY_WORK = 4.0 ** (math.log(2 * 11 / 10) / math.log(4 * 12 / 10))
SPARSE = math.exp(0.08 * 18)  # the same of 18 doublings
PROPORTIONAL, STRAIGHT = 1e-3 + 4e-3 * 11 / 10240, math.sqrt(5e-6)  # 2^11 elements in 11 levels of 2^20 in 20
BEYOND = math.exp(0.05 + 0.10)
CASES = [
    Case("timed", CPU_CURVE, Ntt("goldilocks", 1 << 12), 4.0, 3.6, 4.4, "interpolated", "published", "C"),
    Case("between, a quarter by the size and three by the work", CPU_CURVE, Ntt("goldilocks", 1 << 11),
         2.0**0.25 * BY_WORK**0.75, 1.8 / WIDER, 1.1 * BY_WORK * WIDER, "interpolated", "published", "C"),
    Case("between, on a GPU whose small timing is a launch", GPU_CURVE, Ntt("goldilocks", 1 << 11),
         PROPORTIONAL**0.75 * STRAIGHT**0.25, 0.9e-3, 1.1 * STRAIGHT * SPARSE, "interpolated", "published"),
    Case("beyond: n lg n, not n", CPU_CURVE, Ntt("goldilocks", 1 << 13),
         4.0 * 2 * 13 / 12, 3.6 * 2 * 13 / 12 / BEYOND, 4.4 * 2 * 13 / 12 * BEYOND, "extrapolated", "published", "C"),
    Case("below, on a processor: its share of the work", CPU_CURVE, Ntt("goldilocks", 1 << 9),
         1.0 * 9 / 20, 0.9 * 9 / 20, 1.1, "extrapolated", "published", "C"),
    Case("beyond, on a GPU: the launch does not grow", GPU_CURVE, Ntt("goldilocks", 1 << 21),
         1e-3 + 4e-3 * 2.1, 0.9e-3 + (3.5e-3 * 2.1 + 1e-4) / BEYOND - 9e-4 * (1 - 1 / BEYOND),
         1e-3 * BEYOND + 4.5e-3 * 2.1 * BEYOND, "extrapolated", "published"),
    Case("below, on a GPU: a launch", GPU_CURVE, Ntt("goldilocks", 2), 1e-3, 0.9e-3, 1.1e-3, "extrapolated", "published"),
    Case("measured", (timing(NTT, 64, 1.0, regime="measured"),), Ntt("goldilocks", 64),
         1.0, 0.9, 1.1, "interpolated", "measured"),
    Case("all twice as slow, from the machine that is twice as fast", tuple(
         timing(NTT, n, t, on="G2") for n, t in ((4, 1e-3), (1 << 20, 5e-3))), Ntt("goldilocks", 1 << 20),
         10e-3, 10e-3 / 1.5, 10e-3 * 1.5, "structural", "assumed"),
    Case("the launch of the same kernel, the factor of its family", (
         timing(NTT, 4, 1e-3, on="G2"), timing("ntt/babybear", 4, 2e-3, on="G2"),
         timing("ntt/babybear", 1 << 20, 2e-3 + 3000 * 2**20 * 16 / 2e12, on="G2")),  # by its memory, in two passes
         Ntt("goldilocks", 1 << 20), 2e-3 + 3000 * 2**19 * 20 * 36 / 6.4e12,
         (2e-3 + 3000 * 2**19 * 20 * 36 / 6.4e12) / 1.5, (2e-3 + 3000 * 2**19 * 20 * 36 / 6.4e12) * 1.5,
         "structural", "assumed"),
    Case("nothing known of a GPU: twice its limit, 1 to 4, and 10 us", (), MUL,
         1e-5 + 2 * 136e9 / 3.2e12, 5e-6 + 136e9 / 3.2e12, 2e-5 + 4 * 136e9 / 3.2e12, "structural", "assumed", count=10**9),
    Case("made of field products", (ONE_PRODUCT,), INVERSION, PRODUCTS * 1e-8 / 4, PRODUCTS * 1e-8 / 8,
         PRODUCTS * 1e-8 * 2, "structural", "assumed", "C"),
    Case("one operation, timed", (ONE_PRODUCT,), MUL, 1e-8, 0.9e-8, 1.1e-8, "interpolated", "published", "C"),
    Case("as many as there are cores", (ONE_PRODUCT,), MUL, 1e-8, 0.9e-8, 4.4e-8, "extrapolated", "published", "C", 4),
    Case("a thousand, on all cores or on one", (ONE_PRODUCT,), MUL, 2.5e-6, 2.25e-6, 11e-6, "extrapolated", "published",
         "C", 1000),
    Case("of another processor, cores and all", (timing(NTT, 1 << 12, 4.0, on="C8"),), Ntt("goldilocks", 1 << 12),
         8.0, 4.0, 16.0, "structural", "assumed", "C"),
    Case("on the host, of this machine", (timing("group/bn254/g1/mul", 1, 1e-4),), GroupOperation("bn254", "g1", "mul"),
         5e-4, 4.5e-4, 5.5e-4, "extrapolated", "published", count=5),
    Case("on some host", (timing("group/bn254/g1/add", 1, 1e-6, on="C"), timing("group/bn254/g1/add", 1, 4e-6, on="C8")),
         GroupOperation("bn254", "g1", "double"), 2e-6, 0.9e-6, 4.4e-6, "structural", "assumed"),
    Case("bytes over the bus or in memory", (), Bytes("key"), math.sqrt(5 * 0.1), 0.1, 5.0, "structural", "assumed",
         count=10**11),
    Case("bytes of a processor", (), Bytes("key"), 1.0, 0.5, 2.0, "structural", "assumed", "C", 10**10),
    Case("nothing is asked", (), Msm("bn254", "g1", 0), 0.0, 0.0, 0.0, "extrapolated", "measured", "C"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_seconds_of_an_event(case: Case) -> None:
    found = model(*case.timings, on=case.on).predict(case.event, case.count)
    assert found.seconds == pytest.approx(case.likely, rel=1e-12)
    assert found.range.lower == pytest.approx(case.low, rel=1e-12)
    assert found.range.upper == pytest.approx(case.high, rel=1e-12)
    assert (found.how, found.regime) == (case.how, case.regime)


def test_a_series_that_is_all_launches_says_nothing_about_larger_sizes() -> None:
    flat = model(timing(NTT, 4, 1e-3), timing(NTT, 1 << 10, 1.9e-3))
    assert flat.predict(Ntt("goldilocks", 1 << 10)).how == "interpolated"
    beyond = flat.predict(Ntt("goldilocks", 1 << 20))
    assert beyond.how == "structural"
    assert beyond.seconds == pytest.approx(1e-3 + 2 * 2**19 * 20 * 36 / 6.4e12, rel=1e-12)


def test_timings_near_the_launch_do_not_enter_the_factor() -> None:
    clean = (timing(NTT, 4, 1e-3, on="G2"), timing(NTT, 1 << 20, 5e-3, on="G2"))
    noisy = (*clean, timing(NTT, 1 << 18, 1.5e-3, on="G2"))  # within a factor 8 of the largest, but below two launches
    event = Ntt("goldilocks", 1 << 20)
    assert model(*noisy).predict(event).seconds == model(*clean).predict(event).seconds


def test_the_band_holds_the_factor_of_every_machine() -> None:
    def on(machine: str, kappa: float, rate: float) -> Timing:
        return timing("ntt/bn254_fr", 1 << 12, kappa * 2**11 * 12 * (136 + 2 * 24) / rate, on=machine)

    prices = table(CPU, LARGER, replace(CPU, name="D"))
    found = model(on("C", 1.0, 8e9), on("C8", 9.0, 16e9), on="D", prices=prices).predict(Ntt("bn254_fr", 1 << 12))
    least = 2**11 * 12 * (136 + 2 * 24) / 8e9
    assert (found.range.lower, found.seconds, found.range.upper) == pytest.approx((least, 3 * least, 9 * least))


def test_many_transforms_share_a_launch_and_the_rate_of_one_large_call() -> None:
    curve = model(timing(NTT, 1 << 10, 1.0, on="C"), timing(NTT, 1 << 12, 2.0, on="C"), on="C")
    four = curve.predict(Ntt("goldilocks", 1 << 10), 4)
    assert four.seconds == pytest.approx(2.0 * 10 / 12, rel=1e-12)  # 2^12 elements at 10 of 12 levels
    assert four.range.lower == pytest.approx(1.8 * 10 / 12, rel=1e-12)
    assert four.range.upper == pytest.approx(4 * 1.1, rel=1e-12)  # one by one
    two = curve.predict(Ntt("goldilocks", 1 << 10), 2)
    middle = math.sqrt(2) ** 0.25 * math.sqrt(BY_WORK) ** 0.75  # of 2^11 elements, from 1 and 2 seconds
    assert two.seconds == pytest.approx(middle * 10 / 11, rel=1e-12)
    forty = curve.predict(Ntt("goldilocks", 1 << 10), 40)
    assert forty.seconds == pytest.approx(10 * four.seconds, rel=1e-12)  # the largest call that was timed
    assert curve.predict(Ntt("goldilocks", 1 << 12), 3).seconds == pytest.approx(6.0, rel=1e-12)


def test_a_batch_is_never_dearer_than_its_parts() -> None:
    slow = model(timing(NTT, 1 << 10, 1.0, on="C"), timing(NTT, 1 << 12, 9.0, on="C"), on="C")  # caches: large is slower
    assert slow.predict(Ntt("goldilocks", 1 << 10), 4).seconds == pytest.approx(4.0, rel=1e-12)


@dataclass(frozen=True)
class Launches:
    event: Event
    likely: int
    least: int


@pytest.mark.parametrize(
    "case",
    [Launches(Ntt("goldilocks", 1 << 20), 1, 1), Launches(SumcheckRound("goldilocks", 1 << 20, 2), 7, 1),
     Launches(Msm("bn254", "g1", 1 << 20), 7, 7)],
    ids=lambda case: case.event.kind,
)  # fmt: skip
def test_launches_of_seven(case: Launches) -> None:
    subject = {"ntt": NTT, "sumcheck": "sumcheck/goldilocks/2", "msm": "msm/bn254/g1"}[case.event.kind]
    known = model(timing(subject, 4, 1e-3), timing(subject, 1 << 20, 5e-3))
    found = known.predict(case.event, 7)
    assert found.launches_likely == pytest.approx(case.likely * 1e-3)
    assert tuple(found.launches) == pytest.approx((case.least * 0.9e-3, 7 * 1.1e-3))
    assert found.work_likely == pytest.approx(7 * 4e-3)
    structural = model().predict(case.event, 7)
    assert structural.launches_likely == pytest.approx(case.likely * 10e-6)
    assert tuple(structural.launches) == pytest.approx((case.least * 5e-6, 7 * 20e-6))


@pytest.mark.parametrize("event", [Hash("blake2s"), Ntt("goldilocks", 8), INVERSION, MUL], ids=lambda e: e.kind)
def test_a_processor_without_a_timing_of_the_family_is_refused(event: Event) -> None:
    with pytest.raises(Refused, match=r"on 'C': no timing of this kernel or of its family on any processor"):
        model(*GPU_CURVE, on="C").predict(event)


@pytest.mark.parametrize("event", [GroupOperation("bn254", "g1", "mul"), Pairing("bn254")], ids=lambda e: e.kind)
def test_an_operation_of_the_host_that_nobody_timed_is_refused(event: Event) -> None:
    with pytest.raises(Refused, match=r"on 'G': no timing of this operation on any processor"):
        model().predict(event)


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "2"])
def test_a_count_that_is_none_is_refused(count: object) -> None:
    with pytest.raises(InvalidInput, match="count: must be a whole number, 1 or more"):
        model().predict(MUL, count)  # type: ignore[arg-type]


@given(st.integers(4, 24), st.integers(1, 100), st.sampled_from([NTT, "fri_fold/goldilocks/2", "batch_inversion/bn254_fr"]),
       st.sampled_from(["G", "G2", "C", "C8"]))  # fmt: skip
def test_more_work_takes_no_less_time_from_the_smallest_timing_on(lg: int, count: int, subject: str, on: str) -> None:
    known = [timing(subject, 1 << k, t * scale, on=m) for k, t in ((4, 1e-3), (12, 3e-3), (16, 3.2e-2), (20, 0.6))
             for m, scale in (("G", 1.0), ("C", 10.0))]  # fmt: skip
    one = model(*known, on=on)
    event, larger = (event_of(subject, 2 << k) for k in (lg, lg + 1))
    now = one.predict(event, count)
    assert 0 <= now.range.lower <= now.seconds <= now.range.upper
    assert 0 <= now.launches.lower <= now.launches_likely <= now.launches.upper
    assert 0 <= now.work.lower <= now.work_likely <= now.work.upper
    assert now.seconds <= one.predict(larger, count).seconds * (1 + 1e-12)
    assert now.range.upper <= one.predict(event, count + 1).range.upper


def test_energy_is_the_mean_power_of_the_timings_times_the_seconds() -> None:
    metered = model(timing(NTT, 1 << 10, 1.0, on="C", joules=30.0), timing(NTT, 1 << 12, 4.0, on="C", joules=80.0), on="C")
    assert metered.predict(Ntt("goldilocks", 1 << 12)).joules == pytest.approx(80.0)
    assert metered.predict(Ntt("goldilocks", 1 << 13)).joules == pytest.approx(80.0 * 2 * 13 / 12)
    assert metered.predict(Ntt("goldilocks", 1 << 9)).joules == pytest.approx(30.0 * 9 / 20)
    assert metered.predict(Ntt("babybear", 1 << 9)).joules is None
