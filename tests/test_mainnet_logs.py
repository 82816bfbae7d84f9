"""The paper on 500 blocks with other files: a planted log is replayed, and bad logs, scenarios and summaries are refused."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from equilibria import Equilibrium, IndifferenceNewton, solve
from mechanisms import FirstPrice, InvalidInput, Procurement, Vickrey
from papers.mainnet_blocks import __main__ as paper
from papers.mainnet_blocks import sealed_replay
from papers.mainnet_blocks.derive import SUMMARY, read_derived
from papers.mainnet_blocks.markets import build_markets
from papers.mainnet_blocks.scenario import SCENARIO, Scenario
from papers.mainnet_blocks.sealed_replay import replay_rules
from proving_cost import ProvingLog, Summary, summarise


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "mine.csv"),
        ("block,gas_used,prover,proving_time_ms\n1,2,a,fast\n", "proving_time_ms"),
        ("block,gas_used,prover\n1,2,a\n", "proving_time_ms"),
        ("block,gas_used,prover,proving_time_ms\n1,2,a,3\n1,2,a,4\n", "line 3"),
    ],
    ids=["empty", "not a number", "no column", "twice"],
)
def test_a_bad_log_is_one_line_and_status_2(text: str, names: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "mine.csv"
    log.write_text(text)
    assert paper.main(["--log", str(log), "--build", str(tmp_path / "build")]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and names in errors[0]
    assert not (tmp_path / "build").exists()


def test_a_log_without_rivals_and_a_missing_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    rows = [
        f"{k},{int(g)},alone,{g / 1e3 * x}"
        for k, (g, x) in enumerate(zip(rng.uniform(1e7, 3e7, 60), rng.uniform(0.9, 1.1, 60), strict=True))
    ]
    log = tmp_path / "mine.csv"
    log.write_text("\n".join(["block,gas_used,prover,proving_time_ms", *rows]))
    assert paper.main(["--log", str(log), "--build", str(tmp_path / "build")]) == 2
    assert "at least 2 provers" in capsys.readouterr().err
    assert paper.main(["--log", str(tmp_path / "absent.csv")]) == 2


def planted_log(blocks: int) -> tuple[ProvingLog, Summary]:
    """Two provers a few percent apart, with independent private parts, one slower by half and one failure."""
    rng = np.random.default_rng(7)
    gas = rng.uniform(1e7, 3e7, blocks)
    public = np.exp(rng.normal(0, 0.1, blocks))
    private = np.exp(rng.normal(0, 0.05, (blocks, 3)))
    seconds = (3 + gas[:, None] * 6e-7 * np.array([1.0, 1.03, 1.5])) * public[:, None] * private
    failed = np.zeros(seconds.shape, dtype=bool)
    failed[3, 0] = True
    log = ProvingLog(
        blocks=tuple(range(blocks)), gas=gas, provers=("a", "b", "slow"), seconds=np.where(failed, np.nan, seconds),
        failed=failed, rows=3 * blocks,
    )  # fmt: skip
    return log, summarise(log, competitive_share=0.05)


@cache
def quickly(rule: FirstPrice | Vickrey, market: Procurement) -> Equilibrium:
    """First-price bids on a grid, whose payments on the planted log are those of the paper's solver to a thousandth."""
    return solve(rule, market, IndifferenceNewton(points=128) if isinstance(rule, FirstPrice) else None)


def test_replay_of_a_planted_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_replay, "solve", quickly)
    log, summary = planted_log(400)
    scenario = Scenario.from_toml()
    markets = build_markets(summary, scenario)
    assert list(markets.rivals.labels) == ["a", "b"]
    found = replay_rules(log, summary, markets, scenario)
    pair = log.seconds[:, :2]
    both = ~np.isnan(pair).any(axis=1)
    ratio = pair[both].max(axis=1) / pair[both].min(axis=1)
    rules = found["competitive"]["rules"]
    assert found["competitive"]["replayed"] == 399 and found["all"]["replayed"] == 400
    assert rules["vickrey"]["mean"] == pytest.approx(float(np.mean(ratio)), rel=1e-12)
    assert rules["everybody_proves"]["mean"] == pytest.approx(float(np.mean(1 + ratio)), rel=1e-12)
    # where private parts are independent, as planted, the log pays what the model expects
    first = quickly(FirstPrice(), markets.rivals).expected_payment.midpoint
    lowest = quickly(Vickrey(), markets.rivals).resource_cost.midpoint
    assert rules["first_price"]["mean"] == pytest.approx(first / lowest, abs=0.01)
    assert rules["first_price_reserve"]["no_award"] == pytest.approx(scenario.max_no_award, abs=0.02)
    assert 1.0 < rules["optimal"]["mean"] < rules["vickrey"]["mean"]


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("gpus = 8", "gpus = 0.5", "machine.gpus"),
        ("max_no_award = 0.01", "max_no_award = 1.5", "reserve.max_no_award"),
        ('regime = "measured"', 'regime = "guessed"', "provers.regime"),
        ("lowest = 1.5", "lowest = 30", "value"),
        ("[value]", "[worth]", "value"),
    ],
)
def test_a_wrong_scenario_names_its_key(old: str, new: str, names: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO.read_text("utf-8").replace(old, new, 1))
    with pytest.raises(InvalidInput, match=re.escape(names)):
        Scenario.from_toml(path)


def test_a_replay_of_another_summary_is_refused(tmp_path: Path) -> None:
    replay = json.loads(SUMMARY.with_name("replay.json").read_text("utf-8"))
    (tmp_path / SUMMARY.name).write_text(SUMMARY.read_text("utf-8"), newline="\n")
    (tmp_path / "replay.json").write_text(json.dumps({**replay, "summary_sha256": "0" * 64}))
    with pytest.raises(InvalidInput, match="made with"):
        read_derived(tmp_path)
    (tmp_path / "replay.json").write_text("[]")
    with pytest.raises(InvalidInput, match="Derive it again"):
        read_derived(tmp_path)


def test_one_prover_is_no_market() -> None:
    log, summary = planted_log(60)
    assert isinstance(build_markets(summary, Scenario.from_toml()).main, Procurement)
    alone = ProvingLog(
        blocks=log.blocks, gas=log.gas, provers=("b",), seconds=log.seconds[:, 1:2], failed=log.failed[:, 1:2], rows=60
    )
    with pytest.raises(InvalidInput, match="at least 2 provers"):
        build_markets(summarise(alone), Scenario.from_toml())
