r"""Replaying a log block by block, without any price: what hindsight says about the provers.

On equal hardware a block's costs are proportional to its proving times, so ratios of times are ratios of
costs and no price is needed.  For block $j$ let $t_{(1)j} \le t_{(2)j} \le \dots$ be the times of the provers
that proved it.

- *second over lowest*, $t_{(2)j}/t_{(1)j}$: what a second-price auction with truthful bids and no reserve
  pays over
  the lowest cost.
- *sum over lowest*, $\sum_i t_{ij}/t_{(1)j}$: what a race spends when every prover proves.
- *central over lowest*: what one fixed prover, the one with the lowest fitted mean over all blocks, spends
  over the
  lowest.  Ratios are taken in each block and then averaged (means of ratios, never ratios of means).

Failures.  Under `available` a failed prover takes no part in its block, and the seconds it lost are not in
the log, so the sum is a lower bound; a block counts where at least one prover (two for the second) proved it,
and, for the central prover, where the central one did.  Under `complete` only the blocks that every prover of
the set proved count: no ratio lacks a term, but heavy blocks are under-represented.

This is *ex post*: full information, the winner of each block known afterwards. It bounds nothing that an
equilibrium says about bids made in the dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from proving_cost.difficulty import BlockModel

__all__ = ["Replay", "ReplaySet", "Spread", "Treatment", "replay_blocks"]

Treatment = Literal["available", "complete"]
TREATMENTS: tuple[Treatment, ...] = get_args(Treatment)
STATISTICS = (
    "lowest_seconds", "second_seconds", "sum_seconds", "central_seconds",
    "second_over_lowest", "sum_over_lowest", "central_over_lowest",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and 5, 50 and 95 % quantiles over `blocks` blocks."""

    blocks: int
    mean: float
    q05: float
    q50: float
    q95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySet:
    """The replay for one set of provers under one treatment of failures.

    Arguments:
        provers: The set.
        treatment: `available` or `complete`.
        central: The prover with the lowest fitted mean time over all blocks.
        statistics: One `Spread` for each of `STATISTICS` that at least one block gives.
    """

    provers: tuple[str, ...]
    treatment: Treatment
    central: str
    statistics: Mapping[str, Spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A log replayed: who wins, who is competitive, and the ratios for both sets of provers.

    Arguments:
        wins: Blocks that each prover proves fastest (ties to the first of the log).
        blocks: Blocks that at least one prover proved.
        competitive_share: A prover is competitive if it wins at least this share of those blocks.
        competitive: The competitive provers.
        sets: All provers and the competitive ones, each `available` and `complete`.
    """

    wins: Mapping[str, int]
    blocks: int
    competitive_share: float
    competitive: tuple[str, ...]
    sets: tuple[ReplaySet, ...]

    def get(self, provers: tuple[str, ...], treatment: Treatment) -> ReplaySet:
        """The replay of `provers` (all of them, or `competitive`) under `treatment`."""
        return next(s for s in self.sets if s.provers == provers and s.treatment == treatment)

    def __str__(self) -> str:
        rule = f"wins at least {self.competitive_share:.1%} of {self.blocks} blocks"
        lines = [f"competitive ({rule}): {', '.join(self.competitive)}"]
        for group in self.sets:
            lines.append(f"{len(group.provers)} provers, {group.treatment}, central {group.central}")
            for name, s in group.statistics.items():
                lines.append(
                    f"  {name:<20} mean {s.mean:9.4f}   5 % {s.q05:9.4f}   50 % {s.q50:9.4f}   95 % "
                    f"{s.q95:9.4f}"
                    f"   ({s.blocks} blocks)"
                )
        return "\n".join(lines)


def replay_blocks(model: BlockModel, competitive_share: float = 0.01) -> Replay:
    """Replay the log of a model.

    Arguments:
        model: The log with its fits (they choose the central prover).
        competitive_share: Least share of blocks won that makes a prover competitive, in [0, 1].
    """
    log = model.log
    proved = ~np.isnan(log.seconds)
    some = proved.any(axis=1)
    first = np.argmin(np.where(proved, log.seconds, np.inf)[some], axis=1)
    wins = {label: int((first == j).sum()) for j, label in enumerate(log.provers)}
    blocks = int(some.sum())
    competitive = tuple(label for label in log.provers if wins[label] >= competitive_share * blocks)
    chosen = [log.provers] if competitive in (log.provers, ()) else [log.provers, competitive]
    sets = tuple(_replay(model, provers, treatment) for provers in chosen for treatment in TREATMENTS)
    return Replay(
        wins=wins, blocks=blocks, competitive_share=competitive_share, competitive=competitive, sets=sets
    )


def _replay(model: BlockModel, provers: tuple[str, ...], treatment: Treatment) -> ReplaySet:
    log = model.log
    columns = [log.provers.index(label) for label in provers]
    means = [float(np.mean(model.fits[j].seconds(log.gas))) for j in columns]
    central = int(np.argmin(means))
    seconds = log.seconds[:, columns]
    known = ~np.isnan(seconds)
    enough = known.all(axis=1) if treatment == "complete" else known.any(axis=1)
    seconds, known = seconds[enough], known[enough]
    ordered = np.sort(np.where(known, seconds, np.inf), axis=1)
    lowest = ordered[:, 0]
    second = ordered[:, 1] if len(columns) > 1 else np.full(lowest.shape, np.inf)
    total = np.where(known, seconds, 0.0).sum(axis=1)
    values = {
        "lowest_seconds": lowest,
        "second_seconds": second,
        "sum_seconds": total,
        "central_seconds": seconds[:, central],
        "second_over_lowest": second / lowest,
        "sum_over_lowest": total / lowest,
        "central_over_lowest": seconds[:, central] / lowest,
    }
    statistics = {name: spread for name in STATISTICS if (spread := _spread(values[name])) is not None}
    return ReplaySet(provers=provers, treatment=treatment, central=provers[central], statistics=statistics)


def _spread(values: NDArray[np.float64]) -> Spread | None:
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    q05, q50, q95 = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
    return Spread(blocks=int(values.size), mean=float(np.mean(values)), q05=q05, q50=q50, q95=q95)
