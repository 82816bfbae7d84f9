r"""Collocation of the first-order conditions where several bids win: cells, equations, Newton's method.

Unknown are the costs $\varphi_i$ at the Chebyshev-Lobatto points of every cell, shared where cells meet, and the bids at which
segments begin: the lowest bid, and those at which a late prover enters or a cost passes a knot of its prior. With
$\eta_{ij}=-\partial X_i/\partial p_j\cdot f_j(\varphi_j)/X_i$ the equations, at the Gauss points of every cell, are
$(b-\varphi_i)\sum_{j\ne i}\eta_{ij}\,\varphi_j'=b'$ in the cell's parameter. They hold point by point, so that differences of the
$\eta$ at each point give the whole Jacobian.
Bids and costs are counted from the highest bid, so that gaps keep their digits where they close.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from equilibria._award_laws import Law, twins
from equilibria._award_odds import AwardOdds
from equilibria._bid_cells import Array, Break, Cell, Indices, assembled, matrices, solve_linear, tables

if TYPE_CHECKING:
    from scipy.sparse import csc_array

STEPS = 20
"""Newton steps after which the start is given up."""

NOISE = 1e-11
"""The size of weighted residuals below which they are rounding where a step does not halve them."""

NUDGE = 1e-6
"""Of a cost, as a share of its distance to the nearer end of its support, to take differences."""


class AwardEquations:
    """The equations on given cells.

    Arguments:
        laws: priors, with supports that begin together.
        odds: what bids are awarded; several with weights are averaged, for continuation.
        top: the highest bid, from which all bids and costs below are counted.
        cells: from the lowest bid up.
        breaks: of the segments but the first.
        degree: of the polynomials.
        hidden: laws of those whose bids are known, their costs: a reserve that nobody knows, provers who tell the truth;
            `odds` count them as more that bid, last.
    """

    def __init__(
        self, laws: Sequence[Law], odds: Sequence[tuple[float, AwardOdds]], top: float, cells: Sequence[Cell],
        breaks: Sequence[Break], degree: int, hidden: Sequence[Law] = (),
    ) -> None:
        self.hidden = hidden
        self.laws, self.odds, self.top, self.cells, self.breaks, self.degree = laws, odds, top, cells, breaks, degree
        self.lows = np.array([law.support[0] for law in laws]) - top
        self.ends = np.minimum(0.0, np.array([law.support[1] for law in laws]) - top)
        self.segment = np.array([cell.segment for cell in cells])
        entries, alike = {b.prover: k + 1 for k, b in enumerate(breaks) if b.entry}, twins(laws, odds[0][1])
        self.first = [int(np.argmax(self.segment >= entries.get(alike[i], 0))) for i in range(len(laws))]
        nodes = np.arange(len(cells))[:, None] * degree + np.arange(degree + 1)
        self.index = np.full((*nodes.shape, len(laws)), -1)
        size = 0
        for i, cell in enumerate(self.first):
            self.index[cell:, :, i] = nodes[cell:] - nodes[cell, 0] + size
            size = int(self.index[-1, -1, i]) + 1
        self.active = self.index[:, 0, :] >= 0
        self.starts = size + np.arange(len(breaks) + 1)
        self.size = int(self.starts[-1]) + 1

    def pack(self, costs: Array, starts: Array) -> Array:
        """Unknowns from costs at the nodes, shape (cell, node, prover), and the bids at which segments begin."""
        x, known = np.empty(self.size), self.index >= 0
        x[self.index[known]] = costs[known]
        x[self.starts] = starts
        return x

    def costs(self, x: Array) -> Array:
        """Costs at the nodes, the lowest ones before a prover's entry."""
        return np.where(self.index >= 0, x[np.maximum(self.index, 0)], self.lows)

    def bids(self, x: Array, points: Array) -> tuple[Array, Array]:
        """Bids at parameters of every cell, and their derivatives."""
        bounds = np.append(x[self.starts], 0.0)
        shares, rates = (np.array(part) for part in zip(*(cell.share(points) for cell in self.cells), strict=True))
        left, right = bounds[self.segment][:, None], bounds[self.segment + 1][:, None]
        return left + (right - left) * shares, (right - left) * rates

    def chances(self, costs: Array, bids: Array, only: int | None = None) -> Array:
        """For each prover the chances to bid below and above, and the density of its costs; shape (3, prover, cell, point).

        Those whose bids are known come last; their costs are the bids.
        """
        rows = []
        for i in range(len(self.laws)) if only is None else (only,):
            law, c = self.laws[i], self.top + costs[:, :, i]
            rows.append((law.cdf(c), law.survival(c), law.pdf(c)))
        for hidden in self.hidden if only is None else ():
            b = self.top + bids
            rows.append((hidden.cdf(b), hidden.survival(b), hidden.pdf(b)))
        return np.moveaxis(np.array(rows), 1, 0)

    def awards(self, chances: Array) -> tuple[Array, Array]:
        """Expected awards, shape (cell, point, prover), and the slopes eta, one more axis for the rival."""
        n = chances.shape[1]
        below, above, density = chances.reshape(3, n, -1)
        expected, slopes = np.zeros_like(below), np.zeros((n, *below.shape))
        for weight, odds in self.odds:
            some, more = odds.evaluate(below, above)
            expected += weight * some
            slopes += weight * more
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            eta = slopes * density / expected[:, None]
        eta = np.where(np.isfinite(eta), eta, 0.0)
        shape = chances.shape[2:]
        return expected.T.reshape(*shape, n), np.moveaxis(eta, -1, 0).reshape(*shape, n, n)

    def equations(self, x: Array, jacobian: bool) -> tuple[Array, Array | csc_array, bool]:
        """Residuals, their Jacobian, and whether every cost lies in its support and below its bid."""
        points, _, inter, deriv = tables(self.degree, self.degree)
        costs, bounds = self.costs(x), np.append(x[self.starts], 0.0)
        b, db = self.bids(x, points)
        c, dc = np.einsum("kl,cli->cki", inter, costs), np.einsum("kl,cli->cki", deriv, costs)
        highs = np.array([law.support[1] for law in self.laws]) - self.top
        slack = -0.02 * self.lows.min()
        on = np.broadcast_to(self.active[:, None, :], c.shape)
        fine = bool((c > self.lows - slack)[on].all() and (c < highs)[on].all() and (b[:, :, None] > c)[on].all())
        fine = fine and bool((np.diff(bounds) > 0.0).all())
        c, db = np.clip(c, self.lows, highs), np.where(db > 0.0, db, np.inf)
        pace = dc / db[:, :, None]
        chances = self.chances(c, b)
        eta = self.awards(chances)[1]
        gap, rivals = b[:, :, None] - c, self._pressure(eta, pace)
        others = rivals + self._secrecy(eta)
        tail, tail_rows = self._conditions(costs, bounds, jacobian)
        values = np.concatenate([(gap * others - 1.0)[on], tail])
        if not jacobian:
            return values, values, fine
        n = len(self.laws)
        row = np.full(gap.shape, -1)
        row[on] = np.arange(np.count_nonzero(on))
        entries: list[tuple[Indices, Indices, Array]] = []
        for j in range(n):
            nudge = NUDGE * np.minimum(c[:, :, j] - self.lows[j], highs[j] - c[:, :, j])
            moved = c.copy()
            moved[:, :, j] += nudge
            altered = chances.copy()
            altered[:, j : j + 1] = self.chances(moved, b, j)
            new = self.awards(altered)[1]
            changed = self._pressure(new, pace) + self._secrecy(new) - others
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.where(nudge[:, :, None] > 0.0, gap * changed / nudge[:, :, None], 0.0)
            slope[:, :, j] -= others[:, :, j]
            lead = gap * eta[:, :, :n, j] / db[:, :, None]
            block = slope[:, :, :, None] * inter[:, None, :] + lead[:, :, :, None] * deriv[:, None, :]
            entries.append((row[:, :, :, None], self.index[:, None, None, :, j], block))
        shares = np.array([cell.share(points)[0] for cell in self.cells])[:, :, None]
        lengths = np.maximum(np.diff(bounds), 1e-300)
        stretch, push = gap * rivals / lengths[self.segment][:, None, None], others
        if self.hidden:
            nudge = -NUDGE * float(self.lows.min())
            altered = self.chances(c, b - nudge)
            new = self.awards(altered)[1]
            push = others + gap * (others - self._pressure(new, pace) - self._secrecy(new)) / nudge
        entries.append((row, self.starts[self.segment][:, None, None], (1.0 - shares) * push + stretch))
        inner = self.segment < len(self.breaks)
        after = self.starts[np.minimum(self.segment + 1, len(self.breaks))][inner][:, None, None]
        entries.append((row[inner], after, (shares * push - stretch)[inner]))
        r, q = np.nonzero(tail_rows)
        entries.append(((r + len(values) - len(tail)).astype(np.int64), q.astype(np.int64), tail_rows[r, q]))
        rows, columns = (
            np.concatenate([np.broadcast_to(e[m], e[2].shape).ravel() for e in entries]).astype(np.int64) for m in (0, 1)
        )
        known, all_values = (rows >= 0) & (columns >= 0), np.concatenate([e[2].ravel() for e in entries])
        return values, assembled(self.size, rows[known], columns[known], all_values[known]), fine

    def _pressure(self, eta: Array, pace: Array) -> Array:
        """How fast rivals take awards away, as costs move with bids."""
        n = len(self.laws)
        return np.asarray(np.einsum("ckij,ckj->cki", eta[:, :, :n, :n], pace))

    def _secrecy(self, eta: Array) -> Array | float:
        """How fast those whose bids are known take awards away."""
        n = len(self.laws)
        return np.asarray(eta[:, :, :n, n:].sum(axis=-1)) if self.hidden else 0.0

    def _conditions(self, costs: Array, bounds: Array, jacobian: bool) -> tuple[Array, Array]:
        """Every prover begins at its lowest cost; costs pass knots where segments begin; the top is met, on the whole."""
        n = len(self.laws)
        values = [float(costs[cell, 0, i] - self.lows[i]) for i, cell in enumerate(self.first)]
        values.append(float(np.sum(costs[-1, -1] - self.ends)))
        rows = np.zeros((n + 1 + len(self.breaks), self.size if jacobian else 0))
        if jacobian:
            rows[np.arange(n), [self.index[cell, 0, i] for i, cell in enumerate(self.first)]] = 1.0
            rows[n, self.index[-1, -1]] = 1.0
        for k, b in enumerate(self.breaks):
            cell = int(np.argmax(self.segment > k))
            if b.prover < 0:
                values.append(float(bounds[k + 1] + self.top - b.cost))
                if jacobian:
                    rows[n + 1 + k, self.starts[k + 1]] = 1.0
                continue
            if b.entry:
                values.append(self._entry(costs, bounds, k, b.prover, rows[n + 1 + k]))
                continue
            values.append(float(costs[cell, 0, b.prover] + self.top - b.cost))
            if jacobian:
                rows[n + 1 + k, self.index[cell, 0, b.prover]] = 1.0
        return np.array(values), rows

    def _entry(self, costs: Array, bounds: Array, k: int, prover: int, row: Array) -> float:
        """At its entry a prover of the lowest cost is indifferent to how fast awards fall just below: fills its row."""
        cell = int(np.argmax(self.segment > k)) - 1
        slope = matrices(self.degree, np.ones(1))[1][0]
        length = bounds[k + 1] - bounds[k]
        speed = length * float(self.cells[cell].share(np.ones(1))[1][0])
        b, c, dc = bounds[k + 1], costs[cell, -1:][None], slope @ costs[cell] / speed

        def others(at: Array, bid: float) -> tuple[float, float, Array]:
            eta = self.awards(self.chances(at, np.full((1, 1), bid)))[1]
            rivals, hidden = self._pressure(eta, dc[None, None])[0, 0, prover], self._secrecy(eta)
            return rivals, rivals + (hidden if isinstance(hidden, float) else hidden[0, 0, prover]), eta[0, 0, prover]

        rivals, total, eta = others(c, b)
        gap = b - self.lows[prover]
        if len(row):
            nudge = -NUDGE * float(self.lows.min())
            for j in np.flatnonzero(self.active[cell]):
                moved = c.copy()
                moved[0, 0, j] -= nudge
                row[self.index[cell, -1, j]] += gap * (total - others(moved, b)[1]) / nudge
                row[self.index[cell, :, j]] += gap * eta[j] * slope / speed
            row[self.starts[k + 1]] += total + gap * (total - others(c, b - nudge)[1]) / nudge - gap * rivals / length
            row[self.starts[k]] += gap * rivals / length
        return float(gap * total - 1.0)

    def solve(self, x: Array, tolerance: float) -> Array | None:
        """Newton's method with step halving; None where it does not converge from `x`."""
        points, _, inter, _ = tables(self.degree, self.degree)
        costs = np.maximum(np.einsum("kl,cli->cki", inter, self.costs(x)), self.lows)
        wins = self.awards(self.chances(costs, self.bids(x, points)[0]))[0][:, :, : len(self.laws)]
        on = np.broadcast_to(self.active[:, None, :], wins.shape)
        weights = np.concatenate([np.maximum(wins[on], 1e-14), np.ones(len(self.laws) + 1 + len(self.breaks))])
        values, matrix, _ = self.equations(x, True)
        for _ in range(STEPS):
            try:
                step = solve_linear(matrix, -values)
            except (np.linalg.LinAlgError, RuntimeError):  # singular
                return None
            with np.errstate(over="ignore"):
                share, size = 1.0, float(np.linalg.norm(weights * values))
            while True:
                moved = x + share * step
                found, _, fine = self.equations(moved, False)
                with np.errstate(over="ignore"):
                    left = float(np.linalg.norm(weights * found))
                if fine and (left < (1.0 - 0.25 * share) * size or size < 1e-9):
                    break
                share *= 0.5
                if share < 1e-3:
                    return None
            x = moved
            settled = np.abs(step).max() <= tolerance * -float(self.lows.min()) or 0.5 * size < left < NOISE
            if share == 1.0 and settled:
                return x
            values, matrix, _ = self.equations(x, True)
        return None

    def errors(self, x: Array) -> Array:
        """What the residuals on each cell add to the gains of each prover, in doubles; shape (cell, prover)."""
        points, weights, inter, deriv = tables(self.degree, self.degree + 9)
        costs = self.costs(x)
        b, db = self.bids(x, points)
        c, dc = np.einsum("kl,cli->cki", inter, costs), np.einsum("kl,cli->cki", deriv, costs)
        wins, eta = self.awards(self.chances(np.maximum(c, self.lows), b))
        pressure = self._pressure(eta, dc) + self._secrecy(eta) * db[:, :, None]
        residual = wins[:, :, : len(self.laws)] * (db[:, :, None] - (b[:, :, None] - c) * pressure)
        return np.asarray(np.einsum("k,cki->ci", weights, np.abs(np.where(self.active[:, None, :], residual, 0.0))))
