"""The ways in which a request may go under a plan, and what their laws say of all requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

from equilibria.redundancy import LogNormalTimes
from equilibria.resilience.proving_times import Amount, Run, Way, chance_in_time, late_by, waiting
from equilibria.resilience.who_proves import Bounds, Draw, Plan
from mechanisms import Enclosure
from mechanisms.amounts import exact_amount

__all__ = ["Requests", "stopping", "ways_of"]

STEPS = 60
"""Halvings of the interval in which a quantile of the time to a proof lies."""


def ways_of(
    plan: Plan, start: Fraction, others: Fraction | None, likely: list[Fraction], end: int, known: dict[Way, Way]
) -> list[Way]:
    """Who starts when in each draw, and last, if nobody is awarded; at the best (0) or the worst (1) end of all bounds.

    Equal ways are one object, of those that are `known` too.
    """
    alike = {q: place for place, q in enumerate(dict.fromkeys(likely))}
    kind = [alike[q] for q in likely]
    made: dict[object, Way] = {}  # by what kind of provers are where, which is cheaper to compare than ways are
    found = []
    for draw in plan.draws:
        first, later = [kind[i] for i in draw.first], sorted(kind[i] for i in draw.later)
        key = (tuple(first if draw.parts else sorted(first)), tuple(later), draw.parts, draw.drawn)
        if key not in made:
            way = _way(draw, start, others, likely, end)
            made[key] = known.setdefault(way, way)
        found.append(made[key])
    idle = Way() if others is None else Way(_sorted(tuple(Run(others, q) for q in likely)))
    return [*found, known.setdefault(idle, idle)]


def _way(draw: Draw, start: Fraction, others: Fraction | None, likely: list[Fraction], end: int) -> Way:
    later = () if others is None else tuple(Run(others, likely[i]) for i in draw.later)
    alone = later if draw.drawn is None else ()
    pool, drawn = ((), 0) if draw.drawn is None or others is None else (later, draw.drawn)
    if draw.parts is None:
        first = tuple(Run(start, likely[i]) for i in draw.first)
        return Way(_sorted(first + alone), pool=_sorted(pool), drawn=drawn)
    shared = tuple(Run(start, likely[i], part[end]) for i, part in zip(draw.first, draw.parts, strict=True))
    return Way(_sorted(alone), _sorted(shared), _sorted(pool), drawn)


def _sorted(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    return tuple(sorted(runs))


@dataclass(frozen=True, slots=True)
class Requests:
    """All ways in which a request may go, nobody being awarded as the last, at their best and at their worst; and their laws."""

    plan: Plan
    ways: tuple[list[Way], list[Way]]
    none: Bounds
    shock: Fraction
    law: LogNormalTimes | Amount
    lates: dict[Fraction, Bounds] = field(default_factory=dict)
    """What `late` has found."""

    def late(self, when: Fraction) -> Bounds:
        """Bounds of the chance of no proof by a time."""
        if when not in self.lates:
            self.lates[when] = self._over(lambda way: late_by(self.law, way, self.shock, when))
        return self.lates[when]

    def wait(self, deadline: Fraction) -> Bounds:
        """Bounds of the mean time until a proof or the deadline."""
        return self._over(lambda way: waiting(self.law, way, self.shock, deadline))

    def _over(self, bounds: Callable[[Way], Bounds]) -> Bounds:
        """Bounds over all draws, nobody being awarded, which comes last, counted in."""
        known: dict[int, Bounds] = {}
        for way in chain(*self.ways):
            if id(way) not in known:
                known[id(way)] = bounds(way)
        *drawn, idle = [(known[id(best)][0], known[id(worst)][1]) for best, worst in zip(*self.ways, strict=True)]
        lows, highs = ([pair[end] for pair in drawn] for end in (0, 1))
        if self.plan.chances is None:
            awarded = min(lows), max(highs)
        else:
            awarded = _least_mean(self.plan.chances, lows), -_least_mean(self.plan.chances, [-high for high in highs])
        ends = [[(1 - share) * one + share * other for share in self.none] for one, other in zip(awarded, idle, strict=True)]
        return min(ends[0]), max(ends[1])

    def quantile(self, level: Fraction, horizon: Fraction) -> Enclosure | None:
        """Seconds by which a share of all requests is proved, or None if that is not sure within a thousand horizons."""
        last = 1000 * horizon
        if 1 - self.late(last)[1] < level:
            return None
        ends = []
        for end in (0, 1):  # the earliest that it may be, and the time from which it is sure
            low, high = Fraction(0), last
            jumps = self.jumps()
            if jumps is not None:
                ends.append(next(t for t in jumps if 1 - self.late(t)[end] >= level))
                continue
            for _ in range(STEPS):
                middle = (low + high) / 2
                low, high = (low, middle) if 1 - self.late(middle)[end] >= level else (middle, high)
            ends.append(high if end else low)
        return Enclosure.around(*ends)

    def jumps(self) -> list[Fraction] | None:
        """When proofs may arrive, if they take a constant time."""
        if isinstance(self.law, LogNormalTimes):
            return None
        takes = exact_amount(self.law, "proving_time", positive=True)
        return sorted({run.start + run.part * takes for ways in self.ways for way in ways for run in way.runs})


def _least_mean(chances: tuple[Bounds, ...], values: list[Fraction]) -> Fraction:
    """The least mean of values whose chances lie within bounds: what is left of them goes to the smallest values."""
    left = 1 - sum((low for low, _ in chances), Fraction(0))
    mean = sum((low * value for (low, _), value in zip(chances, values, strict=True)), Fraction(0))
    for (low, high), value in sorted(zip(chances, values, strict=True), key=lambda pair: pair[1]):
        more = min(high - low, left)
        mean, left = mean + more * value, left - more
    return mean


def stopping(
    plan: Plan, law: LogNormalTimes | Amount, start: Fraction, others: Fraction | None, likely: list[Fraction], deadline: Fraction
) -> tuple[str, ...]:
    """The fewest provers whose failure leaves a request unproved, over all draws."""
    whole = (Fraction(1), Fraction(1))

    def in_time(begins: Fraction | None, part: Bounds = whole) -> bool:
        return begins is not None and chance_in_time(law, (deadline - begins) / part[1])[1] > 0

    first, later = in_time(start), in_time(others)
    sets: list[tuple[str, ...]] = []
    for draw in plan.draws:
        rescue = [plan.labels[i] for i in draw.later if later and likely[i]]
        if draw.drawn is not None:  # the members that are not able are drawn first
            rescue = rescue[: max(0, len(rescue) - (len(draw.later) - draw.drawn))]
        if draw.parts is None:
            stop = [plan.labels[i] for i in draw.first if first and likely[i]]
        else:  # without any one of them the others do not matter
            able = all(likely[i] and in_time(start, part) for i, part in zip(draw.first, draw.parts, strict=True))
            stop = [plan.labels[draw.first[0]]] if able else []
        sets.append((*stop, *rescue))
    return min(sets, key=len)
