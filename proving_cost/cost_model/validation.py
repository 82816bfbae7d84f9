r"""Predictions against published timings that the model was not given.

The error of a prediction is $|\ln(\text{predicted}/\text{timed})|$: 0.1 is about 10 %.  Each split takes timings away,
builds the model on the rest, and predicts what was taken:

* *one GPU out*: all timings of one, so that structure alone predicts it.  Judged are the timings of at least four times
  the launch, in which work is what is timed; *above 2^17* are all of the larger sizes instead.
* *one processor out*: likewise, from 2^16 on (smaller calls do not fill its cores).  There are two, of one maker.
* *one curve out*: of one machine's multi-scalar multiplications, those over one curve.
* *largest sizes out*: sizes above 2^19 (of a series that begins below and goes beyond), from the smaller ones.
* *every other size out*: interpolation across a gap of two doublings.
* *later publications*: timings of the same kernel elsewhere, at sizes beyond the range.

`held` is the share of timings inside the predicted interval.  All machines, libraries and timings are of two
publications, three GPUs of two generations and two processors: little for a claim about machines of other makers.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proving_cost.cost_model.devices import find_device
from proving_cost.cost_model.published import published_timings
from proving_cost.cost_model.seconds import CostModel
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.cost_model.timings import Timing, preferred

__all__ = ["ErrorRow", "Miss", "Validation", "validate"]

LARGE, ABOVE, FULL = 1 << 19, 1 << 17, 1 << 16
HOST = ("group", "pairing", "field")


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One prediction beside its timing."""

    hardware: str
    subject: str
    n: int
    timed: float
    predicted: float
    held: bool
    how: str

    @property
    def error(self) -> float:
        """|ln(predicted / timed)|."""
        return abs(math.log(self.predicted / self.timed))


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """Errors of one split and kind of kernel."""

    split: str
    kernel: str
    misses: tuple[Miss, ...]

    @property
    def median(self) -> float:
        """Median error."""
        return statistics.median(m.error for m in self.misses)

    @property
    def ninetieth(self) -> float:
        """The least error that nine in ten do not exceed."""
        errors = sorted(m.error for m in self.misses)
        return errors[math.ceil(0.9 * len(errors)) - 1]

    @property
    def held(self) -> float:
        """Share of timings in the predicted interval."""
        return sum(m.held for m in self.misses) / len(self.misses)


@dataclass(frozen=True, slots=True)
class Validation:
    """The table of errors."""

    rows: tuple[ErrorRow, ...]

    def row(self, split: str, kernel: str = "all") -> ErrorRow:
        """The row of a split and kernel."""
        return next(r for r in self.rows if r.split == split and r.kernel == kernel)

    def to_json(self) -> list[dict[str, object]]:
        """Plain data."""
        return [
            {
                "split": r.split, "kernel": r.kernel, "timings": len(r.misses), "median": r.median, "p90": r.ninetieth,
                "held": r.held,
            }
            for r in self.rows
        ]  # fmt: skip

    def __str__(self) -> str:
        head = f"{'left out':<22} {'kernel':<8} {'timings':>7} {'median':>7} {'90 %':>7} {'held':>6}"
        lines = [f"{head}   (errors: |ln(predicted/timed)|)"]
        for r in self.rows:
            lines.append(
                f"{r.split:<22} {r.kernel:<8} {len(r.misses):>7} {r.median:>7.3f} {r.ninetieth:>7.3f} {r.held:>6.0%}"
            )
        return "\n".join(lines)


