"""Pairs of values that meet in a war of attrition of two buyers, as dense as the checker's power series need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from equilibria.hazards_of_values import value
from mechanisms.errors import Refused

if TYPE_CHECKING:
    from equilibria.attrition_pair import Clock

__all__ = ["meeting_grid"]

Array = NDArray[np.float64]

FIRST = 1e-9
"""The hazard of the first cell at a lowest value at which the density is 0 or has no limit."""

GROWTH, STEP = 1.25, 0.18
"""By what factor a distance from a singular end changes over a cell, and by how much the hazard, at most."""

EARLY = 0.02
"""The hazard from which on cells grow with it where the density at the lowest value is neither 0 nor without a limit."""

BENT = 0.2
"""The change of the logarithm of the density over a cell, at most."""

DENSE = 1e6
"""A density at the lowest value, in units of the uniform one, that is taken for one without a limit; its inverse, for 0."""

LAST = 25.0
"""The hazard beyond which next to nothing is left."""

TOP = 1e-11
"""Distance from the highest value, as a share of it, beyond which doubles are too coarse."""

BESIDE = 1e-8
"""Half the width of the cell around a knot, in units of the clock."""


def meeting_grid(first: Clock, second: Clock) -> tuple[list[float], list[float]]:
    """Rising values of both that meet: ends of cells and a point in each; knots of both laws have cells of their own.

    Raises:
        Refused: the starts are too close to the highest values.
    """
    stop = min(_stop(first), _stop(second))
    if not stop > 4.0 * BESIDE:
        raise Refused(
            "those who take part have values so close to the highest that doubles between them are too few. Use a lower reserve, "
            "or levels further from 1."
        )
    fine = np.unique(np.concatenate([_times(clock, stop) for clock in (first, second)] + [[stop]]))
    steps = np.concatenate([np.diff(_counts(clock, clock.hazard(fine))) for clock in (first, second)]).max(axis=0)
    count = np.concatenate([[0.0], np.cumsum(steps)])
    edges = np.interp(np.linspace(0.0, count[-1], int(np.ceil(count[-1])) + 1), count, fine)
    for clock in (first, second):
        inner = [k for k in clock.law.knots if clock.start < k < clock.law.support[1]]
        for t in clock.at(inner) if inner else ():
            edges = edges[np.abs(edges - t) > 4.0 * BESIDE]
            edges = np.append(edges, [t - BESIDE, t + BESIDE]) if 4.0 * BESIDE < t < stop - 4.0 * BESIDE else edges
    edges = _apart(np.unique(np.concatenate([[0.0], edges[(edges > 0.0) & (edges < stop)], [stop]])), first, second)
    nodes = np.empty(2 * len(edges) - 1)
    nodes[::2], nodes[1::2] = edges, 0.5 * (edges[1:] + edges[:-1])
    u, v = first.value(nodes), second.value(nodes)
    u[0], v[0] = first.start, second.start
    return [float(x) for x in u], [float(x) for x in v]


def _apart(edges: Array, first: Clock, second: Clock) -> Array:
    """Ends of cells between which there are doubles."""
    u, v = first.value(edges), second.value(edges)
    apart = (np.diff(u) > 16.0 * np.spacing(u[1:])) & (np.diff(v) > 16.0 * np.spacing(v[1:]))
    return np.asarray(edges[np.concatenate([[True], apart])])


def _stop(clock: Clock) -> float:
    high = clock.law.support[1]
    return float(min(clock.panels(np.array([LAST]))[0], clock.at([high * (1.0 - TOP)])[0]))


def _counts(clock: Clock, hazards: Array) -> Array:
    """Cells needed up to hazards, one row for each reason: the hazard itself, and points about which a series may diverge."""
    (low, high), first = clock.law.support, float(clock.panels.edges[0])
    values = np.maximum(value(clock.law, hazards), clock.start)
    left = np.maximum(high - values, 0.1 * TOP * high)
    rows = [hazards / STEP, np.log(values) / np.log(GROWTH), -np.log(left) / np.log(GROWTH)]
    singular = low == 0.0 or not 1.0 / DENSE < float(clock.law.pdf(np.nextafter(low, high))) * (high - low) < DENSE
    rows.append(np.log(np.maximum(hazards, (first or FIRST) if singular else EARLY)) / np.log(GROWTH))
    heights = np.log(np.clip(np.asarray(clock.law.pdf(values)) * (high - low), 1.0 / DENSE, DENSE))
    rows.append(np.concatenate([[0.0], np.cumsum(np.abs(np.diff(heights)))]) / BENT)
    return np.array(rows)


def _times(clock: Clock, stop: float) -> Array:
    """Clock times between which cells are counted."""
    start = float(clock.panels.edges[0])
    grid = np.concatenate([[start], max(start, FIRST) * 1.2 ** np.arange(140), start + np.arange(0.0, LAST, 0.1)])
    times = clock.panels(np.unique(np.maximum(grid, start)))
    return np.asarray(times[times <= stop])
