"""Kernel of the shooting method: one upward integration of the first-order conditions, with a verdict."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from equilibria._hazards import cost_and_slope, fear, hazards, place
from equilibria._steps import explicit_step, implicit_step

TOO_LOW, TOO_HIGH = -1, 1
SIMPSON = 256
"""Intervals of the quadrature beyond a strong prover's last bid."""


@nb.njit(cache=True)
def shoot(start, y0, stops, bottom, top, boundary, linear, tolerance, path, rates, tables):
    """Integrate from `xi = start` over the points `stops`, recording state and hazards at each.

    `boundary = (strong, least, final, slope, curve)`: prover `strong` (-1 for none) has a support that ends at `least` < `top`;
    near the top the other costs lie about `slope d + curve d^2` below a bid that is d below the top. Where the chance to win
    against `strong` is below exp(-24), its hazard is continued as a power of d, and only its indifference binds its rivals: their
    hazards grow by the integral of 1/m(b - cost) and must end at `final`. Where several supports end at `top`, gaps close as
    `linear[j] d`; the integration ends where the chance to win, times d, is negligible, and the verdict compares with that law.

    Returns the verdict (`TOO_LOW`: some cost overtakes the bid, or is about to; `TOO_HIGH`: none does), how many stops were
    recorded, and by how much such a boundary law is missed (NaN where the integration ended otherwise).
    """
    strong, least, final, slope, curve = boundary
    n = y0.size
    y, trial, error, sigma = y0.copy(), np.empty(n), np.empty(n), np.empty(n)
    order, pivot, matrix = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros((n, n))
    k = np.zeros((7, n))
    tries = 0
    extent, xi, size, stiff, short = top - bottom, start, 0.05, False, 0
    for index in range(stops.size):
        while xi < stops[index]:
            tries += 1
            if tries > 400_000:
                return TOO_LOW, index, math.nan
            last = xi + size >= stops[index]
            h = stops[index] - xi if last else size
            if stiff:
                gap = implicit_step(xi, h, y, k, bottom, top, strong, trial, error, order, matrix, pivot, tables)
            else:
                gap = explicit_step(xi, h, y, k, bottom, top, strong, trial, error, order, tables)
            if gap < 0.0:
                if h < 1e-7:
                    return TOO_LOW, index, math.nan
                size = 0.25 * h
                continue
            b, rate, d = place(xi + h, bottom, top)
            noise = 3e-12 * extent * rate * h / (gap * gap)
            worst, allowed = 0.0, 10.0 * tolerance if stiff else tolerance
            for j in range(n):
                fade = math.exp(min(28.0 - trial[j], 0.0))  # beyond exp(-28) a prover's own hazard no longer matters
                worst = max(worst, fade * abs(error[j]) / (allowed * (trial[j] + 1e-3) + noise))
            power = 0.25 if stiff else 0.2
            growth = 5.0 if worst < 1e-4 else min(0.9 * worst**-power, 5.0)
            if worst > 1.0 and h >= 1e-6:
                size = h * max(0.2, growth)
                continue
            short = short + 1 if h < 2e-3 and xi > 0.0 and not last else 0
            stiff = stiff or short > 30
            xi = stops[index] if last else xi + h
            size = max(h * growth, min(size, h * 5.0)) if last else h * growth
            total, largest = 0.0, 0.0
            for j in range(n):
                y[j] = trial[j]
                total += y[j]
                largest = max(largest, y[j])
            if gap < 1e-3 * min(slope * d + curve * d * d, 0.05 * d):
                return TOO_LOW, index, math.nan
            if strong >= 0 and y[strong] > 24.0:
                exponent = k[6, strong] / rate * d / y[strong]
                grown = 0.0
                for m in range(2 * SIMPSON + 1):
                    share = 1.0 - m / (2 * SIMPSON)
                    hazard = y[strong] * share**-exponent if share > 0.0 else math.inf
                    cost = cost_and_slope(hazard, strong, tables)[0] if hazard < 40.0 else least
                    weight = 1.0 if m == 0 or m == 2 * SIMPSON else (4.0 if m % 2 else 2.0)
                    grown += weight / fear(top - d * share - cost, strong, tables)
                miss = total - y[strong] + grown * d / (6 * SIMPSON) - final
                return TOO_LOW if miss > 0.0 else TOO_HIGH, index, miss
            if linear[0] == 0.0 and total - largest + xi > 30.0:
                return TOO_HIGH, index, math.nan
            weight = total - largest + xi
            if linear[0] > 0.0 and (weight > 36.0 or (stiff and weight > 22.0)):
                miss = 0.0
                for j in range(n):
                    miss += 1.0 - (b - cost_and_slope(y[j], j, tables)[0]) / (linear[j] * d)
                return TOO_LOW if miss > 0.0 else TOO_HIGH, index, miss
        b, _, _ = place(xi, bottom, top)
        if hazards(b, y, strong, sigma, order, tables) < 0.0:
            return TOO_LOW, index, math.nan
        for j in range(n):
            path[index, j] = y[j]
            rates[index, j] = sigma[j]
    return TOO_HIGH, stops.size, math.nan
