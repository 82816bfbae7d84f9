"""The grid of bids: where the solution is recorded, and how it is continued to the highest bid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechanisms.attitudes import Attitude
from mechanisms.distributions import Distribution

FIRST_XI = -16.0
LAST_XI = 20.0
CELL_ERROR = 2e-9
"""Gain from the coarseness of one cell, as a share of the bid range, above which it is cut."""
UNSETTLED = 1e-2
"""Relative miss of the leading law, close to the highest bid, that shows the unstable mode."""

Triple = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Bids, cumulative hazards, hazards."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A solution on grid points: cumulative hazards and hazards of every prover, and how its integration ended."""

    high: bool
    miss: float
    stops: NDArray[np.float64]
    hazard: NDArray[np.float64]
    rates: NDArray[np.float64]


def stops(cells: int) -> NDArray[np.float64]:
    """Points of the bid grid in xi: a step in proportion to (d bid / d xi)^(-1/3) spreads a cubic's error evenly."""
    points = [FIRST_XI]
    while points[-1] < LAST_XI:
        e = np.exp(-abs(points[-1]))
        slope = 4.0 * e / (1.0 + e) ** 2
        points.append(points[-1] + min(0.5, 4.0 / cells * slope ** (-1.0 / 3.0)))
    points[-1] = LAST_XI
    return np.array(points)


def knot_positions(path: Path, laws: Sequence[Distribution]) -> NDArray[np.float64]:
    """Where a prover's cost passes a knot of its prior, by linear interpolation of log hazards."""
    found: list[float] = []
    for index, law in enumerate(laws):
        for knot in law.knots[1:-1]:
            survival = float(law.survival(np.float64(knot)))
            if not 0.0 < survival < 1.0 or not len(path.stops):
                continue
            y = path.hazard[:, index]
            k = int(np.searchsorted(y, -np.log(survival)))
            if 0 < k < len(y) and y[k - 1] > 0.0:
                share = (np.log(-np.log(survival)) - np.log(y[k - 1])) / (np.log(y[k]) - np.log(y[k - 1]))
                found.append(float(path.stops[k - 1] + share * (path.stops[k] - path.stops[k - 1])))
    return np.array(found)


def entries(
    path: Path, laws: Sequence[Distribution], attitudes: Sequence[Attitude], bottom: float, top: float
) -> dict[int, float]:
    """The bids at which late provers begin, by index: there the common level S, smooth before the entry, reaches 1/m(b - low)."""
    found: dict[int, float] = {}
    e = np.exp(-path.stops)
    bids = (top + bottom * e) / (1.0 + e)
    for index, law in enumerate(laws):
        late = np.flatnonzero(path.hazard[:, index] > 0.0)
        if not len(late) or late[0] < 4:
            continue
        spacing = 0.3 * float(np.median(np.diff(bids[max(late[0] - 6, 0) : late[0]])))
        window = [late[0] - 1]
        for k in range(late[0] - 2, max(late[0] - 16, -1), -1):
            if bids[window[-1]] - bids[k] >= spacing and len(window) < 4:
                window.append(k)
        active = [j for j in range(len(laws)) if path.rates[window[-1], j] > 0.0]
        if not active or len(window) < 4:
            continue
        j = active[0]
        costs = laws[j].upper_quantile(np.exp(-path.hazard[window, j]))
        level = path.rates[window, j] + 1.0 / attitudes[j].fear_of_ruin(bids[window] - costs)
        missing = attitudes[index].fear_of_ruin(bids[window] - law.support[0]) * level - 1.0
        centre, width = bids[late[0]], bids[late[0]] - bids[late[0] - 1]
        roots = np.roots(np.polyfit((bids[window] - centre) / width, missing, 3))
        near = roots[(np.abs(roots.imag) < 1e-9) & (np.abs(roots.real + 0.5) <= 1.0)].real
        if len(near):
            entry = centre + width * float(near[np.argmin(np.abs(near + 0.5))])
            found[index] = entry
    return found


