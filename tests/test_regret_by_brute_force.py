"""Files of few numbers, far from any equilibrium: the checker's bound against the gain of dense grids of types and bids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from equilibria.checking import FORMAT, VERSION, check, sealed, state

Array = NDArray[np.float64]
UNIT = {"kind": "uniform", "low": 0.0, "high": 1.0}
BENT = {"kind": "beta", "a": 2.0, "b": 1.5, "low": 0.1, "high": 1.3}


def document(market: dict[str, Any], mechanism: dict[str, Any], equilibrium: dict[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "version": VERSION, "market": market, "mechanism": mechanism, "equilibrium": equilibrium}


def bent(costs: Array) -> Array:
    return np.asarray(special.betainc(2.0, 1.5, np.clip((costs - 0.1) / 1.2, 0.0, 1.0)))


def curves(top: float) -> tuple[dict[str, Any], float]:
    """Bids on a line, costs on cubics, up to a reserve; and what dense grids gain."""
    bend = {"a": [0.1, -0.02], "b": [-0.08, 0.03]}
    ends = {"a": [0.0, min(top, 1.0)], "b": [0.1, top]}
    first = 0.4
    x = np.linspace(-1.0, 1.0, 801)
    bids = first + (top - first) * (x + 1) / 2
    costs = {k: (1 - x) / 2 * ends[k][0] + (1 + x) / 2 * ends[k][1] + (1 - x**2) * (m[0] + m[1] * x) for k, m in bend.items()}
    above = {"a": 1 - np.clip(costs["a"], 0.0, 1.0), "b": 1 - bent(costs["b"])}
    worst = 0.0
    for own, rival in (("a", "b"), ("b", "a")):
        gains = np.maximum(((bids - costs[own][:, None]) * above[rival]).max(axis=1), 0.0)
        worst = max(worst, float((gains - (bids - costs[own]) * above[rival]).max()))
    stated = {k: {"entry": 0, "ends": ends[k], "bends": [bend[k]]} for k in bend}
    return {"inverse_bids": {"ends": [first, top], "maps": [[0.0, 1]], "costs": stated}}, worst


def entry_in_turn() -> tuple[dict[str, Any], float]:
    auction, worst = curves(0.9)
    market = {"kind": "sequential_entry", "market": {"kind": "procurement", "costs": {"a": UNIT, "b": BENT}}, "cost": 1e-3}
    stated = {"entrants": ["a", "b"], "auctions": [{"entrants": ["a", "b"], **auction}]}
    return document(market, {"kind": "first_price", "reserve": 0.9}, stated), worst


def bond_at_stake() -> tuple[dict[str, Any], float]:
    """A failure of 1/2 and a bond of 1/4: a gross bid of 2 b + 1/4 is the net bid b."""
    stated, worst = curves(0.875)
    inner = {"kind": "procurement", "costs": {"a": UNIT, "b": BENT}}
    market = {"kind": "bond_at_stake", "market": inner, "failure": 0.5, "bond": 0.25}
    return document(market, {"kind": "first_price", "reserve": 2.0}, stated), worst


def fading_efforts() -> tuple[dict[str, Any], float]:
    """Three contestants of three laws, exponent 1/2; the logarithm of the effort is a line in that of the cost, and jumps."""
    lines = {"a": (-2.0, -0.4), "b": (-3.0, -1.5), "c": (-1.6, -0.2)}
    ends = {"a": (1.0, 2.0), "b": (1.5, 3.0), "c": (0.8, 1.6)}
    stated = []
    points, weights = np.polynomial.legendre.leggauss(14)
    efforts, costs = {}, {}
    for label, (middle, half) in lines.items():
        low, high = ends[label]
        knot = float(np.sqrt(low * high))
        pieces = [[middle - half / 2, half / 2], [middle + half / 2 - 0.1, half / 2]]
        stated.append({"labels": [label], "reach": high, "knots": [knot], "logarithms": pieces})
        cost, effort = [], []
        for (left, right), (mean, slope) in zip(((low, knot), (knot, high)), pieces, strict=True):
            c = left + (right - left) * (points + 1) / 2
            cost.append(c)
            effort.append(np.exp(mean + slope * (2 * np.log(c / left) / np.log(right / left) - 1)))
        costs[label], efforts[label] = np.concatenate(cost), np.concatenate(effort)
    shares = {}
    for label, (low, high) in ends.items():
        knot = float(np.sqrt(low * high))
        shares[label] = np.concatenate([weights / 2 * (knot - low), weights / 2 * (high - knot)]) / (high - low)
    worst, tried = 0.0, np.geomspace(1e-7, 2.0, 300)
    for own in lines:
        one, other = (label for label in lines if label != own)
        rivals = (np.sqrt(efforts[one])[:, None] + np.sqrt(efforts[other])[None, :]).ravel()
        chance = np.outer(shares[one], shares[other]).ravel()

        def wins(made: Array, rivals: Array = rivals, chance: Array = chance) -> Array:
            return np.array([chance @ (score / (score + rivals)) for score in np.sqrt(made)])

        best = (wins(tried) - costs[own][:, None] * tried).max(axis=1)
        worst = max(worst, float((best - wins(efforts[own]) + costs[own] * efforts[own]).max()))
    laws = {label: {"kind": "uniform", "low": low, "high": high} for label, (low, high) in ends.items()}
    market = {"kind": "contest", "prize": 1.0, "costs": laws}
    return document(market, {"kind": "tullock", "alpha": 0.5, "rebate": 0.0}, {"curves": stated}), worst


def package() -> tuple[dict[str, Any], float]:
    """Two buyers of single items with different laws, whose bids are uniform over parts of their range."""
    laws = {"a": UNIT, "b": BENT, "both": {"kind": "uniform", "low": 0.0, "high": 2.0}}
    parts = {"a": ([0, 20, 40], [3, 1]), "b": ([4, 30, 48], [1, 2]), "both": ([0, 30, 60, 80], [2, 0, 1])}
    step, fine = 0.0125, np.arange(0.0, 100.01, 0.25)
    cdfs = {}
    for label, (ends, weights) in parts.items():
        masses = np.concatenate([[0.0], np.cumsum(np.array(weights) * np.diff(ends))])
        cdfs[label] = (np.array(ends, float), masses / masses[-1])

    def below(label: str, bid: Array) -> Array:
        return np.interp(bid, *cdfs[label])

    levels = (np.arange(1000) + 0.5) / 1000
    costs = np.linspace(0.1, 1.3, 20_001)
    worst = 0.0
    for own, rival in (("a", "b"), ("b", "a"), ("both", "a")):
        drawn = np.interp(levels, cdfs[rival][1], cdfs[rival][0])
        if own == "both":
            wins = np.array([below("b", bid - drawn).mean() for bid in fine])
        else:
            wins = np.array([below("both", bid + drawn).mean() for bid in fine])
        ranks = np.linspace(0.0, 1.0, 401)
        bids = np.interp(ranks, cdfs[own][1] + 1e-12 * np.arange(len(cdfs[own][1])), cdfs[own][0])
        values = 2 * ranks if own == "both" else ranks if own == "a" else np.interp(ranks, bent(costs), costs)
        best = np.maximum(((values[:, None] - step * fine) * wins).max(axis=1), 0.0)
        worst = max(worst, float((best - (values - step * bids) * np.interp(bids, fine, wins)).max()))
    stated = {label: {"ends": ends, "weights": weights} for label, (ends, weights) in parts.items()}
    market = {"kind": "package_sale", "singles": {"a": laws["a"], "b": laws["b"]}, "package": {"both": laws["both"]}}
    return document(market, {"kind": "package_first_price"}, {"step": step, "bids": stated}), worst


@pytest.mark.parametrize(
    ("case", "tight"), [(entry_in_turn, 0.3), (bond_at_stake, 0.3), (fading_efforts, 0.1), (package, 0.9)]
)
def test_the_bound_is_above_what_dense_grids_gain(case: Callable[[], tuple[dict[str, Any], float]], tight: float) -> None:
    tree, worst = case()
    stated = state(tree)
    epsilon = stated["epsilon"]
    assert isinstance(epsilon, float)
    assert worst > 1e-3
    assert tight * epsilon < worst <= epsilon + 1e-6  # the grids of the package sale interpolate
    less = {**stated, "epsilon": min(worst, epsilon) * 0.99}
    assert "states.epsilon" in check(sealed({**tree, "states": less})).message
