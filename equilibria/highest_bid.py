"""Boundary conditions at the highest bid that may win: where it is, and how costs approach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mechanisms.attitudes import CRRA, Attitude
from mechanisms.distributions import Distribution

NEUTRAL = CRRA(0.0)


def highest_bid(
    priors: Mapping[str, Distribution], reserve: float | None, attitudes: Mapping[str, Attitude] | None = None
) -> float:
    r"""The highest bid that may win.

    The prover whose support ends lowest, at $h$, sells at worst against rivals that bid their costs: it chooses
    $\bar b=\arg\max_b U(b-h)\prod_{j}(1-F_j(b))$ up to the next upper end and the reserve (Kaplan and Zamir 2012, mirrored), with
    the utility $U$ of the least end's prover.
    """
    ends = sorted((law.support[1], label) for label, law in priors.items())
    least, strong = ends[0]
    limit = ends[1][0] if reserve is None else min(ends[1][0], reserve)
    if limit <= least:
        return limit
    attitude = (attitudes or {}).get(strong, NEUTRAL)
    rivals = [law for label, law in priors.items() if label != strong]
    floor = min(law.support[0] for law in rivals)

    def worth(b: NDArray[np.float64]) -> NDArray[np.float64]:
        product = attitude.utility(b - least)
        for law in rivals:
            product = product * law.survival(b)
        return product

    knots = sorted({least, limit, *(k for law in rivals for k in law.knots if least < k < limit)})
    grid = np.unique(np.concatenate([np.linspace(u, v, 401) for u, v in pairwise(knots)]))
    values = worth(grid)
    best = int(np.argmax(values))
    if best == len(grid) - 1:
        return limit
    if grid[best] in knots and _slope(worth, grid, best):
        return float(max(grid[best], floor)) if grid[best] >= floor else float(grid[best])
    from scipy.optimize import minimize_scalar

    left, right = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(
        lambda b: -float(worth(np.asarray(b))), bounds=(left, right), method="bounded", options={"xatol": 1e-14}
    )
    b = _stationary(rivals, attitude, least, float(left), float(right), float(found.x))
    return b if worth(np.asarray(b)) >= values[best] * (1 - 1e-12) else float(grid[best])


def _slope(worth: Callable[[NDArray[np.float64]], NDArray[np.float64]], grid: NDArray[np.float64], best: int) -> bool:
    """Whether the maximum sits exactly on a kink: it falls at once on both sides."""
    h = 1e-7 * (grid[-1] - grid[0])
    here = worth(grid[best])
    return bool(worth(grid[best] - h) < here - 1e-13 * abs(here) and worth(grid[best] + h) < here - 1e-10 * abs(here))


def _stationary(
    rivals: list[Distribution], attitude: Attitude, least: float, left: float, right: float, guess: float
) -> float:
    """Polish a maximum: the root of 1 - m(b - h) sum f/(1-F), bracketed, or the guess."""

    def condition(b: float) -> float:
        point = np.float64(b)
        hazard = sum(float(law.pdf(point)) / max(float(law.survival(point)), 1e-300) for law in rivals)
        return 1.0 - float(attitude.fear_of_ruin(b - least)) * hazard

    if not condition(left) > 0.0 > condition(right):
        return guess
    from scipy.optimize import brentq

    return float(brentq(condition, left, right, xtol=1e-15, rtol=8.9e-16))


def approach(laws: Sequence[Distribution], attitude: Attitude, strong: int, top: float) -> tuple[float, float]:
    r"""Slope and curvature of the gap between bid and cost below the top bid, for the rivals of a strong prover of cost h.

    Its indifference, $\sum_i h_i(b-\delta)(1-\delta')=1/m(b-h)$ with hazards $h_i$ of the rivals' costs, gives
    $\delta'(\bar b)=1-1/g$ and $\delta''(\bar b)\approx g'/g^2$ for $g(b)=m(b-h)\sum_i h_i(b)$.
    """
    extent = top - min(law.support[0] for law in laws)
    if strong < 0:
        return 0.0, 1e-3 / extent
    least = laws[strong].support[1]
    step = 1e-5 * (top - least)

    def g(b: float) -> float:
        point = np.float64(b)
        return float(attitude.fear_of_ruin(b - least)) * sum(
            float(law.pdf(point)) / max(float(law.survival(point)), 1e-300) for k, law in enumerate(laws) if k != strong
        )

    here = g(top - 1e-9 * step)
    return max(1.0 / here - 1.0, 0.0), max(0.5 * (here - g(top - step)) / step / here**2, 1e-3 / extent)


def tail_exponent(law: Distribution) -> float:
    """The power b with which the survival vanishes at the upper end: 1 - F(c) ~ (high - c)^b."""
    low, high = law.support
    near = np.float64(high - 1e-7 * (high - low))
    return float((high - near) * law.pdf(near) / law.survival(near))
