r"""One alone that may set a uniform price, while all others bid their costs: its inverse bid in closed form.

The first-order condition has no slopes of other inverse bids, so that $\varphi=b-R/(-X')$. Utility of a cost $c$ rises in the
bid where $\varphi<c$, as $u_b=-X'(c-\varphi)$. Where $\varphi$ rises, whatever it is below the lowest cost, bids follow it
from there on; at a reserve all costs above $\varphi$ bid the reserve.
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
"""Bids on which it is seen where inverse bids rise."""

LEAST = 1e-7
"""The smallest cell beside the lowest bid, as a share of the bids."""


EDGE = 1e-12
"""Of the bids, a share in which costs bid that are not worth a bid apart."""


class _Inverse:
    """The cost that makes a bid best."""

    def __init__(self, others: Sequence[Distribution], odds: AwardOdds, law: Distribution, top: float) -> None:
        self.others, self.odds, self.top = others, odds, top
        self.low, self.high = law.support[0], min(law.support[1], top)

    def __call__(self, bids: Array) -> tuple[Array, Array]:
        """Costs at bids below the highest one, and how fast a higher bid loses awards."""
        none = np.zeros(bids.shape)
        below, above, density = (
            np.array([start, *(getattr(law, name)(bids) for law in self.others)])
            for start, name in ((none, "cdf"), (none + 1.0, "survival"), (none, "pdf"))
        )
        own, slopes = self.odds.evaluate(below, above)
        falls = (slopes[0] * density).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            costs = np.where((own[0] == 0.0) & (falls == 0.0), bids, bids - own[0] / falls)
        return costs, np.asarray(falls)

    def meets(self, level: float, left: float, right: float) -> float:
        """The bid between two at which the cost passes a level."""
        for _ in range(200):
            middle = left + 0.5 * (right - left)
            if not left < middle < right:
                break
            if self(np.array([middle]))[0][0] < level:
                left = middle
            else:
                right = middle
        return right


def lone_curve(
    law: Distribution, others: Sequence[Distribution], odds: AwardOdds, top: float, solver: PriceCollocation
) -> InverseCurve:
    """The strategy of one prover among those who bid their costs.

    Raises:
        SolverFailure: bids would jump, or nobody is in front of it at any bid.
    """
    inverse = _Inverse(others, odds, law, top)
    begin = min(other.support[0] for other in others)
    bids = np.linspace(begin, top, GRID)[1:-1]
    costs = inverse(bids)[0]
    if (costs <= inverse.low).all():
        return _asking(inverse, begin)
    below = np.flatnonzero(costs < inverse.low)
    first = int(below[-1]) + 1 if len(below) else 0
    over = np.flatnonzero(costs[first:] >= inverse.high)
    last = first + int(over[0]) if len(over) else len(bids)
    slack = 1e-9 * (top - begin)
    falls = np.diff(np.clip(costs, inverse.low, inverse.high)) < -slack
    if falls.any():
        raise SolverFailure(
            f"the cost for which a bid of about {bids[np.argmax(falls)]:.4g} is best falls in the bid: bids jump there, which is "
            "not searched. Use smoother laws, or another reserve."
        )
    start = inverse.meets(inverse.low, bids[first - 1], bids[first]) if first else begin
    end = top
    if len(over) and law.support[1] < top:
        end = inverse.meets(inverse.high, bids[last - 1], bids[last])
    knots = sorted({knot for other in others for knot in other.knots if start < knot < end})
    return _curve(inverse, [start, *knots, end], solver)


def _asking(inverse: _Inverse, begin: float) -> InverseCurve:
    """The highest bid at any cost."""
    bids = np.array([inverse.top - EDGE * (inverse.top - begin), inverse.top])
    return InverseCurve(
        reach=inverse.high, bids=bids, anchors=bids[:1], powers=np.ones(1, dtype=np.int64),
        costs=np.full(2, inverse.low), bends=np.zeros((1, 1)),
    )  # fmt: skip


def _curve(inverse: _Inverse, points: list[float], solver: PriceCollocation) -> InverseCurve:
    """Polynomials on cells between points, cut until they are as good as asked for."""
    cells = [(u, v, k == 0) for k, (u, v) in enumerate(pairwise(points))]
    extent, degree = points[-1] - points[0], solver.degree
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
    bounds = np.array([cells[0][0], *(v for _, v, _ in cells)])
    costs = np.array([_costs(inverse, lobatto(degree), u, v) for u, v, _ in cells])[:, :, None]
    segments = [Cell(k, 0.0, 1.0, "left", 1) for k in range(len(cells))]
    reach = float(costs[-1, -1, 0])
    first = float(costs[0, 0, 0])
    [curve] = cell_curves([(first, reach)], points[-1], segments, (), [0], bounds, costs)
    bids, ends, bends = [curve.bids], [curve.costs], [curve.bends]
    if first > inverse.low:  # lower costs bid next to nothing less, which nobody is in front of
        bids.insert(0, bids[0][:1] - EDGE * extent)
        ends.insert(0, np.array([inverse.low]))
        bends.insert(0, np.zeros_like(curve.bends[:1]))
    if points[-1] < inverse.top:  # which all costs are below
        bids.append(np.array([inverse.top]))
        ends.append(np.array([reach]))
        bends.append(np.zeros_like(curve.bends[:1]))
    everywhere = np.concatenate(bids)
    return InverseCurve(
        reach=inverse.high, bids=everywhere, anchors=everywhere[:-1], powers=np.ones(len(everywhere) - 1, dtype=np.int64),
        costs=np.concatenate(ends), bends=np.concatenate(bends),
    )  # fmt: skip


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
