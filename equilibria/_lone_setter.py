r"""One alone that may set a uniform price, while all others bid their costs: its inverse bid in closed form.

The first-order condition has no slopes of other inverse bids, so that $\varphi=b-R/(-X')$. Utility of a cost $c$ is, up to a
constant, $cW(b)-H(b)$ with $W'=-X'\ge0$ and $H'=-X'b-R=W'\varphi$. So the best bids for all costs are where $(W,H)$ meets the
convex hull from below, along which the slope is the cost. Where $\varphi$ falls the hull leaves the curve: bids jump there, and
the cost at which they do is indifferent between both ends. At a reserve all costs above the last slope bid the reserve.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from equilibria._award_odds import AwardOdds
from equilibria._bid_cells import Array, Cell, lobatto, tables
from equilibria._cell_curves import cell_curves
from equilibria.inverse_curves import InverseCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import SolverFailure

if TYPE_CHECKING:
    from equilibria.price_collocation import PriceCollocation

__all__ = ["lone_curve"]

GRID = 4001
"""Bids on which it is seen where the hull leaves the curve."""

SAG = 1e-11
"""How far below the curve the hull must be for a jump, as a share of what both coordinates range over."""

LEAST = 1e-7
"""The smallest cell beside the lowest bid, as a share of the bids."""


EDGE = 1e-12
"""Of the bids, a share in which costs bid that are not worth a bid apart."""


class _Inverse:
    """The cost that makes a bid best."""

    def __init__(self, others: Sequence[Distribution], odds: AwardOdds, law: Distribution, top: float) -> None:
        self.others, self.odds, self.top = others, odds, top
        self.low, self.high = law.support[0], min(law.support[1], top)
        self.knots = law.knots[1:-1]

    def odds_at(self, bids: Array) -> tuple[Array, Array]:
        """Awards at one's own bid, and how fast a higher bid loses awards."""
        none = np.zeros(bids.shape)
        below, above, density = (
            np.array([start, *(getattr(law, name)(bids) for law in self.others)])
            for start, name in ((none, "cdf"), (none + 1.0, "survival"), (none, "pdf"))
        )
        own, slopes = self.odds.evaluate(below, above)
        return own[0], (slopes[0] * density).sum(axis=0)

    def __call__(self, bids: Array) -> tuple[Array, Array]:
        """Costs at bids, and how fast a higher bid loses awards."""
        own, falls = self.odds_at(bids)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where((own == 0.0) & (falls == 0.0), bids, bids - own / falls), falls

    def meets(self, level: float, left: float, right: float) -> float:
        """The bid between two at which the cost passes a level."""
        for _ in range(100):
            middle = left + 0.5 * (right - left)
            if not left < middle < right:
                break
            if self(np.array([middle]))[0][0] < level:
                left = middle
            else:
                right = middle
        return right

    def loss(self, level: float, left: float, right: float) -> tuple[float, float]:
        """What a cost gains by the lower of two bids, and how that changes with the cost."""
        inner = sorted({knot for other in self.others for knot in other.knots if left < knot < right})
        points, weights = np.polynomial.legendre.leggauss(24)
        total, slope = 0.0, 0.0
        for u, v in pairwise([left, *inner, right]):
            cuts = np.linspace(u, v, 9)
            half = 0.5 * np.diff(cuts)[:, None]
            bids = (0.5 * (cuts[1:] + cuts[:-1]))[:, None] + half * points
            own, falls = self.odds_at(bids.ravel())
            total += float((half * weights * ((bids - level) * falls.reshape(bids.shape) - own.reshape(bids.shape))).sum())
            slope -= float((half * weights * falls.reshape(bids.shape)).sum())
        return total, slope


