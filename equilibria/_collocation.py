r"""Collocation of the first-order conditions of a pay-as-bid auction: cells, equations, Newton's method.

Unknown are the costs $\varphi_i$ at the Chebyshev-Lobatto points of every cell, shared where cells meet, and the bids at which
the *segments* begin: the lowest bid, the entry of a late prover, the bid at which a cost passes a knot of its prior. With the
hazards $\lambda_j=f_j/(1-F_j)$ the equations, at the Gauss points of every cell and for every prover that bids there, are
$(b-\varphi_i)\sum_{j\ne i}\lambda_j(\varphi_j)\,\varphi_j'=b'$ in the cell's parameter, which stays bounded at both ends.
Bids and costs are counted from the highest bid, so that gaps keep their digits where they close.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from equilibria._bid_cells import Array, Break, Cell, Indices, assembled, end_slope, solve_linear, tables
from equilibria._costs_below import CostsBelow, hazards
from mechanisms.distributions import Distribution

if TYPE_CHECKING:
    from scipy.sparse import csc_array

STEPS = 40
"""Newton steps after which the start is given up."""


@dataclass(frozen=True, slots=True)
class Residuals:
    """The equations at some unknowns, and what their Jacobian is made of.

    Arguments:
        x: the unknowns.
        costs: at the nodes of every cell, shape (cell, node, prover).
        db: the derivative of the bids at the points of every cell.
        c, dc: costs at the points and their derivatives, shape (cell, point, prover); as all below.
        density, survival, hazard: of the costs.
        others: how fast the hazards of all rivals are used up, per unit of bid.
        gap: from the cost to the bid.
        values: the residuals.
        fine: whether every cost is below its bid and in its support, and every segment has a length.
    """

    x: Array
    costs: Array
    db: Array
    c: Array
    dc: Array
    density: Array
    survival: Array
    hazard: Array
    others: Array
    gap: Array
    values: Array
    fine: bool


class Collocation:
    """The equations on given cells.

    Arguments:
        laws: priors.
        top: the highest bid, from which all bids and costs below are counted.
        ends: the cost of every prover at the highest bid.
        cells: from the lowest bid up.
        breaks: of the segments but the first.
        degree: of the polynomials.
        strong: the prover whose support alone ends below the highest bid. On the last cell, where it is outbid with next to
            certainty, its costs run along a line, and so do its rivals' but one's, whose costs keep its last type indifferent.
    """

    def __init__(
        self, laws: Sequence[Distribution], top: float, ends: Array, cells: Sequence[Cell], breaks: Sequence[Break], degree: int,
        strong: int | None = None,
    ) -> None:
        self.strong = strong
        replaced = [] if strong is None else [i for i in range(len(laws)) if i != strong]
        self.lines = list(zip(replaced, [strong, *replaced[1:]], strict=True)) if strong is not None else []
        self.laws, self.top, self.ends, self.cells, self.breaks, self.degree = laws, top, ends, cells, breaks, degree
        self.lows = np.array([law.support[0] for law in laws]) - top
        self.highs = np.array([law.support[1] for law in laws]) - top
        starts = [float(law.pdf(np.float64(law.support[0]))) for law in laws]
        self.slack = np.where(np.isfinite(starts), -0.02 * self.lows.min(), 0.0)
        self.costs_of = [CostsBelow(law, top) for law in laws]
        self.segment = np.array([cell.segment for cell in cells])
        entries = {b.prover: k + 1 for k, b in enumerate(breaks) if b.entry}
        self.first = [int(np.argmax(self.segment >= entries.get(i, 0))) for i in range(len(laws))]
        count, n = len(cells), len(laws)
        self.index = np.full((count, degree + 1, n), -1)
        size = 0
        for c in range(count):
            for i in range(n):
                if c < self.first[i]:
                    continue
                shared = c > self.first[i]
                if shared:
                    self.index[c, 0, i] = self.index[c - 1, -1, i]
                self.index[c, shared:, i] = np.arange(size, size + degree + (not shared))
                size += degree + (not shared)
        self.active = self.index[:, 0, :] >= 0
        self.on = np.broadcast_to(self.active[:, None, :], (count, degree, n))
        self.bidding = [np.flatnonzero(self.active[:, i]) for i in range(n)]
        self.starts = np.arange(size, size + len(breaks) + 1)
        self.size = size + len(breaks) + 1

    def pack(self, costs: Array, starts: Array) -> Array:
        """Unknowns from costs at the nodes, shape (cell, node, prover), and the bids at which segments begin."""
        x = np.empty(self.size)
        known = self.index >= 0
        x[self.index[known]] = costs[known]
        x[self.starts] = starts
        return x

    def unpack(self, x: Array) -> tuple[Array, Array]:
        """Costs at the nodes, and the bids between segments, the highest bid included."""
        costs = np.where(self.index >= 0, x[np.maximum(self.index, 0)], self.lows)
        return costs, np.append(x[self.starts], 0.0)

    def bids(self, x: Array, points: Array) -> tuple[Array, Array]:
        """Bids at parameters of every cell, and their derivatives."""
        bounds = np.append(x[self.starts], 0.0)
        shares, rates = (np.array(part) for part in zip(*(cell.share(points) for cell in self.cells), strict=True))
        left, right = bounds[self.segment][:, None], bounds[self.segment + 1][:, None]
        return left + (right - left) * shares, (right - left) * rates

    def chances(self, costs: Array) -> tuple[Array, Array]:
        """Densities and survivals of the costs, shape (cell, point, prover); 0 and 1 where a prover does not bid."""
        density, survival = np.zeros_like(costs), np.ones_like(costs)
        for i, on in enumerate(self.bidding):
            density[on, :, i], survival[on, :, i] = self.costs_of[i].chances(costs[on, :, i])
        return density, survival

    def equations(self, x: Array) -> Residuals:
        """Residuals, and whether every cost is below its bid and every segment has a length."""
        points, _, inter, deriv = tables(self.degree, self.degree)
        costs, bounds = self.unpack(x)
        b, db = self.bids(x, points)
        db = np.where(db > 0.0, db, np.inf)
        c, dc = inter @ costs, deriv @ costs
        density, survival = self.chances(c)
        hazard = hazards(density, survival)
        rate = hazard * dc
        others = (rate.sum(axis=2, keepdims=True) - rate) / db[:, :, None]
        gap = b[:, :, None] - c
        inside = (c > self.lows - self.slack) & (c < self.highs)
        above = gap > 0.0
        if self.strong is not None:
            above[-1] |= np.arange(len(self.laws)) != self.strong
        fine = bool(np.all((above & inside)[self.on]) and np.all(np.diff(bounds) > 0.0))
        found = gap * others - 1.0
        for i, j in self.lines:
            found[-1, :, i] = c[-1, :, j] - 0.5 * ((1.0 - points) * costs[-1, 0, j] + (1.0 + points) * self.ends[j])
        tail, _ = self._conditions(x, costs, False)
        values = np.concatenate([found[self.on], tail])
        return Residuals(x, costs, db, c, dc, density, survival, hazard, others, gap, values, fine)

    def jacobian(self, at: Residuals) -> Array | csc_array:
        """The derivatives of the residuals."""
        points, _, inter, deriv = tables(self.degree, self.degree)
        n, own = len(self.laws), np.zeros((len(self.cells), len(points), len(self.laws), self.degree + 1))
        for j, on in enumerate(self.bidding):
            h = at.hazard[on, :, j]
            slope = self.costs_of[j].slope(at.c[on, :, j], at.density[on, :, j], h) * at.dc[on, :, j]
            own[on, :, j] = (h[:, :, None] * deriv + slope[:, :, None] * inter) / at.db[on, :, None]
        blocks = at.gap[:, :, :, None, None] * own[:, :, None]
        blocks[:, :, np.arange(n), np.arange(n)] = -at.others[..., None] * inter[:, None, :]
        stretch = at.gap * at.others / np.diff(np.append(at.x[self.starts], 0.0))[self.segment][:, None, None]
        shares = np.array([cell.share(points)[0] for cell in self.cells])[:, :, None]
        ends = np.stack([(1.0 - shares) * at.others + stretch, shares * at.others - stretch], axis=-1)
        for i, j in self.lines:
            blocks[-1, :, i], ends[-1, :, i] = 0.0, 0.0
            blocks[-1, :, i, j] = inter - 0.5 * (1.0 - points)[:, None] * np.eye(self.degree + 1)[0]
        rows, columns, kept, kept_ends = self._pattern
        tail = self._conditions(at.x, at.costs, True)[1]
        r, q = np.nonzero(tail)
        rows, columns = np.append(rows, r + self.size - len(tail)), np.append(columns, q)
        return assembled(self.size, rows, columns, np.concatenate([blocks[kept], ends[kept_ends], tail[r, q]]))

    @cached_property
    def _pattern(self) -> tuple[Indices, Indices, NDArray[np.bool_], NDArray[np.bool_]]:
        """Rows and columns of the Jacobian but its tail, and which blocks and ends they are of."""
        shape = len(self.cells), self.degree, len(self.laws)
        row = np.full(shape, -1)
        row[self.on] = np.arange(np.count_nonzero(self.on))
        index, next_start = np.moveaxis(self.index, 1, 2)[:, None, None], np.append(self.starts[1:], -1)
        columns = np.stack([self.starts[self.segment], next_start[self.segment]], axis=-1)[:, None, None]
        found = []
        for rows, of in ((row[..., None, None], index), (row[..., None], columns)):
            kept = (rows >= 0) & (of >= 0)
            found.append((np.broadcast_to(rows, kept.shape)[kept], np.broadcast_to(of, kept.shape)[kept], kept))
        (r, c, kept), (more_r, more_c, kept_ends) = found
        return np.append(r, more_r), np.append(c, more_c), kept, kept_ends

    def _conditions(self, x: Array, costs: Array, jacobian: bool) -> tuple[Array, Array]:
        """Every prover begins at its lowest cost; each break is where it should be; the top is met, on the whole."""
        n = len(self.laws)
        values: list[float] = []
        rows = np.zeros((n + 1 + len(self.breaks), self.size if jacobian else 0))
        for i in range(n):
            values.append(float(costs[self.first[i], 0, i] - self.lows[i]))
            if jacobian:
                rows[i, self.index[self.first[i], 0, i]] = 1.0
        values.append(float(np.sum(costs[-1, -1] - self.ends)))
        if jacobian:
            rows[n, self.index[-1, -1]] = 1.0
        for k, b in enumerate(self.breaks):
            cell = int(np.argmax(self.segment > k))
            if not b.entry:
                values.append(float(costs[cell, 0, b.prover] + self.top - b.cost))
                if jacobian:
                    rows[n + 1 + k, self.index[cell, 0, b.prover]] = 1.0
                continue
            values.append(self._entry(x, costs, cell - 1, k, b.prover, rows[n + 1 + k]))
        return np.array(values), rows

    def _entry(self, x: Array, costs: Array, cell: int, k: int, prover: int, row: Array) -> float:
        """At its entry a prover of the lowest cost is indifferent to its rivals' hazards below: fills the row of the Jacobian."""
        last, deriv = np.eye(self.degree + 1)[-1], end_slope(self.degree)
        moving = deriv @ costs[cell]
        _, speed = self.cells[cell].share(np.array([1.0]))
        bounds = np.append(x[self.starts], 0.0)
        length, gap = bounds[k + 1] - bounds[k], bounds[k + 1] - self.lows[prover]
        pace = float(length * speed[0]) if length > 0.0 else math.inf
        total = 0.0
        for j in np.flatnonzero(self.active[cell]):
            cost = costs[cell, -1:, j]
            density, survival = self.costs_of[j].chances(cost)
            hazard = hazards(density, survival)
            total += float(hazard[0]) * moving[j] / pace
            if len(row):
                slope = self.costs_of[j].slope(cost, density, hazard)
                row[self.index[cell, :, j]] += gap * (hazard * deriv + slope * moving[j] * last) / pace
        if len(row):
            row[self.starts[k + 1]] += total - gap * total / length
            row[self.starts[k]] += gap * total / length
        return float(gap * total - 1.0)

    def solve(self, x: Array, tolerance: float, most: float = math.inf) -> Array | None:
        """Newton's method with step halving; None where it does not converge from `x`, or is at it after `most` trials."""
        at, trials = self.equations(x), 0
        weights = self._weights(at.survival)
        for _ in range(STEPS):
            try:
                step = solve_linear(self.jacobian(at), -at.values)
            except (np.linalg.LinAlgError, RuntimeError):  # singular
                return None
            share, size, before = 1.0, float(np.linalg.norm(weights * at.values)), math.nan
            while True:
                moved, trials = self.equations(at.x + share * step), trials + 1
                less = 1.0 - 0.25 * share
                if moved.fine:
                    if np.linalg.norm(weights * moved.values) < less * size or size < 1e-10:
                        break
                    # on cells next to an end the norm may be all rounding; what counts are the gains that residuals add up to
                    before = float(self.errors(at.x).sum()) if math.isnan(before) else before
                    if float(self.errors(moved.x).sum()) < less * before:
                        break
                share *= 0.5
                if share < 1e-3 or trials >= most:
                    return None
            at = moved
            if share == 1.0 and np.abs(step).max() <= tolerance:
                return at.x
        return None

    def _weights(self, survival: Array) -> Array:
        """How much each equation matters: by the chance to win with that bid, but for the lines of the last cell."""
        wins = _but_one(survival)
        if self.strong is not None:
            wins[-1] = 1.0
        return np.concatenate([np.maximum(wins[self.on], 1e-14), np.ones(len(self.laws) + 1 + len(self.breaks))])

    def errors(self, x: Array) -> Array:
        """What the residuals on each cell add to the gains of each prover, in doubles; shape (cell, prover)."""
        points, weights, inter, deriv = tables(self.degree, self.degree + 9)
        costs, _ = self.unpack(x)
        b, db = self.bids(x, points)
        c, dc = inter @ costs, deriv @ costs
        density, survival = self.chances(c)
        rate = hazards(density, survival) * dc
        residual = db[:, :, None] - (b[:, :, None] - c) * (rate.sum(axis=2, keepdims=True) - rate)
        gains = np.einsum("k,cki->ci", weights, np.abs(_but_one(survival) * residual))
        return np.where(self.active, gains, 0.0)


def _but_one(survival: Array) -> Array:
    """The chance that all rivals of each prover bid higher: products of the survivals of all others, on the last axis."""
    return np.stack([np.prod(np.delete(survival, i, axis=2), axis=2) for i in range(survival.shape[2])], axis=2)
