"""The types that make given bids, of a strategy that is known as a function of the type."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["inverted"]

Array = NDArray[np.float64]


def inverted(strategy: Callable[[Array], Array], knots: Array, bids: ArrayLike) -> Array:
    """The types that make an array of bids, same shape.

    Args:
        strategy: continuous and monotone (rising or falling) on the range of the knots.
        knots: types between which the strategy is smooth, rising, two or more.
        bids: a bid beyond that of an end gives that end; NaN gives NaN.
    """
    from scipy.optimize.elementwise import find_root

    wanted = np.asarray(bids, dtype=np.float64)
    made = strategy(knots)
    sign = 1.0 if made[-1] >= made[0] else -1.0
    levels = np.maximum.accumulate(sign * made)
    goal = np.clip(sign * wanted.ravel(), levels[0], levels[-1])
    k = np.clip(np.searchsorted(levels, goal, side="right") - 1, 0, len(knots) - 2)
    left, right = knots[k], knots[k + 1]
    found = np.where(goal >= levels[k + 1], right, left)
    between = (goal > levels[k]) & (goal < levels[k + 1])
    if between.any():

        def excess(x: Array, level: Array) -> Array:
            return np.asarray(sign * strategy(x) - level)

        found[between] = find_root(excess, (left[between], right[between]), args=(goal[between],)).x
    return np.where(np.isnan(wanted), np.nan, found.reshape(wanted.shape))
