"""CuPy as strict as on a card: arrays that numpy cannot read, arguments of the types it takes, kernels by the emulation."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
from gpu_cases import FakeCuda
from numpy.typing import DTypeLike, NDArray

from proving_cost.gpu import host_build
from proving_cost.gpu.backend import ByValue, HostBackend

SCALARS = {np.dtype(code).type for code in "?bhilqBHILQefdFD"}  # what CuPy passes by value
MOST_SHARED, MOST_THREADS, STRUCTURE_BYTES = 227 * 1024, 1024, 4000


class Array:
    """An array of a card: shape, type, slices and a pointer, and nothing that numpy could take for an array."""

    __array__ = None
    __array_ufunc__ = None

    def __init__(self, held: NDArray[Any]) -> None:
        self.held = held
        self.shape, self.dtype, self.size, self.nbytes = held.shape, held.dtype, held.size, held.nbytes

    def __len__(self) -> int:
        return len(self.held)

    def __getitem__(self, key: Any) -> Array:
        return Array(np.asarray(self.held[key]))

    def reshape(self, *shape: Any) -> Array:
        return Array(self.held.reshape(*shape))

    def view(self, kind: DTypeLike) -> Array:
        return Array(self.held.view(kind))

    @property
    def data(self) -> Any:
        assert self.held.flags.c_contiguous

        def fill(value: int, count: int) -> None:
            self.held.reshape(-1).view(np.uint8)[:count] = value

        return types.SimpleNamespace(memset_async=fill)


class Structure:
    """A structure that goes to a kernel by value."""

    def __init__(self, array: NDArray[Any]) -> None:
        assert array.flags.c_contiguous and array.nbytes <= STRUCTURE_BYTES
        self.array = array


class Kernel:
    """A kernel, launched as on a card of compute capability 9.0."""

    def __init__(self, source: str, name: str) -> None:
        self.source, self.name, self.max_dynamic_shared_size_bytes = source, name, 48 * 1024

    def __call__(self, grid: tuple[int, int], block: tuple[int, int], args: tuple[Any, ...], *, shared_mem: int) -> None:
        assert all(type(x) is int for x in (*grid, *block)) and isinstance(args, tuple)
        assert 0 < grid[0] < 1 << 31 and 0 < grid[1] < 1 << 16 and 0 < block[0] * block[1] <= MOST_THREADS
        assert shared_mem <= self.max_dynamic_shared_size_bytes <= MOST_SHARED
        if self.name != "hold":
            HostBackend().launch(self.source, self.name, grid, block, [self._argument(a) for a in args], shared_mem)

    def _argument(self, given: Any) -> Any:
        if isinstance(given, Array):
            return given.held
        if isinstance(given, Structure):
            return ByValue(given.array)
        assert type(given) in SCALARS, f"{self.name}: {given!r}"
        return given


def strict_cupy() -> types.ModuleType:
    """The module `cupy`."""
    cupy: Any = FakeCuda().module()
    sources = {path.read_text("utf-8"): path.stem for path in host_build.source_folder().glob("*.cu")}

    def module(code: str, backend: str, options: tuple[str, ...]) -> Any:
        source = sources[code.partition("\n#line 1\n")[2]]
        return types.SimpleNamespace(get_function=lambda name: Kernel(source, name))

    class Event:
        def record(self) -> None:
            pass

        def synchronize(self) -> None:
            pass

    cupy.RawModule = module
    cupy.empty = lambda shape, dtype: Array(np.full(shape, 7, dtype))
    cupy.asarray = lambda array: Array(np.array(array))
    cupy.asnumpy = lambda array: np.array(array.held)
    cupy.cuda.function.CNumpyArray = Structure
    cupy.cuda.Event, cupy.cuda.get_elapsed_time = Event, lambda first, last: 1.0
    return cupy  # type: ignore[no-any-return]
