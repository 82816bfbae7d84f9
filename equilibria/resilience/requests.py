"""The ways in which a request may go under a plan, and what their laws say of all requests."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from equilibria.redundancy import LogNormalTimes
from equilibria.resilience.proving_times import Amount, Run, Way, chance_in_time, late_by, waiting
from equilibria.resilience.who_proves import Bounds, Plan
from mechanisms import Enclosure
from mechanisms.amounts import exact_amount

__all__ = ["Requests", "stopping", "ways_of"]

STEPS = 60
"""Halvings of the interval in which a quantile of the time to a proof lies."""


def ways_of(plan: Plan, start: Fraction, others: Fraction | None, likely: list[Fraction], end: int) -> list[Way]:
    """Who starts when in each draw, and last, if nobody is awarded; at the best (0) or the worst (1) end of all bounds."""
    found = []
    for draw in plan.draws:
        later = () if others is None else tuple(Run(others, likely[i]) for i in draw.later)
        alone = later if draw.drawn is None else ()
        pool, drawn = ((), 0) if draw.drawn is None or others is None else (later, draw.drawn)
        if draw.parts is None:
            first = tuple(Run(start, likely[i]) for i in draw.first)
            found.append(Way(first + alone, pool=pool, drawn=drawn))
        else:
            shared = tuple(Run(start, likely[i], part[end]) for i, part in zip(draw.first, draw.parts, strict=True))
            found.append(Way(alone, shared, pool, drawn))
    return [*found, Way() if others is None else Way(tuple(Run(others, q) for q in likely))]


@dataclass(frozen=True, slots=True)
class Requests:
    """All ways in which a request may go, nobody being awarded as the last, at their best and at their worst; and their laws."""

    plan: Plan
    ways: tuple[list[Way], list[Way]]
    none: Bounds
    shock: Fraction
    law: LogNormalTimes | Amount

    def late(self, when: Fraction) -> tuple[Fraction, Fraction]:
        """Bounds of the chance of no proof by a time."""
        best, worst = ([late_by(self.law, way, self.shock, when)[end] for way in self.ways[end]] for end in (0, 1))
        return self._over(list(zip(best, worst, strict=True)))

    def wait(self, deadline: Fraction) -> tuple[Fraction, Fraction]:
        """Bounds of the mean time until a proof or the deadline."""
        best, worst = ([waiting(self.law, way, self.shock, deadline)[end] for way in self.ways[end]] for end in (0, 1))
        return self._over(list(zip(best, worst, strict=True)))

    def _over(self, found: list[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
        """Bounds over all draws, nobody being awarded, which comes last, counted in."""
        *drawn, idle = found
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


def stopping(plan: Plan, requests: Requests, deadline: Fraction) -> tuple[str, ...]:
    """The fewest provers whose failure leaves a request unproved, over all draws."""

    def able(places: tuple[int, ...], runs: tuple[Run, ...]) -> list[str]:
        in_time = (run.works and chance_in_time(requests.law, (deadline - run.start) / run.part)[1] for run in runs)
        return [plan.labels[i] for i, able in zip(places, in_time, strict=False) if able]

    sets: list[tuple[str, ...]] = []
    for draw, way in zip(plan.draws, requests.ways[1], strict=False):  # the last way is that nobody is awarded
        if draw.parts is None:
            stop = able((*draw.first, *draw.later), way.alone + way.pool)
            stop = stop[: len(stop) - max(len(way.pool) - way.drawn, 0)] if way.pool else stop
        else:
            shared = able(draw.first, way.jointly)  # without any one of them the others do not matter
            stop = shared[:1] * (len(shared) == len(way.jointly)) + able(draw.later, way.alone)
        sets.append(tuple(stop))
    return min(sets, key=len)


