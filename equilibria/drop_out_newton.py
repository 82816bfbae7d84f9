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

from equilibria._level_paths import NODES, REST, Levels, Path, follow
from equilibria.curve_bids import BidCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput

__all__ = ["DropOutNewton", "Followed"]

Array = NDArray[np.float64]

Stop = tuple[int, int]
"""A law, and the number of its spell that ends."""

ROUNDS = 12
"""How often stops may be added."""

STEPS = 12
"""Of Newton's method."""

LEVEL = 1e-3
"""The rate at which a level falls, as a share of that of all together, above which it does so for ever."""

ROUGH = 1e-3
"""How close to the indifference of one stop, others held, Newton's method starts, as a share of the highest bid."""


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
        for k in range(ROUNDS):
            stop = search.forced()
            if stop is None:
                break
            search.bracket(stop)
            search.newton(self.tolerance)
            if progress is not None:
                progress((k + 1) / (k + 2))
        return Followed(search.levels, search.path, search.missed())


class _Search:
    """Stops so far, and their path."""

    def __init__(self, levels: Levels, reserve: float) -> None:
        self.levels, self.reserve = levels, reserve
        self.stops: dict[Stop, float] = {}
        self.path = follow(levels, reserve, {})

    def forced(self) -> Stop | None:
        """The first spell that ended as it had to, and should have ended before."""
        found = [s for s in self.path.spells if s.forced and (s.law, s.number) not in self.stops]
        return (found[0].law, found[0].number) if found else None

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
        self.path = follow(self.levels, self.reserve, stops, self.path, since)
        self.stops = dict(stops)

    def bracket(self, stop: Stop) -> None:
        """Add a stop, roughly where its excess vanishes while others are held, or at the begin of its spell."""
        low, high = self._begins()[stop], self._ends()[stop]
        rough = ROUGH * (self.reserve + self.path.height)
        first, last = low, high
        above = self.excess()[stop]
        below = None
        for _ in range(40):
            if above <= rough:
                break
            if below is None:
                at = last - max(0.5 * (last - first), 0.0) if last - first > 1e-9 else first
            else:
                at = first + (last - first) * min(max(-below / (above - below), 0.05), 0.95)
            self.move(self.stops | {stop: at})
            value = self.excess().get(stop)
            if value is None or value <= 0.0:
                first, below = at, -above if value is None else value
                if value is not None and -value <= rough:
                    return
            else:
                last, above = at, value
                if at <= low:
                    return
            if last - first <= 1e-9:
                break
        self.move(self.stops | {stop: last})

    def newton(self, tolerance: float) -> None:
        """Mend all stops together."""
        scale = self.reserve + self.path.height
        for _ in range(STEPS):
            begins, excess = self._begins(), self.excess()
            free = [
                s for s in self.stops
                if s in excess and not (self.stops[s] <= begins[s] and excess[s] >= 0.0)
            ]  # fmt: skip
            errors = np.array([excess[s] for s in free])
            if len(free) == 0 or np.abs(errors).max() <= tolerance * scale:
                return
            base, path = dict(self.stops), self.path
            slopes = np.zeros((len(free), len(free)))
            for k, stop in enumerate(free):
                step = 1e-6 if base[stop] - begins[stop] < 2e-6 else -1e-6
                self.move(base | {stop: base[stop] + step})
                moved = self.excess()
                slopes[:, k] = [(moved.get(s, 0.0) - e) / step for s, e in zip(free, errors, strict=True)]
                self.stops, self.path = dict(base), path
            try:
                change = np.linalg.solve(slopes, -errors)
            except np.linalg.LinAlgError:
                return
            for share in 0.5 ** np.arange(8):
                wanted = {s: max(base[s] + share * d, begins[s]) for s, d in zip(free, change, strict=True)}
                self.move(base | wanted)
                found = self.excess()
                if max(abs(found.get(s, np.inf)) for s in free) < (1.0 - 0.1 * share) * np.abs(errors).max():
                    break
                self.stops, self.path = dict(base), path
            else:
                return
