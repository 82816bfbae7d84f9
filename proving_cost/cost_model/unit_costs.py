r"""Timings of one machine, and what they say about other sizes.

Between two sizes that were timed the time lies between two curves through both.  One takes $\ln t$ as linear in
$\ln n$; it is too high where the left one is mostly launch, since times are flat first and then rise.  The other takes
the launch, and $\ln(t - t_0)$ as linear in $\ln w(n)$, with at the left end no less than the work's share of the right
one; it is too low where small sizes leave a card idle.  Likely is the weighted geometric mean, three quarters of the
second.  Beyond the largest, the part above the launch grows with the work:

$$ t(n) = t_0 + (t(n_\text{max}) - t_0)\,\frac{w(n)}{w(n_\text{max})}, $$

with $w$ the least time of `devices` and $t_0$ the least timing on a GPU (0 on a processor).  It is not extrapolated
where the largest timing is below $2\,t_0$: that says how long a launch takes, and nothing about work.  (The
extrapolation of zkalc multiplies by the logarithm of the size *asked for* instead of those timed, so that the
logarithms cancel and it is linear; here the work at both sizes is counted.)  Below the smallest size a GPU takes the
launch; a processor takes its share of the work, and at most the smallest timing.

Intervals: a timed size has the range of its timing; between sizes the range holds both curves and widens by up to 8 % for each
doubling between them; beyond, by 5 % and 10 % more for each doubling.  One operation timed on one thread of a processor of $C$
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
from proving_cost.cost_model.subjects import POWERS, event_of, is_sized
from proving_cost.cost_model.timings import Timing, preferred
from proving_cost.price_table import REGIMES, Regime

__all__ = ["Reading", "UnitCosts", "each_of"]

BETWEEN, BEYOND, OUTSIDE = 0.08, 0.10, 0.05
CHORD = 0.25
"""Weight of the first curve: of those tried on published series with sizes left out, the best at gaps of all lengths."""


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
        return self._between(subject, n, curve, floor)

    def _share(self, subject: str, n: int, timed: int) -> float:
        """Work at n over work at the size that was timed."""
        there = each_of(self.device, subject, timed)
        return n * each_of(self.device, subject, n) / (timed * there) if there else n / timed

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


    def _between(self, subject: str, n: int, curve: tuple[Timing, ...], floor: Timing | None) -> Reading:
        at = bisect.bisect_left([t.n for t in curve], n)
        right = curve[at]
        if right.n == n:
            return _reading((right,), right.seconds, tuple(right.range), floor, "interpolated")
        left = curve[at - 1]
        gap = math.log(right.n / left.n)
        part = math.log(n / left.n) / gap
        launch = 0.0 if floor is None else floor.seconds
        of_left, of_n = (self._share(subject, m, right.n) for m in (left.n, n))
        worked = 1 - math.log(of_n) / math.log(of_left) if of_left < 1 else part

        def mix(a: float, b: float, part: float = part) -> float:
            return math.exp((1 - part) * math.log(a) + part * math.log(b)) if min(a, b) > 0 else 0.0

        def both(before: float, after: float) -> tuple[float, float]:
            """By the work above the launch, and by the size."""
            above = max(0.0, after - launch)
            return launch + mix(max(before - launch, above * of_left), above, worked), mix(before, after)

        wider = math.exp(BETWEEN * gap / math.log(2) * 4 * part * (1 - part))
        low = min(both(left.range.lower, right.range.lower)) / wider
        high = max(both(left.range.upper, right.range.upper)) * wider
        used = (left, right) if part < 0.5 else (right, left)
        return _reading(used, mix(*both(left.seconds, right.seconds), CHORD), (low, high), floor, "interpolated")


def each_of(device: Device, subject: str, n: int) -> float:
    """Least time of an element in a call of size n; of a transform between powers of two, linear in the logarithm."""
    below = 1 << (n.bit_length() - 1)
    if n == below or subject.split("/")[0] not in POWERS:
        return least_of(device, event_of(subject, n), n) / n
    part = math.log2(n / below)
    low, high = (least_of(device, event_of(subject, m), m) / m for m in (below, 2 * below))
    return (1 - part) * low + part * high


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