def lone_curve(
    law: Distribution, others: Sequence[Distribution], odds: AwardOdds, top: float, solver: PriceCollocation
) -> InverseCurve:
    """The strategy of one prover among those who bid their costs.

    Raises:
        SolverFailure: a jump of bids was not found.
    """
    inverse = _Inverse(others, odds, law, top)
    bids = np.linspace(min(other.support[0] for other in others), top, GRID)
    middle, width = 0.5 * (bids[1:] + bids[:-1]), np.diff(bids)
    own, falls = inverse.odds_at(middle)
    mass = np.append(0.0, np.cumsum(falls * width))
    cost = np.append(0.0, np.cumsum((falls * middle - own) * width))
    first, last = (int(GRID - 1 - np.argmax((level * mass - cost)[::-1])) for level in (inverse.low, inverse.high))
    if first == GRID - 1:
        return _stated(inverse, [], solver)
    start = float(bids[0])
    if first > 0:
        start = inverse.meets(inverse.low, float(bids[first - 1]), float(bids[first + 1]))
    end = float(bids[-1])
    if last < GRID - 1:
        end = inverse.meets(inverse.high, float(bids[max(last - 1, 0)]), float(bids[last + 1]))
    kept = []
    for left, right in _gaps(mass, cost, first, last):
        low, high = _jump(inverse, bids, left, right, (cost[right] - cost[left]) / (mass[right] - mass[left]))
        kept.append((start, low))
        start = high
    if start < end:
        kept.append((start, end))
    return _stated(inverse, kept, solver)


def _gaps(mass: Array, cost: Array, first: int, last: int) -> list[tuple[int, int]]:
    """Between which points of a curve its convex hull from below leaves it."""
    hull: list[int] = []
    for k in range(first, last + 1):
        while len(hull) > 1:
            i, j = hull[-2:]
            if (mass[j] - mass[i]) * (cost[k] - cost[i]) > (cost[j] - cost[i]) * (mass[k] - mass[i]):
                break
            hull.pop()
        hull.append(k)
    found = []
    slack = SAG * float(np.ptp(cost) + np.ptp(mass))
    for i, k in pairwise(hull):
        if k - i > 1 and mass[k] > mass[i]:
            line = cost[i] + (cost[k] - cost[i]) * (mass[i : k + 1] - mass[i]) / (mass[k] - mass[i])
            if (cost[i : k + 1] - line).max() > slack:
                found.append((i, k))
    return found


def _jump(inverse: _Inverse, bids: Array, left: int, right: int, level: float) -> tuple[float, float]:
    """The bids between which one cost, near a level, is indifferent, and between which no cost bids.

    Raises:
        SolverFailure: Newton's method did not find them.
    """
    most = len(bids) - 1

    def ends(level: float) -> tuple[float, float]:
        low, high = float(bids[left]), float(bids[right])
        if left > 0:
            low = inverse.meets(level, float(bids[max(left - 3, 0)]), float(bids[left + 3]))
        if right < most:
            high = inverse.meets(level, float(bids[right - 3]), float(bids[min(right + 3, most)]))
        return low, high

    for _ in range(20):
        low, high = ends(level)
        loss, slope = inverse.loss(level, low, high)
        step = loss / slope if slope < 0.0 else 0.0
        level -= step
        if abs(step) <= 1e-15 * (bids[-1] - bids[0]):
            break
    else:
        raise SolverFailure(f"bids jump over about {bids[left]:.4g} to {bids[right]:.4g}, and just where was not found.")
    return ends(level)


