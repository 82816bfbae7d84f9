r"""Timings of this machine: the fast kernels of `calibration_plan`, in under a minute, as a measurement file.

Each case is called twice unmeasured (which also loads compiled code), then for its share of the seconds or `MOST` times,
whichever comes first, and at least `FEWEST` times.  `seconds` is the median; `spread` half the distance of the
quartiles over it.  Calls that the clock cannot tell apart (below 20 us) are repeated inside one reading.

What is timed is one thread of this machine on this day, while whatever else runs on it runs: a machine that is busy
times slowly and with a wide spread.  The first calibration on a machine compiles the kernels, for about half a minute.
"""

from __future__ import annotations

import datetime
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.calibration_plan import Call, Case, plan
from proving_cost.cost_model.measurements import MeasurementFile, Point
from proving_cost.cost_model.provenance import commit_of_checkout, installed_versions

__all__ = ["calibrate"]

HARDWARE = "CPU"
FEWEST, MOST = 3, 101
SHORTEST_READING = 20e-6
PACKAGES = ("prover-markets", "numpy", "numba")


def calibrate(
    *,
    seconds: float = 25.0,
    cases: tuple[Case, ...] | None = None,
    rng: np.random.Generator | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> MeasurementFile:
    """Time the fast kernels on this machine.

    Arguments:
        seconds: For all cases together, evenly shared, at most: fast kernels need less, and the usual 25 takes about 20.
        cases: What to time; None takes the whole plan.
        rng: Source of the inputs; None takes a fixed seed.
        progress: Told the subject and the share that is done, before each case.

    Returns:
        The measurement file, named `cpu-<date>.json`; write its `to_json()`.

    Raises:
        InvalidInput: `seconds` is not above 0, or there is no case.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        raise InvalidInput(f"seconds: must be above 0 and at most 3600; got {seconds!r}. Try 25.")
    wanted = plan() if cases is None else cases
    if not wanted:
        raise InvalidInput("cases: must have one or more; got none. Pass None for all.")
    source = np.random.default_rng(0) if rng is None else rng
    points = []
    for k, case in enumerate(wanted):
        if progress is not None:
            progress(case.subject, k / len(wanted))
        points.append(_timed(case, case.make(source), seconds / len(wanted)))
    today = datetime.date.today().isoformat()
    return MeasurementFile(
        name=f"{HARDWARE.lower()}-{today}.json", hardware=HARDWARE, machine=_machine(), date=today,
        commit=commit_of_checkout(), command=f"prover-markets cost --calibrate --seconds {seconds:g}",
        versions=installed_versions(PACKAGES), points=tuple(points),
    )  # fmt: skip


def _timed(case: Case, call: Call, share: float) -> Point:
    call()
    start = time.perf_counter()
    call()
    once = time.perf_counter() - start
    inside = max(1, round(SHORTEST_READING / max(once, 1e-9)))
    readings: list[float] = []
    until = time.perf_counter() + share
    while len(readings) < FEWEST or (len(readings) < MOST and time.perf_counter() < until):
        start = time.perf_counter()
        for _ in range(inside):
            call()
        readings.append((time.perf_counter() - start) / inside)
    low, middle, high = statistics.quantiles(readings, n=4, method="inclusive")
    return Point(
        subject=case.subject, n=case.n, seconds=float(f"{middle:.4g}"), spread=float(f"{(high - low) / 2 / middle:.2g}"),
        repetitions=len(readings),
    )  # fmt: skip


def _machine() -> str:
    """Processor in words; no name of a host."""
    import os

    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    count = os.cpu_count() or 1
    return f"{next((name for name in named if name), model)}, {count} processor{'s' if count > 1 else ''}, {platform.system()}"
