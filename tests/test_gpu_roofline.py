"""Floors worked out by hand, the keys of a card in a measurement file, and the picture of one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cost_cases import measurement

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.measured_card import Card
from proving_cost.cost_model.measurements import MeasurementFile, parse_measurements, shipped_measurements
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.cost_model.work import Work, work_of
from proving_cost.gpu.__main__ import main
from proving_cost.gpu.calibration import Ceilings
from proving_cost.gpu.card_facts import file_stem
from proving_cost.gpu.cases import case
from proving_cost.gpu.picture import draw_roofline, marks
from proving_cost.gpu.roofline import Floor, floor_of_work

# 132 multiprocessors at 1.98 GHz: 64 multiply-adds a clock, wide ones at half the rate; a copy as measured on an H200.
H200 = Ceilings(
    imad_per_second=16.73e12, imad_wide_per_second=8.36e12, iadd3_per_second=16.73e12, copy_bytes_per_second=4.3e12,
    launch_seconds=8e-6, queued_launch_seconds=2e-6,
)  # fmt: skip


def floor(subject: str, n: int) -> Floor:
    made = case(subject, n, lambda backend, rng: None)  # type: ignore[arg-type,return-value]
    return floor_of_work(made.work, made.bytes_moved, H200)


@pytest.mark.parametrize(
    ("subject", "lg_n", "memory", "arithmetic", "bound"),
    [  # milliseconds: two passes of 2 x 8 x 2^24 bytes; 12 x 2^24 butterflies of 36 or 8 instructions
        ("ntt/goldilocks", 24, 0.125, 0.433, "instructions"),
        ("ntt/babybear", 24, 0.0624, 0.0963, "instructions"),
        ("ntt/bn254_fr", 22, 0.125, 0.751, "wide multiply-adds"),  # 11 x 2^22 products of 136
        ("ntt/bn254_fr", 24, 0.499, 3.27, "wide multiply-adds"),
        ("msm/bn254/g1", 20, 0.0234, 2.8, "wide multiply-adds"),
        ("msm/bn254/g1", 22, 0.0936, 10.1, "wide multiply-adds"),  # 15 x 2^22 mixed additions of 8 x 136 + 2 x 108
        ("msm/bn254/g1", 24, 0.375, 36.1, "wide multiply-adds"),
    ],
)
def test_floors_of_an_h200(subject: str, lg_n: int, memory: float, arithmetic: float, bound: str) -> None:
    found = floor(subject, 1 << lg_n)
    assert found.memory * 1e3 == pytest.approx(memory, rel=0.01)
    sums_of_buckets = 0.06 if subject.startswith("msm") else 0.01  # what a reference counts of them differs
    assert found.arithmetic * 1e3 == pytest.approx(arithmetic, rel=sums_of_buckets)
    assert found.bound == bound and found.seconds == max(found.memory, found.arithmetic)


def test_the_floor_is_the_largest_of_three_and_takes_the_fewer_bytes() -> None:
    one = replace(H200, imad_wide_per_second=2.0, iadd3_per_second=4.0, copy_bytes_per_second=8.0)
    found = floor_of_work(Work(6.0, 8.0, 80.0), 16.0, one)
    assert (found.wide, found.plain, found.memory, found.seconds) == (3.0, 2.0, 2.0, 3.0)
    assert found.fraction(6.0) == 0.5
    assert floor_of_work(Work(6.0, 8.0, 80.0), 800.0, one).bound == "memory"
    assert floor_of_work(Work(6.0, 16.0, 0.0), 8.0, one).bound == "instructions"
    assert floor_of_work(Work(6.0, 8.0, 0.0), 0.0, one).memory == 0.0
    for seconds in (0.0, -1.0, float("nan")):
        with pytest.raises(InvalidInput, match="seconds: must be above 0"):
            found.fraction(seconds)


def test_streams_have_the_work_of_all_their_operations() -> None:
    made = case("hash/poseidon2/goldilocks/12", 1000, lambda backend, rng: None)  # type: ignore[arg-type,return-value]
    one = work_of(event_of("hash/poseidon2/goldilocks/12", 1))
    assert made.work.instructions == 1000 * one.instructions and made.label == "hash/poseidon2/goldilocks/12 1,000"
    with pytest.raises(InvalidInput, match="power of two"):
        case("ntt/goldilocks", 1000, lambda backend, rng: None)  # type: ignore[arg-type,return-value]


CARD = {
    "name": "NVIDIA H200", "driver": "580.159.04", "capability": "9.0", "multiprocessors": 132, "memory_bytes": 150754820096,
    "clocks_mhz": {"multiprocessors": 1980.0}, "ceilings": H200.to_json(),
}  # fmt: skip
POINTS: list[dict[str, Any]] = [
    {"subject": s, "n": 1 << lg, "seconds": seconds, "spread": 0.01, "repetitions": 21, "joules": 1.5,
     "library": "prover-markets", "fraction_of_floor": 0.4, "bytes_moved": 5e8, "checked_against": "the CPU's transform"}
    for s, lg, seconds in (("ntt/goldilocks", 24, 1.1e-3), ("ntt/bn254_fr", 22, 2e-3), ("msm/bn254/g1", 22, 0.04))
]  # fmt: skip


def of_a_card(**changed: Any) -> dict[str, Any]:
    return measurement(**{"hardware": "H200", "points": POINTS, "card": CARD, "left_out": ["ntt/x 2^26: needs 2 GiB"], **changed})


def parsed(**changed: Any) -> MeasurementFile:
    return parse_measurements(json.dumps(of_a_card(**changed)), "h200.json")


def test_a_file_of_a_card_survives() -> None:
    file = parsed()
    assert isinstance(file.card, Card) and json.loads(file.to_json()) == of_a_card()
    assert parse_measurements(file.to_json(), "h200.json") == file
    assert file.points[0].fraction_of_floor == 0.4 and file.left_out == ("ntt/x 2^26: needs 2 GiB",)
    short = parsed(card={"name": "T4", "clocks_mhz": {}, "ceilings": {}}, left_out=[])
    assert short.card == Card(name="T4", clocks_mhz={}, ceilings={}) and "left_out" not in json.loads(short.to_json())
    plain = parse_measurements(json.dumps(measurement()), "cpu.json")
    assert plain.card is None and set(json.loads(plain.to_json())) == set(measurement())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"card": []}, "card: must be a JSON object; got list"),
        ({"card": {**CARD, "colour": "green"}}, "card: must have no key 'colour'"),
        ({"card": {"name": "T4", "clocks_mhz": {}}}, "card: must have the key 'ceilings'; it is missing"),
        ({"card": {**CARD, "name": ""}}, "card.name: must be a non-empty text; got ''"),
        ({"card": {**CARD, "multiprocessors": 1.5}}, "card.multiprocessors: must be a whole number, 1 or more; got 1.5"),
        ({"card": {**CARD, "ceilings": {"x": 0}}}, "card.ceilings: must map names to finite numbers above 0"),
        ({"card": {**CARD, "clocks_mhz": {"x": float("inf")}}}, "card.clocks_mhz: must map names to finite numbers"),
        ({"left_out": "all"}, "left_out must be a list of non-empty texts"),
        ({"left_out": [""]}, "left_out must be a list of non-empty texts"),
        ({"points": [{**POINTS[0], "fraction_of_floor": 0}]}, "points[0].fraction_of_floor must be a finite number, above 0"),
        ({"points": [{**POINTS[0], "bytes_moved": "many"}]}, "points[0].bytes_moved must be a finite number, above 0"),
        ({"points": [{**POINTS[0], "checked_against": ""}]}, "points[0].checked_against must be a non-empty text"),
    ],
)
def test_a_bad_card_is_refused_in_a_line(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(**changed)
    assert str(caught.value).startswith("h200.json: ") and said in str(caught.value) and "\n" not in str(caught.value)


def test_a_name_of_a_file_is_the_card_and_the_day() -> None:
    assert file_stem("RTX 4090", "2026-11-21") == "rtx-4090-2026-11-21"


def test_a_mark_is_below_the_roof_by_its_fraction_of_the_floor() -> None:
    for mark, point in zip(marks(parsed()), POINTS, strict=True):
        roof = min(H200.iadd3_per_second, mark.intensity * H200.copy_bytes_per_second)
        event = event_of(point["subject"], point["n"])
        assert is_sized(event)
        floor = floor_of_work(work_of(event), point["bytes_moved"], H200)
        assert mark.rate / roof == pytest.approx(floor.fraction(point["seconds"]), rel=1e-3)


def test_the_same_file_draws_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h200.json").write_text(json.dumps(of_a_card()), "utf-8")
    picture = tmp_path / "x.png"
    assert main(["--picture", str(tmp_path / "h200.json"), str(picture)]) == 0
    assert picture.read_bytes() == draw_roofline(parsed()) and len(picture.read_bytes()) > 2000


def test_a_release_that_has_a_measured_card_shows_it() -> None:
    measured = [file for file in shipped_measurements() if file.card is not None]
    for file in measured:
        assert file.name == f"{file_stem(file.hardware, file.date)}.json" and marks(file)
    assert not measured or (Path(__file__).resolve().parent.parent / "docs" / "images" / "roofline.png").is_file()


def test_what_cannot_be_drawn_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cpu.json").write_text(json.dumps(measurement()), "utf-8")
    for name, ending, said in (("cpu.json", "png", "must have the ceilings of a card"), ("none.json", "png", "readable file")):
        assert main(["--picture", str(tmp_path / name), str(tmp_path / f"x.{ending}")]) == 2
        assert said in capsys.readouterr().err
    (tmp_path / "h200.json").write_text(json.dumps(of_a_card()), "utf-8")
    for target in (tmp_path / "none" / "x.png", tmp_path / "h200.json" / "x.png"):
        assert main(["--picture", str(tmp_path / "h200.json"), str(target)]) == 2
        assert "--picture: 'x.png' cannot be written" in capsys.readouterr().err
    with pytest.raises(InvalidInput, match=r"picture: must end in one of \.png"):
        draw_roofline(parsed(), "gif")
    assert not (tmp_path / "x.png").exists()
