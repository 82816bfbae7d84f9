r"""Values that bid alike in an all-pay auction of several buyers, followed from the highest bid down.

With $x_i=-\log F_i(\varphi_i(b))$ and $X=\sum_ix_i$, over all buyers, indifference $\varphi_i\,d\prod_{j\ne i}F_j=db$ of the $m$
that bid is $d(X-x_i)=\rho_i\,dt$ with $\rho_i=F_i/\varphi_i$, a function of $x_i$ alone, and $-db=e^{-X}dt$. So

$$ \frac{dx_i}{dX}=1-\frac{\rho_i}\sigma,\qquad\sigma=\frac1{m-1}\sum\rho_j,\qquad-\frac{db}{dX}=\frac{e^{-X}}\sigma . $$

Who does not bid keeps its $x_i$. Its next value would rather bid lower where $\rho_i>\sigma$ and higher where $\rho_i<\sigma$: it
begins to bid where the one turns into the other. Who bids and reaches $\rho_i>\sigma$ must have left before (a *forced* end).
What value $\varphi_i$ expects is $e^{-X}/\rho_i-b$.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from equilibria._level_cells import INTEGRALS, NODES, SERIES, crossing, solved, unresolved
from equilibria._level_tables import Levels
from mechanisms import SolverFailure

__all__ = ["REST", "TAIL", "Cell", "Path", "Spell", "follow"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TAIL = 1e-13
"""Size of the last coefficients on a cell, as shares, below which it is fine enough, unless said otherwise."""

SHORTEST = 1e-13
"""Of cells, which is reached where values have no series."""

CLOSE = 1e-9
"""Relative distance of rho from sigma within which a buyer does not begin: some are level for ever."""

LATE = 1e-6
"""The same beyond which a buyer must end."""

FIRST = 1e-9, 1e-2
"""How far a level has moved since the spell began, and the relative distance, below which it need not end: where a density
vanishes at the top the level is too small for doubles to say more."""

FAR = 1e4
"""How far from fine enough a cell is that is made shorter by much."""

LONGER = ((8.0, 1e-4), (2.0, 1e-2), (1.4, 0.1))
"""By how much the next cell is longer where what is unresolved is below a share of what may be."""

LONGEST = 2.0
"""Of cells."""

UNEVEN = 1e-6
"""The first cell that is tried where values have no series."""

REST = 1e-15
"""Bids below this share of the highest are one cell."""

MOST = 1000
"""Cells of one path."""


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
    active: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Where the path is."""

    at: float
    x: Array
    fallen: float
    length: float
    active: Flags
    lower: Flags
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
        self.levels, self.copies, self.reserve, self.ends, self.tail = levels, levels.copies, reserve, ends, tail

    def start(self) -> _State:
        """The highest values: those whose rho is low enough bid."""
        n = len(self.copies)
        rho = self.levels.rho(np.zeros((n, 1)))[:, 0]
        active = np.zeros(n, dtype=bool)
        for g in np.argsort(rho):
            m = int(self.copies[active].sum())
            active[g] = m < 2 or rho[g] < self.levels.sigma(rho, active) * (1.0 - 1e-12)
        spells = tuple(Spell(int(g), 0, 0.0, float(1.0 / rho[g]), 0.0) for g in np.flatnonzero(active))
        plain = all(1e-3 < self._top_density(int(g)) < 1e3 for g in np.flatnonzero(active))
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
            x, settled = solved(self.levels, state.x, active, length, self.tail * (1.0 + state.at))
            rho = self.levels.rho(x)
            sigma = self.levels.sigma(rho, active)
            share = self._first_event(state, x, rho, sigma, length) if settled else None
            if share is not None and length > SHORTEST:
                length, whole = max(length * share, SHORTEST), max(whole, length)
                continue
            rate = np.exp(-state.at - 0.5 * length * (1.0 + NODES)) / sigma
            lost = float(np.abs((SERIES @ rate)[-3:]).max()) * length / (state.fallen + length * rate[0])
            tail = max(unresolved(self.levels, x, active, length) * np.exp(-state.at), lost) if settled else np.inf
            if tail <= self.tail or length <= 2.0 * SHORTEST:
                break
            length, whole = max((0.5 if tail < FAR * self.tail else 0.125) * length, SHORTEST), 0.0
        fallen = state.fallen + length * (INTEGRALS @ rate)
        self._snap(x[:, -1], active)
        longer = next((factor for factor, share in LONGER if tail < share * self.tail), 1.0)
        lower = state.lower | (~active & (rho[:, -1] > sigma[-1] * (1.0 + 1e-3 * CLOSE)))
        after = replace(
            state, at=state.at + length, x=x[:, -1].copy(), fallen=float(fallen[-1]), lower=lower,
            length=min(max(length * longer, whole), LONGEST),
        )  # fmt: skip
        return Cell(state.at, length, x, fallen, active), after

    def _first_event(self, state: _State, x: Array, rho: Array, sigma: Array, length: float) -> float | None:
        """The share of the cell at which somebody begins, must end or passes a knot, or would bid lower; None for none."""
        active, ahead = state.active, (sigma - rho) / sigma
        bidders = self.copies[active].sum()
        passed = []
        worth = np.exp(-state.at - 0.5 * length * (1.0 + NODES)) / rho
        for g in range(len(self.copies)):
            if not active[g]:
                passed.append((ahead[g] if state.lower[g] else -ahead[g]) - 1.5 * CLOSE)
                continue
            passed += [x[g] - knot for knot in self.levels.knots[g] if x[g, 0] < knot - 1e-13 and x[g, -1] > knot + 1e-13]
            if bidders - self.copies[g] >= 2:
                late = FIRST[1] if x[g, -1] < state.begins[g] + FIRST[0] else LATE
                passed.append(-ahead[g] - 1.5 * late)
            if self.reserve > 0.0:
                passed.append(1.0 - worth[g] / self.reserve)
        first = min((share for row in passed if (share := crossing(row)) is not None), default=1.0)
        return first if first < 1.0 - 1e-12 else None

    def _snap(self, x: Array, active: Flags) -> None:
        """Move levels next to a knot to it."""
        for g in np.flatnonzero(active):
            for knot in self.levels.knots[g]:
                x[g] = knot if abs(x[g] - knot) < 1e-12 else x[g]
