r"""Many increasing scalar equations at once: Newton's step when it is good, bisection when it is not.

Solves $g_i(x_i) = t_i$ on a bracket $[l_i, h_i]$ for every entry $i$. Newton's step is taken when it stays
inside the bracket and at least halves the last one, otherwise the bracket is halved (`rtsafe`, Press et al.,
Numerical Recipes, section 9.4); entries that have converged leave the computation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mechanisms._types import FloatArray

# 64 halvings exhaust the 53 bits of a bracket whose ends share an exponent; the rest is for brackets at zero.
ITERATIONS = 300
SPACING = float(np.finfo(np.float64).eps)


def solve_increasing(
    function: Callable[[FloatArray, np.ndarray], tuple[FloatArray, FloatArray]],
    target: FloatArray,
    low: FloatArray,
    high: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """The roots to the last bits that the rounding of the function allows.

    Arguments:
        function: `function(x, entries)` gives the values and slopes at `x`, where `entries` are the indices
            of the equations that `x` belongs to.
        target: right-hand sides, shape (n,).
        low: lower ends of the brackets, shape (n,).
        high: upper ends, shape (n,).
        start: first iterates inside the brackets, shape (n,).

    Returns:
        The roots, shape (n,), inside their brackets.
    """
    root, low, high = np.clip(start, low, high), low.copy(), high.copy()
    entries = np.flatnonzero(low < high)
    last = (high - low)[entries]
    for _ in range(ITERATIONS):
        if entries.size == 0:
            break
        x, goal = root[entries], target[entries]
        value, slope = function(x, entries)
        below = value < goal
        lower = np.where(below, x, low[entries])
        upper = np.where(below, high[entries], x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.where(np.isfinite(slope) & (slope > 0.0), (value - goal) / slope, np.nan)
            newton = x - step
            settled = np.abs(step) <= SPACING * np.abs(x)
            final = np.where(settled, np.clip(newton, lower, upper), x)
            good = (newton > lower) & (newton < upper) & (np.abs(step) <= 0.5 * np.abs(last))
        middle = lower + 0.5 * (upper - lower)
        wide = (lower > 0.0) & (upper > 4.0 * lower)
        middle[wide] = np.sqrt(lower[wide]) * np.sqrt(upper[wide])
        following = np.where(good, newton, middle)
        settled |= value == goal
        root[entries] = np.where(settled, final, following)
        low[entries], high[entries] = lower, upper
        settled |= (middle <= lower) | (middle >= upper)
        last = np.where(good, step, upper - lower)[~settled]
        entries = entries[~settled]
    return root
