r"""The suite: calibrate, then for each kernel and size check, time and weigh it, and write a measurement file.

Cases share a budget of seconds, those of `FIGURES` first.  After every case the file is written anew, beside and then
in place of the old one, so that whenever the run ends there is a whole file of what was measured by then.  A kernel
that fails its check has no time in it; it is named under `left_out`, with the reason, as is a size that is too large
for the card, or for which no time was left.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mechanisms.errors import InvalidInput, MarketError
from proving_cost.cost_model.measured_card import Card
from proving_cost.cost_model.measurements import MeasurementFile, Point
from proving_cost.cost_model.provenance import commit_of_checkout, installed_versions
from proving_cost.gpu.backend import Backend
from proving_cost.gpu.calibration import Ceilings, calibrate_card, start_work
from proving_cost.gpu.card import CardLost, CupyBackend
from proving_cost.gpu.card_facts import CardFacts, file_stem, hardware_of
from proving_cost.gpu.cases import Case, CheckFailed
from proving_cost.gpu.energy import WINDOW_SECONDS, Meter, NvmlMeter, joules_of_a_call
from proving_cost.gpu.plan import FIGURES, planned
from proving_cost.gpu.report import ceilings_line, point_line, replace_file
from proving_cost.gpu.roofline import floor_of_work
from proving_cost.gpu.timing import time_kernel

__all__ = ["BUDGET_SECONDS", "Outcome", "Suite"]

BUDGET_SECONDS = 400.0
"""For all cases; with calibration, and the case that is running when it ends, under eight minutes."""
TIMING_SECONDS = (0.05, 1.0)
"""Least and most for the readings of one case."""
SHORTEST_WEIGHED = 200e-6
"""Seconds of a call below which the host launches too slowly to keep the card at work, so that energy says nothing."""
WARM_SECONDS = 0.5
WORK_BEFORE_CLOCKS = 8  # launches, some tens of milliseconds in all, during which the clocks are read
PACKAGES = ("prover-markets", "numpy", "nvidia-ml-py")
FAULTS = (MarketError, ArithmeticError, AssertionError, ImportError, LookupError, MemoryError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run of the suite gave.

    Attributes:
        file: What was measured; None if nothing was.
        left_out: Cases without a time, each with the reason.
        wrong: Those of them that failed their check.
        interrupted: Whether the run was stopped before its end.
    """

    file: MeasurementFile | None
    left_out: tuple[str, ...]
    wrong: tuple[str, ...]
    interrupted: bool


