"""What is kept of a log: quantiles, claims, the JSON text, its reader, and the script that derives it."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_difficulty import A, B, planted

from mechanisms.errors import InvalidInput
from proving_cost import PROBABILITIES, Summary, summarise


def test_quantiles_and_trimmed_mass() -> None:
    truth = planted(fails=False)
    summary = summarise(truth.log, source="made up")
    assert len(PROBABILITIES) == 41 and PROBABILITIES[0] == 0.005 and PROBABILITIES[-1] == 0.995
    for j, prover in enumerate(summary.provers.values()):
        reference = A[j] + B[j] * summary.log.gas_median / 1e6
        assert prover.seconds[20] == pytest.approx(reference, rel=0.02)
        assert all(x < y for x, y in zip(prover.seconds, prover.seconds[1:], strict=False))
        assert 0.008 <= prover.trimmed_share <= 0.012
        assert prover.n == 3000
    assert summary.log.gas_median == float(np.median(truth.log.gas))


def test_claims_are_labelled() -> None:
    claims = {claim.claim: claim for claim in summarise(planted().log).claims}
    assert claims["what remains is independent between provers"].regime == "assumed"
    assert claims["times are of successes only; failures are selection"].regime == "measured"
    assert {claim.regime for claim in claims.values()} == {"measured", "assumed"}
    assert all(claim.evidence for claim in claims.values())


def test_the_summary_is_deterministic_rounded_small_and_reads_back() -> None:
    text = summarise(planted().log).to_json()
    assert text == summarise(planted().log).to_json()
    assert len(text) < 60_000 and text.endswith("}\n")
    summary = Summary.from_json(text)
    assert summary.to_json() == text
    assert summary == Summary.from_json(text)
    for value in summary.provers["fast"].seconds:
        assert value == float(f"{value:.10g}")


def test_the_shipped_summary_reads() -> None:
    path = Path(__file__).parents[1] / "papers" / "mainnet_blocks" / "summary.json"
    summary = Summary.from_file(path)
    assert summary.to_json() == path.read_text("utf-8")
    assert len(summary.provers) == 7 and summary.log.blocks == 500
    assert sum(prover.failures.failed for prover in summary.provers.values()) == 116
    assert "rank correlation" in str(summary) and "Summary(500 blocks" in repr(summary)


Change = Callable[[Any], None]


def assign(value: object, *keys: Any) -> Change:
    def change(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return change


def drop(*keys: Any) -> Change:
    def change(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (drop("schema"), "'schema'"),
        (assign(2, "schema"), "schema must be 1"),
        (assign([0.5], "probabilities"), "probabilities"),
        (drop("provers", "fast", "n"), "provers.fast.n"),
        (assign(1.5, "provers", "fast", "n"), "provers.fast.n must be a whole number"),
        (assign(True, "provers", "fast", "n"), "provers.fast.n must be a whole number"),
        (assign("1", "provers", "fast", "a_seconds"), "provers.fast.a_seconds must be a number"),
        (assign(-1.0, "provers", "fast", "a_seconds"), "provers.fast.a_seconds must be positive"),
        (assign(10**400, "provers", "fast", "a_seconds"), "provers.fast.a_seconds must be a finite number"),
        (assign(math.nan, "provers", "fast", "a_seconds"), "provers.fast.a_seconds must be a finite number"),
        (assign(0.0, "provers", "fast", "seconds", 40), "provers.fast.seconds must be 41"),
        (drop("provers", "fast", "seconds", 40), "provers.fast.seconds must be 41"),
        (assign(None, "provers", "fast", "seconds", 3), "provers.fast.seconds[3]"),
        (assign(9**9, "provers", "fast", "failures", "failed"), "provers.fast.failures.failed"),
        (assign(1, "provers", "fast", "colour"), "provers.fast.colour must not be there"),
        (assign({}, "provers"), "provers"),
        (assign([], "provers"), "provers must be a table"),
        (assign(2.0, "correlations", "private", 0, 1), "correlations.private"),
        (drop("correlations", "private", 0), "correlations.private"),
        (assign("proven", "claims", 0, "regime"), "claims[0].regime must be one of"),
        (assign(3, "claims", 0, "claim"), "claims[0].claim must be a text"),
        (assign("x", "replay", "sets", 0, "central"), "replay.sets[0].provers"),
        (assign("some", "replay", "sets", 0, "treatment"), "replay.sets[0].treatment"),
        (assign({}, "replay", "wins"), "replay.wins"),
        (drop("difficulty", "quantiles", 0), "difficulty.quantiles"),
    ],
)
def test_a_wrong_summary_names_the_key(change: Change, named: str) -> None:
    document = copy.deepcopy(json.loads(short()))
    change(document)
    with pytest.raises(InvalidInput) as caught:
        Summary.from_json(json.dumps(document), "summary.json")
    assert named in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith("summary.json: ")


@cache
def short() -> str:
    """The summary of 200 blocks."""
    return summarise(planted(blocks=200).log).to_json()


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "\0", "[" * 100_000, "null", '{"schema": 1}'])
def test_texts_that_are_no_summary(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Summary.from_json(text)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_summary(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    for path in (tmp_path, tmp_path / "absent.json", tmp_path / "bytes.json"):
        with pytest.raises(InvalidInput):
            Summary.from_file(path)


def planted_rows() -> list[str]:
    log = planted(blocks=60).log
    rows = ["block,gas_used,prover,proving_time_ms"]
    for i, block in enumerate(log.blocks):
        for j, label in enumerate(log.provers):
            time = log.seconds[i, j] * 1e3
            rows.append(f"{block},{int(log.gas[i])},{label},{'' if math.isnan(time) else repr(float(time))}")
    return rows


@pytest.mark.slow  # the summary alone is shown to be deterministic above
def test_derive_writes_the_same_bytes_every_time(tmp_path: Path) -> None:
    from papers.mainnet_blocks.derive import main

    (tmp_path / "log.csv").write_text("\n".join(planted_rows()) + "\n")
    written = [tmp_path / "first.json", tmp_path / "second.json"]
    for target in written:
        assert main([str(tmp_path / "log.csv"), "-o", str(target)]) == 0
    assert written[0].read_bytes() == written[1].read_bytes()


def test_derive_writes_the_summary_and_refuses_bad_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from papers.mainnet_blocks.derive import main

    rows = planted_rows()
    source, target = tmp_path / "log.csv", tmp_path / "out.json"
    source.write_text("\n".join(rows) + "\n")
    assert main([str(source), "-o", str(target)]) == 0
    assert "rank correlation" in capsys.readouterr().out
    summary = Summary.from_file(target)
    assert summary.log.source == "" and len(summary.log.sha256) == 64
    first = target.read_bytes()
    source.write_text("\n".join([*rows, "1,2,x,y"]))
    capsys.readouterr()
    assert main([str(source), "-o", str(target)]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "column proving_time_ms" in message
    assert target.read_bytes() == first
    assert main([str(source), "-o", str(tmp_path / "no" / "folder.json")]) == 2
