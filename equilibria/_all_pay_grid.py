"""Pairs of values that meet in an all-pay auction of two buyers, as dense as the checker's power series need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from equilibria._meeting_grid import BENT, BESIDE, DENSE, GROWTH

if TYPE_CHECKING:
    from equilibria.all_pay_pair import MassClock

__all__ = ["all_pay_grid"]

Array = NDArray[np.float64]

DEEP = 20.0
"""-log F below which next to nothing is left where values reach down to 0."""

NEAR = 1e-11
"""Distance from an end of a support, as a share of it, beyond which doubles are too coarse."""

SLOW = 1.25
"""By what factor a distance from an end at which the density vanishes or has no limit changes over a cell, at most."""

LATE = 1e-12
"""How close to the end of the curve its clock says nothing any more of the mass that is left, as a share of the clock."""

STEP = 0.05
"""The change of a value over a cell, as a share of its support, at most."""


def all_pay_grid(clocks: Sequence[MassClock], stop: float) -> tuple[list[float], list[float]]:
    """Rising values of both that meet, up to the highest: ends of cells and a point in each; knots have cells of their own.

    Args:
        clocks: of the two.
        stop: the clock at which bids end.
    """
    shallow = [float(clock.panels(np.array([DEEP]))[0]) for clock in clocks if clock.law.support[0] == 0.0]
    last = min([stop, *shallow])
    starts = [(float(clock.value([stop])[0]), *clock.law.support) for clock in clocks]
    if all(start - low <= NEAR * (high - low) for start, low, high in starts):
        last *= 1.0 - 4.0 * NEAR  # both are followed to the end at once: nobody can say whose mass is left first
    fine = np.unique(np.concatenate([_times(clock, last) for clock in clocks] + [[0.0, last]]))
    steps = np.concatenate([np.diff(_counts(clock, fine)) for clock in clocks]).max(axis=0)
    count = np.concatenate([[0.0], np.cumsum(steps)])
    edges = np.interp(np.linspace(0.0, count[-1], int(np.ceil(count[-1])) + 1), count, fine)
    for clock in clocks:
        for t in clock.at(clock.law.knots[1:-1]) if len(clock.law.knots) > 2 else ():
            edges = edges[np.abs(edges - t) > 4.0 * BESIDE]
            edges = np.append(edges, [t - BESIDE, t + BESIDE]) if 4.0 * BESIDE < t < last - 4.0 * BESIDE else edges
    edges = edges[(edges > 0.0) & (edges < last * (1.0 - LATE))]
    edges = _apart(np.unique(np.concatenate([[0.0], edges, [last]])), clocks)
    nodes = np.empty(2 * len(edges) - 1)
    nodes[::2], nodes[1::2] = edges, 0.5 * (edges[1:] + edges[:-1])
    found = []
    for clock in clocks:
        values = clock.value(nodes)[::-1]
        low, high = clock.law.support
        values[-1] = high
        if last == float(clock.panels.totals[-1]) and low > 0.0:  # no mass is left
            values[0] = low
        found.append([float(v) for v in values])
    return found[0], found[1]


def _apart(edges: Array, clocks: Sequence[MassClock]) -> Array:
    """Ends of cells between which there are doubles, the last one always."""
    values = np.array([clock.value(edges) for clock in clocks])
    wide = (-np.diff(values) > 128.0 * np.spacing(values[:, 1:] + values[:, :-1])).all(axis=0)
    kept = edges[:-1][np.concatenate([[True], wide[:-1]])]
    return np.append(kept if wide[-1] or len(kept) == 1 else kept[:-1], edges[-1])


def _counts(clock: MassClock, times: Array) -> Array:
    """Cells needed up to times, one row for each reason: the value itself, and points about which a series may diverge."""
    low, high = clock.law.support
    width, values = high - low, clock.value(times)
    rows = [(high - values) / (STEP * width), -np.log(np.maximum(values, np.finfo(float).tiny)) / np.log(GROWTH)]
    for end, inside in ((low, np.nextafter(low, high)), (high, np.nextafter(high, low))):
        if not 1.0 / DENSE < float(clock.law.pdf(inside)) * width < DENSE:
            distance = np.log(np.maximum(np.abs(values - end), NEAR * width)) / np.log(SLOW)
            rows.append(-distance if end == low else distance)
    heights = np.log(np.clip(np.asarray(clock.law.pdf(values)) * width, 1.0 / DENSE, DENSE))
    rows.append(np.concatenate([[0.0], np.cumsum(np.abs(np.diff(heights)))]) / BENT)
    return np.array(rows)


def _times(clock: MassClock, last: float) -> Array:
    """Clock times between which cells are counted."""
    low, high = clock.law.support
    near = (high - low) * np.geomspace(0.1 * NEAR, 0.5, 150)
    values = np.concatenate([high - near, low + near, np.linspace(low, high, 200)])
    depths = np.concatenate([clock.depth(values[values > low]), np.linspace(0.0, DEEP, 100)])
    times = clock.panels(np.minimum(depths, clock.panels.edges[-1]))
    return np.asarray(times[(times >= 0.0) & (times <= last)])
