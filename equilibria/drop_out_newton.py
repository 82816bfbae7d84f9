r"""Several buyers in an all-pay auction: values that bid alike are followed down, and Newton's method finds where buyers drop out.

From the highest bid down the path of values that bid alike is an initial-value problem whatever that bid is (`_level_paths`).
What it does not say is where a buyer stops bidding, to bid next much lower or not at all: there its next value must expect from
the best lower bid just what it expects where it stops. With $E_s$ the difference for stop $s$, at $X_s$, the unknowns are the
stops, and the conditions $E_s=0$, or $E_s>0$ for a spell of no length. Which stops there are is found on the way: who would
have to bid less the more it values the item should have stopped before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from numpy.typing import NDArray

from equilibria._level_paths import NODES, REST, TAIL, Levels, Path, follow
from equilibria.curve_bids import BidCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput

__all__ = ["DropOutNewton", "Followed"]

Array = NDArray[np.float64]

Stop = tuple[int, int]
"""A law, and the number of its spell that ends."""

COARSE = 1e-8
"""How finely paths are followed until all stops are known, and then how well the conditions are met on them."""

ROUNDS = 40
"""How often stops may be added."""

STEPS = 12
"""Of Newton's method."""

SLOW = 0.1
"""How much of what was missed a step may leave before slopes are found again."""

LEVEL = 1e-3
"""The rate at which a level falls, as a share of that of all together, above which it does so for ever."""

ROUGH = 0.03
"""How small the excess of a new stop is made, others held, before Newton's method starts, as a share of what it was at first."""

