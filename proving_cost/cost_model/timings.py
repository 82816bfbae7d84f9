"""One timing of a kernel, whoever measured it, and which of several counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from proving_cost.price_table import REGIMES, Regime

__all__ = ["Timing", "preferred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds of one call of a kernel on a machine.

    Attributes:
        hardware: Name of the machine in the price table.
        subject: What was timed (`subjects`), e.g. `"msm/bn254/g1"`.
        n: Size of the call; for a stream, operations in it.
        seconds: The time (a median if it was measured here).
        range: Where a repetition falls.
        joules: Energy of the call, if it was measured.
        library: Whose kernel.
        source: Publication, or measurement file.
        date: When.
        regime: `measured` or `published`.

    Raises:
        InvalidInput: The time is not above 0 or outside its range.
    """

    hardware: str
    subject: str
    n: int
    seconds: float
    range: Enclosure
    joules: float | None = None
    library: str
    source: str
    date: str
    regime: Regime

    def __post_init__(self) -> None:
        if not 0 < self.range.lower <= self.seconds <= self.range.upper:
            raise InvalidInput(
                f"seconds of {self.subject!r} at n = {self.n}: must be above 0 and in the range {self.range}; "
                f"got {self.seconds!r}."
            )


def preferred(timings: Iterable[Timing]) -> dict[tuple[str, str], tuple[Timing, ...]]:
    """Timings by machine and subject, each by growing size.

    Where a size is there twice the later date counts, and of one date the later in order; a subject that was measured
    is not mixed with published timings.
    """
    series: dict[tuple[str, str], list[Timing]] = {}
    for timing in sorted(timings, key=lambda t: t.date):
        series.setdefault((timing.hardware, timing.subject), []).append(timing)
    out = {}
    for key, points in sorted(series.items()):
        best = min((t.regime for t in points), key=REGIMES.index)
        by_size = {t.n: t for t in points if t.regime == best}
        out[key] = tuple(by_size[n] for n in sorted(by_size))
    return out
