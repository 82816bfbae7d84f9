r"""What a kernel takes from the card's counter of energy, and how the card was found: name, driver, clocks.

The counter (NVML, millijoules since the driver was loaded) moves in steps of some tens of milliseconds.  A kernel is
therefore repeated without pause for half a second or more, from one step of the counter to another, and the energy of
that window is shared by the calls in it.  It is the whole card's, idle power included: what a prover pays for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from proving_cost.gpu.backend import Backend
from proving_cost.gpu.cases import Prepared

__all__ = ["WINDOW_SECONDS", "Meter", "NvmlMeter", "joules_of_a_call"]

WINDOW_SECONDS = 0.5
PATIENCE = 4.0
"""Windows after which a counter that does not move is given up."""
BATCH_SECONDS = 0.01


class Meter(Protocol):
    """A card's counter of energy, and its state."""

    def joules(self) -> float | None:
        """Energy so far; None where the card does not say."""
        ...

    def clocks(self) -> Mapping[str, int]:
        """Clocks in MHz, by name; those that the card gives."""
        ...

    def driver(self) -> str | None:
        """Version of the driver."""
        ...


class NvmlMeter:
    """The counter of NVML; every answer is None, or missing, where the library, the card or its driver gives none.

    Arguments:
        bus_id: The card's place on the bus; None takes the first card.
    """

    def __init__(self, bus_id: str | None = None) -> None:
        self._nvml: Any = None
        self._card: Any = None
        try:
            import pynvml
        except ImportError:
            return
        try:
            pynvml.nvmlInit()
            if bus_id is None:
                found = pynvml.nvmlDeviceGetHandleByIndex(0)
            else:
                found = pynvml.nvmlDeviceGetHandleByPciBusId(bus_id)
        except pynvml.NVMLError:
            return
        self._nvml, self._card = pynvml, found

    def joules(self) -> float | None:
        millijoules = self._asked(lambda nvml: nvml.nvmlDeviceGetTotalEnergyConsumption(self._card))
        return None if millijoules is None else millijoules / 1e3

    def clocks(self) -> Mapping[str, int]:
        out = {}
        for name, kind in (("multiprocessors", "NVML_CLOCK_SM"), ("memory", "NVML_CLOCK_MEM")):
            for ending, ask in (("", "nvmlDeviceGetClockInfo"), (" at most", "nvmlDeviceGetMaxClockInfo")):
                value = self._asked(lambda nvml, ask=ask, kind=kind: getattr(nvml, ask)(self._card, getattr(nvml, kind)))
                if value is not None:
                    out[name + ending] = int(value)
        return out

    def driver(self) -> str | None:
        found = self._asked(lambda nvml: nvml.nvmlSystemGetDriverVersion())
        return found.decode() if isinstance(found, bytes) else found

    def _asked(self, question: Callable[..., Any]) -> Any:
        if self._nvml is None:
            return None
        try:
            return question(self._nvml)
        except self._nvml.NVMLError:
            return None


def joules_of_a_call(
    backend: Backend,
    prepared: Prepared,
    meter: Meter,
    seconds: float,
    *,
    window: float = WINDOW_SECONDS,
    clock: Callable[[], float] = time.perf_counter,
) -> float | None:
    """Energy of one call; None where the card has no counter, or one that does not move.

    Arguments:
        backend: Where the kernel runs.
        prepared: Its inputs, all sets.
        meter: The counter.
        seconds: What a call takes, as timed.
        window: Length of the measurement, at least.
        clock: The host's.
    """
    before = meter.joules()
    if before is None:
        return None
    batch = max(1, round(BATCH_SECONDS / max(seconds, 1e-7)))
    first: tuple[float, float] | None = None
    calls, begun = 0, clock()
    while clock() - begun < (PATIENCE + 1) * window:
        for i in range(batch):
            prepared.run(i % prepared.sets)
        backend.synchronise()
        calls += batch
        now, at = meter.joules(), clock()
        if now is None:
            return None
        if first is None:
            if now > before:
                first, calls = (now, at), 0
        elif now > before and at - first[1] >= window:
            return (now - first[0]) / calls
        before = now
    return None