def validate(timings: Iterable[Timing] | None = None, later: Iterable[Timing] | None = None) -> Validation:
    """Predict what was left out, split by split.

    Arguments:
        timings: What the model is built on; None takes the published timings.
        later: Timings of the last split; None takes those that the published file keeps for checking.
    """
    known = published_timings() if timings is None else tuple(timings)
    known = tuple(t for t in known if t.subject.split("/")[0] not in HOST)
    held_back = published_timings("check") if later is None else tuple(later)
    splits = {
        "one GPU": _machines(known, "gpu", _judged),
        "one GPU, above 2^17": _machines(known, "gpu", lambda series: [t for t in series if t.n > ABOVE]),
        "one processor": _machines(known, "cpu", lambda series: [t for t in series if t.n >= FULL]),
        "one curve": _curves(known),
        "largest sizes": _largest(known),
        "every other size": _alternate(known),
        "later publications": _predicted(known, held_back),
    }
    rows = []
    for split, misses in splits.items():
        kernels: dict[str, list[Miss]] = {}
        for miss in misses:
            kernels.setdefault(_kernel(miss.subject), []).append(miss)
        rows += [ErrorRow(split=split, kernel=k, misses=tuple(m)) for k, m in sorted(kernels.items())]
        if misses:
            rows.append(ErrorRow(split=split, kernel="all", misses=tuple(misses)))
    return Validation(tuple(rows))


def _kernel(subject: str) -> str:
    kind, *rest = subject.split("/")
    return f"MSM {rest[1].upper()}" if kind == "msm" else kind.upper()


def _predicted(kept: Iterable[Timing], left_out: Iterable[Timing]) -> list[Miss]:
    built = tuple(kept)
    models: dict[str, CostModel] = {}
    out = []
    for t in left_out:
        model = models.setdefault(t.hardware, CostModel(t.hardware, timings=built))
        event = event_of(t.subject, t.n)
        p = model.predict(event, 1 if is_sized(event) else t.n)
        low, high = p.range
        out.append(
            Miss(
                hardware=t.hardware, subject=t.subject, n=t.n, timed=t.seconds, predicted=p.seconds,
                held=low <= t.seconds <= high, how=p.how,
            )
        )  # fmt: skip
    return out


def _judged(series: list[Timing]) -> list[Timing]:
    """Timings in which work, not the launch, is what is timed."""
    launch = min(t.seconds for t in series)
    return [t for t in series if t.seconds >= 4 * launch]


def _series(known: Iterable[Timing]) -> dict[tuple[str, str], list[Timing]]:
    return {key: list(curve) for key, curve in preferred(known).items()}


def _machines(
    known: tuple[Timing, ...], kind: str, judged: Callable[[list[Timing]], list[Timing]]
) -> list[Miss]:
    """Each machine of a kind from the others, as far as another one has timings of the same kernel."""
    series = {key: s for key, s in _series(known).items() if find_device(key[0]).kind == kind}
    out = []
    for machine in sorted({hardware for hardware, _ in series}):
        elsewhere = {subject for hardware, subject in series if hardware != machine}
        left = [t for (hardware, subject), s in series.items() if hardware == machine and subject in elsewhere for t in judged(s)]
        out += _predicted((t for t in known if t.hardware != machine), left)
    return out


def _curves(known: tuple[Timing, ...]) -> list[Miss]:
    out = []
    for (hardware, subject), series in _series(known).items():
        kind, *parts = subject.split("/")
        if kind != "msm" or find_device(hardware).kind != "gpu":
            continue

        def other(t: Timing, hardware: str = hardware, curve: str = parts[0]) -> bool:
            return t.hardware != hardware or t.subject.split("/")[1] != curve

        out += _predicted(filter(other, known), _judged(series))
    return out


def _largest(known: tuple[Timing, ...]) -> list[Miss]:
    return _by_size(known, lambda t, series: t.n > LARGE and series[0].n < LARGE)


def _alternate(known: tuple[Timing, ...]) -> list[Miss]:
    def odd(t: Timing, series: list[Timing]) -> bool:
        at = series.index(t)
        return 0 < at < len(series) - 1 and at % 2 == 1 and t.n >= 1024

    return _by_size(known, odd)


def _by_size(known: tuple[Timing, ...], leave: Callable[[Timing, list[Timing]], bool]) -> list[Miss]:
    series = _series(known)
    left = [t for s in series.values() for t in s if leave(t, s)]
    gone = {(t.hardware, t.subject, t.n) for t in left}
    return _predicted((t for t in known if (t.hardware, t.subject, t.n) not in gone), left)
