r"""Seconds of a ledger on a machine: launches plus, over phases and events, count times unit cost.

$$ \text{seconds} = \text{launches} + \sum_{\text{phase}} \sum_{e} \text{count}_e \cdot t(e) . $$

Each event of each phase is a term with its formula, source, regime and how it was found (`predict`).  Events run one
after another on one device that holds the data, as the timings were made: overlap would make it less, transfers and
the making of the witness more; neither is in the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.devices import Device, device_names, find_device, shipped_table
from proving_cost.cost_model.measurements import MeasurementFile, latest, shipped_measurements
from proving_cost.cost_model.predict import Prediction, predict
from proving_cost.cost_model.published import published_timings
from proving_cost.cost_model.structure import Structure
from proving_cost.cost_model.timings import Timing
from proving_cost.cost_model.unit_costs import UnitCosts
from proving_cost.hardware import Term
from proving_cost.ledger import Event, Ledger
from proving_cost.price_table import REGIMES, PriceTable

__all__ = ["CostModel", "PricedEvent", "known_timings", "seconds_of"]

SERIAL = 1 / 30
"""Share of the work that does not divide, at most: with it, no number of accelerators is 30 times as fast as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedEvent:
    """An event of a phase with its count and prediction."""

    phase: tuple[str, ...]
    event: Event
    count: int
    prediction: Prediction

    @property
    def label(self) -> str:
        """Phase, event and count in words."""
        from proving_cost.ledger.printing import describe

        where = "/".join(self.phase)
        return f"{where + ': ' if where else ''}{self.count:,} {describe(self.event)}"


def known_timings(
    measured: Iterable[MeasurementFile] | None = None, table: PriceTable | None = None
) -> tuple[Timing, ...]:
    """Published timings, and measured ones: the shipped measurement files and those given.

    Arguments:
        measured: Files of one's own; their machines are named as `find_device` takes them.
        table: Machines; None reads the shipped table.

    Raises:
        InvalidInput: A file is of a machine that is not in the table.
        Refused: The table has not the facts of it that timings scale by.
    """
    own = []
    for file in measured or ():
        try:
            own.append(replace(file, hardware=find_device(file.hardware, table).name))
        except (InvalidInput, Refused) as wrong:
            raise type(wrong)(f"{file.name}: {wrong}") from None
    return (*published_timings(), *latest((*shipped_measurements(), *own)))


@dataclass(frozen=True)
class CostModel:
    """Seconds of ledgers on one machine.

    Arguments:
        hardware: Its name, as `find_device` takes it.
        timings: What the model is built on; None takes `known_timings()`.
        table: Facts and prices of machines; None reads the shipped table.

    Raises:
        InvalidInput: No such machine; the message lists what there is.
        Refused: The table has no clock, multiprocessors or cores of it.

    Example:
        >>> ledger = Ledger()
        >>> ledger.msm("bn254", "g1", 1 << 21)
        >>> round(CostModel("rtx4090").seconds(ledger).likely, 4)
        0.0266
    """

    hardware: str
    timings: tuple[Timing, ...] | None = None
    table: PriceTable | None = None

    def __post_init__(self) -> None:
        _ = self.device

    @cached_property
    def prices(self) -> PriceTable:
        """The price table."""
        return shipped_table() if self.table is None else self.table

    @cached_property
    def device(self) -> Device:
        """The machine's rates."""
        return find_device(self.hardware, self.prices)

    @cached_property
    def _known(self) -> tuple[Timing, ...]:
        return known_timings() if self.timings is None else self.timings

    @cached_property
    def unit_costs(self) -> UnitCosts:
        """The timings of this machine."""
        return UnitCosts(self.device, self._known)

    @cached_property
    def structure(self) -> Structure:
        """What is fitted to the timings of all machines."""
        devices: Mapping[str, Device] = {name: find_device(name, self.prices) for name in device_names(self.prices)}
        return Structure(self._known, devices)

    def predict(self, event: Event, count: int = 1) -> Prediction:
        """Seconds of an event that happens so often in one phase.

        Raises:
            Refused: It has no unit cost on this machine.
            InvalidInput: A count below 1, or an event that is not modelled.
        """
        if type(count) is not int or count < 1:
            raise InvalidInput(f"count: must be a whole number, 1 or more; got {count!r}.")
        return predict(self.device, self.unit_costs, self.structure, event, count)

    def priced(self, ledger: Ledger) -> tuple[PricedEvent, ...]:
        """Every event of every phase with its prediction, in the order of the ledger.

        Raises:
            Refused: An event has no unit cost on this machine; phase and event are named.
            InvalidInput: An event is of a curve, field or hash that is not modelled.
        """
        out = []
        for path, phase in ledger.root.walk():
            for event, count in phase.events.items():
                if not count:
                    continue
                try:
                    prediction = self.predict(event, count)
                except (InvalidInput, Refused) as wrong:
                    raise type(wrong)(f"phase {'/'.join(path) or '(top)'}: {wrong}") from None
                out.append(PricedEvent(phase=path, event=event, count=count, prediction=prediction))
        return tuple(out)

    def seconds(self, ledger: Ledger) -> CostBreakdown:
        """Seconds of a ledger, term by term; the first term is the launches.

        Raises:
            Refused: As `priced`.
            InvalidInput: As `priced`.
        """
        return seconds_of(self.priced(ledger), self.device.name)


def seconds_of(priced: tuple[PricedEvent, ...], hardware: str, gpus: int = 1) -> CostBreakdown:
    """The breakdown of priced events on a machine whose accelerators share the work; launches are not shared."""
    lines = []
    if priced:
        parts = [p.prediction for p in priced]
        launches = Term(
            label="launches", formula="sum of t0, the fixed part of a call, once a batch to once a call", unit="s",
            value=Enclosure(sum(p.launches.lower for p in parts), sum(p.launches.upper for p in parts)),
            source="least timings of the kernels below", regime=max((p.regime for p in parts), key=REGIMES.index),
        )  # fmt: skip
        lines.append(Line(term=launches, likely=sum(p.launches_likely for p in parts), shared=True))
    for one in priced:
        p = one.prediction
        formula = p.formula if gpus == 1 else f"({p.formula})/{gpus}"
        work = Enclosure(p.work.lower / gpus, p.work.upper / gpus)
        term = Term(label=one.label, formula=formula, unit="s", value=work, source=p.source, regime=p.regime)
        lines.append(Line(term=term, likely=p.work_likely / gpus, how=p.how, shared=p.shared))
    if gpus > 1:
        lines.append(_undivided(priced, gpus))
    label = hardware if gpus == 1 else f"{gpus}x {hardware}"
    return CostBreakdown(label=f"seconds on {label}", unit="s", lines=tuple(lines))


def _undivided(priced: tuple[PricedEvent, ...], gpus: int) -> Line:
    """What several accelerators take beyond an even share (Amdahl)."""
    part = 1 - 1 / gpus
    high = SERIAL * part * sum(p.prediction.work.upper for p in priced)
    term = Term(
        label="undivided", formula=f"s*(1-1/{gpus})*work, s from 0 to 1/30", unit="s", value=Enclosure(0.0, high),
        source="a single proof cannot use more than 30 to 40 accelerators (SP1's FAQ): assumed of others", regime="assumed",
    )  # fmt: skip
    return Line(term=term, likely=0.5 * SERIAL * part * sum(p.prediction.work_likely for p in priced), shared=True)
