r"""Seconds from the structure of a kernel, where there is no timing of it on the machine.

$$ t = t_\text{launch} + \kappa \cdot t_\text{least}, \qquad
   t_\text{least} = \max\!\left(\frac{\text{wide multiply-adds}}{32\,S f} + \frac{\text{instructions}}{64\,S f},\;
   \frac{\text{bytes}}{\text{bandwidth}}\right) $$

with $t_\text{least}$ of `devices` and $\kappa$, how many times the limit a kernel takes, fitted to timings of its
*family* (`work.family_of`), the first of these that exist:

1. on the same machine, other kernels of the family;
2. on other machines of the same kind, whatever the library (median over machines of each one's median);
3. of field products of the same width, for kernels that are made of them; the band is then a factor 2 or more;
4. nothing: $\kappa = 2$ on a GPU (integer kernels of published libraries run at 77 to 85 % of a limit in their best
   part, and at half of it with reordering), from 1 to 4, *assumed*; on a processor it is refused.

$t_\text{launch}$ of a GPU is a number of clocks: of the least timing of the same kernel on the machine, else the median
over machines, or 10 us (5 to 20, assumed) where there is none.  Only timings of at least twice the launch, and within a
factor 8 of the largest size, enter $\kappa$.

How to read the numbers: the band is a factor 1.5 either way (2 from one processor to another, whose threads and caches
are not modelled), or the spread of $\kappa$ between machines if it is wider; a factor that was fitted to one thread of
a processor of $C$ cores may be $C$ times as much, if the kernel does not divide.  Leaving out one of three GPUs, or one
of two curves, 1.5 holds six in seven of the timings; what it misses are the two largest G1 multiplications of the newest
GPU, predicted from two of an older generation (half of the time), and transforms of 2^16 and 2^17, where a launch is
still part of the time (`validation` prints it).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mechanisms.enclosure import Enclosure
from mechanisms.errors import Refused
from proving_cost.cost_model.devices import Device
from proving_cost.cost_model.subjects import event_of, is_sized, subject_of
from proving_cost.cost_model.timings import Timing, preferred
from proving_cost.cost_model.work import Work, family_of, work_of
from proving_cost.ledger import Event
from proving_cost.price_table import REGIMES, Regime

__all__ = ["Estimate", "How", "Structure", "floor_of", "least_of"]

How: TypeAlias = Literal["interpolated", "extrapolated", "structural"]
BAND, OTHER_PROCESSOR = 1.5, 2.0
LAUNCH_SECONDS = (5e-6, 10e-6, 20e-6)
ASSUMED_KAPPA, ASSUMED_BAND = 2.0, 2.0
BUS_BYTES_PER_SECOND = 20e9  # PCI express 4, 16 lanes, as used
PROCESSOR_BYTES_PER_SECOND = (5e9, 20e9)
LARGEST_SIZES = 8  # timings within this factor of the largest
SMALL = 1024  # a GPU's series that begins here or below begins with launches
HOST = ("group", "pairing")
MADE_OF_PRODUCTS = ("ntt", "hash", "batch_inversion", "sumcheck", "fri_fold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds of one call: the launch and the rest, each likely and with its interval, and where they come from."""

    launch: float
    launch_range: Enclosure
    rest: float
    rest_range: Enclosure
    how: How = "structural"
    regime: Regime = "assumed"
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class _Fitted:
    kappa: float
    device: str
    one_thread: bool


@dataclass(frozen=True, slots=True)
class _Factor:
    kappa: float
    low: float
    high: float
    why: str


