r"""The symmetric equilibrium with affiliated signals, by collocation of Milgrom and Weber's linear equation.

With the hazard $h(x)=f(x\mid x)/S(x\mid x)$ of the strongest rival and the expected stake $v(x,x)$, the first-price bid solves

$$ b'(x) = h(x)\,|b(x)-v(x,x)|, \qquad b = v \text{ at the weakest signal}, $$

which is linear: in a sale $b(x)=\int v(s,s)\,dL(s\mid x)$ with $L(s\mid x)=\exp(-\int_s^xh)$. From the weakest signal on, cells
double in width; on each the solution is a polynomial that satisfies the equation at Chebyshev points. The hazard has a pole at
the weakest signal; on the first cell, which is as wide as rounding, the bid is a chord. The second-price bid is $v(x,x)$.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from equilibria.one_factor_moments import Array, moments, turns
from equilibria.piecewise_bid import PiecewiseBid
from mechanisms import Beta, InvalidInput, Refused
from mechanisms.one_factor import OneFactor

__all__ = ["AffiliatedEnvelope"]

FLAT = 1e-13
"""Rise of the bid, as a share of its range, on the last cell where its slope vanishes."""

WIDE = 0.25
"""Share of the range up to which cells double."""

NARROW = 1e-11
"""Width of a cell, as a share of the range, on which a chord is as good as the expected stake is known."""

SLIVER = 1e-9
"""Share of the range within which two turns are one, up to rounding."""


@dataclass(frozen=True, slots=True)
class AffiliatedEnvelope:
    """Milgrom and Weber's linear equation on cells that double in width.

    Arguments:
        degree: degree of the polynomial on a cell, from 4 to 30.
        first: width of the first cell as a share of the range of signals.
        cells: cells between turns beyond the doubling ones, at least.

    Raises:
        InvalidInput: a parameter out of its range.
    """

    degree: int = 16
    first: float = 1e-13
    cells: int = 4

    def __post_init__(self) -> None:
        if not 4 <= self.degree <= 30:
            raise InvalidInput(f"degree must be from 4 to 30; got {self.degree}. The default is 16.")
        if not 1e-15 <= self.first <= 0.1:
            raise InvalidInput(f"first must be from 1e-15 to 0.1; got {self.first}. The default is 1e-13.")
        if self.cells < 1:
            raise InvalidInput(f"cells must be at least 1; got {self.cells}. The default is 4.")

    def first_price(self, market: OneFactor) -> PiecewiseBid:
        """The first-price bid."""
        knots = self._knots(market)
        order = range(len(knots) - 1) if market.sign < 0 else range(len(knots) - 2, -1, -1)
        values, rows = np.empty(len(knots)), np.zeros((len(knots) - 1, self.degree - 1))
        flat = self._width(market, 1 if market.sign < 0 else 0) < WIDE
        for step, k in enumerate(order):
            near, far = (k, k + 1) if market.sign < 0 else (k + 1, k)
            if step == 0:
                values[near], values[far] = self._start(market, float(knots[near]), float(knots[far]))
                continue
            narrow = (flat and step == len(order) - 1) or knots[k + 1] - knots[k] <= NARROW * (knots[-1] - knots[0])
            degree = 1 if narrow else self.degree
            values[far], row = self._collocate(market, float(knots[k]), float(knots[k + 1]), float(values[near]), degree)
            rows[k, : degree - 1] = row
        return _increasing(PiecewiseBid(knots, values, rows))

    def second_price(self, market: OneFactor) -> PiecewiseBid:
        """The second-price bid, v(x, x)."""
        knots = self._knots(market)
        inner = moments(market, knots[1:-1]).stake
        values = np.concatenate([[self._end(market, 0)], inner, [self._end(market, 1)]])
        rows = np.zeros((len(knots) - 1, self.degree - 1))
        for k in range(len(knots) - 1):
            if knots[k + 1] - knots[k] <= NARROW * (knots[-1] - knots[0]):
                continue
            t = _points(self.degree)
            x = 0.5 * (knots[k] * (1 - t) + knots[k + 1] * (1 + t))
            rows[k] = _bubble(t[1:-1], moments(market, x[1:-1]).stake, values[k], values[k + 1])
        return _increasing(PiecewiseBid(knots, values, rows))

    def _knots(self, market: OneFactor) -> Array:
        """Cells that double away from the weakest signal, from the strongest if no own part is there, and between turns."""
        low, high = market.support
        extent = high - low
        points = [np.array([low, high])]
        for end, first in ((low, self._width(market, 0)), (high, self._width(market, 1))):
            steps = first * 2.0 ** np.arange(0, int(np.log2(WIDE / first)) + 1)
            points.append(end + (extent if end == low else -extent) * steps)
        inner = [x for x in turns(market) if low + SLIVER * extent < x < high - SLIVER * extent]
        marks = [low, *inner, high]
        for u, v in pairwise(marks):
            points.append(np.linspace(u, v, self.cells + 1))
        grid = np.unique(np.concatenate(points))
        keep = np.concatenate([[True], np.diff(grid) > 0.2 * self.first * extent])
        keep[-1] = True
        return np.asarray(grid[keep], dtype=np.float64)

    def _width(self, market: OneFactor, side: int) -> float:
        """Width of the cell at an end, as a share of the range.

        Where the density of an own part vanishes like a power k at the strongest signal, so does the slope of the bid, and on
        a narrower cell its rise would be lost in rounding.
        """
        if side == (0 if market.sign < 0 else 1):
            return self.first
        power = 0
        if isinstance(market.own, Beta):
            power = int(market.own.b if market.sign < 0 else market.own.a) - 1
        return WIDE if power == 0 else float(FLAT ** (1.0 / (power + 1)))

    def _end(self, market: OneFactor, side: int) -> float:
        """The expected stake at an end of the support: the factor is at its end, or at what the whole law of it allows."""
        end = market.support[side]
        return market.common.support[side] if market.stake == "common" else end

    def _start(self, market: OneFactor, near: float, far: float) -> tuple[float, float]:
        """Bids on the first cell: the chord on which margin and slope balance."""
        local = moments(market, np.array([far]))
        start = self._end(market, 0 if market.sign < 0 else 1)
        c = float(local.hazard[0]) * abs(far - near)
        return start, (start + c * float(local.stake[0])) / (1.0 + c)

    def _collocate(self, market: OneFactor, left: float, right: float, value: float, degree: int) -> tuple[float, Array]:
        """The bid at the far end of a cell and the bubble, from the bid at the near end."""
        half = 0.5 * (right - left)
        at = _roots(degree)
        local = moments(market, 0.5 * (left * (1 - at) + right * (1 + at)))
        if not np.all(np.isfinite(local.hazard) & np.isfinite(local.stake)):
            raise Refused(f"the hazard of the signals has no value between {left:.6g} and {right:.6g}.")
        # b = value + rise * (1 ± t)/2 + (1 - t^2) sum c_j T_j(t); unknown rise and c; b' = market.sign * h (b - v)
        chebyshev = np.polynomial.chebyshev
        table = chebyshev.chebvander(at, self.degree - 2)[:, : degree - 1]
        slopes = chebyshev.chebval(at, chebyshev.chebder(np.eye(self.degree - 1), axis=0)).T[:, : degree - 1]
        direction = -market.sign
        basis = np.column_stack([0.5 * (1 + direction * at), (1 - at**2)[:, None] * table])
        rates = np.column_stack([np.full_like(at, 0.5 * direction), (1 - at**2)[:, None] * slopes - 2 * at[:, None] * table])
        hazard = market.sign * local.hazard[:, None] * half
        matrix = rates - hazard * basis
        solution = np.linalg.solve(matrix, hazard[:, 0] * (value - local.stake))
        return value + float(solution[0]), np.asarray(solution[1:], dtype=np.float64)


def _increasing(bid: PiecewiseBid) -> PiecewiseBid:
    """The bid, if it increases.

    Raises:
        Refused: two signals bid the same, or the stronger one bids no more.
    """
    flat = np.flatnonzero(np.diff(bid.bids) <= 0)
    if len(flat):
        left, right = bid.knots[flat[0]], bid.knots[flat[-1] + 1]
        raise Refused(
            f"signals between {left:.6g} and {right:.6g} leave the same stake to be expected, so that their bids tie and no "
            "strictly increasing equilibrium exists. Use laws under which every signal says something, such as common bounded "
            "by zero, or form='additive'."
        )
    return bid


def _points(degree: int) -> Array:
    return -np.cos(np.pi * np.arange(degree + 1) / degree)


def _roots(degree: int) -> Array:
    return -np.cos(np.pi * (np.arange(degree) + 0.5) / degree)


def _bubble(t: Array, y: Array, first: float, last: float) -> Array:
    chord = 0.5 * (first * (1 - t) + last * (1 + t))
    table = np.polynomial.chebyshev.chebvander(t, len(t) - 1)
    return np.asarray(np.linalg.solve(table, (y - chord) / ((1 - t) * (1 + t))), dtype=np.float64)
