"""Where the solver of package sales begins: fictitious play on a coarse grid of bids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from equilibria._package_laws import CellLaw
from mechanisms.distributions import Distribution

Array = NDArray[np.float64]

BIDS, TYPES, ROUNDS = 320, 400, 240


def start(priors: Sequence[Distribution]) -> list[CellLaw]:
    """Rough laws of bids, the package's last; two priors stand for two alike single buyers and the package's."""
    singles = [priors[0], priors[-2]]
    top = min(priors[-1].support[1], singles[0].support[1] + singles[1].support[1])
    played: list[Array] = []
    for _ in range(2):
        bids = np.linspace(0.0, top, BIDS + 1)
        played = _play(priors, bids)
        top = min(top, 1.25 * float(bids[max(int(np.argmax(np.cumsum(law) >= 1.0 - 1e-3)) for law in played)]) + 0.02 * top)
    return [_law(bids, law) for law in played]


def _play(priors: Sequence[Distribution], bids: Array) -> list[Array]:
    """Probabilities of grid bids after some rounds in which everyone answers best to the average of the others."""
    last = len(priors) - 1
    levels = (np.arange(TYPES) + 0.5) / TYPES
    values = [prior.quantile(levels) for prior in priors]
    size = len(bids)
    laws = [_answer(0.5 * v, np.clip(1.2 * bids / bids[-1], 0.0, 1.0), bids) for v in values]
    for t in range(ROUNDS):
        answers = []
        for i, value in enumerate(values):
            if i == last:
                sums = np.convolve(laws[0], laws[last - 1])[:size]
                wins = np.cumsum(sums) - 0.5 * sums
            else:
                differences = np.convolve(laws[last], laws[0 if last == 1 else 1 - i][::-1])
                wins = (np.cumsum(differences) - 0.5 * differences)[size - 1 :]
            answers.append(_answer(value, wins, bids))
        share = 2.0 / (t + 4.0)
        laws = [(1.0 - share) * law + share * answer for law, answer in zip(laws, answers, strict=True)]
    return laws


def _answer(values: Array, wins: Array, bids: Array) -> Array:
    """The law of the best answers of equally likely values."""
    best = np.argmax(values[:, None] * wins - bids * wins, axis=1)
    return np.bincount(best, minlength=len(bids)) / len(values)


def _law(bids: Array, law: Array) -> CellLaw:
    """The law spread over cells of a few grid points, cut where nothing is left."""
    step = bids[1] - bids[0]
    end = int(np.argmax(np.cumsum(law) >= 1.0 - 1e-9)) + 1
    ends = np.unique(np.concatenate([np.arange(0, end, 4), [end]]))
    smooth = np.concatenate([[0.0], np.cumsum(law)])
    masses = np.array([smooth[b] - smooth[a] for a, b in pairwise(ends)])
    return CellLaw(np.maximum(ends * step - 0.0, 0.0), masses / masses.sum())
