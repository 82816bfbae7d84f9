r"""Machines as the cost model sees them: how much work of each kind they do in a second at best.

For a GPU of $S$ multiprocessors at clock $f$: $32\,S f$ wide multiply-adds and $64\,S f$ other integer
instructions a second (half and full rate of the integer pipe; the half rate is an assumption that puts published
multi-scalar multiplications between 0.16 and 0.7 of the limit), and the memory's bandwidth.  For a processor of
$C$ cores, $C f$ of each and no limit by memory: there only ratios between timings matter.

Left out: doubled integer units of the newest generation, caches, power limits.  The fitted factor of `structure`
absorbs them for the machines it was fitted on, and its band stands for them on others.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.work import Work
from proving_cost.price_table import Gpu, PriceTable

__all__ = ["Device", "device_names", "find_device", "shipped_table"]

MADS_A_CLOCK = 32.0
INSTRUCTIONS_A_CLOCK = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Rates of one machine.

    Attributes:
        name: As in the price table.
        kind: `gpu` or `cpu`.
        clock_hz: Clock.
        units: Multiprocessors, or cores.
        memory_bytes_per_second: Bandwidth; None where it is not modelled.
    """

    name: str
    kind: Literal["gpu", "cpu"]
    clock_hz: float
    units: float
    memory_bytes_per_second: float | None = None

    def least_seconds(self, work: Work, *, threads: float | None = None) -> float:
        """Seconds of some work at the machine's rates: the larger of arithmetic and memory.

        Arguments:
            work: What is to be done.
            threads: Cores that do it; None takes all.
        """
        clocks = self.clock_hz * (self.units if threads is None else threads)
        if self.kind == "gpu":
            arithmetic = work.wide_mads / (MADS_A_CLOCK * clocks) + work.instructions / (INSTRUCTIONS_A_CLOCK * clocks)
        else:
            arithmetic = (work.wide_mads + work.instructions) / clocks
        if self.memory_bytes_per_second is None:
            return arithmetic
        return max(arithmetic, work.memory_bytes / self.memory_bytes_per_second)


@functools.cache
def shipped_table() -> PriceTable:
    """The shipped price table, read once."""
    return PriceTable.from_toml()


def device_names(table: PriceTable | None = None) -> tuple[str, ...]:
    """Names of the machines that can be timed."""
    shown = shipped_table() if table is None else table
    return tuple(name for name, gpu in shown.gpus.items() if _missing(gpu) is None)


def find_device(name: str, table: PriceTable | None = None) -> Device:
    """The machine of this name; case, blanks, dashes and a leading RTX do not matter.

    Raises:
        InvalidInput: There is none; the message lists what there is.
        Refused: It is in the price table without the facts that timings scale by.

    Example:
        >>> find_device("rtx4090").name, find_device("h200").name, find_device("cpu").kind
        ('RTX 4090', 'H200', 'cpu')
    """
    prices = shipped_table() if table is None else table
    wanted = _plain(name) if isinstance(name, str) else ""
    found = [g for g in prices.gpus.values() if wanted in (_plain(g.name), _plain(g.name).removeprefix("rtx"))]
    if not wanted or not found:
        raise InvalidInput(
            f"hardware: must be one of {', '.join(device_names(prices))}; got {name!r}. "
            "Add a machine to a price table of your own (PriceTable.from_toml; --prices)."
        )
    gpu = found[0]
    missing = _missing(gpu)
    if missing is not None:
        raise Refused(
            f"hardware {gpu.name!r}: seconds need {missing}; the price table has none. Add it, with a source and a "
            "date, to a table of your own (PriceTable.from_toml)."
        )
    assert gpu.clock_ghz is not None  # `_missing` looked
    units = gpu.multiprocessors or gpu.cores
    assert units is not None
    memory = gpu.memory_gb_per_s
    return Device(
        name=gpu.name, kind="gpu" if gpu.multiprocessors else "cpu", clock_hz=gpu.clock_ghz.range.midpoint * 1e9,
        units=units.range.midpoint,
        memory_bytes_per_second=None if memory is None or gpu.multiprocessors is None else memory.range.midpoint * 1e9,
    )  # fmt: skip


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum() or c == ".")


def _missing(gpu: Gpu) -> str | None:
    if gpu.multiprocessors is None and gpu.cores is None:
        return "multiprocessors (of a GPU) or cores (of a processor)"
    if gpu.clock_ghz is None or gpu.clock_ghz.low <= 0:
        return "clock_ghz above 0"
    units = gpu.multiprocessors or gpu.cores
    if units is None or units.low <= 0:
        return "multiprocessors or cores above 0"
    if gpu.multiprocessors is not None and (gpu.memory_gb_per_s is None or gpu.memory_gb_per_s.low <= 0):
        return "memory_gb_per_s above 0"
    return None
