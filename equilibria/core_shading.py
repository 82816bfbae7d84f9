r"""Equilibrium of core-selecting payments in a package sale, by integrating the first-order conditions.

Two buyers of single items face a package value that is uniform on $[0,h]$ and bid truthfully. With $y$ the rival's bid, the value
that bids $b$ is explicit,

$$ \varphi_i(b)=b+\begin{cases}\tfrac12E\,y & \text{nearest to Vickrey payments},\\ E(y-b)^+ & \text{nearest to zero},\\
   E\min(b,y) & \text{nearest to the bids},\end{cases} $$

whatever $h\ge\bar v_1+\bar v_2$ is. The first is one number for each buyer, $m_i=E(v_i-m_j/2)^+$. Differentiated, the second is
$\varphi_i'=F_j(\varphi_j)$, which starts at the top (the highest value bids itself), and the third
$\varphi_i'=2-F_j(\varphi_j)$, which starts at $\varphi_i(0)=0$. Values on $[0,1]$ that are uniform give
$\max(0,v-(3-2\sqrt2))$, $\max(0,1+\ln v)$ and $\ln2-\ln(2-v)$ (Ausubel and Baranov 2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.inverse_bids import InverseBids
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused
from mechanisms.rules.core_selecting import Reference

Array = NDArray[np.float64]
Pair = tuple[Distribution, Distribution]


@dataclass(frozen=True, slots=True)
class CoreShading:
    """Fixed point of two numbers, or Runge-Kutta steps of eighth order from the end that is known.

    Arguments:
        cells: cells of the quintics that hold the result, at least, between bids where a density is not smooth.
        tolerance: relative, of the integration.
    """

    cells: int = 64
    tolerance: float = 1e-13

    def strategies(self, values: Pair, payment: Reference) -> tuple[InverseBids, InverseBids]:
        """The strategies of the two buyers of single items, on the first bids of one grid.

        Raises:
            Refused: the strategy of one jumps.
        """
        if payment == "nearest_vcg":
            return self._shifted(values)
        if payment == "nearest_zero":
            return self._from_the_top(values)
        return self._from_zero(values)

    def _shifted(self, values: Pair) -> tuple[InverseBids, InverseBids]:
        means = [law.mean() for law in values]
        for _ in range(200):
            moved = [_mean_above(law, 0.5 * means[1 - i]) for i, law in enumerate(values)]
            still = max(abs(a - b) for a, b in zip(means, moved, strict=True)) <= 1e-16
            means = moved
            if still:
                break
        shifts = (0.5 * means[1], 0.5 * means[0])
        tops = tuple(law.support[1] - shift for law, shift in zip(values, shifts, strict=True))
        bends = [x - shift for law, shift in zip(values, shifts, strict=True) for x in law.knots[:-1]]

        def inverse(b: Array) -> Array:
            return np.array([b + shifts[0], b + shifts[1]])

        return _held(values, (tops[0], tops[1]), bends, 2, inverse, lambda b, types: np.ones_like(types), None)

    def _from_the_top(self, values: Pair) -> tuple[InverseBids, InverseBids]:
        from scipy.optimize import brentq

        highs = [law.support[1] for law in values]
        strong = int(highs[1] > highs[0])
        weak = 1 - strong

        def excess(t: float) -> float:
            return t + _mean_above(values[strong], t) - highs[weak]

        top = highs[weak] if highs[0] == highs[1] else 0.0
        if highs[0] != highs[1]:
            if excess(0.0) >= 0.0:
                raise Refused(
                    f"the buyer whose highest value is {highs[weak]!r} never bids above 0: the other, whose values reach "
                    f"{highs[strong]!r}, bids enough for both. Bring the supports closer."
                )
            top = float(brentq(excess, 0.0, highs[weak], xtol=1e-16, rtol=1e-15))
        start = np.array([0.0, 0.0])
        start[weak], start[strong] = highs[weak], top

        def slopes(types: Array) -> Array:
            return np.array([values[1].cdf(types[1]), values[0].cdf(types[0])])

        path = _integrated(lambda b, types: -slopes(types), start, top, self.tolerance)
        lowest = path(top)
        for law, least in zip(values, lowest, strict=True):
            if least <= law.support[0] and law.support[0] > 0.0:
                raise Refused(
                    f"every value of one buyer, from {law.support[0]!r} on, would bid well above 0, and then the other's bids "
                    "jump. Use a support that begins at 0."
                )

        def inverse(b: Array) -> Array:
            types = path(np.clip(top - b, 0.0, top))
            types[strong] = np.where(b > top, b, types[strong])
            types[weak] = np.where(b > top, highs[weak] + (b - top), types[weak])
            return np.asarray(types)

        tops = (highs[0] if strong == 0 else top, highs[1] if strong == 1 else top)
        bends = [top, *_crossings(lambda b: path(top - b), values, top)]
        return _held(values, tops, bends, self.cells, inverse, lambda b, types: slopes(types), _bend(values, 1.0))

    def _from_zero(self, values: Pair) -> tuple[InverseBids, InverseBids]:
        from scipy.optimize import brentq

        highs = [law.support[1] for law in values]

        def slopes(types: Array) -> Array:
            return np.array([1.0 + values[1].survival(types[1]), 1.0 + values[0].survival(types[0])])

        end = max(highs)
        path = _integrated(lambda b, types: slopes(types), np.zeros(2), end, self.tolerance)
        tops = []
        for i, high in enumerate(highs):
            tops.append(float(brentq(lambda b, i=i, high=high: float(path(b)[i]) - high, 0.0, end, xtol=1e-16, rtol=1e-15)))
        if highs[0] == highs[1] and abs(tops[0] - tops[1]) < 1e-12:
            tops = [min(tops)] * 2
        bends = [*tops, *_crossings(path, values, max(tops))]
        return _held(
            values, (tops[0], tops[1]), bends, self.cells, path, lambda b, types: slopes(types), _bend(values, -1.0)
        )


Slopes = Callable[[Array, Array], Array]


def _mean_above(law: Distribution, threshold: float) -> float:
    r"""$E(v-t)^+=\int_t^{\bar v}(1-F)$, by Gauss-Legendre between knots."""
    low, high = law.support
    if threshold <= low:
        return law.mean() - threshold
    points = [threshold, *(x for x in law.knots if x > threshold)]
    nodes, weights = np.polynomial.legendre.leggauss(64)
    total = 0.0
    for left, right in pairwise(points):
        half = 0.5 * (right - left)
        total += half * float(weights @ law.survival(left + half * (nodes + 1.0)))
    return total if threshold < high else 0.0


def _integrated(field: Callable[[float, Array], Array], start: Array, length: float, tolerance: float) -> Any:
    """Dense solution of a pair of equations on `[0, length]`."""
    from scipy.integrate import solve_ivp

    run = solve_ivp(field, (0.0, length), start, method="DOP853", rtol=tolerance, atol=1e-15, dense_output=True)
    return run.sol


def _crossings(path: Any, values: Pair, end: float) -> list[float]:
    """Bids at which a value passes a knot of its law."""
    from scipy.optimize import brentq

    found = []
    for i, law in enumerate(values):
        for knot in law.knots[:-1]:
            ends = [float(path(b)[i]) - knot for b in (0.0, end)]
            if ends[0] * ends[1] < 0.0:
                found.append(float(brentq(lambda b, i=i, knot=knot: float(path(b)[i]) - knot, 0.0, end, xtol=1e-16)))
    return found


def _bend(values: Pair, sign: float) -> Callable[[Array, Array], Array]:
    """Second derivatives of the inverses: the rival's density of bids, up to the sign."""

    def curvature(types: Array, slopes: Array) -> Array:
        return sign * np.array([values[1].pdf(types[1]) * slopes[1], values[0].pdf(types[0]) * slopes[0]])

    return curvature


