"""Predicting the proving seconds of blocks from cycles: known answers, no leakage, refusals in one line."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mechanisms.errors import InvalidInput
from proving_cost.block_prediction import predict_blocks, prover_family, read_cycles

BLOCKS = range(1000, 1050)
SPLIT = 1030  # 60 % of 50
Seconds = Callable[[int, int], float | None]


def cycles_of(block: int) -> int:
    return 10**8 + (block * 7919 % 97) * 10**7


def gas_of(block: int) -> int:
    return 5_000_000 + (block * 104_729 % 89) * 300_000


def exact(block: int, cycles: int) -> float | None:
    return 4.0 + 30.0 * cycles / 1e9


def logs(folder: Path, seconds: Seconds = exact, cycles: Callable[[int], int | str] = cycles_of) -> tuple[Path, Path]:
    proving, counted = folder / "proving.csv", folder / "cycles.csv"
    rows = []
    for block in BLOCKS:
        time = seconds(block, cycles_of(block))
        rows.append(f"{block},{gas_of(block)},reth-v1.11.0/zisk-v0.16.1,{'' if time is None else repr(1000 * time)}")
    proving.write_text("block,gas_used,prover,proving_time_ms\n" + "\n".join(rows) + "\n")
    counts = [f"{block},{gas_of(block)},reth/zisk-v0.12.0,{cycles(block)}" for block in BLOCKS]
    counted.write_text("block,gas_used,prover,total_cycles\n" + "\n".join(counts) + "\n")
    return proving, counted


def test_a_line_in_cycles_is_found_exactly_and_beats_the_baselines(tmp_path: Path) -> None:
    prediction = predict_blocks(*logs(tmp_path))
    (p,) = prediction.provers
    assert (p.prover, p.cycles_of) == ("reth-v1.11.0/zisk-v0.16.1", "reth/zisk-v0.12.0")
    assert prediction.first_test_block == SPLIT and (p.train_blocks, p.test_blocks) == (30, 20)
    assert p.a_seconds == pytest.approx(4.0, rel=1e-6)
    assert p.b_seconds_per_gcycle == pytest.approx(30.0, rel=1e-6)
    assert p.seconds(2e9) == pytest.approx(64.0, rel=1e-6)
    for side in (p.train, p.test):
        assert side["cycles"].median < 1e-6 and side["cycles"].p90 < 1e-6
        assert side["gas"].median > 0.05 and side["constant"].median > 0.05


def test_errors_are_median_and_90th_percentile_of_the_log_ratio(tmp_path: Path) -> None:
    # constant seconds on the blocks fitted, e^0.01, e^0.02... of that on the 20 blocks tested
    def seconds(block: int, cycles: int) -> float:
        return 10.0 * math.exp(0.01 * max(0, block - SPLIT + 1))

    (p,) = predict_blocks(*logs(tmp_path, seconds)).provers
    expected = 0.01 * np.arange(1, 21)
    assert p.test["constant"].median == pytest.approx(np.median(expected))
    assert p.test["constant"].p90 == pytest.approx(np.quantile(expected, 0.9))
    assert p.train["constant"].median == 0.0


def test_nothing_leaks_from_the_blocks_tested(tmp_path: Path) -> None:
    """Planted: seconds of the tested blocks that would change any fit that saw them."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    noise = np.random.default_rng(5).normal(size=len(BLOCKS))

    def honest(block: int, cycles: int) -> float:
        return (4.0 + 30.0 * cycles / 1e9) * math.exp(0.05 * noise[block - 1000])

    def planted(block: int, cycles: int) -> float:
        return honest(block, cycles) * (7.0 if block >= SPLIT else 1.0)

    (a,) = predict_blocks(*logs(tmp_path / "a", honest)).provers
    (b,) = predict_blocks(*logs(tmp_path / "b", planted)).provers
    assert (a.a_seconds, a.b_seconds_per_gcycle) == (b.a_seconds, b.b_seconds_per_gcycle)
    assert a.train == b.train
    for model in ("cycles", "gas", "constant"):
        assert b.test[model].median == pytest.approx(math.log(7.0), abs=0.8)
    # seen in training, the same change is noticed
    (c,) = predict_blocks(*logs(tmp_path / "b", planted), train_share=0.9).provers
    assert c.b_seconds_per_gcycle > 1.05 * a.b_seconds_per_gcycle


def test_failures_and_unreported_cycles_are_left_out(tmp_path: Path) -> None:
    def seconds(block: int, cycles: int) -> float | None:
        return None if block % 10 == 3 else exact(block, cycles)

    def cycles(block: int) -> int | str:
        return {1005: 0, 1006: "", 1045: 0}.get(block, cycles_of(block))

    proving, counted = logs(tmp_path, seconds, cycles)
    assert read_cycles(counted).unreported == 3
    (p,) = predict_blocks(proving, counted).provers
    assert (p.train_blocks, p.test_blocks) == (30 - 3 - 2, 20 - 2 - 1)
    assert p.test["cycles"].p90 < 1e-6