BRACKETS = 25
"""Steps to make it so."""


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What was found.

    Attributes:
        levels: of the laws that differ.
        path: the values that bid alike.
        missed: the largest $|E_s|$ of stops of spells that have a length.
    """

    levels: Levels
    path: Path
    missed: float


    def curves(self, reserve: float) -> tuple[BidCurve, list[BidCurve]]:
        """Bids, and values of each law, rising, from the reserve to the highest."""
        cells = self.path.cells[::-1]
        drops = np.array([cell.fallen[-1] - cell.fallen[0] for cell in cells])
        rest = 0.0 if reserve > 0.0 else REST * self.path.height
        ends = reserve + rest + np.concatenate([[0.0], np.cumsum(drops)])
        bids = np.array([low + (cell.fallen[-1] - cell.fallen[::-1]) for low, cell in zip(ends[:-1], cells, strict=True)])
        bids[:, 0], bids[:, -1] = ends[:-1], ends[1:]
        values = np.stack([self.levels.values(cell.x[:, ::-1]) for cell in cells], axis=1)
        if reserve == 0.0:
            ways = 0.5 * (1.0 + NODES)
            first = values[:, 0, :1]
            lowest = np.array([[law.support[0]] for law in self.levels.laws])
            begin = np.where(self._falling()[:, None], lowest, first)
            lines = begin + (first - begin) * ways
            lines[:, -1] = first[:, 0]
            bids = np.concatenate([[rest * ways], bids])
            values = np.concatenate([lines[:, None, :], values], axis=1)
        return BidCurve.through(bids), [BidCurve.through(rows) for rows in values]

    def entry(self, reserve: float, law: int, lowest: float) -> float:
        """The least value of a law that takes part, given the lowest that bids more than the reserve, or begins to bid."""
        last = self.path.last
        worth = float(np.exp(-last.at) / self.levels.rho(last.x[:, None])[law, 0])
        if reserve == 0.0 or not last.active[law] or self.levels.copies[law] > 1 or worth <= reserve * (1.0 + 1e-9):
            return lowest
        return min(lowest, max(self.levels.laws[law].support[0], lowest * reserve / worth))

    def gaps(self, law: int, bids: BidCurve) -> list[tuple[float, float]]:
        """Bids between which buyers of a law bid nothing, from low to high, above those that their lowest make."""
        active = np.array([cell.active[law] for cell in self.path.cells[::-1]])
        ends = bids.ends[-len(active) - 1 :]
        made = np.flatnonzero(active)
        return [(float(ends[i + 1]), float(ends[j])) for i, j in pairwise(made) if j > i + 1]

    def _falling(self) -> NDArray[np.bool_]:
        """Of which laws the levels keep falling at the end, so that no mass is left at a bid of 0."""
        last = self.path.last
        rho = self.levels.rho(last.x[:, None])[:, 0]
        return np.asarray(last.active & (rho < (1.0 - LEVEL) * self.levels.sigma(rho, last.active)))


@final
@dataclass(frozen=True, slots=True)
class DropOutNewton:
    """The path of values that bid alike, from the highest bid down, with the stops of all buyers by Newton's method.

    Arguments:
        tolerance: what the value at a stop may gain by the best lower bid, or lose, as a share of the highest bid; from 1e-13
            to 0.1.

    Raises:
        InvalidInput: a tolerance out of range.

    Example:
        >>> from equilibria import solve
        >>> from mechanisms import AllPay, Sale, Uniform
        >>> market = Sale({"a": Uniform(0, 1), "b": Uniform(0, 1.5), "c": Uniform(0, 2)})
        >>> found = solve(AllPay(), market)
        >>> found.solver, round(float(found.strategy("c")(2.0)), 9), found.relative_epsilon < 1e-9
        ('DropOutNewton(tolerance=1e-12)', 0.923076923, True)

    References:
        Parreiras and Rubinchik (2010), Games and Economic Behavior 68.
    """

    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        value = self.tolerance
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1e-13 <= value <= 0.1:
            raise InvalidInput(f"tolerance must be a number from 1e-13 to 0.1; got {value!r}.")

    def followed(
        self, laws: Sequence[Distribution], copies: Sequence[int], reserve: float, progress: Callable[[float], None] | None = None
    ) -> Followed:
        """The values that bid alike.

        Args:
            laws: laws of values that differ.
            copies: how many buyers have each.
            reserve: the least bid.
            progress: called with the share of the work that is done, roughly.
        """
        search = _Search(Levels(laws, copies), reserve)
        mended = False
        for k in range(ROUNDS):
            stop = search.forced() or search.shut()
            if stop is not None:
                search.bracket(stop)
            elif mended:
                break
            else:
                search.newton(max(self.tolerance, COARSE))
            mended = stop is None
            if progress is not None:
                progress((k + 1) / (k + 2))
        search.refine(self.tolerance)
        return Followed(search.levels, search.path, search.missed())


class _Search:
    """Stops so far, and their path."""

    def __init__(self, levels: Levels, reserve: float) -> None:
        self.levels, self.reserve = levels, reserve
        self.stops: dict[Stop, float] = {}
        self.known: tuple[list[Stop], Array] = ([], np.zeros((0, 0)))
        self.tail = COARSE
        self.path = follow(levels, reserve, {}, tail=self.tail)

    def forced(self) -> Stop | None:
        """The first spell on the way down that ended as it had to, and should have ended before."""
        found = [s for s in self.path.spells if s.forced and (s.law, s.number) not in self.stops]
        first = min(found, key=lambda s: s.end, default=None)
        return None if first is None else (first.law, first.number)

    def shut(self) -> Stop | None:
        """The first spell that was given no length, and should have one by now."""
        excess, begins = self.excess(), self._begins()
        found = [s for s, at in self.stops.items() if at == 0.0 and s in excess and excess[s] < -COARSE * self.path.height]
        return min(found, key=lambda s: begins[s], default=None)

    def _begins(self) -> dict[Stop, float]:
        return {(s.law, s.number): s.begin for s in self.path.spells}

    def _ends(self) -> dict[Stop, float]:
        return {(s.law, s.number): s.end for s in self.path.spells}

    def excess(self) -> dict[Stop, float]:
        """By how much the best lower bid beats that at which a spell ends, for its next value."""
        found = {}
        for k, spell in enumerate(self.path.spells):
            if not np.isfinite(spell.end):
                continue
            best = 0.0
            for later in self.path.spells[k + 1 :]:
                if later.law == spell.law:
                    best = max(best, later.worth - self._bid(later.fallen))
                    if later.end > later.begin:
                        break
            found[spell.law, spell.number] = best - (spell.last[0] - self._bid(spell.last[1]))
        return found

    def _bid(self, fallen: float) -> float:
        return self.reserve + self.path.height - fallen

    def missed(self) -> float:
        """The largest excess or shortfall of a spell that has a length."""
        begins, ends = self._begins(), self._ends()
        return max((abs(e) if ends[s] > begins[s] else max(-e, 0.0) for s, e in self.excess().items()), default=0.0)

    def move(self, stops: dict[Stop, float]) -> None:
        """Follow the path with other stops."""
        changed = [stop for stop in stops if stops[stop] != self.stops.get(stop, np.inf)]
        ends = self._ends()
        since = min((min(stops[s], self.stops.get(s, np.inf), ends.get(s, 0.0)) for s in changed), default=0.0)
        self.path = follow(self.levels, self.reserve, stops, self.path, since, self.tail)
        self.stops = dict(stops)

    def bracket(self, stop: Stop) -> None:
        """Add a stop, roughly where its excess vanishes while others are held; where it does nowhere, give the spell no length."""
        if stop in self.stops:
            self.move({s: at for s, at in self.stops.items() if s != stop})
        low, high = self._begins().get(stop, 0.0), self._ends().get(stop, np.inf)
        if not np.isfinite(high):
            return
        above = self.excess()[stop]
        rough = ROUGH * above
        self.move(self.stops | {stop: 0.0})
        below = self.excess().get(stop, 0.0)
        if below >= 0.0:
            return
        weights = [1.0, 1.0]
        for _ in range(BRACKETS):
            share = -below * weights[0] / (above * weights[1] - below * weights[0])
            share = min(max(share, 0.02), 0.98)
            at = low - float(np.log1p(share * np.expm1(low - high)))  # in exp(-X), in which bids are nearly linear
            self.move(self.stops | {stop: at})
            value = self.excess().get(stop, 0.0)
            if abs(value) <= rough:
                return
            if value < 0.0:
                low, below, weights = at, value, [1.0, 0.5 * weights[1]]
            else:
                high, above, weights = at, value, [0.5 * weights[0], 1.0]
        # the excess jumps, for lack of a stop below: above the jump that one is seen
        self.move(self.stops | {stop: high})

    def refine(self, tolerance: float) -> None:
        """Follow the path as well as can be, and mend the stops once more."""
        self.tail = TAIL
        self.path = follow(self.levels, self.reserve, self.stops)
        if self.stops:
            self.newton(tolerance)

    def newton(self, tolerance: float) -> None:
        """Mend all stops together, by slopes that are found again where they do not do any more."""
        least = np.inf
        for _ in range(STEPS):
            begins, excess = self._begins(), self.excess()
            free = [s for s in self.stops if s in excess and self.stops[s] > begins[s]]
            errors = np.array([excess[s] for s in free])
            size = float(np.abs(errors).max(initial=0.0))
            if size <= tolerance * (self.reserve + self.path.height):
                return
            fresh = free != self.known[0] or size > SLOW * least
            if fresh:
                self.known = free, self._slopes(free, errors)
            least = min(least, size)
            try:
                change = np.linalg.solve(self.known[1], -errors)
            except np.linalg.LinAlgError:
                return
            base, path = dict(self.stops), self.path
            for share in 0.5 ** np.arange(8):
                self.move(base | {s: max(base[s] + share * float(d), begins[s]) for s, d in zip(free, change, strict=True)})
                found = self.excess()
                if max(abs(found.get(s, np.inf)) for s in free) < (1.0 - 0.1 * share) * size:
                    break
                self.stops, self.path = dict(base), path
            else:
                if fresh:
                    return
                self.known = [], self.known[1]

    def _slopes(self, free: Sequence[Stop], errors: Array) -> Array:
        """How the excess of each stop moves with each."""
        base, path, begins = dict(self.stops), self.path, self._begins()
        slopes = np.zeros((len(free), len(free)))
        step = np.sqrt(self.tail)
        for k, stop in enumerate(free):
            way = step if base[stop] - begins[stop] < 2.0 * step else -step
            self.move(base | {stop: base[stop] + way})
            moved = self.excess()
            slopes[:, k] = [(moved.get(s, 0.0) - e) / way for s, e in zip(free, errors, strict=True)]
            self.stops, self.path = base, path
        return slopes
