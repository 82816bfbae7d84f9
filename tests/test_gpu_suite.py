"""The suite, end to end on the emulation: order, checks, files that are whole at any time, and what it refuses."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from gpu_cases import WATTS, Card, Copy, Counter, copying, suite

from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.measurements import read_measurements
from proving_cost.gpu import host_build
from proving_cost.gpu import suite as suites
from proving_cost.gpu.__main__ import main
from proving_cost.gpu.card import CardLost
from proving_cost.gpu.cases import Case
from proving_cost.gpu.narrow_transform import cases as narrow_cases
from proving_cost.gpu.plan import FIGURES, by_importance, planned
from proving_cost.gpu.report import figure_lines
from proving_cost.gpu.timing import FEWEST
from workbench import program

pytestmark = pytest.mark.skipif(host_build.compiler() is None, reason="there is no C++ compiler")
SUBJECT = "ntt/goldilocks"


def test_a_run_checks_times_weighs_and_writes(tmp_path: Path) -> None:
    lines: list[str] = []
    shares: list[float] = []
    path = tmp_path / "h200.json"
    run = suite([copying(SUBJECT, 1 << 12), copying("ntt/babybear", 1 << 10)])
    found = run.run(path, told=lines.append, progress=lambda label, share: shares.append(share))
    assert found.file == read_measurements(path)
    assert not found.left_out and not found.wrong and not found.interrupted
    first, second = found.file.points
    assert (first.subject, first.n, second.subject, second.n) == ("ntt/babybear", 1 << 10, SUBJECT, 1 << 12)
    assert second.seconds == pytest.approx(1e-3) and second.spread == pytest.approx(0, abs=1e-6)
    assert second.joules == pytest.approx(WATTS * 1e-3, rel=0.05) and second.repetitions >= FEWEST
    assert second.checked_against == "what was copied" and second.bytes_moved == 64 << 12
    card = found.file.card
    assert card is not None and card.name == "NVIDIA H200" and card.driver == "580.1"
    assert card.clocks_mhz == {"multiprocessors": 1980.0, "memory": 3201.0}
    floor = max(64 * 4096 / card.ceilings["copy_bytes_per_second"], 1000 * 4096 / card.ceilings["iadd3_per_second"])
    assert second.fraction_of_floor == pytest.approx(floor / 1e-3, rel=0.01)
    assert found.file.hardware == "H200" and found.file.commit == "abc"
    assert found.file.machine == "NVIDIA H200, driver 580.1"
    assert found.file.command == "python -m proving_cost.gpu"
    assert found.file.versions["cupy"] == "14" and "python" in found.file.versions
    assert lines[0].startswith("IMAD ") and lines[1].startswith(f"{SUBJECT} 2^12") and len(lines) == 3
    assert shares == sorted(shares) and shares[-1] < 1
    assert run.file_name == f"h200-{run.day}.json"


def test_a_real_kernel_goes_through(tmp_path: Path) -> None:
    [case] = [c for c in narrow_cases(1 << 30) if (c.subject, c.n) == ("ntt/babybear", 1 << 10)]
    found = suite([case], Card(1 << 30)).run(tmp_path / "x.json")
    assert found.file is not None and not found.left_out
    assert "CPU" in str(found.file.points[0].checked_against)


def test_timings_of_a_card_price_a_ledger(tmp_path: Path) -> None:
    from proving_cost.cost_model import CostModel, known_timings
    from proving_cost.ledger import Ledger

    sizes = (10, 14, 18)
    found = suite([copying(SUBJECT, 1 << lg) for lg in sizes]).run(tmp_path / "h200-2026-01-01.json")
    assert found.file is not None
    model = CostModel("h200", timings=known_timings([found.file]))
    ledger = Ledger()
    ledger.ntt("goldilocks", 1 << 18)
    terms = model.seconds(ledger).lines
    assert {line.term.regime for line in terms} == {"measured"}
    assert model.seconds(ledger).likely == pytest.approx(1e-3, rel=0.01)


@pytest.mark.parametrize("error", ["short", "wrong"])
def test_a_wrong_kernel_is_left_out_and_reported(tmp_path: Path, error: str) -> None:
    lines: list[str] = []
    path = tmp_path / "x.json"
    run = suite([copying(SUBJECT, 1 << 12, error), copying(SUBJECT, 1 << 10)])
    found = run.run(path, told=lines.append)
    assert found.wrong == (f"{SUBJECT} 2^12",)
    [reason] = found.left_out
    assert reason.startswith(f"{SUBJECT} 2^12: copy: word ") and reason.endswith(" is wrong.")
    assert [p.n for p in read_measurements(path).points] == [1 << 10]
    assert read_measurements(path).left_out == found.left_out
    assert any("left out: copy: word" in line for line in lines)


def test_nothing_is_written_where_every_kernel_is_wrong(tmp_path: Path) -> None:
    found = suite([copying(SUBJECT, 1 << 12, "wrong")]).run(tmp_path / "x.json")
    assert found.file is None and not list(tmp_path.iterdir())


def stopping(n: int, stop: BaseException) -> Case:
    """A case that ends the run when it is timed."""

    def made(copy: Copy) -> None:
        def check() -> str:
            raise stop

        copy.check = check  # type: ignore[method-assign]

    return copying(SUBJECT, n, made=made)


@pytest.mark.parametrize(
    ("stop", "reason"),
    [(KeyboardInterrupt(), "interrupted"), (CardLost("the card failed: an illegal address."), "the card failed")],
)
def test_a_run_that_ends_early_keeps_what_was_measured(tmp_path: Path, stop: BaseException, reason: str) -> None:
    path = tmp_path / "x.json"
    found = suite([copying(SUBJECT, 1 << 10), stopping(1 << 11, stop), copying(SUBJECT, 1 << 12)]).run(path)
    assert found.interrupted and not found.wrong
    assert [p.n for p in read_measurements(path).points] == [1 << 10]
    assert len(found.left_out) == 2 and all(reason in text for text in found.left_out)
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_goes_on_where_another_ended(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    cases = [copying(SUBJECT, 1 << 10), copying(SUBJECT, 1 << 11, "wrong"), copying(SUBJECT, 1 << 12)]
    suite(cases[:2]).run(path)
    before = read_measurements(path)
    second = suite([*cases[:1], copying(SUBJECT, 1 << 11), *cases[2:]])
    second.resume(before)
    lines: list[str] = []
    found = second.run(path, told=lines.append)
    assert found.file is not None and [p.n for p in found.file.points] == [1 << 10, 1 << 11, 1 << 12]
    assert found.file.points[0] == before.points[0] and not found.left_out and len(lines) == 3
    with pytest.raises(InvalidInput, match=r"--resume: x\.json must be of 'H200'; it is of 'T4'"):
        suite([]).resume(replace(before, hardware="T4"))


def test_other_failures_of_a_case_leave_it_out(tmp_path: Path) -> None:
    stops = [Refused("memory: 1 MiB left"), MemoryError(), ValueError("shape\nof two lines"), IndexError("out")]
    cases = [stopping(1 << lg, stop) for lg, stop in zip(range(10, 14), stops, strict=True)]
    found = suite([*cases, copying(SUBJECT, 1 << 9)]).run(tmp_path / "x.json")
    assert [text.partition(": ")[2] for text in found.left_out] == [
        "memory: 1 MiB left", "MemoryError", "shape of two lines", "out",
    ]  # fmt: skip
    assert found.file is not None and not found.wrong and not found.interrupted


def test_the_file_is_whole_after_every_case(tmp_path: Path) -> None:
    path, seen = tmp_path / "x.json", []

    def progress(label: str, share: float) -> None:
        seen.append(len(read_measurements(path).points) if path.exists() else 0)

    suite([copying(SUBJECT, 1 << lg) for lg in (10, 11, 12)]).run(path, progress=progress)
    assert seen == [0, 0, 1, 2]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    path.write_text("old", "utf-8")

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InvalidInput, match="no space") as caught:
        suite([copying(SUBJECT, 1 << 10)]).run(path)
    assert "\n" not in str(caught.value)
    assert path.read_text("utf-8") == "old" and list(tmp_path.iterdir()) == [path]


def test_sizes_that_do_not_fit_are_named(tmp_path: Path) -> None:
    cases = [copying(SUBJECT, 1 << 12, device_bytes=3 << 30), copying(SUBJECT, 1 << 10, device_bytes=1 << 20)]
    found = suite(cases, Card(free=1 << 30)).run(tmp_path / "x.json")
    assert found.left_out == (f"{SUBJECT} 2^12: needs 3.0 GiB; the card has 1.0 GiB left",)
    assert not found.wrong


def test_the_budget_is_kept(tmp_path: Path) -> None:
    card = Card()
    cases = [copying(SUBJECT, 1 << lg) for lg in range(4, 30)]
    found = suite(cases, card, seconds=2.0).run(tmp_path / "x.json")
    assert found.file is not None and 1 < len(found.file.points) < len(cases)
    assert len(found.file.points) + len(found.left_out) == len(cases)
    assert all(text.endswith(": no time left") for text in found.left_out)
    assert card.now < 2.5


def test_memory_is_given_back_between_cases(tmp_path: Path) -> None:
    card = Card()
    suite([copying(SUBJECT, 1 << lg) for lg in (10, 11)], card).run(tmp_path / "x.json")
    assert card.released == 2


def test_a_card_without_a_counter_gives_no_joules(tmp_path: Path) -> None:
    card = Card()
    found = suite([copying(SUBJECT, 1 << 10)], card, meter=Counter(card, silent=True)).run(tmp_path / "x.json")
    assert found.file is not None and found.file.card is not None
    assert found.file.points[0].joules is None and found.file.card.driver is None and not found.file.card.clocks_mhz
    assert read_measurements(tmp_path / "x.json") == found.file


def test_a_counter_that_does_not_move_is_asked_once(tmp_path: Path) -> None:
    card = Card()
    cases = [copying(SUBJECT, 1 << lg) for lg in (10, 11, 12)]
    found = suite(cases, card, meter=Counter(card, stuck=True)).run(tmp_path / "x.json")
    assert found.file is not None and not any(p.joules for p in found.file.points)
    assert card.now < 7  # five windows of half a second, once, besides readings and launches of a millisecond


def test_the_figures_come_first_and_the_largest_last() -> None:
    cases = by_importance([copying(s, 1 << lg) for s in (SUBJECT, "ntt/babybear") for lg in (10, 20, 22, 24, 26)])
    assert [(c.subject, c.n) for c in cases[:2]] == list(FIGURES)[:2]
    assert [c.n.bit_length() - 1 for c in cases if c.subject == SUBJECT] == [24, 20, 10, 22, 26]


def test_what_is_wanted_is_said_of_what_was_measured(tmp_path: Path) -> None:
    cases = [copying("ntt/goldilocks", 1 << 24), copying("ntt/babybear", 1 << 24), copying(SUBJECT, 1 << 10)]
    found = suite(cases).run(tmp_path / "x.json")
    assert found.file is not None
    fast, slow, other = (
        replace(p, fraction_of_floor=f) for p, f in zip(reversed(found.file.points), (0.5, 0.25, 0.5), strict=True)
    )
    lines = figure_lines([replace(fast, subject=SUBJECT, n=1 << 24), replace(slow, subject="ntt/babybear", n=1 << 24), other])
    assert lines[:2] == [
        "ntt/goldilocks 2^24: 2.00 floors, 2.5 wanted: reached", "ntt/babybear 2^24: 4.00 floors, 2.5 wanted: not reached",
    ]  # fmt: skip


def test_every_kernel_of_the_plan_is_one_that_a_file_can_hold() -> None:
    skipped: list[str] = []
    every = planned(1 << 62)
    few = planned(1 << 24, lambda label, needed, limit: skipped.append(label))
    assert set(FIGURES) <= {(c.subject, c.n) for c in every}
    assert len({(c.subject, c.n) for c in every}) == len(every) == len(few) + len(skipped)
    assert all(c.work.wide_mads + c.work.instructions > 0 and c.bytes_moved > 0 and c.device_bytes > 0 for c in every)


def test_a_suite_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    for seconds in (0, -1, True, float("nan"), "5"):
        with pytest.raises(InvalidInput, match="seconds: must be above 0"):
            suite([], seconds=seconds)
    with pytest.raises(InvalidInput, match="facts: must be given"):
        suite([], facts=None)
    for path in (tmp_path, tmp_path / "none" / "x.json"):
        with pytest.raises(InvalidInput, match="output: must name a file"):
            suite([copying(SUBJECT, 1 << 10)]).run(path)


def test_a_calibration_with_wrong_values_stops_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from proving_cost.gpu import calibration

    monkeypatch.setattr(calibration, "expected", lambda *_: -1)
    with pytest.raises(suites.CheckFailed, match="calibration: 'imad'"):
        suite([copying(SUBJECT, 1 << 10)]).run(tmp_path / "x.json")
    assert not list(tmp_path.iterdir())


def replaced(monkeypatch: pytest.MonkeyPatch, *cases: Case) -> None:
    """Have the command lines measure these cases on the emulation."""
    monkeypatch.setattr(suites, "Suite", lambda **given: suite(cases, command=given["command"]))


def test_the_command_lines_write_the_file_and_say_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    replaced(monkeypatch, copying(SUBJECT, 1 << 10), copying(SUBJECT, 1 << 11, "wrong"))
    assert main(["--output", str(tmp_path), "--seed", "7"]) == 1
    said = capsys.readouterr()
    [made] = tmp_path.glob("h200-*.json")
    file = read_measurements(made)
    assert file.command.endswith(" --seed 7") and str(tmp_path) not in file.command
    assert f"1 timings in {made}; 1 cases left out" in said.out
    assert said.err == f"proving_cost.gpu: wrong values: {SUBJECT} 2^11\n"
    run = CliRunner().invoke(program, ["cost", "--calibrate-gpu", "--output", "mine.json"])
    assert run.exit_code == 1 and "written to mine.json" in run.stdout and "left out: copy: word" in run.stdout
    assert [p.n for p in read_measurements(Path("mine.json")).points] == [1 << 10]
    replaced(monkeypatch, copying(SUBJECT, 1 << 12))
    run = CliRunner().invoke(program, ["cost", "--calibrate-gpu", "--json"])
    assert run.exit_code == 0 and json.loads(run.stdout)["file"] == made.name
    assert main(["--output", str(made), "--resume"]) == 0
    assert [p.n for p in read_measurements(made).points] == [1 << 12]
    replaced(monkeypatch, stopping(1 << 10, KeyboardInterrupt()))
    assert main(["--output", str(tmp_path / "none.json")]) == 130
    assert "nothing was measured, no file written" in capsys.readouterr().err
    run = CliRunner().invoke(program, ["cost", "--calibrate-gpu", "--output", "none.json"])
    assert run.exit_code == 130 and not (tmp_path / "none.json").exists()
