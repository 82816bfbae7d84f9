r"""Where buyers of an all-pay auction stop bidding on the way down: Newton's method, and how it is begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from equilibria._level_paths import TAIL, follow
from equilibria._level_tables import Levels

__all__ = ["COARSE", "Search"]

Array = NDArray[np.float64]

Stop = tuple[int, int]
"""A law, and the number of its spell that ends."""

COARSE = 1e-8
"""How finely paths are followed until all stops are known, and then how well the conditions are met on them."""

ROUNDS = 40
"""How often stops may be added or mended."""

STEPS = 12
"""Of Newton's method."""

SLOW = 0.1
"""How much of what was missed a step may leave before slopes are found again."""

ROUGH = 0.03
"""How small the excess of a new stop is made, others held, before Newton's method starts, as a share of what it was at first."""

BRACKETS = 25
"""Steps to make it so."""


class Search:
    """Stops so far, and their path."""

    def __init__(self, levels: Levels, reserve: float) -> None:
        self.levels, self.reserve = levels, reserve
        self.stops: dict[Stop, float] = {}
        self.known: tuple[list[Stop], Array] = ([], np.zeros((0, 0)))
        self.tail = COARSE
        self.path = follow(levels, reserve, {}, tail=self.tail)

    def all_stops(self, tolerance: float, progress: Callable[[float], None] | None) -> None:
        """Add stops until nobody is forced to end, and mend them."""
        mended = False
        for k in range(ROUNDS):
            stop = self.forced() or self.shut()
            if stop is not None:
                self.bracket(stop)
            elif mended:
                return
            else:
                self.newton(tolerance)
            mended = stop is None
            if progress is not None:
                progress((k + 1) / (k + 2))

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
        """Add a stop, roughly where its excess vanishes while others are held; where it does not, give the spell no length."""
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