def refined(path: Path, stops: NDArray[np.float64], bottom: float, top: float) -> NDArray[np.float64]:
    """Cut cells on which a cubic is too coarse: its second derivative jumps at a node, weighted by the chance to win there."""
    if len(path.stops) < 3:
        return stops
    e = np.exp(-path.stops)
    bids, extent = (top + bottom * e) / (1.0 + e), top - bottom
    h = np.diff(bids)[:, None]
    if np.any(h <= 0.0):
        return stops
    y, rate = path.hazard, path.rates
    secant = np.diff(y, axis=0) / h
    left = (6.0 * secant - 4.0 * rate[:-1] - 2.0 * rate[1:]) / h
    right = (2.0 * rate[:-1] + 4.0 * rate[1:] - 6.0 * secant) / h
    jump = np.abs(left[1:] - right[:-1])
    beside = np.maximum(np.vstack([jump, jump[-1:]]), np.vstack([jump[:1], jump]))
    chance = np.exp(-(y.sum(axis=1) - y.max(axis=1)))[:-1]
    error = (beside * h * h / 8.0).max(axis=1) * chance / (rate[:-1].max(axis=1) + 1.0 / extent)
    parts = np.ceil((error / (CELL_ERROR * extent)) ** (1.0 / 3.0)).clip(1, 6).astype(int)
    if parts.max() == 1:
        return stops
    cuts = [np.linspace(u, v, k + 1)[1:-1] for u, v, k in zip(path.stops[:-1], path.stops[1:], parts, strict=True) if k > 1]
    return np.unique(np.concatenate([stops, *cuts]))


def complete(
    inner: NDArray[np.float64], hazard: NDArray[np.float64], rates: NDArray[np.float64], top: float, law: Distribution,
    attitude: Attitude, spare: NDArray[np.float64], strong: int,
) -> Triple:
    """Near the top, continue the strong prover's hazard as a power and let its rivals keep its types indifferent."""
    last, y = inner[-1], hazard[-1, strong]
    d = (top - last) * np.geomspace(1.0, 1e-9, 121)
    power = rates[-1, strong] * d[0] / y
    abscissas, weights = np.polynomial.legendre.leggauss(8)
    points = 0.5 * (d[:-1] + d[1:])[:, None] + 0.5 * (d[:-1] - d[1:])[:, None] * abscissas

    def hazard_of(distance: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.minimum(y * (distance / d[0]) ** -power, 700.0))

    def indifferent(distance: NDArray[np.float64]) -> NDArray[np.float64]:
        costs = np.asarray(law.upper_quantile(np.exp(-hazard_of(distance))))
        return np.asarray(1.0 / attitude.fear_of_ruin(top - distance - costs))

    growth = np.cumsum((indifferent(points) @ weights) * 0.5 * (d[:-1] - d[1:]))
    with np.errstate(divide="ignore"):
        goal = np.where(np.arange(len(spare)) == strong, 0.0, -np.log(spare))
    share = (goal - hazard[-1]) / (growth[-1] + d[-1] * indifferent(d[-1:]))
    share[strong] = 0.0
    added = hazard[-1] + growth[:, None] * share
    rate = indifferent(d[1:])[:, None] * share
    added[:, strong] = hazard_of(d[1:])
    rate[:, strong] = power * added[:, strong] / d[1:]
    return np.concatenate([inner, top - d[1:]]), np.concatenate([hazard, added]), np.concatenate([rates, rate])


def settled(distance: NDArray[np.float64], extent: float, rates: NDArray[np.float64], tails: NDArray[np.float64]) -> int:
    """How many points come before the unstable mode shows: hazards close in on the law that survivals vanish as powers."""
    tied = tails > 0.0
    miss = np.abs(rates[:, tied] * distance[:, None] / tails[tied] - 1.0).max(axis=1)
    shown = np.flatnonzero((distance < 1e-3 * extent) & (miss > UNSETTLED))
    return int(shown[0]) if len(shown) else len(distance)


def taper(
    inner: NDArray[np.float64], hazard: NDArray[np.float64], rates: NDArray[np.float64], top: float,
    laws: Sequence[Distribution], linear: NDArray[np.float64],
) -> Triple:
    """Close in on the top by the leading law: profits vanish in proportion to the distance, which `linear` gives at the top."""
    last = top - inner[-1]
    distance = last * np.geomspace(1.0, 1e-6, 60)[1:]
    added, slope = np.zeros((len(distance), len(laws))), np.zeros((len(distance), len(laws)))
    for k, law in enumerate(laws):
        profit = inner[-1] - float(law.upper_quantile(np.exp(-hazard[-1, k])))
        bend = profit / last - linear[k]
        costs = top - distance * (1.0 + linear[k] + bend * distance / last)
        survival = law.survival(costs)
        added[:, k] = -np.log(survival)
        slope[:, k] = law.pdf(costs) / survival * (1.0 + linear[k] + 2.0 * bend * distance / last)
    return np.concatenate([inner, top - distance]), np.concatenate([hazard, added]), np.concatenate([rates, slope])
