"""The most that passing bids gains, part by part, against all pairs of bids."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from flint import arb

from equilibria.checking.deviation_sums import DeviationSums


def summed(parts: list[float], made: list[bool]) -> tuple[float, float]:
    sums = DeviationSums()
    for value, bids in zip(parts, made, strict=True):
        sums.add(arb(max(value, 0.0)), arb(max(-value, 0.0)), arb(value), made=bids)
    return float(sums.up), float(sums.down)


@pytest.mark.parametrize("seed", range(20))
def test_sums_are_the_best_pair_of_bids(seed: int) -> None:
    """Residuals of one sign a part, so that the best bids are ends of parts."""
    rng = np.random.default_rng(seed)
    parts, made = rng.integers(-6, 7, 12).astype(float).tolist(), (rng.uniform(size=12) < 0.6).tolist()
    reached = [0.0, *accumulate(parts)]
    own = [k for k in range(13) if (k < 12 and made[k]) or (k > 0 and made[k - 1])]
    up = max((reached[y] - reached[x] for x in own for y in range(x, 13)), default=0.0)
    down = max((reached[y] - reached[x] for x in own for y in range(x + 1)), default=0.0)
    assert summed(parts, made) == (up, down)


def test_a_gap_over_which_the_residual_cancels_adds_nothing() -> None:
    assert summed([0.0, -3.0, 3.0, 0.0], [True, False, False, True]) == (0.0, 0.0)
    assert summed([0.0, 3.0, -3.0, 0.0], [True, False, False, True]) == (3.0, 3.0)
    assert summed([0.0, -3.0, -3.0, 0.0], [True, False, False, True]) == (0.0, 6.0)


def test_before_the_first_bid_only_deviations_down_pass() -> None:
    assert summed([5.0, -1.0, 2.0], [False, False, True]) == (2.0, 1.0)


def test_bids_in_one_point_count() -> None:
    """The highest bid of a prover whose costs end before the pieces do, and an entry."""
    sums = DeviationSums()
    sums.add(arb(0), arb(4), arb(-4), made=False)
    assert (float(sums.up), float(sums.down)) == (0.0, 0.0)
    sums.made()
    assert (float(sums.up), float(sums.down)) == (0.0, 4.0)
    sums.add(arb(2), arb(0), arb(2), made=False)
    assert (float(sums.up), float(sums.down)) == (2.0, 4.0)