@dataclass(kw_only=True)
class Suite:
    """A run on one card.

    Arguments:
        backend: What runs the kernels; None takes the card that CuPy finds.
        facts: The card; None asks the backend.
        meter: Its counter of energy; None takes NVML's.
        cases: What to measure, in this order; None takes all, by importance.
        seconds: For all cases together.
        rng: Source of the inputs; None takes new ones each time.
        commit: Of the code; None asks git.
        command: What was typed.
        clock: The host's.
        rounds: Length of the chains of the calibration.

    Raises:
        MissingExtra: CuPy is not installed.
        Refused: There is no card, or its driver is too old.
        InvalidInput: `seconds` is not above 0.
    """

    backend: Backend | None = None
    facts: CardFacts | None = None
    meter: Meter | None = None
    cases: Sequence[Case] | None = None
    seconds: float = BUDGET_SECONDS
    rng: np.random.Generator | None = None
    commit: str | None = None
    command: str = "python -m proving_cost.gpu"
    clock: Callable[[], float] = time.perf_counter
    rounds: int = 2048
    _points: dict[tuple[str, int], Point] = field(default_factory=dict, init=False, repr=False)
    _left_out: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    _wrong: list[str] = field(default_factory=list, init=False, repr=False)
    _counter_moves: bool = field(default=True, init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.seconds, bool) or not isinstance(self.seconds, int | float) or not 0 < self.seconds <= 86_400:
            raise InvalidInput(f"seconds: must be above 0 and at most 86400; got {self.seconds!r}. Try {BUDGET_SECONDS:g}.")
        if self.backend is None:
            card = CupyBackend()
            self.backend, self.facts = card, CardFacts.of(card)
        if self.facts is None:
            raise InvalidInput("facts: must be given with a backend; got None.")
        if self.meter is None:
            self.meter = NvmlMeter(self.facts.bus_id)
        self.hardware = hardware_of(self.facts)
        self.day = datetime.date.today().isoformat()

    @property
    def file_name(self) -> str:
        """`<card>-<date>.json`."""
        return f"{file_stem(self.hardware, self.day)}.json"

    def resume(self, before: MeasurementFile) -> None:
        """Keep the points of an earlier run, which are not measured again; each keeps its fraction of the floor of then.

        Raises:
            InvalidInput: They are of another card.
        """
        if before.hardware != self.hardware:
            raise InvalidInput(f"--resume: {before.name} must be of {self.hardware!r}; it is of {before.hardware!r}.")
        self._points = {(point.subject, point.n): point for point in before.points}

    def run(
        self, output: Path, *, told: Callable[[str], None] | None = None, progress: Callable[[str, float], None] | None = None
    ) -> Outcome:
        """Measure, writing the file after every case.

        Arguments:
            output: The file; it is replaced.
            told: Told in a line about every case that is done, or left out.
            progress: Told the case and the share that is done, before each case.

        Raises:
            InvalidInput: The file cannot be written.
            CheckFailed: The calibration gives wrong values.
            Refused: The card fails in the calibration.
        """
        _check_folder(output)
        assert self.backend is not None and self.facts is not None and self.meter is not None
        say, show = told or _nothing, progress or _nothing
        show("calibrating", 0.0)
        begun = self.clock()
        ceilings = calibrate_card(
            self.backend, multiprocessors=self.facts.multiprocessors, rounds=self.rounds,
            warm_seconds=WARM_SECONDS if self.facts.multiprocessors > 1 else 0.0,
        )  # fmt: skip
        card = self._card(ceilings)
        say(ceilings_line(ceilings))
        wanted = planned(self.backend.free_bytes(), self._skip) if self.cases is None else self.cases
        cases = [case for case in wanted if (case.subject, case.n) not in self._points]
        for label, reason in self._left_out.items():
            say(f"{label}: left out: {reason}")
        rng = np.random.default_rng() if self.rng is None else self.rng
        interrupted = False
        for k, case in enumerate(cases):
            show(case.label, k / len(cases))
            left = begun + self.seconds - self.clock()
            if left <= 0:
                self._leave_out(case.label, "no time left", say)
                continue
            try:
                self._measure(case, ceilings, left / (len(cases) - k), rng, say)
            except KeyboardInterrupt:
                self._rest(cases[k:], "interrupted", say)
                interrupted = True
            except CardLost as lost:
                self._leave_out(case.label, str(lost), say)
                self._rest(cases[k + 1 :], "the card failed before", say)
                interrupted = True
            self._write(output, card)
            if interrupted:
                break
        file = self._write(output, card)
        return Outcome(file=file, left_out=self._reasons, wrong=tuple(self._wrong), interrupted=interrupted)

    def _measure(
        self, case: Case, ceilings: Ceilings, share: float, rng: np.random.Generator, say: Callable[[str], None]
    ) -> None:
        backend, meter = self.backend, self.meter
        assert backend is not None and meter is not None
        if case.device_bytes > backend.free_bytes():
            self._skip(case.label, case.device_bytes, backend.free_bytes())
            say(f"{case.label}: left out: {self._left_out[case.label]}")
            return
        try:
            prepared = case.make(backend, rng)
            checked = prepared.check()
            budget = min(max(0.4 * share, TIMING_SECONDS[0]), TIMING_SECONDS[1])
            reading = time_kernel(backend, prepared, budget, clock=self.clock)
            weighed = reading.seconds >= SHORTEST_WEIGHED and (share > 2 * WINDOW_SECONDS or _is_figure(case))
            joules = None
            if weighed and self._counter_moves:
                joules = joules_of_a_call(backend, prepared, meter, reading.seconds, clock=self.clock)
                self._counter_moves = joules is not None
        except CardLost:
            raise
        except FAULTS as wrong:
            if isinstance(wrong, CheckFailed | AssertionError):
                self._wrong.append(case.label)
            self._leave_out(case.label, _line(wrong), say)
            return
        finally:
            prepared = None  # type: ignore[assignment]  # its buffers go before others come
            backend.release()
        fraction = floor_of_work(case.work, case.bytes_moved, ceilings).fraction(reading.seconds)
        point = Point(
            subject=case.subject, n=case.n, seconds=float(f"{reading.seconds:.4g}"), spread=float(f"{reading.spread:.2g}"),
            repetitions=reading.repetitions, joules=None if not joules else float(f"{joules:.3g}"),
            fraction_of_floor=float(f"{fraction:.3g}") or None, bytes_moved=case.bytes_moved or None, checked_against=checked,
        )  # fmt: skip
        self._points[point.subject, point.n] = point
        say(point_line(case.label, point))

    def _card(self, ceilings: Ceilings) -> Card:
        assert self.backend is not None and self.facts is not None and self.meter is not None
        start_work(self.backend, self.facts.multiprocessors, self.rounds, WORK_BEFORE_CLOCKS)
        clocks = {name: float(mhz) for name, mhz in self.meter.clocks().items() if mhz > 0}
        self.backend.synchronise()
        return Card(
            name=self.facts.name, driver=self.meter.driver(), capability=self.facts.capability,
            multiprocessors=self.facts.multiprocessors, memory_bytes=self.facts.memory_bytes, clocks_mhz=clocks,
            ceilings=ceilings.to_json(),
        )  # fmt: skip

    def _write(self, output: Path, card: Card) -> MeasurementFile | None:
        """The file of what there is, in one step; nothing where there is no point."""
        if not self._points:
            return None
        assert self.facts is not None
        driver = "" if card.driver is None else f", driver {card.driver}"
        file = MeasurementFile(
            name=output.name, hardware=self.hardware, machine=f"{self.facts.name}{driver}", date=self.day,
            commit=commit_of_checkout() if self.commit is None else self.commit, command=self.command,
            versions={**installed_versions(PACKAGES), **self.facts.versions},
            points=tuple(self._points[key] for key in sorted(self._points)), card=card, left_out=self._reasons,
        )  # fmt: skip
        try:
            replace_file(output, file.to_json())
        except OSError as wrong:
            raise InvalidInput(f"output: {output.name!r} cannot be written: {wrong.strerror or wrong}. Name another.") from None
        return file

    @property
    def _reasons(self) -> tuple[str, ...]:
        return tuple(f"{label}: {reason}" for label, reason in self._left_out.items())

    def _skip(self, label: str, needed: int, free: int) -> None:
        self._left_out[label] = f"needs {needed / 2**30:.1f} GiB; the card has {free / 2**30:.1f} GiB left"

    def _leave_out(self, label: str, reason: str, say: Callable[[str], None]) -> None:
        self._left_out[label] = reason
        say(f"{label}: left out: {reason}")

    def _rest(self, cases: Sequence[Case], reason: str, say: Callable[[str], None]) -> None:
        for case in cases:
            self._left_out[case.label] = reason
        if cases:
            say(f"{len(cases)} cases left out: {reason}")


def _is_figure(case: Case) -> bool:
    return (case.subject, case.n) in FIGURES


def _check_folder(output: Path) -> None:
    if output.is_dir() or not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise InvalidInput(f"output: must name a file in a folder that can be written; got {str(output)!r}. Name another.")


def _line(wrong: BaseException) -> str:
    return " ".join(str(wrong).split())[:300] or type(wrong).__name__


def _nothing(*_: object) -> None:
    """Nobody asked to be told."""
