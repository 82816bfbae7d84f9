"""`prover-markets verify`, and `check --rule`: what they print and return."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workbench import program

AUCTION = '''
def second_price(bids):
    winner = max(range(len(bids)), key=lambda i: bids[i])
    price = max(bids[i] for i in range(len(bids)) if i != winner)
    return [int(i == winner) for i in range(len(bids))], [price if i == winner else 0 for i in range(len(bids))]


def first_price(bids):
    winner = max(range(len(bids)), key=lambda i: bids[i])
    return [int(i == winner) for i in range(len(bids))], [bids[winner] if i == winner else 0 for i in range(len(bids))]


def lowest(costs):
    order = sorted(range(len(costs)), key=lambda i: costs[i])
    return [int(i == order[0]) for i in range(len(costs))], [costs[order[1]] if i == order[0] else 0 for i in range(len(costs))]


def crashes(bids):
    return 1 // 0


def shapeless(bids):
    return bids[0]


def two(bids, more):
    return None


number = 3
'''
MARKET = """\
[market]
kind = "procurement"
value = 1.0
costs.a = {kind = "uniform", low = 0, high = 1}
costs.b = {kind = "uniform", low = 0, high = 1}
[mechanism]
kind = "vickrey"
reserve = 0.75
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs beside a market and a file of rules."""
    monkeypatch.chdir(tmp_path)
    Path("market.toml").write_text(MARKET, "utf-8")
    Path("auction.py").write_text(AUCTION, "utf-8")
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments)


def test_a_proof_its_certificate_and_the_comparison_with_the_rule() -> None:
    run = invoke("verify", "--rule", "auction.py:second_price", "--agents", "3", "--certificate", "proof.json")
    assert (run.exit_code, run.stdout) == (0, "second_price, dsic: proved: truth is dominant, whatever is reported\n")
    run = invoke("check", "proof.json")
    assert run.exit_code == 0 and "the tree is not compared with the function 'second_price'" in run.stdout
    run = invoke("check", "proof.json", "--rule", "auction.py:second_price")
    assert run.exit_code == 0 and "all 6 cells were compared exactly" in run.stdout
    run = invoke("check", "proof.json", "--rule", "auction.py:first_price")
    assert run.exit_code == 1 and "the tree is not the rule 'first_price'" in run.stdout


def test_a_counterexample_as_a_story_and_as_json() -> None:
    run = invoke("verify", "--rule", "auction.py:first_price", "--agents", "2", "--side", "procurement")
    assert run.exit_code == 1 and run.stdout.startswith("first_price, dsic: refuted: prover a, cost 0, bids ")
    run = invoke("verify", "--rule", "auction.py:first_price", "--agents", "2", "--json")
    record = json.loads(run.stdout)
    assert run.exit_code == 1 and record["status"] == "refuted" and record["counterexample"]["story"].startswith("buyer a")
    assert invoke("verify", "--rule", "auction.py:lowest", "--agents", "3", "--side", "procurement").exit_code == 0


def test_a_market_file_and_all_properties() -> None:
    assert invoke("verify", "market.toml", "--property", "individual-rationality").exit_code == 0
    run = invoke("verify", "market.toml", "--all")
    assert run.exit_code == 1 and "efficiency" in run.stdout and "no meaning" in run.stdout
    rows = json.loads(invoke("verify", "market.toml", "--all", "--json").stdout)["verdicts"]
    assert {row["property"]: row["status"] for row in rows} == {
        "dsic": "proved", "individual_rationality": "proved", "no_deficit": "proved", "budget_balance": None,
        "efficiency": "refuted", "monotonicity": "proved", "envy_freeness": "proved", "false_names": "proved",
        "coalitions": "refuted",
    }  # fmt: skip
    assert invoke("verify", "market.toml", "--certificate", "proof.json").exit_code == 0
    assert invoke("check", "proof.json", "--rule", "catalogue").exit_code == 0
    assert invoke("verify", "market.toml", "--rule", "auction.py:lowest").exit_code == 0


def test_options_of_properties() -> None:
    rule = ("--rule", "auction.py:second_price", "--agents", "2")
    assert invoke("verify", *rule, "--property", "coalitions", "--no-transfers").exit_code == 0
    assert invoke("verify", *rule, "--property", "coalitions").exit_code == 1
    assert invoke("verify", *rule, "--property", "false_names", "--identities", "3").exit_code == 0
    assert invoke("verify", "market.toml", "--property", "efficiency", "--epsilon", "1/4").exit_code == 0
    assert invoke("verify", "market.toml", "--property", "efficiency", "--epsilon", "0.2").exit_code == 1
    assert invoke("verify", "--rule", "auction.py:second_price", "--agents", "9", "--timeout", "0.01").exit_code == 3
    assert invoke("verify", "--rule", "auction.py:crashes", "--agents", "2").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "verify needs MARKET.toml or --rule FILE:FUNCTION"),
        (("--rule", "auction.py:second_price"), "--agents must be given with --rule"),
        (("--rule", "auction.py", "--agents", "2"), "--rule must be FILE:FUNCTION; got 'auction.py'"),
        (("--rule", "auction.py:third", "--agents", "2"), "has no function 'third'; it has second_price, first_price"),
        (("--rule", "auction.py:number", "--agents", "2"), "must be a function; got int"),
        (("--rule", "auction.py:two", "--agents", "2"), "must take one argument"),
        (("--rule", "auction.py:shapeless", "--agents", "2"), "must return (allocation, payments)"),
        (("--rule", "none.py:rule", "--agents", "2"), "none.py: a rule must be a readable file"),
        (("--rule", "broken.py:rule", "--agents", "2"), "broken.py:2: the file must be Python"),
        (("--rule", "raises.py:rule", "--agents", "2"), "raises.py:1: the file raised ZeroDivisionError"),
        (("market.toml", "--agents", "2"), "--agents and --side must be left out beside a market file"),
        (("market.toml", "--property", "honesty"), "property must be a Property or one of dsic"),
        (("market.toml", "--identities", "2"), "--identities must be left out for dsic"),
        (("market.toml", "--epsilon", "much"), "--epsilon must be a number of at least 0"),
        (("market.toml", "--all", "--certificate", "x.json"), "--certificate must be left out with --all"),
        (("market.toml", "--only", "users"), "this market has no users"),
    ],
)
def test_wrong_input_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    Path("broken.py").write_text("x = 1\ndef rule(:\n", "utf-8")
    Path("raises.py").write_text("1 / 0\n", "utf-8")
    run = invoke("verify", *arguments)
    assert run.exit_code == 2 and run.stdout == ""
    assert run.stderr.startswith("prover-markets: ") and message in run.stderr and run.stderr.count("\n") == 1


def test_a_certificate_of_something_else_has_no_tree() -> None:
    Path("market.toml").write_text(MARKET.replace("vickrey", "first_price"), "utf-8")
    assert invoke("solve", "market.toml", "--certificate", "solved.json").exit_code == 0
    run = invoke("check", "solved.json", "--rule", "auction.py:lowest")
    assert run.exit_code == 2 and "is about no decision tree" in run.stderr
