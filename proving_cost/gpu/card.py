r"""The card: CuPy compiles the sources at run time (NVRTC), launches them, and times them by events.

CuPy keeps compiled kernels in a folder of the user under the hash of the source text and of the options, which does
not see a changed header.  The text that is compiled therefore begins with the hash of all headers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mechanisms.errors import MissingExtra, Refused
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import Argument, Buffer, ByValue, Mark, pair

__all__ = ["INSTALL", "CardLost", "CupyBackend"]

INSTALL = "pip install 'prover-markets[gpu]'"
NO_DEVICE, OLD_DRIVER, OUT_OF_MEMORY = 100, 35, 2  # cudaErrorNoDevice, cudaErrorInsufficientDriver, cudaErrorMemoryAllocation
NOT_LOADED = (200, 209, 218, 222)  # of the driver: a binary or text that it does not take
NOT_LAUNCHED = (1, 9, 98, 400, 500, 701)  # a launch that the card does not take; others run on
STATIC_SHARED = 48 * 1024  # bytes of shared memory that need no leave
SHARE = 0.9  # of the free memory that cases may take: fragments, and the driver's own
LEAST_SCRATCH = 128 << 20
HOLD_SECONDS = 800e-6  # a launch by CuPy takes the host some ten microseconds, and a tree has twenty
T = TypeVar("T")


class CardLost(Refused):
    """A kernel failed on the card, after which no other kernel of this process can run."""


class CupyBackend:
    """The card that CuPy is on.

    Raises:
        MissingExtra: CuPy is not installed, or NVRTC, its compiler, is not.
        Refused: There is no card, or its driver is too old for the CUDA that CuPy is built for.
    """

    name = "cupy"

    def __init__(self) -> None:
        try:
            import cupy
        except ModuleNotFoundError as missing:
            if missing.name != "cupy":
                raise MissingExtra(f"CuPy cannot be loaded: {missing}. Install it again: {INSTALL}") from None
            raise MissingExtra(f"kernels on a card need CuPy. Install it: {INSTALL}") from None
        except ImportError as wrong:
            raise MissingExtra(f"CuPy cannot be loaded: {_line(wrong)}. Install it again: {INSTALL}") from None
        self.cupy = cupy
        _check_driver(cupy.cuda.runtime)
        try:
            self.compiler_version = ".".join(map(str, cupy.cuda.nvrtc.getVersion()))
        except (ImportError, RuntimeError) as wrong:  # RuntimeError: of what CuPy looks for libraries with
            raise MissingExtra(f"kernels on a card need NVRTC: {_line(wrong)}. Install it: {INSTALL}") from None
        self._modules: dict[str, Any] = {}
        self._kernels: dict[tuple[str, str, int], Any] = {}
        self._scratch: Any = None

    def upload(self, array: NDArray[Any]) -> Buffer:
        return self._guarded(lambda: self.cupy.asarray(np.ascontiguousarray(array)), array.nbytes)

    def empty(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> Buffer:
        return self._guarded(lambda: self.cupy.empty(shape, dtype), int(np.prod(shape)) * np.dtype(dtype).itemsize)

    def download(self, buffer: Buffer) -> NDArray[Any]:
        return self._guarded(lambda: np.asarray(self.cupy.asnumpy(buffer)))

    def poison(self, buffer: Buffer) -> None:
        self._guarded(lambda: buffer.data.memset_async(0xEE, buffer.nbytes))

    def launch(
        self, source: str, kernel: str, grid: int | tuple[int, int], block: int | tuple[int, int], args: Sequence[Argument],
        shared: int = 0,
    ) -> None:  # fmt: skip
        found = self._kernel(source, kernel, shared)
        values = tuple(self._by_value(a) if isinstance(a, ByValue) else a for a in args)
        self._guarded(lambda: found(pair(grid), pair(block), values, shared_mem=shared))

    def synchronise(self) -> None:
        self._guarded(lambda: self.cupy.cuda.get_current_stream().synchronize())

    def mark(self) -> Mark:
        event = self.cupy.cuda.Event()
        self._guarded(event.record)
        return event

    def seconds_between(self, first: Mark, last: Mark) -> float:
        self._guarded(last.synchronize)
        return float(self.cupy.cuda.get_elapsed_time(first, last)) * 1e-3

    def before_timing(self) -> None:
        """Overwrite twice the second-level cache, then hold the card, so that launches do not wait for the host."""
        if self._scratch is None:
            size = max(LEAST_SCRATCH, 2 * self.cache_bytes)
            self._scratch = self.empty(size, np.uint8)
            self._end = self.empty(32, np.uint32)
        self._guarded(lambda: self._scratch.data.memset_async(0x5A, self._scratch.nbytes))
        self.launch("calibration", "hold", 1, 32, (self._end, np.uint64(max(1, HOLD_SECONDS * self.clock_hz))))

    def free_bytes(self) -> int:
        free, _ = self._guarded(self.cupy.cuda.runtime.memGetInfo)
        pool = self.cupy.get_default_memory_pool()
        return int(SHARE * (free + pool.free_bytes()))

    def release(self) -> None:
        self._guarded(self.cupy.cuda.get_current_stream().synchronize)
        self.cupy.get_default_memory_pool().free_all_blocks()

    @property
    def multiprocessors(self) -> int:
        """Multiprocessors of the card."""
        return int(self._attributes["MultiProcessorCount"])

    @property
    def cache_bytes(self) -> int:
        """Bytes of its second-level cache."""
        return int(self._attributes.get("L2CacheSize", 0))

    @property
    def clock_hz(self) -> float:
        """The highest clock that the driver states; about 2 GHz where it states none."""
        return float(self._attributes.get("ClockRate") or 2_000_000) * 1e3

    @property
    def capability(self) -> str:
        """Compute capability, as `9.0`."""
        digits = str(self.cupy.cuda.Device().compute_capability)
        return f"{digits[:-1]}.{digits[-1]}"

    @property
    def card_name(self) -> str:
        """As the driver calls it, `NVIDIA H200`."""
        properties = self.cupy.cuda.runtime.getDeviceProperties(self.cupy.cuda.Device().id)
        name = properties["name"]
        return name.decode() if isinstance(name, bytes) else str(name)

    @property
    def memory_bytes(self) -> int:
        """Memory of the card."""
        return int(self.cupy.cuda.runtime.memGetInfo()[1])

    @property
    def bus_id(self) -> str:
        """Where the card is, by which `energy` finds the same one."""
        return str(self.cupy.cuda.Device().pci_bus_id)

    @property
    def versions(self) -> dict[str, str]:
        """Of CuPy, of the CUDA it is built for, of the compiler, and the newest that the driver takes."""
        runtime = self.cupy.cuda.runtime
        out = {"cupy": str(self.cupy.__version__), "nvrtc": self.compiler_version}
        for name, number in (("cuda", runtime.runtimeGetVersion()), ("cuda of the driver", runtime.driverGetVersion())):
            out[name] = _version(number)
        return out

    @cached_property
    def _attributes(self) -> dict[str, int]:
        return dict(self.cupy.cuda.Device().attributes)

    def _by_value(self, argument: ByValue) -> Any:
        return self.cupy.cuda.function.CNumpyArray(np.ascontiguousarray(argument.value))

    def _kernel(self, source: str, kernel: str, shared: int) -> Any:
        key = (source, kernel, shared)
        if key not in self._kernels:
            if source not in self._modules:
                self._modules[source] = self._module(source)
            cuda = self.cupy.cuda
            known = (cuda.compiler.CompileException, cuda.nvrtc.NVRTCError, cuda.driver.CUDADriverError)
            try:
                found = self._modules[source].get_function(kernel)
            except (*known, cuda.runtime.CUDARuntimeError) as wrong:
                self._not_compiled(source, wrong)
            if shared > STATIC_SHARED:
                self._guarded(lambda: setattr(found, "max_dynamic_shared_size_bytes", shared))
            self._kernels[key] = found
        return self._kernels[key]

    def _module(self, source: str) -> Any:
        text = host_build.source_file(source).read_text("utf-8")
        code = f"// {host_build.source_hash(source)}\n#line 1\n{text}"
        return self.cupy.RawModule(code=code, backend="nvrtc", options=("--std=c++17", f"-I{host_build.source_folder()}"))

    def _not_compiled(self, source: str, wrong: Exception) -> NoReturn:
        status = getattr(wrong, "status", None)
        if isinstance(wrong, self.cupy.cuda.compiler.CompileException):
            said = [line for line in str(wrong).splitlines() if "error" in line] or [_line(wrong)]
            raise Refused(f"{source}.cu: NVRTC cannot compile it: {said[0].strip()}") from None
        if status in NOT_LOADED:
            raise Refused(
                f"driver: does not take what NVRTC {self.compiler_version} makes ({_line(wrong)}). "
                "Install a newer driver, or the CuPy for an older CUDA."
            ) from None
        raise Refused(f"{source}.cu: cannot be loaded on this card: {_line(wrong)}") from None

    def _guarded(self, act: Callable[[], T], needed: int = 0) -> T:
        """What a call returns; its failure in one line."""
        cuda = self.cupy.cuda
        try:
            return act()
        except cuda.memory.OutOfMemoryError:
            self.release()
            raise Refused(
                f"memory: the card has {_size(self.free_bytes())} left for a case; {_size(needed)} more were asked for. "
                "Take a smaller size, or end what else runs on the card."
            ) from None
        except (cuda.runtime.CUDARuntimeError, cuda.driver.CUDADriverError) as wrong:
            if getattr(wrong, "status", None) in NOT_LAUNCHED:
                raise Refused(f"launch: the card does not take it: {_line(wrong)}") from None
            raise CardLost(f"the card failed: {_line(wrong)}. Run again with --resume, and without this case (--skip).") from None


def _check_driver(runtime: Any) -> None:
    """Whether there is a card and a driver that takes this CUDA."""
    try:
        cards, status = int(runtime.getDeviceCount()), 0
    except runtime.CUDARuntimeError as wrong:
        cards, status = 0, int(getattr(wrong, "status", 0))
        reason = _line(wrong)
    driver, needed = int(runtime.driverGetVersion()), int(runtime.runtimeGetVersion())
    if driver and (status == OLD_DRIVER or driver // 1000 < needed // 1000):
        raise Refused(
            f"driver: must take CUDA {needed // 1000} for this CuPy; it takes {_version(driver)}. Install a newer driver, "
            f"or the CuPy for it (pip install cupy-cuda{driver // 1000}x)."
        )
    if not driver or status in (NO_DEVICE, OLD_DRIVER) or (not status and not cards):
        raise Refused("card: found none (no CUDA driver or no NVIDIA GPU). The suite runs on a machine that has one.")
    if status:
        raise Refused(f"card: cannot be used: {reason}")


def _version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"


def _line(wrong: BaseException) -> str:
    """The first line of an error."""
    lines = [line.strip() for line in str(wrong).splitlines() if line.strip()]
    return lines[0] if lines else type(wrong).__name__


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 1 << 30 else f"{count / 2**20:.0f} MiB"
