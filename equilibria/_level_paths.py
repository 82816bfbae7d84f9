r"""Values that bid alike in an all-pay auction of several buyers, followed from the highest bid down.

With $x_i=-\log F_i(\varphi_i(b))$ and $X=\sum_ix_i$, over all buyers, indifference $\varphi_i\,d\prod_{j\ne i}F_j=db$ of the $m$
that bid is $d(X-x_i)=\rho_i\,dt$ with $\rho_i=F_i/\varphi_i$, a function of $x_i$ alone, and $-db=e^{-X}dt$. So

$$ \frac{dx_i}{dX}=1-\frac{\rho_i}\sigma,\qquad\sigma=\frac1{m-1}\sum\rho_j,\qquad-\frac{db}{dX}=\frac{e^{-X}}\sigma . $$

Who does not bid keeps its $x_i$. Its next value would rather bid lower where $\rho_i>\sigma$ and higher where $\rho_i<\sigma$: it
begins to bid where the one turns into the other. Who bids and reaches $\rho_i>\sigma$ must have left before (a *forced* end).
What value $\varphi_i$ expects is $e^{-X}/\rho_i-b$.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from equilibria.hazards_of_values import hazard, value
from mechanisms import SolverFailure
from mechanisms.distributions import Distribution

__all__ = ["DEGREE", "Cell", "Levels", "Path", "Spell", "follow"]

Array = NDArray[np.float64]

DEGREE = 14
"""Of polynomials on a cell."""

NODES = np.asarray(-np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE))
SERIES = np.linalg.inv(chebyshev.chebvander(NODES, DEGREE))
INTEGRALS = 0.5 * np.column_stack([chebyshev.chebval(NODES, chebyshev.chebint(c, lbnd=-1)) for c in SERIES.T])
"""Of a function on [0, 1], from its values at the nodes."""

TABLE = 17
"""Coefficients of a panel of a table."""

POWERS = np.arange(TABLE)

COARSE = np.concatenate([np.arange(1.0, 12.0), np.arange(12.0, 92.0, 4.0)])
"""-log F between which values are tabulated, at first."""

NARROW = 1e-15
"""Distance of points between which there is no panel."""

ROUNDING = 1e-15
"""Last coefficients of a panel of logarithms that are noise."""

SLIGHT = 1e-13
"""An error of a level, as the last coefficients of a panel make one, that does not matter."""

PANELS = 2000
"""Panels that are too many to be halved once more."""

FAINT = 1e-280
"""Values below this are no numbers any more that one could divide by."""

TAIL = 1e-13
"""Size of the last coefficients on a cell, as shares, below which it is fine enough, unless said otherwise."""

SHORTEST = 1e-13
"""Of cells, which is reached where values have no series."""

CLOSE = 1e-9
"""Relative distance of rho from sigma within which a buyer does not begin: some are level for ever."""

LATE = 1e-6
"""The same beyond which a buyer must end."""

FIRST = 1e-9, 1e-2
"""How far a level has fallen since the spell began, and the relative distance, below which it need not end: where a density vanishes
at the top the level is too small for doubles to say more."""

FAR = 1e4
"""How far from fine enough a cell is that is made shorter, or longer, by much."""

LONGEST = 2.0
"""Of cells."""

UNEVEN = 1e-6
"""The first cell that is tried where values have no series."""

REST = 1e-15
"""Bids below this share of the highest are one cell."""

MOST = 1000
"""Cells of one path."""


class Levels:
    """Values of all laws by -log F, tabulated, and how many buyers have each law."""

    def __init__(self, laws: Sequence[Distribution], copies: Sequence[int]) -> None:
        self.laws, self.copies = tuple(laws), np.array(copies)
        mirrors = [law.reflected() for law in laws]
        self.knots = [np.array(sorted(float(hazard(mirror, -k)) for k in law.knots[1:-1])) for law, mirror in zip(laws, mirrors, strict=True)]
        points = -np.cos(np.pi * (np.arange(TABLE) + 0.5) / TABLE)
        series = np.linalg.inv(chebyshev.chebvander(points, TABLE - 1)).T
        edges = np.unique(np.concatenate([[0.0], *(knots[np.isfinite(knots)] for knots in self.knots), COARSE]))
        edges = edges[np.concatenate([[True], np.diff(edges) > NARROW])]
        left, right = edges[:-1], edges[1:]
        done: list[tuple[Array, Array, Array]] = []
        while len(left):
            where = left[:, None] + 0.5 * (right - left)[:, None] * (1.0 + points)
            table = np.stack([np.log(np.maximum(-value(mirror, where), FAINT)) @ series for mirror in mirrors])
            tails, slopes = np.abs(table[:, :, -2:]).max(axis=2), np.abs(table[:, :, 1])
            errors = np.where(tails < ROUNDING, 0.0, tails * (right - left) / np.maximum(slopes, FAINT)).max(axis=0)
            fine = (errors < SLIGHT) | (right - left < NARROW) | (len(left) > PANELS)
            done.append((left[fine], right[fine], table[:, fine]))
            left, right = left[~fine], right[~fine]
            centre = 0.5 * (left + right)
            left, right = np.append(left, centre), np.append(centre, right)
        starts = np.concatenate([part[0] for part in done])
        order = np.argsort(starts)
        self.edges = np.append(starts[order], edges[-1])
        self._table = np.concatenate([part[2] for part in done], axis=1)[:, order]
        self._slopes = chebyshev.chebder(self._table, axis=2)
        self._rows = np.arange(len(self.laws))[:, None]
        self._tops = np.log([law.support[1] for law in laws])[:, None]

    def logs(self, x: Array) -> Array:
        """Logarithms of values, one row a law."""
        k = np.minimum(self.edges[1:-1].searchsorted(x, side="right"), len(self.edges) - 2)
        left, right = self.edges[k], self.edges[k + 1]
        u = np.minimum(((x - left) - (right - x)) / (right - left), 1.0)
        powers = np.cos(POWERS * np.arccos(u)[..., None])
        found = np.einsum("...j,...j->...", self._table[self._rows, k], powers)
        return np.asarray(np.minimum(found, self._tops))

    def values(self, x: Array) -> Array:
        """Values, one row a law, those at knots and at the top exactly."""
        found = np.exp(self.logs(x))
        for g, law in enumerate(self.laws):
            found[g] = np.clip(found[g], *law.support)
            found[g][x[g] == 0.0] = law.support[1]
            for level, knot in zip(self.knots[g], sorted(law.knots[1:-1], reverse=True), strict=True):
                found[g][x[g] == level] = knot
        return found

    def slope(self, x: Array) -> Array:
        """The derivative of the logarithm of rho by the level, one row a law."""
        k = np.minimum(self.edges[1:-1].searchsorted(x, side="right"), len(self.edges) - 2)
        left, right = self.edges[k], self.edges[k + 1]
        u = np.minimum(((x - left) - (right - x)) / (right - left), 1.0)
        powers = np.cos(POWERS[:-1] * np.arccos(u)[..., None])
        return np.asarray(-1.0 - np.einsum("...j,...j->...", self._slopes[self._rows, k], powers) * 2.0 / (right - left))

    def rho(self, x: Array) -> Array:
        """The chance of lower values by the value, one row a law."""
        return np.asarray(np.exp(-x - self.logs(x)))

    def sigma(self, rho: Array, active: NDArray[np.bool_]) -> Array:
        """The sum of rho over buyers that bid, by their number less one; of one column of rho, or of several."""
        counted = self.copies * active
        return np.asarray(counted @ rho / (counted.sum() - 1))


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch over which buyers of one law bid, on the way down; `begin` and `end` are values of X.

    Arguments:
        law: the number of the law.
        number: of the spell, from 0 on.
        begin: where it begins.
        worth: the expected prize of its next value there.
        fallen: how far bids have fallen there.
        end: where it ends, or infinity.
        last: worth and fallen at the end.
        forced: whether it ended as the next value would have bid lower.
    """

    law: int
    number: int
    begin: float
    worth: float
    fallen: float
    end: float = np.inf
    last: tuple[float, float] = (0.0, 0.0)
    forced: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Values of X from `begin` on over a `length`: the levels x at its nodes, one row a law, and how far bids have fallen."""

    begin: float
    length: float
    x: Array
    fallen: Array
    active: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Where the path is."""

    at: float
    x: Array
    fallen: float
    length: float
    active: NDArray[np.bool_]
    lower: NDArray[np.bool_]
    begins: Array
    counts: tuple[int, ...]
    spells: tuple[Spell, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """All cells, the state before each of them, and the spells; `last` is the state at the end."""

    cells: tuple[Cell, ...]
    states: tuple[_State, ...]
    last: _State

    @property
    def spells(self) -> tuple[Spell, ...]:
        """In the order in which they begin."""
        return self.last.spells

    @property
    def height(self) -> float:
        """How far bids fall in all."""
        return self.last.fallen


def follow(
    levels: Levels,
    reserve: float,
    ends: Mapping[tuple[int, int], float],
    known: Path | None = None,
    since: float = 0.0,
    tail: float = TAIL,
) -> Path:
    """Follow the values down.

    Args:
        levels: of the laws.
        reserve: at which bids end.
        ends: where spells end, by law and number; others end where they are forced to.
        known: a path that is the same up to `since`.
        since: a value of X.
        tail: size of the last coefficients on a cell, as shares, below which it is fine enough.

    Raises:
        SolverFailure: too many cells.
    """
    walk = _Walk(levels, reserve, ends, tail)
    cells: list[Cell] = []
    states: list[_State] = []
    state = walk.start()
    if known is not None:
        kept = sum(s.at < since - 1e-12 for s in known.states)
        if kept > 1:
            cells, states, state = list(known.cells[: kept - 1]), list(known.states[: kept - 1]), known.states[kept - 1]
    for _ in range(MOST):
        before, state = state, walk.switched(state)
        if walk.over(state):
            return Path(tuple(cells), tuple(states), state)
        states.append(before)
        cell, state = walk.step(state)
        cells.append(cell)
    raise SolverFailure(
        f"values that bid alike were not followed within {MOST} cells: laws bend too often, or bids end and begin too often. "
        "Use smoother laws."
    )


class _Walk:
    """One way down."""

    def __init__(self, levels: Levels, reserve: float, ends: Mapping[tuple[int, int], float], tail: float) -> None:
        self.levels, self.reserve, self.ends, self.tail = levels, reserve, ends, tail
        self.copies = levels.copies

    def start(self) -> _State:
        """The highest values: those whose rho is low enough bid."""
        n = len(self.copies)
        rho = self.levels.rho(np.zeros((n, 1)))[:, 0]
        active = np.zeros(n, dtype=bool)
        for g in np.argsort(rho):
            m = int(self.copies[active].sum())
            active[g] = m < 2 or rho[g] < self.levels.sigma(rho, active) * (1.0 - 1e-12)
        spells = tuple(Spell(int(g), 0, 0.0, float(1.0 / rho[g]), 0.0) for g in np.flatnonzero(active))
        plain = all(1e-3 < self._top_density(g) < 1e3 for g in np.flatnonzero(active))
        return _State(
            0.0, np.zeros(n), 0.0, 0.25 if plain else UNEVEN, active, ~active, np.zeros(n), tuple(int(a) for a in active), spells
        )  # fmt: skip

    def _top_density(self, g: int) -> float:
        low, high = self.levels.laws[g].support
        return float(self.levels.laws[g].pdf(np.nextafter(high, low))) * (high - low)

    def switched(self, state: _State) -> _State:
        """The state after all who begin or end here did."""
        rho = self.levels.rho(state.x[:, None])[:, 0]
        active, lower, begins = state.active.copy(), state.lower.copy(), state.begins.copy()
        counts, spells = list(state.counts), list(state.spells)
        worth = np.exp(-state.at) / rho

        def close(g: int, forced: bool) -> None:
            k = max(k for k, spell in enumerate(spells) if spell.law == g)
            spells[k] = replace(spells[k], end=state.at, last=(float(worth[g]), state.fallen), forced=forced)
            active[g] = lower[g] = False

        settled = False
        while not settled:
            settled = True
            sigma = float(self.levels.sigma(rho, active))
            for g in np.flatnonzero(active):
                if self.copies[active].sum() - self.copies[g] < 2:
                    continue
                due = self.ends.get((int(g), counts[g] - 1), np.inf) <= state.at + 1e-14
                late = FIRST[1] if state.x[g] < state.begins[g] + FIRST[0] else LATE
                if due or rho[g] > sigma * (1.0 + late) or worth[g] <= self.reserve * (1.0 + 1e-12):
                    close(int(g), not due)
                    settled = False
                    break
            if not settled:
                continue
            for g in np.flatnonzero(~active):
                lower[g] |= rho[g] > sigma * (1.0 + 1e-3 * CLOSE)
                if lower[g] and rho[g] < sigma * (1.0 - CLOSE):
                    spells.append(Spell(int(g), counts[g], state.at, float(worth[g]), state.fallen))
                    counts[g] += 1
                    begins[g] = state.x[g]
                    active[g], settled = True, False
                    break
        return replace(state, active=active, lower=lower, begins=begins, counts=tuple(counts), spells=tuple(spells))

    def over(self, state: _State) -> bool:
        """Whether bids have ended."""
        rho = self.levels.rho(state.x[:, None])[:, 0]
        if self.reserve > 0.0:
            return bool((np.exp(-state.at) / rho[state.active] <= self.reserve * (1.0 + 1e-12)).any())
        return bool(np.exp(-state.at) / float(self.levels.sigma(rho, state.active)) < REST * state.fallen)

    def step(self, state: _State) -> tuple[Cell, _State]:
        """The next cell, as long as is fine enough, and the state at its end."""
        active, length, whole = state.active, state.length, 0.0
        for g in np.flatnonzero(active):
            end = self.ends.get((int(g), state.counts[g] - 1), np.inf)
            if state.at < end < state.at + length:
                length, whole = end - state.at, state.length
        while True:
            x, rho, settled = self._solved(state, length)
            sigma = self.levels.sigma(rho, active)
            share = self._first_event(state, x, rho, sigma, length) if settled else None
            if share is not None and length > SHORTEST:
                length, whole = max(length * share, SHORTEST), max(whole, length)
                continue
            rate = np.exp(-state.at - 0.5 * length * (1.0 + NODES)) / sigma
            mass = length + (1.0 / np.maximum(1.0 + self.levels.slope(x)[active], FAINT)).max(axis=1)
            tails = (np.abs((self.levels.logs(x)[active] @ SERIES.T)[:, -3:]).max(axis=1) * np.minimum(mass, 1.0)).max()
            tails *= np.exp(-state.at)
            lost = np.abs((SERIES @ rate)[-3:]).max() * length / (state.fallen + length * rate[0])
            tail = max(float(tails), float(lost)) if settled else np.inf
            if tail <= self.tail or length <= 2.0 * SHORTEST:
                break
            length, whole = max((0.5 if tail < FAR * self.tail else 0.125) * length, SHORTEST), 0.0
        fallen = state.fallen + length * (INTEGRALS @ rate)
        end = self._snapped(x[:, -1], active)
        x[:, -1] = end
        longer = 8.0 if FAR * tail < self.tail else 2.0 if tail < 1e-2 * self.tail else 1.4 if tail < 0.1 * self.tail else 1.0
        lower = state.lower | (~active & (rho[:, -1] > sigma[-1] * (1.0 + 1e-3 * CLOSE)))
        after = replace(
            state, at=state.at + length, x=end, fallen=float(fallen[-1]), length=min(max(length * longer, whole), LONGEST), lower=lower
        )  # fmt: skip
        return Cell(state.at, length, x, fallen, active), after

    def _solved(self, state: _State, length: float) -> tuple[Array, Array, bool]:
        """Levels at the nodes, rho there, and whether they are found: by fixed-point iteration, or Newton's where rho is steep."""
        active, levels = state.active, self.levels
        x = np.repeat(state.x[:, None], DEGREE + 1, axis=1)
        goal = self.tail * (1.0 + state.at)
        last = np.inf
        for k in range(40):
            rho = levels.rho(x)
            change = state.x[active, None] + length * ((1.0 - rho[active] / levels.sigma(rho, active)) @ INTEGRALS.T) - x[active]
            size = float(np.abs(change).max())
            if k > 2 and size > 0.3 * last:
                return self._steep(state, length, x)
            x[active] = np.maximum(x[active] + change, 0.0)
            if size < 0.01 * goal:
                break
            last = size
        return x, levels.rho(x), size < goal

    def _steep(self, state: _State, length: float, x: Array) -> tuple[Array, Array, bool]:
        """The same by Newton's method, from levels that do not rise faster than they may."""
        active, levels = np.flatnonzero(state.active), self.levels
        n, nodes = len(active), DEGREE
        shares = levels.copies[active] / (levels.copies[active].sum() - 1.0)
        x[active] = np.clip(x[active], state.x[active, None], state.x[active, None] + length)
        goal, size = self.tail * (1.0 + state.at), np.inf
        for _ in range(25):
            rho, slope = levels.rho(x), levels.slope(x)[active]
            ratio = rho[active] / levels.sigma(rho, state.active)
            missed = x[active] - state.x[active, None] - length * ((1.0 - ratio) @ INTEGRALS.T)
            scale = 1.0 / np.maximum(np.abs(slope), 1.0)  # of levels: what they change in rho counts
            steep = ratio[:, None] * (np.eye(n)[:, :, None] * slope[:, None] - (shares[:, None] * ratio * slope)[None]) * scale
            matrix = length * np.einsum("jk,ghk->gjhk", INTEGRALS[1:, 1:], steep[:, :, 1:]).reshape(n * nodes, n * nodes)
            matrix[np.diag_indices(n * nodes)] += scale[:, 1:].ravel()
            try:
                step = np.linalg.solve(matrix, missed[:, 1:].ravel()).reshape(n, nodes) * scale[:, 1:]
            except np.linalg.LinAlgError:
                break
            moved = np.clip(x[active, 1:] - step, 0.5 * (x[active, 1:] + state.x[active, None]), state.x[active, None] + length)
            size = float((np.abs(moved - x[active, 1:]) / scale[:, 1:]).max())
            x[active, 1:] = moved
            if size < 0.1 * goal or not np.isfinite(size):
                break
        return x, levels.rho(x), size < goal

    def _first_event(self, state: _State, x: Array, rho: Array, sigma: Array, length: float) -> float | None:
        """The share of the cell at which somebody begins or must end, passes a knot, or bids end; None for none but at its end."""
        active, ahead = state.active, (sigma - rho) / sigma
        bidders = self.copies[active].sum()
        passed = []
        worth = np.exp(-state.at - 0.5 * length * (1.0 + NODES)) / rho
        for g in range(len(self.copies)):
            if not active[g]:
                if state.lower[g]:
                    passed.append(ahead[g] - 1.5 * CLOSE)
                continue
            passed += [x[g] - knot for knot in self.levels.knots[g] if x[g, 0] < knot - 1e-13 and x[g, -1] > knot + 1e-13]
            if bidders - self.copies[g] >= 2:
                late = FIRST[1] if x[g, -1] < state.begins[g] + FIRST[0] else LATE
                passed.append(-ahead[g] - 1.5 * late)
            if self.reserve > 0.0:
                passed.append(1.0 - worth[g] / self.reserve)
        shares = [share for row in passed if row[0] <= 0.0 and (share := _crossing(row)) is not None]
        first = min(shares, default=1.0)
        return first if first < 1.0 - 1e-12 else None

    def _snapped(self, x: Array, active: NDArray[np.bool_]) -> Array:
        """Levels, those next to a knot moved to it."""
        found = x.copy()
        for g in np.flatnonzero(active):
            for knot in self.levels.knots[g]:
                if abs(found[g] - knot) < 1e-12:
                    found[g] = knot
        return found


def _crossing(row: Array) -> float | None:
    """The share of a cell at which a function that is at most 0 at its first node is positive first, by its values at nodes."""
    above = np.flatnonzero(row > 0.0)
    if len(above) == 0:
        return None
    series = SERIES @ row
    left, right = NODES[above[0] - 1], NODES[above[0]]
    for _ in range(50):
        centre = 0.5 * (left + right)
        left, right = (left, centre) if chebyshev.chebval(centre, series) > 0.0 else (centre, right)
    return float(0.5 * (1.0 + right))
