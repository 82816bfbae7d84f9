"""Tables of cost quantiles in the logit of their level, for fast evaluation inside the shooting kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechanisms.distributions import Distribution

LOW, HIGH = -42.0, 42.0

STEP = 0.01
"""Of the logits, for about ten digits."""

ROUGH_STEP = 0.06
"""For about seven."""


@dataclass(frozen=True, slots=True, eq=False)
class QuantileTables:
    """Cubic Hermite tables of `z -> F^-1(1/(1+exp(-z)))`, one after the other, cut at the knots of each prior.

    `nodes[k]` starts interval k; `table[k]` holds value, slope, value, slope (slopes times width) at its ends;
    `first[j, i]` is the interval of prover j that holds the left end of bin i, of width `step`; `offset[j]` is where prover j
    begins.
    """

    nodes: NDArray[np.float64]
    table: NDArray[np.float64]
    first: NDArray[np.int64]
    offset: NDArray[np.int64]
    step: float

    @property
    def arguments(self) -> tuple[float, float, NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """What the kernels take, in their order."""
        return LOW, self.step, self.nodes, self.table, self.first, self.offset


def _quantile(prior: Distribution, z: NDArray[np.float64]) -> NDArray[np.float64]:
    level = np.exp(-np.logaddexp(0.0, -np.abs(z))) * np.exp(-np.abs(z))  # the smaller of p and 1 - p
    return np.where(z < 0.0, prior.quantile(level), prior.upper_quantile(level))


def _logit(prior: Distribution, x: float) -> float:
    p, q = float(prior.cdf(np.float64(x))), float(prior.survival(np.float64(x)))
    return float(np.log(p) - np.log(q)) if p > 0.0 and q > 0.0 else np.inf


def tabulate(priors: Sequence[Distribution], step: float = STEP) -> QuantileTables:
    """Build the tables of several priors (each strictly increasing on its support)."""
    grid = np.arange(round((HIGH - LOW) / step) + 1) * step + LOW
    nodes, tables, firsts, offsets = [], [], [], [0]
    for prior in priors:
        interior = [z for z in (_logit(prior, x) for x in prior.knots[1:-1]) if LOW < z < HIGH]
        z = np.union1d(grid, interior)
        z = z[np.concatenate([[True], np.diff(z) > 1e-9])]
        x = _quantile(prior, z)
        width, rise = np.diff(z), np.diff(x)
        level = np.exp(-np.abs(z)) / (1.0 + np.exp(-np.abs(z))) ** 2
        slopes = []
        for near, far, weight in ((x[:-1], x[1:], level[:-1]), (x[1:], x[:-1], level[1:])):
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = weight / prior.pdf(near + 1e-6 * (far - near)) * width
            slopes.append(np.where(np.isfinite(slope) & (slope <= 3.0 * rise), slope, rise))
        rows = np.column_stack([x[:-1], slopes[0], x[1:], slopes[1]])
        base = offsets[-1]
        first = np.searchsorted(z, grid, side="right") - 1
        nodes.append(z[:-1])
        tables.append(rows)
        firsts.append(base + np.minimum(first, len(rows) - 1))
        offsets.append(base + len(rows))
    return QuantileTables(
        np.concatenate(nodes),
        np.ascontiguousarray(np.concatenate(tables)),
        np.array(firsts, np.int64),
        np.array(offsets, np.int64),
        step,
    )
