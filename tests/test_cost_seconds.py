"""Seconds of ledgers: visible terms, timed points returned, scalars that are small, several accelerators, refusals."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from cost_cases import model, timing
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.devices import device_names
from proving_cost.cost_model.measurements import shipped_measurements
from proving_cost.cost_model.published import published_timings
from proving_cost.cost_model.seconds import CostModel, PricedEvent, seconds_of
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.cost_model.timings import Timing
from proving_cost.hardware import Term
from proving_cost.kernels.scalar_bits import histogram
from proving_cost.ledger import Ledger, Msm, Ntt
from proving_cost.price_table import REGIMES
from proving_cost.recipes import GNARK_GROTH16, RECIPES

N = 1 << 21
RTX_4090 = CostModel("rtx4090")
MODELS = {name: CostModel(name) for name in device_names()}


def sizes_of(timings: tuple[Timing, ...]) -> list[Timing]:
    return [t for t in timings if t.subject.split("/")[0] not in ("group", "pairing")]


def test_a_multiplication_takes_what_was_published() -> None:
    ledger = Ledger()
    ledger.msm("bn254", "g1", N)
    assert RTX_4090.seconds(ledger).likely == pytest.approx(26.6e-3, rel=1e-14)


@pytest.mark.parametrize("hardware", sorted({t.hardware for t in published_timings()}))
def test_every_timed_point_is_returned_with_its_range(hardware: str) -> None:
    for t in sizes_of(published_timings()):
        if t.hardware != hardware:
            continue
        event = event_of(t.subject, t.n)
        found = MODELS[hardware].predict(event, 1 if is_sized(event) else t.n)
        assert found.seconds == pytest.approx(t.seconds, rel=1e-13), (t.subject, t.n)
        assert tuple(found.range) == pytest.approx(tuple(t.range), rel=1e-13)
        assert (found.how, found.regime) == ("interpolated", "published")


MEASURED = {file.hardware for file in shipped_measurements()}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("hardware", device_names())
def test_a_total_is_the_sum_of_terms_that_say_where_they_are_from(hardware: str, name: str) -> None:
    try:
        found = MODELS[hardware].seconds(RECIPES[name].ledger(1 << 20))
    except Refused:
        assert MODELS[hardware].device.kind == "cpu"
        return
    assert found.total.lower == sum(t.value.lower for t in found.terms)
    assert found.total.upper == sum(t.value.upper for t in found.terms)
    assert found.likely == sum(line.likely for line in found.lines)
    assert 0 < found.total.lower <= found.typical.lower <= found.likely <= found.typical.upper <= found.total.upper
    assert found.terms[0].label == "launches"
    for line in found.lines:
        term = line.term
        assert 0 <= term.value.lower <= line.likely <= term.value.upper < math.inf, term.label
        assert term.unit == "s" and term.label and term.formula and term.source
        assert term.regime in REGIMES and (term.regime != "measured" or hardware in MEASURED or line.likely == 0)
        assert term.regime == "assumed" or line.how in ("interpolated", "extrapolated", "computed"), term.label


def test_the_terms_are_printed_and_written() -> None:
    found = RTX_4090.seconds(GNARK_GROTH16.ledger(N))
    text, data = str(found), found.to_json()
    for words in ("seconds on RTX 4090", "launches", "A in G1: 1 MSM bn254 G1 2^21", "total", "typical", "0.294*(t(n) - t0)"):
        assert words in text
    assert data["unit"] == "s" and data["likely"] == found.likely and data["high"] == found.total.upper
    assert sum(term["likely"] for term in data["terms"]) == found.likely
    assert {"label", "formula", "unit", "likely", "low", "high", "source", "regime", "how"} == set(data["terms"][0])
    parts = ("launches", "quotient", "commitments", "proof")
    assert sum(found.share(part) for part in parts) == pytest.approx(1.0)
    assert found.share("commitments") > 0.5


@pytest.mark.parametrize("hardware", ["RTX 3090", "RTX 3090 Ti", "RTX 4090", "H200", "m6i.8xlarge"])
def test_more_is_dearer_on_every_machine_whose_kernels_are_not_all_launch(hardware: str) -> None:
    for subject in ("msm/bn254/g1", "msm/bn254/g2", "ntt/bn254_fr"):
        times = [MODELS[hardware].predict(event_of(subject, 1 << lg)) for lg in range(17, 28)]
        assert all(a.seconds < b.seconds for a, b in pairwise(times)), subject
        assert all(a.range.upper < b.range.upper for a, b in pairwise(times)), subject


@pytest.mark.parametrize("hardware", ["RTX 4090", "H200", "m6i.8xlarge", "CPU"])
@pytest.mark.parametrize("group", ["g1", "g2"])
def test_small_scalars_are_cheaper(hardware: str, group: str) -> None:
    def seconds(*bits: tuple[int, int]) -> float:
        return MODELS[hardware].predict(Msm("bn254", group, N, bits)).seconds  # type: ignore[arg-type]

    rising = [seconds((0, N)), seconds((1, N)), seconds((8, N)), seconds((64, N)), seconds((128, N)), seconds((254, N))]
    assert all(a < b for a, b in pairwise(rising))
    assert rising[-1] == pytest.approx(seconds(), rel=0.05)  # as uniform ones
    assert seconds((8, N // 2), (254, N // 2)) < rising[-1]


def test_multiplications_by_a_witness_are_three_to_five_times_faster() -> None:
    witness = RTX_4090.predict(Msm("bn254", "g1", N, tuple(histogram("mixture", N, 254).items())))
    uniform = RTX_4090.predict(Msm("bn254", "g1", N))
    least, likely, most = (uniform.work_likely / w for w in (witness.work.upper, witness.work_likely, witness.work.lower))
    assert 2.2 < least < 3 < likely < 5 < most * 1.1 < 6
    assert witness.regime == "assumed" and uniform.regime == "published"  # nobody timed the share
    assert witness.launches == uniform.launches


def test_without_bit_lengths_scalars_are_uniform() -> None:
    ledger = GNARK_GROTH16.ledger(1 << 20)
    small, uniform = (RTX_4090.seconds(x).likely for x in (ledger, ledger.without_scalar_bits()))
    assert small < 0.6 * uniform


def test_a_coset_and_an_inverse_cost_their_products() -> None:
    plain, coset, both = (RTX_4090.predict(Ntt("bn254_fr", N, c, i)) for c, i in ((False, False), (True, False), (True, True)))
    each = 136 / (21 * (136 / 2 + 24 / 2))  # a product more, over lg n times half a product and an addition at double rate
    assert coset.work_likely / plain.work_likely == pytest.approx(1 + each, rel=1e-12)
    assert both.work_likely / plain.work_likely == pytest.approx(1 + 2 * each, rel=1e-12)


def ledger_of(phases: dict[str, int]) -> Ledger:
    ledger = Ledger()
    for name, count in phases.items():
        with ledger.phase("outer"), ledger.phase(name):
            ledger.ntt("goldilocks", 1 << 20, batch=count)
    return ledger


def test_phases_are_terms_of_their_own_and_each_pays_its_launch() -> None:
    known = model(timing("ntt/goldilocks", 4, 1e-3), timing("ntt/goldilocks", 1 << 20, 5e-3))
    found = known.seconds(ledger_of({"a": 1, "b": 2, "none": 0}))
    assert [t.label for t in found.terms] == [
        "launches", "outer/a: 1 NTT goldilocks 2^20", "outer/b: 2 NTT goldilocks 2^20",
    ]  # fmt: skip
    assert [line.likely for line in found.lines] == pytest.approx([2e-3, 4e-3, 8e-3])
    assert found.terms[0].value.upper == pytest.approx(3 * 1.1e-3)  # three calls at worst
    assert model().seconds(Ledger()).total == Enclosure(0, 0)


def test_several_accelerators_share_the_work_but_not_the_launches_and_not_all_of_it() -> None:
    known = model(timing("ntt/goldilocks", 4, 1e-3), timing("ntt/goldilocks", 1 << 20, 5e-3))
    priced = known.priced(ledger_of({"a": 2}))
    four = seconds_of(priced, "G", 4)
    assert [t.label for t in four.terms] == ["launches", "outer/a: 2 NTT goldilocks 2^20", "undivided"]
    launches, work, rest = (line.likely for line in four.lines)
    assert (launches, work) == pytest.approx((1e-3, 2e-3))
    assert rest == pytest.approx(8e-3 * 0.75 / 60)
    assert tuple(four.terms[2].value) == pytest.approx((0.0, 2 * 4.4e-3 * 0.75 / 30))
    many = [seconds_of(priced, "G", k).lines for k in (1, 2, 8, 1000)]
    assert all(a[1].likely > b[1].likely for a, b in pairwise(many))
    assert 8e-3 / (many[-1][1].likely + many[-1][2].term.value.upper) < 31  # no number of them is 31 times as fast


def line(low: float, likely: float, high: float, *, shared: bool) -> Line:
    term = Term(label="x", formula="f", unit="s", value=Enclosure(low, high), source="a page", regime="assumed")
    return Line(term=term, likely=likely, shared=shared)


@pytest.mark.parametrize(("shared", "power"), [(True, 1.0), (False, math.sqrt(0.5))])
def test_errors_that_are_shared_add_and_others_add_in_squares(shared: bool, power: float) -> None:
    found = CostBreakdown(label="x", unit="s", lines=(line(0.5, 1.0, 2.0, shared=shared),) * 2)
    assert found.total == Enclosure(1.0, 4.0)
    assert tuple(found.typical) == pytest.approx((2.0 / 2**power, 2.0 * 2**power))


@given(st.lists(st.tuples(st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 1e3), st.booleans()), max_size=6))
def test_the_typical_interval_is_in_the_total_and_holds_the_likely_value(rows: list[tuple[float, float, float, bool]]) -> None:
    lines = tuple(line(*sorted(row[:3]), shared=row[3]) for row in rows)
    found = CostBreakdown(label="x", unit="s", lines=lines)
    low, high = found.total
    assert low <= found.typical.lower <= found.likely * (1 + 1e-12)
    assert found.likely * (1 - 1e-12) <= found.typical.upper <= high


def test_an_event_without_a_unit_cost_is_refused_with_its_phase() -> None:
    ledger = Ledger()
    with ledger.phase("trace"), ledger.phase("tree"):
        ledger.hash("blake2s", 10)
    with pytest.raises(Refused, match=r"^phase trace/tree: 'hash/blake2s' on 'm6i.8xlarge': no timing") as caught:
        MODELS["m6i.8xlarge"].seconds(ledger)
    assert "--calibrate" in str(caught.value)
    ledger = Ledger()
    ledger.msm("secp256k1", "g1", 8)
    with pytest.raises(InvalidInput, match=r"^phase \(top\): .*must be one of bn254, bls12_381"):
        RTX_4090.seconds(ledger)
    ledger = Ledger()
    ledger.ntt("goldilocks", 1000)
    with pytest.raises(MarketError, match="must be a power of two; got 1000"):
        RTX_4090.seconds(ledger)


def test_unknown_hardware_lists_what_there_is() -> None:
    with pytest.raises(InvalidInput) as caught:
        CostModel("tpu")
    assert "got 'tpu'" in str(caught.value)
    assert all(name in str(caught.value) for name in ("H200", "RTX 4090", "m6i.8xlarge", "CPU"))


def test_a_priced_event_says_what_it_is() -> None:
    prediction = RTX_4090.predict(Ntt("bn254_fr", N), 3)
    assert PricedEvent(phase=("a", "b"), event=Ntt("bn254_fr", N), count=3, prediction=prediction).label == (
        "a/b: 3 NTT bn254_fr 2^21"
    )
