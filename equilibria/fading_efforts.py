r"""Raffles of efforts in which high costs make efforts next to nothing: collocation of the logarithm of the effort.

In $\max_eV\,E[e^\alpha/(e^\alpha+S)]-ce$ with $\alpha=1$ a contestant of a high cost wins only where all rivals are as weak, so
that its effort is about $V\,P(\text{all rivals cost more})/c$: it falls by many orders of magnitude, with many contestants of
narrow laws within a sliver of the costs. Its logarithm is a polynomial on each of several pieces, which are cut where its last
coefficients are not small. Costs at which all rivals cost more with a probability of less than `UNSEEN` make no effort at all;
that costs them about that share of the prize.

With $\alpha<1$ every cost makes an effort, of about $(\alpha V/(cS))^{1/(1-\alpha)}$ where it is weak: it fades as well where
$\alpha$ is next to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from equilibria._contest_grids import STEP, Array, Grid, coefficients, grid, places, transform_nodes
from mechanisms import Distribution

__all__ = ["Faded", "fading_efforts"]

UNSEEN = 1e-9
"""The chance that all rivals stay out, from which on a cost makes no effort."""

DEGREE = 12
"""Of the polynomial on each piece."""

FIRST, MOST = 8, 60
"""Pieces of each law to begin with, and the most."""

ROUNDS = 16
"""Times that pieces on which the last coefficients are large are halved."""

STEPS = 80
"""Newton steps for each degree."""

SMALL = 1e-11
"""Residual, as a share of the cost, that is small enough."""

TAIL = 1e-7
"""Last coefficients, in units of the logarithm, that are small enough."""

BENT = 1e-2
"""Last coefficients of pieces that are cut in four."""

NEAR = 1e-10
"""Residual that is small enough before pieces are cut once more."""

ROUGH = 1e-3
"""Last coefficients beyond which the logarithm is not followed."""

LONGEST = 2.0
"""The longest step of a logarithm."""


@dataclass(frozen=True, slots=True)
class Faded:
    """Costs where pieces of each curve begin and end, and coefficients of the logarithm of the effort on each piece."""

    ends: list[list[float]]
    logarithms: list[list[list[float]]]


def fading_efforts(laws: Sequence[tuple[Distribution, int]], prize: float, exponent: float = 1.0) -> Faded | None:
    """Efforts for laws of costs with their numbers of contestants; None where they were not found, or not closely.

    The exponent is at most 1. Unknown are logarithms of scores, of efforts to the exponent.
    """
    reaches = _reaches(laws) if exponent == 1.0 else [law.support[1] for law, _ in laws]
    if reaches is None:
        return None
    total = _total(laws, prize)
    ends = []
    for (law, _), reach in zip(laws, reaches, strict=True):
        low = law.support[0]
        inner = [float(c) for c in np.geomspace(low, reach, FIRST + 1)[1:-1]]
        ends.append([low, *sorted({*inner, *(float(k) for k in law.knots if low < k < reach)}), reach])
    grids = [_pieces(law, count, each) for (law, count), each in zip(laws, ends, strict=True)]
    logs = []
    for k, g in enumerate(grids):
        strong = np.log(np.maximum(np.sqrt(prize * total / g.costs) - total, 1e-300))
        if exponent == 1.0:
            logs.append(np.maximum(strong, np.log(0.3 * prize * _outlasted(laws, k, g.costs) / g.costs)))
        else:  # against a large sum of scores S, where e^(alpha - 1) alpha V/S = c
            weak = np.log(exponent * prize / (g.costs * total)) * exponent / (1.0 - exponent)
            logs.append(np.maximum(strong, np.minimum(weak, np.log(0.05 * total))))
    for _ in range(ROUNDS):
        if not _newton(grids, logs, prize, exponent, NEAR):
            return None
        tails = [np.abs(_spectra(each)[-3:]).max(axis=0) for each in logs]
        tail = max(float(each.max()) for each in tails)
        if tail <= TAIL or max(len(each) for each in ends) > MOST:
            break
        finer = [_cut(*three) for three in zip(ends, logs, tails, strict=True)]
        ends, logs = [each for each, _ in finer], [each for _, each in finer]
        grids = [_pieces(law, count, each) for (law, count), each in zip(laws, ends, strict=True)]
    if not _newton(grids, logs, prize, exponent, SMALL):
        return None
    logs = [each / exponent for each in logs]
    spared = max(float(np.exp(each[-1])) * g.reach for g, each in zip(grids, logs, strict=True))
    if tail > ROUGH or (exponent == 1.0 and spared > 1e3 * UNSEEN * prize):
        return None
    return Faded(ends, [_falling(each) for each in logs])


def _pieces(law: Distribution, count: int, ends: Sequence[float]) -> Grid:
    """The grid of a law on which efforts are a polynomial between each two of `ends`."""
    parts = [grid(law, count, right, DEGREE, left) for left, right in pairwise(ends)]
    size, row = DEGREE + 1, 0
    interpolation = np.zeros((sum(len(part.weights) for part in parts), size * len(parts)))
    for k, part in enumerate(parts):
        interpolation[row : row + len(part.weights), k * size : (k + 1) * size] = part.interpolation
        row += len(part.weights)
    return Grid(
        prior=law, count=count, reach=ends[-1], costs=np.concatenate([part.costs for part in parts]),
        weights=np.concatenate([part.weights for part in parts]), interpolation=interpolation, absent=parts[-1].absent,
    )  # fmt: skip


def _spectra(logs: Array) -> Array:
    """Chebyshev coefficients of each piece, one column each."""
    return coefficients(logs.reshape(-1, DEGREE + 1).T)


def _cut(ends: list[float], logs: Array, tails: Array) -> tuple[list[float], Array]:
    """The same curve with each piece cut whose last coefficients are not small."""
    finer, values, spectra = [ends[0]], [], _spectra(logs)
    for k, (left, right) in enumerate(pairwise(ends)):
        cuts = 1 if tails[k] <= TAIL else 2 if tails[k] <= BENT else 4
        finer += [*(float(left * (right / left) ** (j / cuts)) for j in range(1, cuts)), right]
        for low, high in pairwise(np.linspace(-1.0, 1.0, cuts + 1)):
            at = low + 0.5 * (places(DEGREE) + 1.0) * (high - low)
            values.append(np.polynomial.chebyshev.chebval(at, spectra[:, k]))
    return finer, np.concatenate(values)


def _falling(logs: Array) -> list[list[float]]:
    """Coefficients of the pieces, each lowered by as little as keeps rounding from letting the curve rise where it begins."""
    spectra = _spectra(logs)
    signs = (-1.0) ** np.arange(DEGREE + 1)
    for k in range(1, spectra.shape[1]):
        rise = float(signs @ spectra[:, k]) - float(spectra[:, k - 1].sum())
        spectra[0, k] -= max(rise, 0.0) + 1e-15 * float(np.abs(spectra[:, k - 1 : k + 1]).sum())
    return [[float(a) for a in column] for column in spectra.T]


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


def _newton(grids: list[Grid], logs: list[Array], prize: float, exponent: float, enough: float) -> bool:
    """Solve for the logarithms in place until residuals are `enough`; whether that succeeded."""
    for _ in range(STEPS):
        with np.errstate(all="ignore"):
            residual, jacobian = _linearised(grids, logs, prize, exponent)
            if not (np.isfinite(residual).all() and np.isfinite(jacobian).all()):
                return False
            if float(np.abs(residual).max()) <= enough:
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
    return float(np.abs(residual).max()) <= 1e3 * enough


def _linearised(grids: list[Grid], logs: list[Array], prize: float, exponent: float) -> tuple[Array, Array]:
    r"""The residuals $\log(V\alpha s^{1-1/\alpha}E[S/(s+S)^2]/c)$ at scores $s$, and their derivatives by the logarithms."""
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
        residual[rows] = np.log(prize * exponent * slope / g.costs) + (1.0 - 1.0 / exponent) * each
        jacobian[rows, rows] += np.diag(np.exp(each) * ((kernel * nodes * (turned - 2.0)) @ product))
        for j, count in enumerate(counts):
            if count:
                jacobian[rows, ends[j] : ends[j + 1]] += (kernel * (1.0 - turned) * (count * product / laws[j])) @ moved[j]
        jacobian[rows] /= slope[:, None]
        jacobian[rows, rows] += (1.0 - 1.0 / exponent) * np.eye(len(each))
    return residual, jacobian
