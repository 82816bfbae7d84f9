r"""Where kernels run, behind one small interface: a card (`card.CupyBackend`), or the emulation on the host.

Buffers are what the backend makes of them (CuPy's or numpy's arrays), may be sliced and reshaped, and go back to
`launch` as arguments, as do scalars of numpy types and, by `ByValue`, structures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mechanisms.errors import InvalidInput
from proving_cost.gpu import host_build

__all__ = ["Argument", "Backend", "Buffer", "ByValue", "HostBackend", "Mark", "pair"]

Buffer: TypeAlias = Any
"""An array in the memory of a backend."""
Mark: TypeAlias = Any
"""A moment in the order of launched kernels."""
HOST_BYTES = 1 << 28  # what the emulation gives out: it is for small sizes


@dataclass(frozen=True, slots=True, eq=False)
class ByValue:
    """An argument that is a structure: the bytes of an array are copied into the kernel's parameters.

    Arguments:
        value: A contiguous array (of words, or of one structured entry) of at most 4000 bytes.
    """

    value: NDArray[Any]


Argument: TypeAlias = "Buffer | np.generic | ByValue"


class Backend(Protocol):
    """What runs kernels."""

    name: str

    def upload(self, array: NDArray[Any]) -> Buffer:
        """A copy of an array, contiguous."""
        ...

    def empty(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> Buffer:
        """Room for an array; its contents are whatever was there."""
        ...

    def download(self, buffer: Buffer) -> NDArray[Any]:
        """The contents of a buffer, after all kernels launched so far."""
        ...

    def poison(self, buffer: Buffer) -> None:
        """Fill a buffer with a value that no kernel writes, so that what is left unwritten shows."""
        ...

    def launch(
        self, source: str, kernel: str, grid: int | tuple[int, int], block: int | tuple[int, int], args: Sequence[Argument],
        shared: int = 0,
    ) -> None:  # fmt: skip
        """Start a kernel.

        Arguments:
            source: Name of a `.cu` file without its ending.
            kernel: Name of a kernel in it.
            grid: Blocks, along x or along x and y.
            block: Threads in a block.
            args: Buffers, scalars of numpy types (`np.uint32(3)`), structures.
            shared: Bytes of dynamic shared memory.
        """
        ...

    def synchronise(self) -> None:
        """Wait for all kernels."""
        ...

    def mark(self) -> Mark:
        """The moment at which all kernels launched so far are done; it is not waited for."""
        ...

    def seconds_between(self, first: Mark, last: Mark) -> float:
        """Time between two moments, waiting for the later one."""
        ...

    def before_timing(self) -> None:
        """Put everything else into the second-level cache, and keep the device busy while the next kernels are launched."""
        ...

    def free_bytes(self) -> int:
        """Memory that a case may take."""
        ...

    def release(self) -> None:
        """Give the memory of buffers that nobody holds back to the device."""
        ...


class HostBackend:
    """The emulation.

    Arguments:
        backwards: Run blocks, and the threads of a block, from the last to the first, to show a missing barrier.
    """

    name = "host"

    def __init__(self, *, backwards: bool = False) -> None:
        self.backwards = backwards

    def upload(self, array: NDArray[Any]) -> Buffer:
        return np.array(array, order="C", copy=True)

    def empty(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> Buffer:
        out = np.empty(shape, dtype)
        self.poison(out)
        return out

    def download(self, buffer: Buffer) -> NDArray[Any]:
        return np.array(buffer)

    def poison(self, buffer: Buffer) -> None:
        buffer.view(np.uint8)[...] = 0xEE

    def launch(
        self, source: str, kernel: str, grid: int | tuple[int, int], block: int | tuple[int, int], args: Sequence[Argument],
        shared: int = 0,
    ) -> None:  # fmt: skip
        kept, pointers = [], []
        for index, arg in enumerate(args):
            if isinstance(arg, np.ndarray):
                _check_contiguous(kernel, index, arg)
                arg = np.array(arg.ctypes.data, dtype=np.uint64)
            elif isinstance(arg, ByValue):
                arg = np.ascontiguousarray(arg.value)
            elif isinstance(arg, np.generic):
                arg = np.array(arg)
            else:
                raise InvalidInput(f"args[{index}] of {kernel!r}: must be a buffer or a numpy scalar; got {arg!r}.")
            kept.append(arg)
            pointers.append(arg.ctypes.data)
        host_build.launch(source, kernel, pair(grid), pair(block), pointers, shared, self.backwards)

    def synchronise(self) -> None:
        pass

    def mark(self) -> Mark:
        return time.perf_counter()

    def seconds_between(self, first: Mark, last: Mark) -> float:
        return float(last - first)

    def before_timing(self) -> None:
        pass

    def free_bytes(self) -> int:
        return HOST_BYTES

    def release(self) -> None:
        pass


def pair(shape: int | tuple[int, int]) -> tuple[int, int]:
    """A shape of one or two axes as two."""
    return shape if isinstance(shape, tuple) else (int(shape), 1)


def _check_contiguous(kernel: str, index: int, array: NDArray[Any]) -> None:
    if not array.flags.c_contiguous:
        raise InvalidInput(f"args[{index}] of {kernel!r}: a buffer must be contiguous; got strides {array.strides}.")