def _stated(inverse: _Inverse, kept: list[tuple[float, float]], solver: PriceCollocation) -> InverseCurve:
    """Pieces with the bids that are made, flat ones between, and one of next to no width below, if lower costs bid there too."""
    top, knots = inverse.top, {knot for other in inverse.others for knot in other.knots}
    extent = top - min(other.support[0] for other in inverse.others)
    bids, costs = [top - EDGE * extent], [inverse.low]
    bends: list[Array] = []
    for number, (start, end) in enumerate(kept):
        ends, values, inner = _cells(inverse, start, end, solver)
        if number > 0:
            over = sorted(knot for knot in knots if bids[-1] < knot < start)
            bids, costs, values[0] = [*bids, *over], costs + [costs[-1]] * len(over), costs[-1]
            bends.append(np.zeros((len(over) + 1, inner.shape[1])))
        elif values[0] > inverse.low:
            bids, costs = [ends[0] - EDGE * extent], [inverse.low]
            bends.append(np.zeros((1, inner.shape[1])))
        else:
            bids, costs = [], []
        bids, costs = [*bids, *ends], [*costs, *values]
        bends.append(inner)
    if not bends or bids[-1] < top:
        over = [*sorted(knot for knot in knots if bids[-1] < knot < top), top]
        bids, costs = [*bids, *over], costs + [costs[-1]] * len(over)
        bends.append(np.zeros((len(over), bends[0].shape[1] if bends else 1)))
    ordered = np.maximum.accumulate(np.array(costs))
    return InverseCurve(
        reach=inverse.high, bids=np.array(bids), anchors=np.array(bids[:-1]), powers=np.ones(len(bids) - 1, dtype=np.int64),
        costs=ordered, bends=np.concatenate(bends),
    )  # fmt: skip


def _cells(inverse: _Inverse, start: float, end: float, solver: PriceCollocation) -> tuple[list[float], list[float], Array]:
    """Polynomials on cells of an interval of bids, which begin at knots of laws and are cut until they are as good as asked for:
    ends, costs there, and bends."""
    first, last = inverse(np.array([start, end]))[0]
    own = {inverse.meets(knot, start, end): knot for knot in inverse.knots if first < knot < last}
    knots = sorted({*own, *(knot for other in inverse.others for knot in other.knots if start < knot < end)})
    cells = [(u, v, k == 0) for k, (u, v) in enumerate(pairwise([start, *knots, end]))]
    extent, degree = end - start, solver.degree
    while True:
        errors = [_error(inverse, degree, u, v) for u, v, _ in cells]
        limit = solver.tolerance * extent
        worst = {k for k, e in enumerate(errors) if e > max(limit / (2 * len(cells)), 0.02 * max(errors))}
        worst = {k for k in worst if cells[k][1] - cells[k][0] > LEAST * extent}
        if sum(errors) <= limit or not worst or len(cells) + len(worst) > solver.cells:
            break
        finer = []
        for k, (u, v, edge) in enumerate(cells):
            middle = u + (0.2 if edge else 0.5) * (v - u)
            finer += [(u, middle, edge), (middle, v, False)] if k in worst else [(u, v, edge)]
        cells = finer
    bounds = np.array([start, *(v for _, v, _ in cells)])
    costs = np.array([_costs(inverse, lobatto(degree), u, v) for u, v, _ in cells])[:, :, None]
    segments = [Cell(k, 0.0, 1.0, "left", 1) for k in range(len(cells))]
    supports = [(float(costs[0, 0, 0]), float(costs[-1, -1, 0]))]
    [curve] = cell_curves(supports, end, segments, (), [0], bounds, costs)
    values = [own.get(bid, cost) for bid, cost in zip(curve.bids.tolist(), curve.costs.tolist(), strict=True)]
    return curve.bids.tolist(), values, curve.bends


def _costs(inverse: _Inverse, points: Array, left: float, right: float) -> Array:
    """Costs at parameters of a cell, of those there are."""
    bids = np.where(points == 1.0, right, np.where(points == -1.0, left, left + 0.5 * (1.0 + points) * (right - left)))
    costs = inverse(bids)[0]
    return np.clip(costs, inverse.low, inverse.high)


def _error(inverse: _Inverse, degree: int, left: float, right: float) -> float:
    """What the distance from a polynomial adds to gains."""
    points, weights, inter, _ = tables(degree, degree + 9)
    bids = left + 0.5 * (1.0 + points) * (right - left)
    exact, falls = inverse(bids)
    missed = inter @ _costs(inverse, lobatto(degree), left, right) - exact
    return float(0.5 * (right - left) * (weights * np.abs(missed * falls)).sum())