def _held(
    values: Pair, tops: tuple[float, float], bends: list[float], cells: int, inverse: Callable[[Array], Array],
    slopes: Slopes, curvature: Callable[[Array, Array], Array] | None,
) -> tuple[InverseBids, InverseBids]:
    """Both inverses on a grid that ends cells at every bend and at both tops."""
    end = max(tops)
    weak, apart = min(tops), 1e-12 * end
    inner = sorted(b for b in {*bends, weak} if apart < b < end - apart and (b == weak or abs(b - weak) > apart))
    marks = [0.0, *(b for a, b in pairwise([0.0, *inner]) if b == weak or b - a > apart), end]
    pieces = [np.linspace(a, b, max(int(np.ceil(cells * (b - a) / end)), 2) + 1) for a, b in pairwise(marks)]
    bids = np.unique(np.concatenate(pieces))
    left, right = bids[:-1], bids[1:]
    inset = 1e-9 * (right - left)
    types = inverse(bids)
    sides = []
    for b in (left + inset, right - inset):
        at = inverse(b)
        slope = slopes(b, at)
        sides.append((slope, np.zeros_like(slope) if curvature is None else curvature(at, slope)))
    made = []
    for i, law in enumerate(values):
        count = int(np.searchsorted(bids, tops[i])) + 1
        own = types[i, :count].copy()
        own[-1] = law.support[1]
        k = count - 1
        made.append(
            InverseBids(
                bids=bids[:count], types=own,
                slopes=np.column_stack([sides[0][0][i, :k], sides[1][0][i, :k]]).ravel(),
                curvatures=np.column_stack([sides[0][1][i, :k], sides[1][1][i, :k]]).ravel(),
                outside="nearest",
            )
        )  # fmt: skip
    return made[0], made[1]