class Structure:
    """Factors and launches fitted to timings.

    Arguments:
        timings: What is known.
        devices: The machines that they were made on, by name.
    """

    __slots__ = ("_clocks", "_fitted", "_host")

    def __init__(self, timings: Iterable[Timing], devices: Mapping[str, Device]) -> None:
        self._host: dict[str, dict[str, tuple[Timing, ...]]] = {}
        self._clocks: dict[str, dict[str, float]] = {}
        self._fitted: dict[tuple[str, str], list[_Fitted]] = {}
        for (hardware, subject), curve in preferred(timings).items():
            if subject.split("/")[0] in HOST:
                self._host.setdefault(subject, {})[hardware] = curve
            elif hardware in devices and subject == subject_of(event_of(subject, 1)):  # only what is plain
                self._fit(devices[hardware], subject, curve)

    def _fit(self, device: Device, subject: str, curve: Sequence[Timing]) -> None:
        floor = floor_of(device, curve)
        launch = 0.0 if floor is None else floor.seconds
        if floor is not None:
            self._clocks.setdefault(subject, {})[device.name] = launch * device.clock_hz
        for timing in curve:
            event = event_of(subject, timing.n)
            least = least_of(device, event, timing.n)
            if timing.n * LARGEST_SIZES < curve[-1].n or timing.seconds < 2 * launch or least <= 0:
                continue
            one_thread = device.kind == "cpu" and not is_sized(event) and timing.n == 1
            fitted = _Fitted((timing.seconds - launch) / least, device.name, one_thread)
            family = family_of(event)
            for name in (family, *([_products(family)] if subject.startswith("field/") and subject.endswith("/mul") else [])):
                self._fitted.setdefault((device.kind, name), []).append(fitted)

    def launch(self, device: Device, event: Event) -> tuple[float, float, float]:
        """Seconds of a launch: low, likely, high."""
        if device.kind == "cpu" or event.kind in HOST:
            return 0.0, 0.0, 0.0
        clocks = self._clocks.get(subject_of(event))
        if clocks is None:
            return LAUNCH_SECONDS
        seconds = clocks.get(device.name, statistics.median(clocks.values())) / device.clock_hz
        return seconds / BAND, seconds, seconds * BAND

    def _factor(self, device: Device, event: Event) -> _Factor:
        family = family_of(event)
        ways = [(family, BAND, "its family")]
        if family.split("/")[0] in MADE_OF_PRODUCTS and family.endswith(("/wide", "/narrow")):
            ways.append((_products(family), ASSUMED_BAND, "field products"))
        for name, band, words in ways:
            found = self._fitted.get((device.kind, name), [])
            own = [f for f in found if f.device == device.name]
            used = own or found
            if used:
                kappa, spread = _pooled(used, band if own or device.kind == "gpu" else max(band, OTHER_PROCESSOR))
                alone = device.units if any(f.one_thread for f in used) else 1.0
                why = f"kappa of {words} on {', '.join(sorted({f.device for f in used}))}"
                return _Factor(kappa, spread, spread * alone, why)
        if device.kind == "gpu":
            return _Factor(
                ASSUMED_KAPPA, ASSUMED_BAND, ASSUMED_BAND, "kappa assumed, 1 to 4: no timing of the family on a GPU"
            )
        raise Refused(
            f"{subject_of(event)!r} on {device.name!r}: no timing of this kernel or of its family on any processor, so it "
            "has no unit cost. Measure it into a file (`prover-markets cost --calibrate` writes the format) and pass the file."
        )

    def estimate(self, device: Device, event: Event, many: int) -> Estimate:
        """Seconds of one call: of a sized event, or of `many` operations of a stream.

        Raises:
            Refused: No timing to go by.
        """
        if event.kind in HOST:
            return self._on_the_host(device, event, many)
        if event.kind == "bytes":
            return _moving(device, many)
        low, launch, high = self.launch(device, event)
        factor = self._factor(device, event)
        rest = factor.kappa * least_of(device, event, many)
        return Estimate(
            launch=launch, launch_range=Enclosure(low, high), rest=rest,
            rest_range=Enclosure(rest / factor.low, rest * factor.high),
            formula=f"t_launch + {factor.kappa:.3g}*work/rate", source=factor.why,
        )  # fmt: skip

    def _on_the_host(self, device: Device, event: Event, many: int) -> Estimate:
        subject = subject_of(event)
        known = self._host.get(subject) or self._host.get(subject.replace("/double", "/add"))
        if not known:
            raise Refused(
                f"{subject!r} on {device.name!r}: no timing of this operation on any processor, so it has no unit cost. "
                "Measure it into a file and pass the file."
            )
        here = device.name in known
        used = known[device.name] if here else [t for curve in known.values() for t in curve]
        low, high = min(t.range.lower / t.n for t in used), max(t.range.upper / t.n for t in used)
        middle = math.exp(statistics.fmean(math.log(t.seconds / t.n) for t in used))
        return Estimate(
            launch=0.0, launch_range=Enclosure(0.0, 0.0), rest=middle * many, rest_range=Enclosure(low * many, high * many),
            how="extrapolated" if here else "structural",
            regime=max((t.regime for t in used), key=REGIMES.index) if here else "assumed",
            formula="count*t, one thread of a host processor", source="; ".join(sorted({t.source for t in used})),
        )  # fmt: skip


def floor_of(device: Device, curve: Sequence[Timing]) -> Timing | None:
    """The timing that says what a launch takes: the least of a GPU's series that begins small; else None."""
    return min(curve, key=lambda t: t.seconds) if device.kind == "gpu" and curve[0].n <= SMALL else None


def least_of(device: Device, event: Event, many: int) -> float:
    """Seconds of a sized event, or of many operations of a stream (each on one core), at the machine's rates."""
    if is_sized(event):
        return device.least_seconds(work_of(event))
    one = work_of(event)
    work = Work(one.wide_mads * many, one.instructions * many, one.memory_bytes * many)
    return device.least_seconds(work, threads=min(float(many), device.units) if device.kind == "cpu" else None)


def _products(family: str) -> str:
    return f"products/{family.split('/')[1]}"


def _pooled(found: Sequence[_Fitted], band: float) -> tuple[float, float]:
    """The middle of the machines' factors, in logarithms, and a band that holds each machine's own."""
    machines = {f.device: statistics.median(g.kappa for g in found if g.device == f.device) for f in found}
    middle = math.exp(statistics.median(math.log(k) for k in machines.values()))
    return middle, max(band, *(max(k / middle, middle / k) for k in machines.values()))


def _moving(device: Device, many: int) -> Estimate:
    slow, fast = PROCESSOR_BYTES_PER_SECOND
    if device.kind == "gpu":
        slow, fast = BUS_BYTES_PER_SECOND, device.memory_bytes_per_second or BUS_BYTES_PER_SECOND
    return Estimate(
        launch=0.0, launch_range=Enclosure(0.0, 0.0), rest=many / math.sqrt(slow * fast),
        rest_range=Enclosure(many / fast, many / slow),
        formula=f"bytes/rate, {slow / 1e9:g} to {fast / 1e9:g} GB/s", source="assumed: between memory and bus",
    )  # fmt: skip
