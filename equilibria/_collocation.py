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
from typing import TYPE_CHECKING

import numpy as np

from equilibria._bid_cells import Array, Break, Cell, Indices, assembled, end_slope, solve_linear, tables
from mechanisms.distributions import Distribution

if TYPE_CHECKING:
    from scipy.sparse import csc_array

STEPS = 40
"""Newton steps after which the start is given up."""



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
        self.laws, self.top, self.ends, self.cells, self.breaks, self.degree = laws, top, ends, cells, breaks, degree
        self.lows = np.array([law.support[0] for law in laws]) - top
        self.highs = np.array([law.support[1] for law in laws]) - top
        starts = [float(law.pdf(np.float64(law.support[0]))) for law in laws]
        self.slack = np.where(np.isfinite(starts), -0.02 * self.lows.min(), 0.0)
        self.vanishing = np.array(starts) == 0.0
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

    def hazards(self, costs: Array) -> tuple[Array, Array]:
        """Hazards of the costs, shape (cell, point, prover), and their derivatives; 0 where a prover does not bid."""
        hazard, slope = np.zeros_like(costs), np.zeros_like(costs)
        for i in range(len(self.laws)):
            on = self.active[:, i]
            hazard[on, :, i], slope[on, :, i] = self.hazard(i, costs[on, :, i])
        return hazard, slope

    def hazard(self, prover: int, costs: Array) -> tuple[Array, Array]:
        """Hazards of one prover's costs, and their derivatives; what vanishes at the lowest cost is mirrored there, so that
        Newton's method may pass it on its way."""
        law = self.laws[prover]
        low, high = law.support
        c = self.top + costs
        below = self.vanishing[prover] & (c < low)
        c = np.clip(np.where(below, 2.0 * low - c, c), low, high)
        step = 1e-4 * np.minimum(c - low, high - c)
        density = law.pdf(c)
        with np.errstate(divide="ignore", invalid="ignore"):
            h = density / law.survival(c)
            rate = (law.pdf(c + step) - law.pdf(c - step)) / (2.0 * step) / density
        h = np.where(np.isfinite(h), h, 0.0)
        return h, np.where(below, -h, h) * (np.where(np.isfinite(rate), rate, 0.0) + h)

    def equations(self, x: Array, jacobian: bool) -> tuple[Array, Array | csc_array, bool]:
        """Residuals, their Jacobian, and whether every cost is below its bid and every segment has a length."""
        points, _, inter, deriv = tables(self.degree, self.degree)
        costs, bounds = self.unpack(x)
        b, db = self.bids(x, points)
        db = np.where(db > 0.0, db, np.inf)
        c, dc = np.einsum("kl,cli->cki", inter, costs), np.einsum("kl,cli->cki", deriv, costs)
        hazard, slope = self.hazards(c)
        rate = hazard * dc
        others = (rate.sum(axis=2, keepdims=True) - rate) / db[:, :, None]
        gap = b[:, :, None] - c
        on = np.broadcast_to(self.active[:, None, :], gap.shape)
        inside = (c > self.lows - self.slack) & (c < self.highs)
        above = gap > 0.0
        if self.strong is not None:
            above[-1] |= np.arange(len(self.laws)) != self.strong
        fine = bool(np.all(above[on]) and np.all(inside[on]) and np.all(np.diff(bounds) > 0.0))
        tail, tail_rows = self._conditions(x, costs, jacobian)
        found = gap * others - 1.0
        replaced = [] if self.strong is None else [i for i in range(len(self.laws)) if i != self.strong]
        lines = [self.strong or 0, *replaced[1:]] if replaced else []
        for i, j in zip(replaced, lines, strict=True):
            found[-1, :, i] = c[-1, :, j] - 0.5 * ((1.0 - points) * costs[-1, 0, j] + (1.0 + points) * self.ends[j])
        values = np.concatenate([found[on], tail])
        if not jacobian:
            return values, values, fine
        entries: list[tuple[Indices, Indices, Array]] = []
        row = np.full(gap.shape, -1)
        row[on] = np.arange(np.count_nonzero(on))
        own = (hazard[:, :, None, :] * deriv[:, :, None] + (slope * dc)[:, :, None, :] * inter[:, :, None]) / db[:, :, None, None]
        shares = np.array([cell.share(points)[0] for cell in self.cells])
        length = np.diff(bounds)[self.segment]
        for i in range(len(self.laws)):
            for j in range(len(self.laws)):
                both = np.flatnonzero(self.active[:, i] & self.active[:, j])
                if i in replaced:
                    both = both[both < len(self.cells) - 1]
                block = -others[both, :, i, None] * inter if i == j else gap[both, :, i, None] * own[both, :, :, j]
                entries.append((row[both, :, i][:, :, None], self.index[both, :, j][:, None, :], block))
            here = np.flatnonzero(self.active[:, i])
            if i in replaced:
                here = here[here < len(self.cells) - 1]
            k, stretch = self.segment[here], gap[here, :, i] * others[here, :, i] / length[here, None]
            entries.append((row[here, :, i], self.starts[k][:, None], (1.0 - shares[here]) * others[here, :, i] + stretch))
            inner = k < len(self.breaks)
            here, k, stretch = here[inner], k[inner], stretch[inner]
            entries.append((row[here, :, i], self.starts[k + 1][:, None], shares[here] * others[here, :, i] - stretch))
        for i, j in zip(replaced, lines, strict=True):
            line = inter - 0.5 * (1.0 - points)[:, None] * np.eye(self.degree + 1)[0]
            entries.append((row[-1, :, i][:, None], self.index[-1, :, j][None, :], line))
        r, q = np.nonzero(tail_rows)
        entries.append(((r + len(values) - len(tail)).astype(np.int64), q.astype(np.int64), tail_rows[r, q]))
        rows, columns = (
            np.concatenate([np.broadcast_to(e[m], e[2].shape).ravel() for e in entries]).astype(np.int64) for m in (0, 1)
        )
        triples = rows, columns, np.concatenate([e[2].ravel() for e in entries])
        return values, assembled(self.size, *triples), fine

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
            hazard, slope = (float(part[0]) for part in self.hazard(int(j), costs[cell, -1:, j]))
            total += hazard * moving[j] / pace
            if len(row):
                row[self.index[cell, :, j]] += gap * (hazard * deriv + slope * moving[j] * last) / pace
        if len(row):
            row[self.starts[k + 1]] += total - gap * total / length
            row[self.starts[k]] += gap * total / length
        return float(gap * total - 1.0)

    def solve(self, x: Array, tolerance: float) -> Array | None:
        """Newton's method with step halving; None where it does not converge from `x`."""
        values, matrix, _ = self.equations(x, True)
        weights = self._weights(x)
        for _ in range(STEPS):
            try:
                step = solve_linear(matrix, -values)
            except (np.linalg.LinAlgError, RuntimeError):  # singular
                return None
            share, size, before = 1.0, float(np.linalg.norm(weights * values)), math.inf
            while True:
                moved = x + share * step
                found, _, fine = self.equations(moved, False)
                less = 1.0 - 0.25 * share
                if fine and (np.linalg.norm(weights * found) < less * size or size < 1e-10):
                    break
                if share == 1.0:
                    before = float(self.errors(x).sum())
                # on cells next to an end the norm may be all rounding; what counts are the gains that residuals add up to
                if fine and float(self.errors(moved).sum()) < less * before:
                    break
                share *= 0.5
                if share < 1e-3:
                    return None
            x = moved
            if share == 1.0 and np.abs(step).max() <= tolerance:
                return x
            values, matrix, _ = self.equations(x, True)
        return None

    def _weights(self, x: Array) -> Array:
        """How much each equation matters: by the chance to win with that bid, but for the lines of the last cell."""
        inter = tables(self.degree, self.degree)[2]
        wins = self._wins(np.einsum("kl,cli->cki", inter, self.unpack(x)[0]))
        if self.strong is not None:
            wins[-1] = 1.0
        on = np.broadcast_to(self.active[:, None, :], wins.shape)
        return np.concatenate([np.maximum(wins[on], 1e-14), np.ones(len(self.laws) + 1 + len(self.breaks))])

    def _wins(self, costs: Array) -> Array:
        """The chance that all rivals of each prover bid higher, at costs of shape (cell, point, prover)."""
        survival = np.stack([np.asarray(law.survival(self.top + costs[:, :, i])) for i, law in enumerate(self.laws)], axis=2)
        return np.stack([np.prod(np.delete(survival, i, axis=2), axis=2) for i in range(len(self.laws))], axis=2)

    def errors(self, x: Array) -> Array:
        """What the residuals on each cell add to the gains of each prover, in doubles; shape (cell, prover)."""
        points, weights, inter, deriv = tables(self.degree, self.degree + 9)
        costs, _ = self.unpack(x)
        b, db = self.bids(x, points)
        c, dc = np.einsum("kl,cli->cki", inter, costs), np.einsum("kl,cli->cki", deriv, costs)
        wins = self._wins(c)
        rate = self.hazards(c)[0] * dc
        residual = wins * (db[:, :, None] - (b[:, :, None] - c) * (rate.sum(axis=2, keepdims=True) - rate))
        return np.asarray(np.einsum("k,cki->ci", weights, np.abs(np.where(self.active[:, None, :], residual, 0.0))))
