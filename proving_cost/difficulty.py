r"""The difficulty of a block, which everybody sees, apart from what only one prover knows.

For prover $i$ and block $j$ with $g_j$ gas,

$$ t_{ij} = (a_i + b_i\,g_j)\; e^{d_j}\; e^{e_{ij}} . $$

$d_j$ is the *difficulty*: what makes block $j$ slower than its gas says, for every prover alike (many
precompile calls, deep state access).  The block is public, so $d_j$ is public: it moves all costs together
and is no reason for anybody to shade a bid.  $e_{ij}$ is what is left, the *private* part; only its law
belongs in a market of independent private costs.  Treating all of $t_{ij}$ as private would invent
uncertainty that nobody has.

First each prover's line is fitted (`seconds_fit`).  Then the log residuals $r_{ij}$ are split by least
squares over the cells that exist,

$$ \min_{u, d} \sum_{(i,j)\ \text{proved}} (r_{ij} - u_i - d_j)^2, \qquad \sum_j d_j = 0, $$

and $a_i, b_i$ are multiplied by $e^{u_i}$.  The level $u_i$ undoes part of the selection by failure: a prover
that fails on difficult blocks has its line fitted on easy ones, and the other provers' times on the same
blocks say so.

How to read the numbers.  A rank correlation of raw seconds per gas near 1 says little more than that gas and
difficulty are shared.  After the split, correlations average about $-1/(m-1)$ for $m$ provers *by
construction*, and each private spread is understated by a factor of about $\sqrt{1-1/m}$, because the
difficulty is an average of the same $m$ times.  Pairs far from that value still share something (one zkVM,
one client): independence of the private parts is an assumption, not a finding.  With one prover nothing is
common: its whole residual counts as private.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.log import ProvingLog
from proving_cost.seconds_fit import SecondsFit, fit_seconds

__all__ = ["BlockModel", "model_blocks", "rank_correlations", "split_difficulty"]

FEWEST_PROOFS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockModel:
    """A log taken apart into gas, common difficulty and private residuals.

    Arguments:
        log: The log.
        fits: One line a prover, level-corrected, in the order of `log.provers`.
        levels: The correction u, shape `(provers,)`, already inside `fits`.
        residual: log(seconds) - log(line), before the split, shape `(blocks, provers)`; NaN where not proved.
        difficulty: d, shape `(blocks,)`, mean zero; NaN where fewer than two provers proved the block.
        private: e, shape `(blocks, provers)`; NaN where not proved or d is unknown.
    """

    log: ProvingLog
    fits: tuple[SecondsFit, ...]
    levels: NDArray[np.float64]
    residual: NDArray[np.float64]
    difficulty: NDArray[np.float64]
    private: NDArray[np.float64]

    def __post_init__(self) -> None:
        for array in (self.levels, self.residual, self.difficulty, self.private):
            array.setflags(write=False)

    @property
    def common_share(self) -> float:
        """Share of the variance of the residuals that the common difficulty takes away."""
        known = ~np.isnan(self.private)
        total = float(np.sum((self.residual - self.levels)[known] ** 2))
        return 1.0 - float(np.sum(self.private[known] ** 2)) / total if total > 0 else 0.0

    def __repr__(self) -> str:
        return f"BlockModel({len(self.log.blocks)} blocks, {len(self.log.provers)} provers)"

    def __str__(self) -> str:
        wide = max(len(label) for label in self.log.provers)
        lines = [f"{'prover':<{wide}}     n   a seconds  b s/Mgas  residual sd  private sd"]
        for j, (label, fit) in enumerate(zip(self.log.provers, self.fits, strict=True)):
            lines.append(
                f"{label:<{wide}} {fit.n:5d} {fit.a_seconds:11.3f} {fit.b_seconds_per_mgas:9.4f} "
                f"{fit.residual_sd:12.4f} {float(np.nanstd(self.private[:, j])):11.4f}"
            )
        known = self.difficulty[~np.isnan(self.difficulty)]
        lines.append(
            f"common difficulty: sd {float(np.std(known)):.4f}, takes {self.common_share:.1%} of the variance"
        )
        return "\n".join(lines)


def model_blocks(log: ProvingLog) -> BlockModel:
    """Fit every prover's line and split the residuals into difficulty and private part.

    Arguments:
        log: A proving log; every prover must have proved at least 20 blocks.

    Raises:
        InvalidInput: A prover has too few proofs, or the provers share too few blocks to be compared.
    """
    fits: list[SecondsFit] = []
    residual = np.full(log.seconds.shape, np.nan)
    for j, label in enumerate(log.provers):
        proved = ~np.isnan(log.seconds[:, j])
        if int(proved.sum()) < FEWEST_PROOFS:
            raise InvalidInput(
                f"proving log: prover {label!r} must have proved at least {FEWEST_PROOFS} blocks to be "
                "modelled; "
                f"got {int(proved.sum())}. Leave it out of the log or prove more blocks."
            )
        fit = fit_seconds(log.gas[proved], log.seconds[proved, j])
        residual[proved, j] = np.log(log.seconds[proved, j]) - np.log(fit.seconds(log.gas[proved]))
        fits.append(fit)
    levels, difficulty, private = split_difficulty(residual, log.provers)
    corrected = tuple(
        replace(
            fit,
            a_seconds=fit.a_seconds * float(np.exp(u)),
            b_seconds_per_mgas=fit.b_seconds_per_mgas * float(np.exp(u)),
        )
        for fit, u in zip(fits, levels, strict=True)
    )
    return BlockModel(
        log=log, fits=corrected, levels=levels, residual=residual, difficulty=difficulty, private=private
    )


def split_difficulty(
    residual: NDArray[np.float64], provers: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Additive two-way decomposition with missing cells.

    Arguments:
        residual: Shape `(blocks, provers)`; NaN where there is no proof.
        provers: Labels, for errors.

    Returns:
        Levels `(provers,)`, difficulties `(blocks,)` of mean zero, and the rest `(blocks, provers)`. With one
        prover the difficulty is zero, the level the mean, and the rest its whole residual.

    Raises:
        InvalidInput: No chain of shared blocks leads from one prover to another, so their levels have no
        relation.

    Notes:
        The block effects are eliminated, so the linear system has one unknown a prover; time is linear in
        blocks.
    """
    known = ~np.isnan(residual)
    if len(provers) == 1:
        level = np.array([np.mean(residual[known])])
        return level, np.zeros(residual.shape[0]), residual - level
    shared = known.sum(axis=1) >= 2
    weight = known[shared].astype(np.float64)
    value = np.where(known, residual, 0.0)[shared]
    count = weight.sum(axis=1, keepdims=True)
    system = np.diag(weight.sum(axis=0)) - weight.T @ (weight / count)
    apart = _apart(system)
    if apart is not None:
        raise InvalidInput(
            "proving log: every prover must be linked to the others by blocks that both proved; got none "
            "from "
            f"{provers[0]!r} to {provers[apart]!r}. Prove some of the same blocks with both, or model them "
            "one by one."
        )
    right = (value - weight * (value.sum(axis=1, keepdims=True) / count)).sum(axis=0)
    # the mean of the levels is free; fix it at zero by adding a full matrix to the singular system
    levels = np.linalg.solve(system + np.ones_like(system), right)
    difficulty = np.full(residual.shape[0], np.nan)
    difficulty[shared] = ((value - weight * levels) / count).sum(axis=1)
    shift = float(np.mean(difficulty[shared]))
    difficulty, levels = difficulty - shift, levels + shift
    private = residual - levels - difficulty[:, None]
    return levels, difficulty, private


