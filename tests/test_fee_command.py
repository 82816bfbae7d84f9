"""`prover-markets verify` in fee markets and exchanges with capacities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workbench import program

BLOCK = """\
[market]
kind = "block_space"
size = 2
users.a = {kind = "uniform", low = 0, high = 10}
users.b = {kind = "uniform", low = 0, high = 10}
[mechanism]
kind = "burning_second_price"
"""
EXCHANGE = """\
[market]
kind = "exchange"
users.u = {kind = "uniform", low = 0, high = 10}
users.v = {kind = "uniform", low = 0, high = 10}
provers.p = {kind = "uniform", low = 0, high = 10}
provers.q = {kind = "uniform", low = 0, high = 10}
capacities.p = 2
[mechanism]
kind = "prooflike_a"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs beside two markets."""
    monkeypatch.chdir(tmp_path)
    Path("block.toml").write_text(BLOCK, "utf-8")
    Path("exchange.toml").write_text(EXCHANGE, "utf-8")
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments)


def test_parameters_make_the_property() -> None:
    wanted = ("block.toml", "--property", "scp", "--coalition", "2", "--exactly", "--fakes", "1", "--gamma", "1/1")
    run = invoke("verify", *wanted, "--bidding", "truthful", "--full-blocks", "--certificate", "block.json")
    assert run.exit_code == 0 and "the miner and exactly 2 users gain nothing together" in run.stdout
    assert json.loads(Path("block.json").read_text("utf-8"))["property"] == {
        "name": "scp", "users": 2, "exactly": True, "fakes": 1, "gamma": "1", "short": False, "bidding": "truthful"
    }  # fmt: skip
    run = invoke("check", "block.json", "--rule", "catalogue")
    assert run.exit_code == 0 and "compared exactly" in run.stdout
    assert invoke("verify", "block.toml", "--property", "mic").exit_code == 1
    assert invoke("verify", "block.toml", "--property", "uic", "--gamma", "1", "--charged", "included").exit_code == 0


def test_capacities() -> None:
    run = invoke("verify", "exchange.toml", "--property", "capacity-reports", "--direction", "over", "--most", "3")
    assert run.exit_code == 0 and "reporting more than its capacity, up to 3, paid on delivery" in run.stdout
    run = invoke("verify", "exchange.toml", "--property", "capacity-reports", "--direction", "over", "--paid", "assignment")
    assert run.exit_code == 1 and "reports capacity" in run.stdout


def test_all_takes_what_has_a_meaning() -> None:
    block, exchange = (invoke("verify", name, "--all").stdout for name in ("block.toml", "exchange.toml"))
    for name in ("uic", "mic", "scp", "off chain agreements"):
        assert f" {name} " in block and f" {name} " not in exchange
    for name in ("capacity reports", "capacity splits"):
        assert f" {name} " in exchange and f" {name} " not in block


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("block.toml", "--fakes", "1"), "--fakes must be left out for dsic; it belongs to uic, mic, scp"),
        (("block.toml", "--property", "uic", "--gamma", "x"), "--gamma must be a number from 0 to 1"),
        (("block.toml", "--property", "uic", "--gamma", "2"), "gamma must be a number from 0 to 1"),
        (("block.toml", "--property", "capacity_reports"), "capacities are those of an Exchange"),
        (("exchange.toml", "--property", "uic"), "uic is about a fee rule in a BlockSpace"),
        (("exchange.toml", "--property", "uic", "--paid", "delivery"), "--paid must be left out for uic"),
    ],
)
def test_what_does_not_fit(arguments: tuple[str, ...], message: str) -> None:
    run = invoke("verify", *arguments)
    assert run.exit_code == 2 and message in run.stderr
