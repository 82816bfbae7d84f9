"""Two hundred random malformed markets and as many proving logs: one line each, status 2, never a traceback.

The case number is the seed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from mechanisms.errors import InvalidInput
from papers.mainnet_blocks import __main__ as paper
from proving_cost import read_log
from tests.malformed_logs import log, malformed_log
from tests.malformed_markets import TEXT_MUTATIONS, TREE_MUTATIONS, malformed_market, market, toml
from workbench import MarketFile, program

CASES = range(200)
ROOT = Path(__file__).resolve().parent.parent


def test_the_unspoilt_markets_are_right() -> None:
    for seed in CASES:
        MarketFile.from_toml(toml(market(Random(seed)))).one_rule()


def test_every_mutation_occurs() -> None:
    names = {malformed_market(seed)[0] for seed in CASES}
    assert names == {mutate.__name__ for mutate in [*TREE_MUTATIONS, *TEXT_MUTATIONS]}


def check_refusal(status: int, stdout: str, stderr: str, what: str) -> None:
    assert status == 2, f"{what}: status {status}\n{stdout}{stderr}"
    assert stdout == "", what
    assert stderr.startswith("prover-markets: ") and stderr.endswith("\n"), what
    assert len(stderr.splitlines()) == 1 and "Traceback" not in stderr and stderr.rstrip("\n").isprintable(), f"{what}: {stderr}"
    assert len(stderr) < 1100, what


@pytest.mark.parametrize("seed", CASES)
def test_a_malformed_market_is_refused_in_one_line(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, data = malformed_market(seed)
    monkeypatch.chdir(tmp_path)
    Path("market.toml").write_bytes(data)
    command = ["solve", "tune"][seed % 2]
    run = CliRunner().invoke(program, [command, "market.toml", *(["--json"] if seed % 3 == 0 else [])])
    assert isinstance(run.exception, SystemExit), f"{name}: {run.exception!r}"
    check_refusal(run.exit_code, run.stdout, run.stderr, f"{name}:\n{data.decode(errors='replace')}\n")
    assert "market.toml" in run.stderr, name


@pytest.mark.parametrize("seed", range(0, 200, 100))
def test_and_so_it_is_by_the_real_program(seed: int, tmp_path: Path) -> None:
    name, data = malformed_market(seed)
    path = tmp_path / "market.toml"
    path.write_bytes(data)
    run = subprocess.run(
        [sys.executable, "-m", "workbench", "solve", str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    check_refusal(run.returncode, run.stdout, run.stderr, name)


def test_the_unspoilt_logs_are_right(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for seed in range(20):
        path.write_text("\n".join(map(",".join, log(Random(10_000 + seed)))), "utf-8")
        assert read_log(path).provers == ("a", "b", "c")


@pytest.mark.parametrize("seed", CASES)
def test_a_malformed_log_is_refused_in_one_line(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, data = malformed_log(seed)
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidInput) as caught:
        read_log(path)
    message = str(caught.value)
    assert message.startswith("log.csv: ") and message.isprintable() and len(message) < 1000, f"{name}: {message!r}"
    assert paper.main(["--log", str(path), "--build", str(tmp_path / "build")]) == 2, name
    said = [line for line in capsys.readouterr().err.splitlines() if "reading and modelling" not in line]  # progress
    assert said == [f"error: {message}"], name
