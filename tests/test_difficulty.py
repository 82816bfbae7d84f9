"""Taking a log apart on planted truth: lines, difficulty, failures; and the replay."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost import (
    ProvingLog,
    Summary,
    fit_seconds,
    model_blocks,
    rank_correlations,
    replay_blocks,
    summarise,
)
from proving_cost.difficulty import split_difficulty

LABELS = ("fast", "slow", "flaky", "steady", "odd")
A = np.array([3.0, 8.0, 20.0, 120.0, 5.0])
B = np.array([0.6, 1.5, 9.0, 5.0, 0.7])
PRIVATE = np.array([0.05, 0.05, 0.08, 0.03, 0.06])
COMMON = 0.10


@dataclass(frozen=True)
class Planted:
    """A log and the truth it was made from."""

    log: ProvingLog
    difficulty: NDArray[np.float64]
    private: NDArray[np.float64]


def planted(blocks: int = 3000, seed: int = 1, fails: bool = True, hard: float = 0.0) -> Planted:
    """Five provers; `flaky` fails more on heavy blocks (and on difficult ones, if `hard` is positive)."""
    rng = np.random.default_rng(seed)
    gas = np.round(rng.uniform(1e5, 45e6, blocks))
    difficulty = COMMON * rng.standard_normal(blocks)
    private = PRIVATE * rng.standard_normal((blocks, len(LABELS)))
    seconds = (A + B * gas[:, None] / 1e6) * np.exp(difficulty[:, None] + private)
    failed = np.zeros(seconds.shape, dtype=bool)
    if fails:
        odds = 0.02 + 0.4 * (gas > 30e6) + hard * (difficulty > 0.0)
        failed[:, 2] = rng.uniform(size=blocks) < odds
    seconds[failed] = np.nan
    log = ProvingLog(
        blocks=tuple(range(100, 100 + blocks)),
        gas=gas,
        provers=LABELS,
        seconds=seconds,
        failed=failed,
        rows=failed.size,
    )
    return Planted(log=log, difficulty=difficulty, private=private)


def test_a_line_without_noise_is_recovered() -> None:
    gas = np.linspace(0.0, 45e6, 30)
    fit = fit_seconds(gas, 3.3 + 0.57 * gas / 1e6)
    assert fit.a_seconds == pytest.approx(3.3, rel=1e-7)
    assert fit.b_seconds_per_mgas == pytest.approx(0.57, rel=1e-7)
    assert fit.residual_sd < 1e-8 and fit.explained == pytest.approx(1.0)
    np.testing.assert_allclose(fit.seconds(gas), 3.3 + 0.57 * gas / 1e6, rtol=1e-7)


def test_wild_times_hardly_move_the_line() -> None:
    truth = planted(fails=False).log
    seconds = truth.seconds[:, 0].copy()
    clean = fit_seconds(truth.gas, seconds)
    seconds[::20] *= 50.0
    wild = fit_seconds(truth.gas, seconds)
    assert wild.b_seconds_per_mgas == pytest.approx(clean.b_seconds_per_mgas, rel=0.03)
    ordinary = np.polyfit(truth.gas / 1e6, seconds, 1)[0]
    assert ordinary > 2 * clean.b_seconds_per_mgas  # plain least squares is ruined by the same points


def test_a_near_empty_block_does_not_disturb_the_intercept() -> None:
    truth = planted(fails=False).log
    gas = np.append(truth.gas, 0.0)
    seconds = np.append(truth.seconds[:, 0], A[0])
    assert fit_seconds(gas, seconds).a_seconds == pytest.approx(A[0], rel=0.06)


def test_without_variation_of_gas_the_level_is_kept() -> None:
    fit = fit_seconds(np.full(50, 2e7), np.full(50, 12.0))
    assert float(fit.seconds(np.array([2e7]))[0]) == pytest.approx(12.0, rel=1e-9)


def test_planted_lines_and_difficulties_are_recovered() -> None:
    truth = planted()
    model = model_blocks(truth.log)
    assert [fit.a_seconds for fit in model.fits] == pytest.approx(list(A), rel=0.06)
    assert [fit.b_seconds_per_mgas for fit in model.fits] == pytest.approx(list(B), rel=0.02)
    assert float(np.corrcoef(model.difficulty, truth.difficulty)[0, 1]) > 0.95
    assert float(np.mean(model.difficulty)) == pytest.approx(0.0, abs=1e-12)
    for j in range(len(LABELS)):
        shared = ~np.isnan(model.private[:, j])
        measured = float(np.std(model.private[shared, j]))
        # removing a mean of m takes part of each: var_j (1 - 2/m) + mean(var)/m
        expected = math.sqrt(PRIVATE[j] ** 2 * (1 - 2 / 5) + float(np.mean(PRIVATE**2)) / 5)
        assert measured == pytest.approx(expected, rel=0.06)


def test_noiseless_cells_are_split_exactly_whatever_is_missing() -> None:
    rng = np.random.default_rng(3)
    levels, difficulty = np.array([0.1, -0.2, 0.4]), rng.standard_normal(40)
    cells = levels + difficulty[:, None]
    cells[rng.uniform(size=cells.shape) < 0.4] = np.nan
    cells[:2] = [[0.1 + difficulty[0], np.nan, np.nan], [np.nan, np.nan, np.nan]]
    u, d, rest = split_difficulty(cells, ("a", "b", "c"))
    shared = (~np.isnan(cells)).sum(axis=1) >= 2
    assert np.array_equal(np.isnan(d), ~shared)
    shift = float(np.mean(difficulty[shared]))
    np.testing.assert_allclose(u, levels + shift, atol=1e-12)
    np.testing.assert_allclose(d[shared], difficulty[shared] - shift, atol=1e-12)
    np.testing.assert_allclose(rest[~np.isnan(rest)], 0.0, atol=1e-12)


def test_levels_undo_selection_by_difficulty() -> None:
    truth = planted(hard=0.55)
    model = model_blocks(truth.log)
    at = np.array([2e7])
    honest = A[2] + B[2] * 20
    corrected = float(model.fits[2].seconds(at)[0])
    naive = corrected * math.exp(-float(model.levels[2]))
    assert abs(corrected / honest - 1) < 0.02 < abs(naive / honest - 1)


def test_one_prover_has_no_common_part() -> None:
    log = planted(fails=False).log
    alone = ProvingLog(
        blocks=log.blocks,
        gas=log.gas,
        provers=("fast",),
        seconds=log.seconds[:, :1],
        failed=log.failed[:, :1],
        rows=3000,
    )
    model = model_blocks(alone)
    assert not model.difficulty.any()
    assert float(np.std(model.private)) == pytest.approx(math.hypot(COMMON, PRIVATE[0]), rel=0.05)
    summary = summarise(alone)
    assert "independent between provers" not in str(summary)
    assert Summary.from_json(summary.to_json()).to_json() == summary.to_json()


def test_provers_without_shared_blocks_cannot_be_compared() -> None:
    log = planted(fails=False, blocks=400).log
    seconds = log.seconds.copy()
    seconds[:200, 3:] = np.nan
    seconds[200:, :3] = np.nan
    apart = ProvingLog(
        blocks=log.blocks, gas=log.gas, provers=LABELS, seconds=seconds, failed=log.failed, rows=1
    )
    with pytest.raises(InvalidInput, match=r"linked.*'fast' to 'steady'"):
        model_blocks(apart)


def test_too_few_proofs_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"'fast' must have proved at least 20 blocks.*got 19"):
        model_blocks(planted(blocks=19, fails=False).log)


def test_times_without_a_private_part_are_refused() -> None:
    truth = planted(fails=False, blocks=100).log
    lines = A + B * truth.gas[:, None] / 1e6
    with pytest.raises(InvalidInput, match="times of prover 'fast' must vary"):
        summarise(
            ProvingLog(
                blocks=truth.blocks, gas=truth.gas, provers=LABELS, seconds=lines, failed=truth.failed, rows=1
            )
        )


def test_failures_are_counted_and_their_selection_is_seen() -> None:
    truth = planted()
    summary = summarise(truth.log)
    flaky, steady = summary.provers["flaky"].failures, summary.provers["steady"].failures
    count = int(truth.log.failed.sum())
    assert (flaky.failed, flaky.attempts, flaky.absent) == (count, 3000, 0)
    assert flaky.rate == count / 3000
    assert flaky.heavier is not None and flaky.heavier > 0.7
    assert flaky.heavier_p_value is not None and flaky.heavier_p_value < 1e-20
    assert flaky.harder is not None and abs(flaky.harder - 0.5) < 0.05
    assert flaky.failed_gas_median is not None and flaky.failed_gas_median > 30e6 > flaky.proved_gas_median
    assert steady.failed == 0 and steady.heavier is None and steady.failed_gas_median is None
    assert "heavier blocks (p < 0.01) for flaky" in str(summary)


def test_failures_on_difficult_blocks_are_seen() -> None:
    flaky = summarise(planted(hard=0.3).log).provers["flaky"].failures
    assert flaky.harder is not None and flaky.harder > 0.6
    assert flaky.harder_p_value is not None and flaky.harder_p_value < 1e-6


def test_rank_correlations_drop_when_the_common_part_is_removed() -> None:
    model = model_blocks(planted().log)
    before, after = rank_correlations(model.residual), rank_correlations(model.private)
    assert min(before[i][k] for i in range(5) for k in range(i)) > 0.5
    off = [after[i][k] for i in range(5) for k in range(i)]
    # what is left is what removing a mean of five puts in: about -1/4
    assert float(np.mean(off)) == pytest.approx(-0.25, abs=0.06)
    assert all(before[i][k] == before[k][i] and before[i][i] == 1.0 for i in range(5) for k in range(5))


def test_rank_correlation_on_small_cases() -> None:
    nan = math.nan
    columns = np.array([[1.0, 10.0, nan], [2.0, 20.0, 1.0], [3.0, 15.0, nan], [4.0, 40.0, 2.0]])
    matrix = rank_correlations(columns)
    assert matrix[0][1] == pytest.approx(0.8)
    assert matrix[0][2] == 0.0  # two common rows say nothing
    ties = rank_correlations(np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 3.0]]))
    assert ties[0][1] == pytest.approx(math.sqrt(3) / 2)


def test_the_replay_on_a_log_done_by_hand() -> None:
    nan = math.nan
    seconds = np.tile([[2.0, 4.0, 10.0], [3.0, 2.0, 10.0], [nan, 5.0, 10.0], [2.0, 3.0, nan]], (10, 1))
    seconds *= np.exp(1e-6 * np.arange(40))[:, None]
    log = ProvingLog(
        blocks=tuple(range(40)), gas=np.linspace(1e6, 4e7, 40), provers=("x", "y", "z"), seconds=seconds,
        failed=np.isnan(seconds), rows=120,
    )  # fmt: skip
    replay = replay_blocks(model_blocks(log))
    assert replay.wins == {"x": 20, "y": 20, "z": 0}
    assert replay.competitive == ("x", "y")
    every = replay.get(("x", "y", "z"), "available")
    assert every.central == "x"
    tolerance = 1e-4
    assert every.statistics["second_over_lowest"].mean == pytest.approx(
        (2 + 1.5 + 2 + 1.5) / 4, rel=tolerance
    )
    assert every.statistics["sum_over_lowest"].mean == pytest.approx((8 + 7.5 + 3 + 2.5) / 4, rel=tolerance)
    assert every.statistics["central_over_lowest"].mean == pytest.approx((1 + 1.5 + 1) / 3, rel=tolerance)
    assert every.statistics["central_over_lowest"].blocks == 30
    complete = replay.get(("x", "y", "z"), "complete")
    assert complete.statistics["sum_over_lowest"].blocks == 20
    assert complete.statistics["sum_over_lowest"].mean == pytest.approx(7.75, rel=tolerance)
    pair = replay.get(("x", "y"), "available")
    assert pair.statistics["second_over_lowest"].blocks == 30
    assert pair.statistics["lowest_seconds"].mean == pytest.approx((2 + 2 + 5 + 2) / 4, rel=tolerance)
    assert "competitive" in str(replay)


def test_the_rule_for_competitive_provers() -> None:
    model = model_blocks(planted().log)
    wins = replay_blocks(model).wins
    assert sum(wins.values()) == 3000
    assert replay_blocks(model, 0.0).competitive == LABELS
    assert len(replay_blocks(model, 0.0).sets) == 2
    largest = max(wins.values()) / 3000
    assert len(replay_blocks(model, largest).competitive) == 1
    alone = replay_blocks(model, largest).sets[-1]
    assert "second_over_lowest" not in alone.statistics and alone.statistics["sum_over_lowest"].mean == 1.0
    with pytest.raises(InvalidInput, match="competitive_share"):
        summarise(planted().log, competitive_share=1.5)