def _apart(system: NDArray[np.float64]) -> int | None:
    """Index of a prover that no chain of shared blocks links to the first, or None."""
    reached = {0}
    frontier = [0]
    while frontier:
        i = frontier.pop()
        for k in np.flatnonzero(system[i] < 0):
            if int(k) not in reached:
                reached.add(int(k))
                frontier.append(int(k))
    missing = [k for k in range(system.shape[0]) if k not in reached]
    return missing[0] if missing else None


def rank_correlations(values: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Spearman's rank correlation of every pair of columns, over the rows that both have.

    Arguments:
        values: Shape `(blocks, provers)`; NaN where missing.

    Returns:
        A symmetric matrix with ones on its diagonal; 0 for a pair with fewer than three common rows or no
        variation.
    """
    from scipy.stats import rankdata

    m = values.shape[1]
    matrix = [[1.0] * m for _ in range(m)]
    for i in range(m):
        for k in range(i):
            both = ~np.isnan(values[:, i]) & ~np.isnan(values[:, k])
            rho = 0.0
            if int(both.sum()) >= 3:
                x, y = rankdata(values[both, i]), rankdata(values[both, k])
                x, y = x - x.mean(), y - y.mean()
                scale = float(np.sqrt(np.sum(x * x) * np.sum(y * y)))
                rho = float(np.sum(x * y)) / scale if scale > 0 else 0.0
            matrix[i][k] = matrix[k][i] = rho
    return tuple(tuple(row) for row in matrix)
