"""Failures as selection: how often a prover fails, and whether it fails on the hard blocks.

A proving time exists only where the proof succeeded.  If failures fall on heavy blocks, the times that remain
are too good, and so is every cost made from them.  This module counts, and compares the gas and the common
difficulty of the blocks where a prover failed with those where it succeeded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proving_cost.difficulty import BlockModel

__all__ = ["Failures", "count_failures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failures of one prover.

    Arguments:
        failed: Blocks tried without a proof.
        attempts: Blocks tried.
        absent: Blocks of the log that this prover did not try.
        failed_gas_median: Median gas where it failed; None without a failure.
        proved_gas_median: Median gas where it succeeded.
        heavier: Probability that a failed block has more gas than a proved one (1/2: no selection by gas); or
            None.
        heavier_p_value: Two-sided p-value of the Mann-Whitney test of that; None with fewer than 5 failures.
        harder: The same probability for the difficulty beyond gas, as the other provers show it; or None.
        harder_p_value: Its p-value, or None.
    """

    failed: int
    attempts: int
    absent: int
    failed_gas_median: float | None
    proved_gas_median: float
    heavier: float | None
    heavier_p_value: float | None
    harder: float | None
    harder_p_value: float | None

    @property
    def rate(self) -> float:
        """Failures for each attempt."""
        return self.failed / self.attempts


def count_failures(model: BlockModel) -> tuple[Failures, ...]:
    """Failures of every prover, in the order of the log.

    Notes:
        The difficulty of a block where a prover failed comes from the others alone, and that of a block where
        it succeeded from all, itself included; for few provers `harder` is therefore a rough guide.
    """
    log = model.log
    result = []
    for j in range(len(log.provers)):
        failed, proved = log.failed[:, j], ~np.isnan(log.seconds[:, j])
        heavier, heavier_p = _larger(log.gas[failed], log.gas[proved])
        d = model.difficulty
        harder, harder_p = _larger(d[failed & ~np.isnan(d)], d[proved & ~np.isnan(d)])
        result.append(
            Failures(
                failed=int(failed.sum()),
                attempts=int(failed.sum() + proved.sum()),
                absent=int((~log.attempted[:, j]).sum()),
                failed_gas_median=float(np.median(log.gas[failed])) if failed.any() else None,
                proved_gas_median=float(np.median(log.gas[proved])),
                heavier=heavier,
                heavier_p_value=heavier_p,
                harder=harder if len(log.provers) > 1 else None,
                harder_p_value=harder_p if len(log.provers) > 1 else None,
            )
        )
    return tuple(result)


def _larger(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """P(x > y) + P(x = y)/2, and the p-value of its being 1/2 (normal approximation, from 5 points on)."""
    if not x.size or not y.size:
        return None, None
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([x, y]))
    probability = (float(ranks[: x.size].sum()) - x.size * (x.size + 1) / 2) / (x.size * y.size)
    if x.size < 5:
        return probability, None
    deviation = math.sqrt((x.size + y.size + 1) / (12.0 * x.size * y.size))
    return probability, math.erfc(abs(probability - 0.5) / deviation / math.sqrt(2))
