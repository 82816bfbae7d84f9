"""Cells with which the collocation of a pay-as-bid auction begins."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from equilibria._bid_cells import Array, Break, Cell
from equilibria._collocation_start import Guess
from mechanisms.distributions import Distribution

__all__ = ["LEAST_POWER", "MOST_POWER", "OUTBID", "first_cells", "outbid_cells"]

OUTBID = (0.7, 0.4, 0.15, 4e-2, 5e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-11)
"""Chances at which cells end where one prover's support ends below the highest bid."""

LEAST_POWER, MOST_POWER = 3, 6
"""The highest power of a map of bids that makes costs smooth where they leave the lower end of a support: with higher ones
Newton's method starts worse, and cells that shrink do as well."""


def first_cells(
    laws: Sequence[Distribution], top: float, ends: Array, breaks: Sequence[Break], sharp: bool, most: int
) -> list[Cell]:
    """Two cells a segment, with powers, at most `most`, that fit how costs leave a support and meet a reserve."""
    late = {b.prover for b in breaks if b.entry}
    reserved = all(law.support[1] > top + end for law, end in zip(laws, ends, strict=True))
    cells = []
    for k in range(len(breaks) + 1):
        beginning = [i for i in range(len(laws)) if i not in late] if k == 0 else [breaks[k - 1].prover] * breaks[k - 1].entry
        powers = [_lower_exponent(laws[i]) / (1.0 if k == 0 else 2.0) for i in beginning]
        smooth = (q for q in range(1, most + 1) if all(abs(q / p - round(q / p)) < 1e-6 * q for p in powers))
        left = next(smooth, None)
        right = 1 if k < len(breaks) else 3 if sharp else 2 if reserved else 1
        if left == right == 1 and len(breaks):
            cells.append(Cell(k, 0.0, 1.0, "right", 1))
            continue
        cells += [Cell(k, 0.0, 0.5, "left", left or LEAST_POWER, left is not None), Cell(k, 0.5, 1.0, "right", right)]
    return cells


def outbid_cells(guess: Guess, laws: Sequence[Distribution], strong: int, starts: Array, top: float) -> list[Cell]:
    """Cells of the last segment that end where the strong prover's chance to bid higher has fallen to certain levels."""
    start = float(starts[-1])
    bids = start * np.concatenate([np.linspace(1.0, 0.1, 600), np.geomspace(0.1, 1e-9, 600)])
    chance = np.asarray(laws[strong].survival(top + guess.costs(bids)[:, strong]))
    cuts = [1.0 - float(bids[np.argmax(chance <= level)]) / start for level in OUTBID if chance[0] > 10.0 * level]
    cuts = [v for u, v in pairwise([0.0, *cuts]) if 1e-3 < v < 1.0 - 1e-9 and v > u + 1e-3 * (1.0 - v)]
    return [Cell(len(starts) - 1, *pair, "right", 1) for pair in pairwise([0.0, *cuts, 1.0])]


def _lower_exponent(law: Distribution) -> float:
    """The power a with which the cdf begins: F(c) ~ (c - low)^a."""
    low, high = law.support
    near = np.float64(low + 1e-7 * (high - low))
    found = float((near - low) * law.pdf(near) / law.cdf(near))
    return round(found, 5)