def test_a_prover_without_cycles_is_left_out_with_the_reason_or_stood_in_for(tmp_path: Path) -> None:
    proving, counted = logs(tmp_path)
    with proving.open("a") as file:
        file.writelines(f"{b},{gas_of(b)},reth/airbender-v0.1.0,{500 * (exact(b, cycles_of(b)) or 0)}\n" for b in BLOCKS)
    prediction = predict_blocks(proving, counted)
    assert [p.prover for p in prediction.provers] == ["reth-v1.11.0/zisk-v0.16.1"]
    assert prediction.left_out == {"reth/airbender-v0.1.0": "0 labels of the cycle log are of 'reth/airbender'"}
    assert "left out: reth/airbender-v0.1.0" in str(prediction)
    both = predict_blocks(proving, counted, stand_ins={"reth/airbender-v0.1.0": "reth/zisk-v0.12.0"})
    assert both.left_out == {}
    assert both.provers[1].b_seconds_per_gcycle == pytest.approx(15.0, rel=1e-6)


def test_the_table_has_a_line_a_prover_and_both_sides(tmp_path: Path) -> None:
    lines = str(predict_blocks(*logs(tmp_path))).splitlines()
    assert len(lines) == 3 and "tested from block 1030" in lines[0]
    assert all(f"{side} {model}" in lines[1] for side in ("train", "test") for model in ("cycles", "gas", "constant"))
    assert "30+20" in lines[2] and "4.00" in lines[2] and "30.00" in lines[2]


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("reth/sp1-v5.2.1", "reth/sp1"),
        ("ethrex-33695e2/zisk-v0.16.1", "ethrex/zisk"),
        ("reth-v1.11.0/zisk-v0.16.1", "reth/zisk"),
        ("reth/risc0-v3.0.3-rc.1", "reth/risc0"),
        ("reth/openvm", "reth/openvm"),
        ("", ""),
    ],
)
def test_labels_are_matched_without_versions(label: str, family: str) -> None:
    assert prover_family(label) == family


HEADER = "block,gas_used,prover,total_cycles\n"
BAD = [
    ("empty", "", "must have a header and rows"),
    ("no rows", HEADER, "must have a header and rows"),
    ("column missing", "block,gas_used,prover\n1,2,a\n", "line 1: the header must have the column 'total_cycles' once"),
    ("column twice", "block,block,gas_used,prover,total_cycles\n", "the column 'block' once; got 2"),
    ("fields", HEADER + "1,2,a\n", "line 2: must have 4 fields"),
    ("cycles", HEADER + "1,2,a,-5\n", "line 2, column total_cycles: must be a whole number"),
    ("real cycles", HEADER + "1,2,a,1.5\n", "line 2, column total_cycles"),
    ("block", HEADER + "1,2,a,5\nx,2,a,5\n", "line 3, column block"),
    ("gas", HEADER + "1,,a,5\n", "line 2, column gas_used"),
    ("prover", HEADER + "1,2,,5\n", "line 2, column prover"),
    ("two gases", HEADER + "1,2,a,5\n1,3,b,5\n", "line 3, column gas_used: block 1 must have one gas_used; got 3 and 2"),
    ("again", HEADER + "1,2,a,5\n1,2,a,6\n", "line 3: prover 'a', block 1 again, after line 2"),
    ("quote", HEADER + '1,2,"a,5\n', "must be a CSV row"),
]


@pytest.mark.parametrize(("text", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_cycle_logs_name_row_and_column(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cycles.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read_cycles(path)
    assert message in str(caught.value) and "\n" not in str(caught.value) and "cycles.csv" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "utf16.csv").write_bytes(HEADER.encode("utf-16"))
    for path in (tmp_path / "absent.csv", tmp_path, tmp_path / "utf16.csv"):
        with pytest.raises(InvalidInput, match="must be a readable UTF-8 file"):
            read_cycles(path)


def test_logs_that_do_not_fit_together(tmp_path: Path) -> None:
    proving, counted = logs(tmp_path)
    original = counted.read_text()

    def refused(text: str, message: str, **options: object) -> None:
        counted.write_text(text)
        with pytest.raises(InvalidInput, match=message) as caught:
            predict_blocks(proving, counted, **options)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)

    refused(HEADER + "1,2,reth/zisk-v1,5\n", "none in common")
    refused(HEADER + "1000,2,reth/zisk-v1,5\n", "gas_used: block 1000 must have one value in both logs")
    refused(original.replace("reth/zisk", "ethrex/zisk"), "no prover has both cycles and seconds .* 0 labels")
    refused("\n".join(original.splitlines()[:9]), "no prover has both .* 4 blocks to fit and 4 to test")
    refused(original, "train_share: must be in", train_share=1.0)
    refused(original, "train_share: must be in", train_share=math.nan)
    refused(original, "no prover has both .* 1 blocks to fit", train_share=0.02)
    refused(original, "stand_ins: must map", stand_ins={"nobody": "reth/zisk-v0.12.0"})
    refused(original, "stand_ins: must map", stand_ins={"reth-v1.11.0/zisk-v0.16.1": "nobody"})


def test_two_versions_of_one_family_are_not_chosen_between(tmp_path: Path) -> None:
    proving, counted = logs(tmp_path)
    with counted.open("a") as file:
        file.writelines(f"{b},{gas_of(b)},reth/zisk-v0.13.0,{cycles_of(b)}\n" for b in BLOCKS)
    with pytest.raises(InvalidInput, match="2 labels of the cycle log"):
        predict_blocks(proving, counted)
    label = "reth-v1.11.0/zisk-v0.16.1"
    (p,) = predict_blocks(proving, counted, stand_ins={label: "reth/zisk-v0.13.0"}).provers
    assert p.cycles_of == "reth/zisk-v0.13.0"
