"""A card for tests: the emulation under a clock and a counter of energy that only kernels move, and cases on it."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from proving_cost.cost_model.work import Work
from proving_cost.gpu.backend import Backend, Buffer, HostBackend, Mark
from proving_cost.gpu.card_facts import CardFacts
from proving_cost.gpu.cases import Case, CheckFailed
from proving_cost.gpu.suite import Suite

LAUNCH_SECONDS = 1e-3  # of every kernel of this card
WATTS = 500.0
COUNTER_SECONDS = 0.02  # between two steps of its counter
FACTS = CardFacts(name="NVIDIA H200", multiprocessors=1, memory_bytes=141 << 30, capability="9.0", versions={"cupy": "14"})


class Card(HostBackend):
    """The emulation, on which every kernel takes a millisecond."""

    def __init__(self, free: int = 1 << 20) -> None:
        super().__init__()
        self.now, self.free, self.launched, self.released = 0.0, free, [], 0  # type: ignore[var-annotated]

    def launch(self, source: str, kernel: str, *shape: Any, **more: Any) -> None:
        super().launch(source, kernel, *shape, **more)
        self.now += LAUNCH_SECONDS
        self.launched.append(kernel)

    def mark(self) -> Mark:
        return self.now

    def free_bytes(self) -> int:
        return self.free

    def release(self) -> None:
        self.released += 1

    def clock(self) -> float:
        """Seconds of kernels so far."""
        return self.now


@dataclass
class Counter:
    """NVML's counter, moved in steps by the clock of a card."""

    card: Card
    silent: bool = False
    stuck: bool = False

    def joules(self) -> float | None:
        if self.silent:
            return None
        return 1.0 if self.stuck else WATTS * COUNTER_SECONDS * int(self.card.now / COUNTER_SECONDS)

    def clocks(self) -> Mapping[str, int]:
        return {} if self.silent else {"multiprocessors": 1980, "memory": 3201}

    def driver(self) -> str | None:
        return None if self.silent else "580.1"


class Copy:
    """A case that copies words; a planted error is one of `nothing`, `short` (the last word is not written), `wrong`."""

    def __init__(self, backend: Backend, rng: np.random.Generator, n: int, error: str = "nothing") -> None:
        self.backend, self.sets, self.n, self.error = backend, 3, n, error
        self.given = rng.integers(0, 1 << 32, (self.sets, 4 * n), dtype=np.uint32)
        self.sources: list[Buffer] = [backend.upload(row) for row in self.given]
        self.target = backend.empty(4 * n, np.uint32)
        self.seen: list[int] = []

    def run(self, i: int) -> None:
        self.seen.append(i)
        words = self.n - (self.error == "short")
        source = self.sources[(i + (self.error == "wrong")) % self.sets]
        self.backend.launch("calibration", "copy", 1, 32, (source, self.target, np.uint64(words)))

    def check(self) -> str:
        self.backend.poison(self.target)
        self.run(0)
        wrong = np.flatnonzero(self.backend.download(self.target) != self.given[0])
        if wrong.size:
            raise CheckFailed(f"copy: word {wrong[0]} is wrong.")
        return "what was copied"


def copying(
    subject: str, n: int, error: str = "nothing", *, device_bytes: int = 0, made: Callable[[Copy], None] | None = None
) -> Case:
    """A case of a subject that only copies, with round numbers for its work."""

    def make(backend: Backend, rng: np.random.Generator) -> Copy:
        copy = Copy(backend, rng, 16, error)
        if made is not None:
            made(copy)
        return copy

    return Case(
        subject=subject, n=n, work=Work(0.0, 1000.0 * n, 64.0 * n), bytes_moved=64.0 * n, device_bytes=device_bytes, make=make
    )


def suite(cases: Sequence[Case], card: Card | None = None, **changed: Any) -> Suite:
    """A suite of these cases on such a card."""
    used = card or Card()
    given: dict[str, Any] = {
        "backend": used, "facts": FACTS, "meter": Counter(used), "cases": cases, "seconds": 1000.0, "commit": "abc",
        "rng": np.random.default_rng(1), "clock": used.clock, "rounds": 1, **changed,
    }  # fmt: skip
    return Suite(**given)


class RuntimeFailure(RuntimeError):
    """What CuPy raises of the runtime."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class DriverFailure(RuntimeFailure):
    """What CuPy raises of the driver."""


class CompileFailure(Exception):
    """What CuPy raises of the compiler."""


class NoMemory(MemoryError):
    """What CuPy raises when memory is short."""


@dataclass
class FakeCuda:
    """As much of CuPy as `card` reads; every call that could fail is a function to be replaced."""

    driver: int = 13000
    cards: int = 1
    counting: RuntimeFailure | None = None
    compiler: Callable[[], tuple[int, int]] = field(default=lambda: (13, 5))
    function: Callable[[str], Any] = field(default=lambda name: lambda *args, **more: None)

    def module(self) -> types.ModuleType:
        """The module `cupy`."""
        cupy = types.ModuleType("cupy")
        cupy.__version__ = "14.2.0"  # type: ignore[attr-defined]

        def count() -> int:
            if self.counting is not None:
                raise self.counting
            return self.cards

        stream = types.SimpleNamespace(synchronize=lambda: None)
        device = types.SimpleNamespace(
            attributes={"MultiProcessorCount": 132, "L2CacheSize": 60 << 20, "ClockRate": 1_980_000}, compute_capability="90",
            id=0, pci_bus_id="0000:01:00.0",
        )  # fmt: skip
        runtime = types.SimpleNamespace(
            CUDARuntimeError=RuntimeFailure, getDeviceCount=count, driverGetVersion=lambda: self.driver,
            runtimeGetVersion=lambda: 13020, memGetInfo=lambda: (8 << 30, 141 << 30),
            getDeviceProperties=lambda at: {"name": b"NVIDIA H200"},
        )  # fmt: skip
        cuda = types.SimpleNamespace(
            runtime=runtime, driver=types.SimpleNamespace(CUDADriverError=DriverFailure),
            memory=types.SimpleNamespace(OutOfMemoryError=NoMemory), get_current_stream=lambda: stream,
            compiler=types.SimpleNamespace(CompileException=CompileFailure), Device=lambda: device,
            nvrtc=types.SimpleNamespace(NVRTCError=type("NVRTCError", (Exception,), {}), getVersion=self.compiler),
            function=types.SimpleNamespace(CNumpyArray=lambda array: ("by value", array)),
        )  # fmt: skip
        pool = types.SimpleNamespace(free_bytes=lambda: 0, free_all_blocks=lambda: None)
        cupy.cuda = cuda  # type: ignore[attr-defined]
        cupy.get_default_memory_pool = lambda: pool  # type: ignore[attr-defined]
        cupy.RawModule = lambda **given: types.SimpleNamespace(get_function=self.function, **given)  # type: ignore[attr-defined]
        cupy.empty = np.empty  # type: ignore[attr-defined]
        return cupy
