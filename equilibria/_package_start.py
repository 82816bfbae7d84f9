"""Where the solver of package sales begins: fictitious play on a coarse grid of bids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from equilibria._package_grids import TOP, BidGrid, heights
from mechanisms.distributions import Distribution

Array = NDArray[np.float64]

BIDS, TYPES = 160, 240
ROUNDS = (60, 250)
"""Of play up to all bids that may be made, and then up to those that are."""


def start(priors: Sequence[Distribution]) -> list[tuple[Array, Array]]:
    """Bids and levels of rough cdfs of bids, the package's last; of two alike single buyers one is given."""
    last = len(priors) - 1
    types = (np.arange(TYPES) + 0.5) / TYPES
    values = [np.asarray(prior.quantile(types)) for prior in priors]
    top = min(priors[-1].support[1], priors[0].support[1] + priors[last - 1].support[1])
    bids = np.linspace(0.0, top, BIDS + 1)
    laws = [_answer(0.5 * v, np.clip(1.2 * bids / top, 0.0, 1.0), bids) for v in values]
    laws = _played(values, laws, bids, ROUNDS[0])
    highest = max(float(bids[int(np.argmax(np.cumsum(law) >= 1.0 - 1e-3))]) for law in laws)
    finer = np.linspace(0.0, min(top, 1.1 * highest + 0.01 * top), BIDS + 1)
    laws = [np.diff(np.interp(finer, bids, np.cumsum(law)), prepend=0.0) for law in laws]
    laws = _played(values, laws, finer, ROUNDS[1])
    found = []
    for law in laws:
        end = int(np.argmax(np.cumsum(law) >= 1.0 - 2e-4))
        below = np.concatenate([[0.0], np.cumsum(law)])
        ends = np.unique(np.concatenate([[0, 1], np.arange(3, end, 2), [end + 1]]))
        found.append((np.maximum((ends - 0.5) * finer[1], 0.0), below[ends] / below[ends[-1]]))
    return found


def _played(values: Sequence[Array], laws: list[Array], bids: Array, rounds: int) -> list[Array]:
    """Probabilities of grid bids after some rounds in which everyone answers best to the average of the others."""
    last, size = len(values) - 1, len(bids)
    for t in range(rounds):
        answers = []
        for i, value in enumerate(values):
            if i == last:
                sums = np.convolve(laws[0], laws[last - 1])[:size]
                wins = np.cumsum(sums) - 0.5 * sums
            else:
                differences = np.convolve(laws[last], laws[0 if last == 1 else 1 - i][::-1])
                wins = (np.cumsum(differences) - 0.5 * differences)[size - 1 :]
            answers.append(_answer(value, wins, bids))
        share = 3.0 / (t + 6.0)
        laws = [(1.0 - share) * law + share * answer for law, answer in zip(laws, answers, strict=True)]
    return laws


def _answer(values: Array, wins: Array, bids: Array) -> Array:
    """The law of the best answers of equally likely values."""
    best = np.argmax(values[:, None] * wins - bids * wins, axis=1)
    return np.bincount(best, minlength=len(bids)) / len(values)


def first_heights(
    priors: Sequence[Distribution], grids: Sequence[BidGrid], laws: Sequence[tuple[Array, Array]], tops: Array
) -> tuple[Array, ...]:
    """Heights at the nodes of grids; below the first bids of the rough laws by what theory says of low bids."""
    found = []
    for i, (prior, grid, (bids, levels)) in enumerate(zip(priors, grids, laws, strict=True)):
        nodes = grid.nodes(tops)
        least = float(bids[min(2, len(bids) - 1)])
        low = (nodes > 0.0) & (nodes < least)
        level = np.interp(nodes, bids, levels)
        logs = -np.log(nodes[low] / least)
        shape = np.exp(-logs) * (1.0 + 0.5 * logs) if i == len(priors) - 1 else (1.0 + 0.5 * logs) ** -0.5
        level[low] = shape * np.interp(least, bids, levels)
        value = np.asarray(prior.quantile(np.clip(level, 1e-12, 1.0 - 1e-9)))
        support = prior.support
        h = heights((value - support[0]) / (support[1] - support[0]))
        h[0], h[-1] = 0.0, TOP
        h[1:] = np.minimum(np.maximum.accumulate(h[1:]), TOP)
        found.append(h)
    return tuple(found)
