"""`optimal` on the command line: what it prints, writes and returns, and what it refuses in one line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from equilibria import check
from workbench import program

GRID = """\
[market]
kind = "sale"
[market.values.a]
kind = "discrete"
values = ["1/4", "1/2", "3/4", 1]
probabilities = ["1/4", "1/4", "1/4", "1/4"]
[market.values."_b $x$"]
kind = "discrete"
values = ["1/4", "1/2", "3/4", 1]
probabilities = ["1/4", "1/4", "1/4", "1/4"]
"""
UNIT = '{kind = "uniform", low = 0, high = 1}'
PROVERS = f'[market]\nkind = "procurement"\nvalue = 1.0\ncosts.a = {UNIT}\ncosts.b = {UNIT}\n'
TRADE = f'[market]\nkind = "exchange"\nusers.u = {UNIT}\nprovers.p = {UNIT}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs beside markets of its own."""
    monkeypatch.chdir(tmp_path)
    Path("grid.toml").write_text(GRID, "utf-8")
    Path("auction.toml").write_text(GRID + '[mechanism]\nkind = "vickrey"\n', "utf-8")
    Path("first.toml").write_text(GRID + '[mechanism]\nkind = "first_price"\n', "utf-8")
    Path("provers.toml").write_text(PROVERS + '[mechanism]\nkind = "vickrey"\nreserve = 0.5\n', "utf-8")
    Path("trade.toml").write_text(TRADE, "utf-8")
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program, ("optimal", *arguments))


def record(*arguments: str) -> dict[str, Any]:
    run = invoke(*arguments, "--json")
    assert run.exit_code == 0, f"{run.output}{run.exception!r}"
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_the_table_says_the_value_the_reserve_and_what_the_rule_loses() -> None:
    run = invoke("auction.toml")
    assert run.exit_code == 0
    rule = "Vickrey(reserve=None): lost"
    for words in ("revenue, by myerson", "19/32", "reserve of a: 1/2", "ironed virtual value", rule, "1/8"):
        assert words in run.stdout
    assert run.stderr == ""


def test_json_has_every_number_exactly() -> None:
    found = record("auction.toml")
    assert (found["route"], found["exact_value"], found["mechanism"]) == ("myerson", "19/32", {"kind": "optimal"})
    assert found["value"]["lower"] <= 19 / 32 <= found["value"]["upper"]
    assert found["payments"]["a"]["1"] == "11/16"
    assert found["gap"]["attained"]["lower"] <= Fraction(15, 32) <= found["gap"]["attained"]["upper"]


def test_an_objective_is_chosen_by_the_market() -> None:
    assert record("grid.toml")["objective"] == "revenue"
    assert record("provers.toml")["objective"] == "surplus"
    assert record("trade.toml")["objective"] == "welfare"
    assert record("trade.toml", "--subject-to", "no_deficit")["exact_value"] == "9/64"
    assert record("provers.toml", "--objective", "payment")["exact_value"] == "2/3"
    assert "does not always buy" in record("provers.toml", "--objective", "payment")["not_compared"]


def test_constraints_are_read_from_words() -> None:
    capped = record("grid.toml", "--subject-to", "cap:1/4", "--subject-to", "bic")
    assert (capped["route"], capped["exact_value"], capped["shadow_prices"]) == ("symmetric_border", "15/32", {"share": "1"})
    assert record("grid.toml", "--subject-to", "epsilon:1/20")["exact_value"] == "331/480"
    lacking = record("trade.toml", "--subject-to", "efficient", "--subject-to", "no_deficit")
    assert (lacking["status"], lacking["value"]) == ("infeasible", None)
    assert "infeasible" not in invoke("trade.toml", "--subject-to", "efficient", "--subject-to", "no_deficit").stderr


def test_a_rule_that_cannot_be_compared_says_why() -> None:
    run = invoke("first.toml")
    assert run.exit_code == 0
    assert "is not compared" in run.stdout
    assert "lotteries" in record("first.toml")["not_compared"]


def test_certificates_and_pictures_are_written() -> None:
    assert invoke("grid.toml", "--certificate", "best.json", "--plot", "virtual.svg").exit_code == 0
    assert check(Path("best.json")).valid
    first = Path("virtual.svg").read_bytes()
    assert invoke("grid.toml", "--plot", "virtual.svg").exit_code == 0
    assert Path("virtual.svg").read_bytes() == first
    for market in ("provers.toml", "trade.toml"):
        assert invoke(market, "--plot", "virtual.png").exit_code == 0
    verdict = CliRunner().invoke(program, ("check", "best.json"))
    assert verdict.exit_code == 0
    assert "exactly 19/32" in verdict.stdout


WRONG = [
    (("grid.toml", "--subject-to", "fair"), "grid.toml: subject_to must hold some of"),
    (("grid.toml", "--subject-to", "cap:2"), "--subject-to cap:2: share must lie in (0, 1]"),
    (("grid.toml", "--timeout", "0"), "--timeout must be a positive number"),
    (("grid.toml", "--plot", "x.gif"), "--plot must name a file"),
    (("grid.toml", "--certificate", "grid.toml"), "--certificate must not name another file"),
    (("grid.toml", "--objective", "profit"), "Invalid value for '--objective'"),
    (("provers.toml", "--objective", "revenue"), "has no revenue"),
    (("provers.toml", "--subject-to", "cap:1/2"), "finitely many types"),
    (("none.toml",), "none.toml"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_is_wrong_is_said_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    run = invoke(*arguments)
    assert run.exit_code == 2
    assert message in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_law_in_a_file_names_its_line() -> None:
    Path("bad.toml").write_text(GRID.replace('probabilities = ["1/4", "1/4"', 'probabilities = ["1/3", "1/4"', 1), "utf-8")
    run = invoke("bad.toml")
    assert run.exit_code == 2
    assert "bad.toml:" in run.stderr
    assert "must sum to exactly 1" in run.stderr
