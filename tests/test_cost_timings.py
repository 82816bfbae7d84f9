"""Timings that were measured: the file they are written to, what it is refused for, and which of several counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cost_cases import measurement, table, timing
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.devices import find_device
from proving_cost.cost_model.measurements import (
    MeasurementFile,
    Point,
    latest,
    parse_measurements,
    read_measurements,
    shipped_measurements,
)
from proving_cost.cost_model.published import read_published
from proving_cost.cost_model.seconds import CostModel, known_timings
from proving_cost.cost_model.timings import Timing, preferred
from proving_cost.ledger import Ntt
from proving_cost.price_table import Gpu


def point(**changed: Any) -> dict[str, Any]:
    return {"subject": "ntt/goldilocks", "n": 1024, "seconds": 0.5, "spread": 0.1, "repetitions": 5, **changed}


def parsed(**changed: Any) -> MeasurementFile:
    return parse_measurements(json.dumps(measurement(**changed)), "cpu.json")


def test_a_measurement_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    points = [point(), point(n=2048, joules=31.5, library="mine"), point(subject="hash/blake2s", n=7, seconds=1e-9)]
    once = parsed(points=points, commit=None)
    path = tmp_path / "cpu.json"
    path.write_text(once.to_json(), "utf-8")
    assert read_measurements(path) == once
    assert read_measurements(path).to_json() == once.to_json()
    assert json.loads(once.to_json()) == measurement(
        points=[{**p, "library": p.get("library", "prover-markets")} for p in points], commit=None
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.floats(1e-12, 1e6), st.floats(0, 3), st.none() | st.floats(1e-9, 1e9)),
        min_size=1, unique_by=lambda p: p[0],
    )
)  # fmt: skip
def test_any_points_survive_the_file(rows: list[tuple[int, float, float, float | None]]) -> None:
    points = tuple(
        Point(subject="ntt/babybear", n=1 << lg, seconds=s, spread=spread, repetitions=3, joules=j) for lg, s, spread, j in rows
    )
    file = MeasurementFile(
        name="x.json", hardware="CPU", machine="m", date="2026-11-24", commit="c", command="x", versions={}, points=points
    )
    assert parse_measurements(file.to_json(), "x.json") == file
    for one in file.timings():
        assert 0 < one.range.lower <= one.seconds <= one.range.upper
        assert one.regime == "measured"


def test_the_range_of_a_measurement_is_its_spread_and_never_below_two_per_cent() -> None:
    wide, narrow = (parsed(points=[point(spread=x)]).timings()[0] for x in (0.25, 0.0))
    assert wide.range == Enclosure(0.375, 0.625)
    assert tuple(narrow.range) == pytest.approx((0.49, 0.51))
    assert wide.source == "cpu.json (a processor)"


MISSING = object()
WRONG: list[tuple[dict[str, Any], str]] = [
    *(({key: MISSING}, f"must have the key {key!r}; it is missing") for key in measurement()),
    ({"colour": "red"}, "must have no key 'colour'"),
    ({"format": "prover-markets measurements 2"}, "format must be 'prover-markets measurements 1'"),
    ({"hardware": ""}, "hardware must be a non-empty text"),
    ({"machine": 5}, "machine must be a non-empty text; got 5"),
    ({"command": None}, "command must be a non-empty text"),
    ({"date": "24.11.2026"}, "date must be a day like '2026-11-24'"),
    ({"date": "2026-11-31"}, "date must be a day"),
    ({"date": "20261124"}, "date must be a day"),
    ({"date": 20261124}, "date must be a day"),
    ({"commit": ""}, "commit must be a non-empty text"),
    ({"versions": ["3.11"]}, "versions must map names to texts"),
    ({"versions": {"python": 3.11}}, "versions must map names to texts"),
    ({"points": []}, "points must be a list with a point or more"),
    ({"points": {}}, "points must be a list"),
    ({"points": [5]}, "points[0]: must be a JSON object"),
    ({"points": [point(), point()]}, "points[1]: 'ntt/goldilocks' at n = 1024 is there twice"),
]
WRONG_POINTS: list[tuple[dict[str, Any], str]] = [
    *(({key: MISSING}, f"must have the key {key!r}; it is missing") for key in point()),
    ({"watts": 5}, "must have no key 'watts'"),
    ({"subject": "fft/goldilocks"}, "subject: must be one of ntt, msm"),
    ({"subject": "hash/md5"}, "subject: instance: must be"),
    ({"n": 1000}, "n of 'ntt/goldilocks': must be a power of two"),
    ({"n": 0}, "n must be a whole number, 1 or more"),
    ({"n": 1024.0}, "n must be a whole number"),
    ({"n": True}, "n must be a whole number"),
    ({"repetitions": 0}, "repetitions must be a whole number, 1 or more"),
    ({"seconds": 0}, "seconds must be a finite number, above 0"),
    ({"seconds": -1}, "seconds must be a finite number, above 0"),
    ({"seconds": float("nan")}, "seconds must be a finite number"),
    ({"seconds": float("inf")}, "seconds must be a finite number"),
    ({"seconds": 10**400}, "seconds must be a finite number"),
    ({"seconds": "0.5"}, "seconds must be a finite number"),
    ({"spread": -0.1}, "spread must be a finite number, 0 or more"),
    ({"spread": None}, "spread must be a finite number"),
    ({"joules": 0}, "joules must be a finite number, above 0"),
    ({"library": ""}, "library must be a non-empty text"),
]


def altered(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**data, **change}.items() if value is not MISSING}


@pytest.mark.parametrize(("change", "said"), [*((c, s) for c, s in WRONG), *(({"point": c}, s) for c, s in WRONG_POINTS)])
def test_a_bad_measurement_file_is_refused_in_a_line_that_names_file_and_key(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    inner = change.get("point")
    data = altered(measurement(), change if inner is None else {"points": [altered(point(), inner)]})
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_measurements(path)
    message = str(caught.value)
    assert message.startswith("bad.json: " if inner is None else "bad.json: points[0]")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be JSON; got an error, line 1"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "a number is too long"),
        ("[]", "must be a JSON object; got list"),
        ("null", "must be a JSON object"),
    ],
)
def test_a_file_that_is_no_measurement_file(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=f"^x.json: .*{said}"):
        parse_measurements(text, "x.json")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe")
    for name in ("absent.json", "latin.json", "."):
        for reader in (read_measurements, read_published):
            with pytest.raises(InvalidInput, match=r"must be (a readable file|text in UTF-8)"):
                reader(tmp_path / name)


def test_of_two_measurements_the_later_date_counts_and_of_one_day_the_later_file() -> None:
    old, new = parsed(points=[point(seconds=1.0), point(n=2048)]), parsed(points=[point(seconds=2.0)], date="2026-12-01")
    for files in ((old, new), (new, old)):
        found = {t.n: t.seconds for t in latest(files)}
        assert found == {1024: 2.0, 2048: 0.5}
    again = parsed(points=[point(seconds=3.0)], date="2026-12-01")
    assert {t.n: t.seconds for t in latest((new, again, old))} == {1024: 3.0, 2048: 0.5}


def test_what_is_shipped_can_be_read_and_is_of_known_machines() -> None:
    for file in shipped_measurements():
        assert find_device(file.hardware).name == file.hardware, file.name


def test_the_machine_of_a_measurement_may_be_spelled_freely_but_must_be_known() -> None:
    mine = parsed(hardware="rtx 4090", points=[point(subject="ntt/koalabear", seconds=0.125)])
    assert [t.hardware for t in known_timings([mine]) if t.source.startswith("cpu.json")] == ["RTX 4090"]
    assert CostModel("4090", timings=known_timings([mine])).predict(Ntt("koalabear", 1024)).seconds == 0.125
    with pytest.raises(InvalidInput, match=r"cpu.json: hardware: must be one of .*H200.* got 'TPU'"):
        known_timings([parsed(hardware="TPU")])
    bare = table(Gpu(name="X", rental_usd_per_hour=None, purchase_usd=None, watts=None))
    with pytest.raises(Refused, match=r"cpu\.json: hardware 'X': seconds need multiprocessors"):
        known_timings([parsed(hardware="x")], bare)


def test_measured_timings_are_preferred_and_not_mixed_with_published_ones() -> None:
    page = [timing("ntt/goldilocks", 1 << k, 1.0, date="2026-12-31") for k in (10, 12, 14)]
    own = [timing("ntt/goldilocks", 1 << 12, 2.0, regime="measured", date="2026-01-01")]
    other = [timing("ntt/babybear", 1 << 12, 5.0)]
    for order in ([*page, *own, *other], [*other, *own, *page]):
        found = preferred(order)
        assert [(t.n, t.seconds) for t in found["G", "ntt/goldilocks"]] == [(1 << 12, 2.0)]
        assert [t.seconds for t in found["G", "ntt/babybear"]] == [5.0]


def test_of_one_regime_the_later_date_is_preferred_size_by_size() -> None:
    early = [timing("ntt/goldilocks", 1 << k, 1.0, date="2025") for k in (10, 12)]
    late = [timing("ntt/goldilocks", 1 << 12, 3.0, date="2025-05")]
    for order in ([*early, *late], [*late, *early]):
        assert [(t.n, t.seconds) for t in preferred(order)["G", "ntt/goldilocks"]] == [(1 << 10, 1.0), (1 << 12, 3.0)]


@pytest.mark.parametrize("range_", [Enclosure(0.0, 2.0), Enclosure(1.5, 2.0), Enclosure(0.1, 0.5), Enclosure(-1.0, 2.0)])
def test_a_timing_outside_its_range_is_refused(range_: Enclosure) -> None:
    with pytest.raises(InvalidInput, match="seconds of 'bytes' at n = 1: must be above 0 and in the range"):
        Timing(
            hardware="G", subject="bytes", n=1, seconds=1.0, range=range_, library="l", source="s", date="2026",
            regime="measured",
        )  # fmt: skip
