r"""Raffles of efforts in which high costs make efforts next to nothing: collocation of the logarithm of the effort.

In $\max_eV\,E[e/(e+S)]-ce$ a contestant of a high cost wins only where all rivals are as weak, so that its effort is about
$V\,P(\text{all rivals cost more})/c$: it falls by many orders of magnitude, which its logarithm follows and a polynomial does
not. Costs at which all rivals cost more with a probability of less than `UNSEEN` make no effort at all; that costs them about
that share of the prize.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equilibria._contest_grids import STEP, Array, Grid, coefficients, grid, places, transform_nodes
from mechanisms import Distribution

__all__ = ["Faded", "fading_efforts"]

UNSEEN = 1e-8
"""The chance that all rivals stay out, from which on a cost makes no effort."""

DEGREES = (32, 64, 112)
"""Of the polynomials, one after the other until their last coefficients are small."""

STEPS = 80
"""Newton steps for each degree."""

SMALL = 1e-11
"""Residual, as a share of the cost, that is small enough."""

TAIL = 1e-9
"""Last coefficients, in units of the logarithm, that are small enough."""

ROUGH = 1e-4
"""Last coefficients beyond which the logarithm is not followed either: next to a narrow law's highest cost it falls off a
cliff."""

LONGEST = 1.0
"""The longest step of a logarithm."""


@dataclass(frozen=True, slots=True)
class Faded:
    """Logarithms of efforts at the Chebyshev points of each grid."""

    grids: list[Grid]
    logarithms: list[Array]


def fading_efforts(laws: Sequence[tuple[Distribution, int]], prize: float) -> Faded | None:
    """Efforts for laws of costs with their numbers of contestants; None where they were not found, or not closely."""
    reaches = _reaches(laws)
    if reaches is None:
        return None
    total = _total(laws, prize)
    grids = [grid(law, count, reach, DEGREES[0]) for (law, count), reach in zip(laws, reaches, strict=True)]
    chances = [_outlasted(laws, k, g.costs) for k, g in enumerate(grids)]
    logs = [
        np.log(np.maximum(np.sqrt(prize * total / g.costs) - total, 0.3 * prize * chance / g.costs))
        for g, chance in zip(grids, chances, strict=True)
    ]
    for degree in DEGREES:
        if degree > len(logs[0]) - 1:
            finer = np.polynomial.chebyshev.chebvander(places(degree), len(logs[0]) - 1)
            logs = [finer @ coefficients(each) for each in logs]
            grids = [grid(law, count, reach, degree) for (law, count), reach in zip(laws, reaches, strict=True)]
        if not _newton(grids, logs, prize):
            return None
        tail = max(float(np.abs(coefficients(each)[-3:]).max()) for each in logs)
        if tail <= TAIL:
            break
    spared = max(float(np.exp(each[-1])) * g.reach for g, each in zip(grids, logs, strict=True))
    return Faded(grids, logs) if tail <= ROUGH and spared <= 1e3 * UNSEEN * prize else None


def _outlasted(laws: Sequence[tuple[Distribution, int]], own: int, costs: Array) -> Array:
    """The chance that all rivals of a contestant have higher costs."""
    chance = np.ones_like(costs)
    for k, (law, count) in enumerate(laws):
        chance = chance * np.asarray(law.survival(costs)) ** (count - (k == own))
    return chance


def _reaches(laws: Sequence[tuple[Distribution, int]]) -> list[float] | None:
    """The highest cost of each law that makes an effort; None where somebody's lowest one does not."""
    from scipy.optimize import brentq

    reaches = []
    for k, (law, _) in enumerate(laws):
        low, high = law.support

        def excess(cost: float, own: int = k) -> float:
            return float(_outlasted(laws, own, np.array([cost]))[0]) - UNSEEN

        if excess(low) <= 0.0:
            return None
        reaches.append(high if excess(high) >= 0.0 else float(brentq(excess, low, high)))
    return reaches


def _total(laws: Sequence[tuple[Distribution, int]], prize: float) -> float:
    """All efforts together, if everybody took their mean for certain."""
    levels = (np.arange(400) + 0.5) / 400
    costs = [np.asarray(law.quantile(levels)) for law, _ in laws]
    low, high = 1e-12, prize / min(float(c[0]) for c in costs)
    for _ in range(80):
        total = np.sqrt(low * high)
        made = sum(
            count * float(np.maximum(np.sqrt(prize * total / c) - total, 0.0).mean())
            for c, (_, count) in zip(costs, laws, strict=True)
        )
        low, high = (total, high) if made > total else (low, total)
    return float(low)


def _newton(grids: list[Grid], logs: list[Array], prize: float) -> bool:
    """Solve for the logarithms in place; whether that succeeded."""
    for _ in range(STEPS):
        with np.errstate(all="ignore"):
            residual, jacobian = _linearised(grids, logs, prize)
            if not (np.isfinite(residual).all() and np.isfinite(jacobian).all()):
                return False
            if float(np.abs(residual).max()) <= SMALL:
                return True
            try:
                step = np.linalg.solve(jacobian, -residual)
            except np.linalg.LinAlgError:
                return False
        step = step * min(1.0, LONGEST / float(np.abs(step).max()))
        start = 0
        for k, each in enumerate(logs):
            logs[k] = each + step[start : start + len(each)]
            start += len(each)
    return float(np.abs(residual).max()) <= 1e3 * SMALL


def _linearised(grids: list[Grid], logs: list[Array], prize: float) -> tuple[Array, Array]:
    r"""The residuals $\log(VE[S/(e+S)^2]/c)$, and their derivatives by the logarithms."""
    inside = [np.exp(g.interpolation @ each) for g, each in zip(grids, logs, strict=True)]
    most = sum(g.count * float(e.max()) for g, e in zip(grids, inside, strict=True))
    nodes = transform_nodes(max(min(float(e.min()) for e in inside), 1e-14 * most), most)
    decays = [np.exp(-np.outer(nodes, e)) for e in inside]
    laws = [d @ g.weights + g.absent for d, g in zip(decays, grids, strict=True)]
    moved = [-((nodes[:, None] * d) * (g.weights * e)) @ g.interpolation for d, g, e in zip(decays, grids, inside, strict=True)]
    ends = np.cumsum([0, *(len(each) for each in logs)])
    residual, jacobian = np.empty(ends[-1]), np.zeros((ends[-1], ends[-1]))
    for i, (g, each) in enumerate(zip(grids, logs, strict=True)):
        rows = slice(ends[i], ends[i + 1])
        counts = [other.count - (i == j) for j, other in enumerate(grids)]
        product = np.prod([law**count for law, count in zip(laws, counts, strict=True)], axis=0)
        turned = np.outer(np.exp(each), nodes)
        kernel = STEP * nodes * np.exp(-turned)
        slope = (kernel * (1.0 - turned)) @ product
        residual[rows] = np.log(prize * slope / g.costs)
        jacobian[rows, rows] += np.diag(np.exp(each) * ((kernel * nodes * (turned - 2.0)) @ product))
        for j, count in enumerate(counts):
            if count:
                jacobian[rows, ends[j] : ends[j + 1]] += (kernel * (1.0 - turned) * (count * product / laws[j])) @ moved[j]
        jacobian[rows] /= slope[:, None]
    return residual, jacobian
