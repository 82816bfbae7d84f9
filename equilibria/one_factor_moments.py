"""The four integrals of a market with one common factor, in floating point (their theory is in `docs/affiliated.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mechanisms.one_factor import OneFactor

Array = NDArray[np.float64]

NODES = 40
"""Nodes of Gauss's rule on each panel."""

LEAST = 1e-290
"""A range of factors is at least this long, so that ratios of the integrals are defined at the strongest signal."""

PANEL = 3.0
"""Length of a panel in the logarithm of the factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Along signals: the hazard of the strongest rival, the expected stake on the diagonal, the density of the strongest
    signal."""

    hazard: Array
    stake: Array
    strongest: Array


def turns(market: OneFactor) -> list[float]:
    """Signals between which the integrals are analytic, both ends of the support included."""
    low, high = market.own.support
    joined = [k * e if market.form == "proportional" else k + e for k in market.common.knots for e in (low, high)]
    return sorted(set(joined))


def moments(market: OneFactor, signals: Array) -> Moments:
    """The integrals at signals inside the support."""
    n, (low, high) = len(market.labels), market.own.support
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    proportional = market.form == "proportional"
    a, d, v = np.zeros_like(signals), np.zeros_like(signals), np.zeros_like(signals)
    with np.errstate(divide="ignore"):
        least, most = (signals / high, signals / low) if proportional else (signals - high, signals - low)
    for start, end in pairwise(market.common.knots):
        first, last = np.clip(least, start, end), np.clip(most, start, end)
        length = np.maximum(np.log(last / np.where(first > 0, first, 1.0)), 0.0) if proportional else last - first
        length = np.maximum(length, LEAST)
        panels = int(np.max(length) / PANEL) + 1 if proportional else 1
        for k in range(panels):
            tau = (k + 0.5 * (1.0 + nodes)) / panels
            theta = first[:, None] * np.exp(length[:, None] * tau) if proportional else first[:, None] + length[:, None] * tau
            own = signals[:, None] / theta if proportional else signals[:, None] - theta
            own = np.clip(own, low, high)
            density = market.own.pdf(own)
            tail = market.own.survival(own) if market.sign > 0 else market.own.cdf(own)
            rivals = density * market.common.pdf(theta) * tail ** (n - 2)
            losing = (n - 1) * rivals * density / (theta if proportional else 1.0)
            scale = 0.5 * weights / panels * length[:, None]
            a += np.sum(rivals * tail * scale, axis=1)
            d += np.sum(losing * scale, axis=1)
            v += np.sum(losing * theta * scale, axis=1)
    stake = v / d if market.stake == "common" else signals
    return Moments(hazard=d / a, stake=stake, strongest=n * a)
