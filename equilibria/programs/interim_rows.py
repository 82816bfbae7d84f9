"""Rows over interim allocations `Q[k] = sum of f[j] X[j] for j >= k` and utilities, agent by agent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equilibria.programs.linear_program import Rows, integers


def truthful_rows(values: Sequence[Sequence[int]], weights: Sequence[Sequence[int]]) -> list[Rows]:
    """No type gains by reporting its neighbour, and the lowest one wins with a chance that is not negative.

    Each row is multiplied by the chance of the type that is reported, so that it is integer. Columns are all `Q`, then all
    utilities.
    """
    count = sum(map(len, values))
    down, up, least = [], [], []
    start = 0
    for theta, weight in zip(values, weights, strict=True):
        last = len(theta) - 1
        for k in range(last):
            low, step = start + k, theta[k + 1] - theta[k]
            down.append(((count + low + 1, weight[k]), (count + low, -weight[k]), (low, -step), (low + 1, step)))
            beyond = (low + 2, -step) if k + 1 < last else (low, 0)
            up.append(((count + low, weight[k + 1]), (count + low + 1, -weight[k + 1]), (low + 1, step), beyond))
        least.append(((start, 1), (start + 1, -1) if last else (start, 0)))
        start += last + 1
    named = (("truthful_down", down), ("truthful_up", up), ("chance", least))
    return [_rows(name, parts) for name, parts in named if parts]


def _rows(name: str, parts: Sequence[Sequence[tuple[int, int]]]) -> Rows:
    places = np.array([[j for j, _ in row] for row in parts], dtype=np.int64)
    entries = integers([a for row in parts for _, a in row]).reshape(places.shape)
    return Rows(name, places, entries, 0)
