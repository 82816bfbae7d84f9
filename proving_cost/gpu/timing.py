r"""How long a kernel takes: the median of many readings between events, on inputs that no cache holds.

Before each reading the second-level cache is filled with something else and the card is held for a moment
(`Backend.before_timing`), so that a reading neither finds its inputs in the cache nor waits for the host to launch;
readings go round the input sets.  What a kernel still waits for, if it must ask the host for something between its
launches, is part of its time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from mechanisms.errors import InvalidInput
from proving_cost.gpu.backend import Backend
from proving_cost.gpu.cases import Prepared

__all__ = ["Reading", "time_kernel"]

FEWEST, MOST = 7, 201
WARM = 2
RESOLUTION = 1e-7  # below, an event says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Times of one kernel.

    Attributes:
        seconds: The median.
        spread: Half the distance of the quartiles, over the median.
        repetitions: Readings.
    """

    seconds: float
    spread: float
    repetitions: int


def time_kernel(
    backend: Backend, prepared: Prepared, budget: float, *, clock: Callable[[], float] = time.perf_counter
) -> Reading:
    """Time a kernel.

    Arguments:
        backend: Where it runs.
        prepared: Its inputs, all sets.
        budget: Seconds after which no reading is begun, once there are `FEWEST`.
        clock: The host's, for the budget.

    Raises:
        InvalidInput: There is no input set.
    """
    if prepared.sets < 1:
        raise InvalidInput(f"sets: must be 1 or more; got {prepared.sets}.")
    until = clock() + budget
    for i in range(WARM):
        prepared.run(i % prepared.sets)
    backend.synchronise()
    readings: list[float] = []
    while len(readings) < FEWEST or (len(readings) < MOST and clock() < until):
        backend.before_timing()
        first = backend.mark()
        prepared.run(len(readings) % prepared.sets)
        readings.append(max(RESOLUTION, backend.seconds_between(first, backend.mark())))
    low, middle, high = statistics.quantiles(readings, n=4, method="inclusive")
    return Reading(seconds=middle, spread=(high - low) / 2 / middle, repetitions=len(readings))
