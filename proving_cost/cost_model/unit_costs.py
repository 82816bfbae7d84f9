r"""Timings of one machine, and what they say about other sizes.

Between two sizes that were timed, $\ln t$ is linear in $\ln n$, so a timed size gets its timing back.  Beyond the
largest, the part above the launch grows with the work:

$$ t(n) = t_0 + (t(n_\text{max}) - t_0)\,\frac{w(n)}{w(n_\text{max})}, $$

with $w$ the least time of `devices` and $t_0$ the least timing on a GPU (0 on a processor).  It is not extrapolated
where the largest timing is below $2\,t_0$: that says how long a launch takes, and nothing about work.  (The
extrapolation of zkalc multiplies by the logarithm of the size *asked for* instead of those timed, so that the
logarithms cancel and it is linear; here the work at both sizes is counted.)  Below the smallest size a GPU takes the
launch; a processor takes its share of the work, and at most the smallest timing.

Intervals: a timed size has the range of its timing; between sizes the range widens by up to 8 % for each doubling
between them; beyond, by 5 % and 10 % more for each doubling.  One operation timed on one thread of a processor of $C$
cores says that many take between a $C$-th of as many times it and all of it.

Energy is the mean power of the nearest timing times the seconds.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable
from dataclasses import dataclass

from mechanisms.enclosure import Enclosure
from proving_cost.cost_model.devices import Device
from proving_cost.cost_model.structure import How, floor_of, least_of
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.cost_model.timings import Timing, preferred
from proving_cost.price_table import REGIMES, Regime

__all__ = ["Reading", "UnitCosts"]

BETWEEN, BEYOND, OUTSIDE = 0.08, 0.10, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Seconds of one plain call of a size, read off the timings.

    Attributes:
        seconds: Likely value.
        range: Interval around it.
        launch: The part of it that does not depend on the work, and `launch_range` around it.
        how: Interpolated or extrapolated.
        regime: The weaker of the timings used.
        source: Their sources.
        watts: Mean power of the nearest timing, where it was measured.
    """

    seconds: float
    range: Enclosure
    launch: float
    launch_range: Enclosure
    how: How
    regime: Regime
    source: str
    watts: float | None

    @property
    def rest(self) -> float:
        """Seconds without the launch."""
        return self.seconds - self.launch

    @property
    def rest_range(self) -> Enclosure:
        """What is left of the interval without the launch, so that both together are the interval again."""
        low = self.range.lower - self.launch_range.lower
        return Enclosure(min(max(0.0, low), self.rest), max(self.range.upper - self.launch_range.upper, self.rest))


class UnitCosts:
    """Timings of one machine by subject.

    Arguments:
        device: The machine.
        timings: Timings of any machines; those of others are left out, and `timings.preferred` chooses among the rest.
    """

    __slots__ = ("_curves", "device")

    def __init__(self, device: Device, timings: Iterable[Timing]) -> None:
        self.device = device
        own = preferred(t for t in timings if t.hardware == device.name)
        self._curves = {subject: curve for (_, subject), curve in own.items()}

    @property
    def subjects(self) -> tuple[str, ...]:
        """What was timed."""
        return tuple(self._curves)

    def timings(self, subject: str) -> tuple[Timing, ...]:
        """The timings of a subject by growing size; empty if there is none."""
        return self._curves.get(subject, ())

    def read(self, subject: str, n: int) -> Reading | None:
        """Seconds of one call; None where the timings say nothing about this size."""
        curve = self.timings(subject)
        if not curve:
            return None
        floor = floor_of(self.device, curve)
        if n < curve[0].n:
            return self._below(subject, n, curve[0], floor)
        if n > curve[-1].n:
            return self._beyond(subject, n, curve[-1], floor)
        return _between(n, curve, floor)

    def _share(self, subject: str, n: int, timed: int) -> float:
        """Work at n over work at the size that was timed."""
        there = least_of(self.device, event_of(subject, timed), timed)
        return least_of(self.device, event_of(subject, n), n) / there if there else n / timed

    def _below(self, subject: str, n: int, first: Timing, floor: Timing | None) -> Reading:
        if floor is not None:
            least = min(floor.range.lower, first.seconds)
            return _reading((first,), first.seconds, (least, first.range.upper), floor, "extrapolated")
        share = min(1.0, self._share(subject, n, first.n))
        return _reading((first,), first.seconds * share, (first.range.lower * share, first.range.upper), None, "extrapolated")

    def _beyond(self, subject: str, n: int, last: Timing, floor: Timing | None) -> Reading | None:
        launch = 0.0 if floor is None else floor.seconds
        if last.seconds < 2 * launch:
            return None
        share = self._share(subject, n, last.n)
        low, likely, high = (launch + (t - launch) * share for t in (last.range.lower, last.seconds, last.range.upper))
        if self.device.kind == "cpu" and last.n == 1 and not is_sized(event_of(subject, 1)):
            return _reading((last,), likely, (low, last.range.upper * n), None, "extrapolated")
        wider = math.exp(OUTSIDE + BEYOND * math.log2(n / last.n))
        return _reading((last,), likely, (low / wider, high * wider), floor, "extrapolated")


def _between(n: int, curve: tuple[Timing, ...], floor: Timing | None) -> Reading:
    at = bisect.bisect_left([t.n for t in curve], n)
    right = curve[at]
    if right.n == n:
        return _reading((right,), right.seconds, tuple(right.range), floor, "interpolated")
    left = curve[at - 1]
    gap = math.log(right.n / left.n)
    part = math.log(n / left.n) / gap

    def mix(a: float, b: float) -> float:
        return math.exp((1 - part) * math.log(a) + part * math.log(b))

    wider = math.exp(BETWEEN * gap / math.log(2) * 4 * part * (1 - part))
    low, high = mix(left.range.lower, right.range.lower), mix(left.range.upper, right.range.upper)
    used = (left, right) if part < 0.5 else (right, left)
    return _reading(used, mix(left.seconds, right.seconds), (low / wider, high * wider), floor, "interpolated")


def _reading(
    used: tuple[Timing, ...], seconds: float, around: tuple[float, ...], floor: Timing | None, how: How
) -> Reading:
    """A reading off timings, the nearest of them first."""
    launch, launch_range = (0.0, Enclosure(0.0, 0.0)) if floor is None else (floor.seconds, floor.range)
    nearest = used[0]
    return Reading(
        seconds=seconds, range=Enclosure(min(around[0], seconds), max(around[1], seconds)), launch=min(launch, seconds),
        launch_range=launch_range, how=how, regime=max((t.regime for t in used), key=REGIMES.index),
        source="; ".join(sorted({f"{t.library}: {t.source}, {t.date}" for t in used})),
        watts=None if nearest.joules is None else nearest.joules / nearest.seconds,
    )  # fmt: skip
