r"""What the suite measures: a kernel at a size, with its work, and how to make its inputs, run it and check it.

    def cases(limit_bytes: int) -> Iterator[Case]:
        ...
        yield case("ntt/goldilocks", n, make, bytes_moved=passes * 16 * n, device_bytes=sets * 8 * n + tables)

Each module of kernels exports such a `cases`, of the sizes that need at most `limit_bytes` of the card's memory; the
largest come last or first, in any order.  Work is that of the cost model (`cost_model.work`), so that a fraction of
a floor means the same for every implementation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mechanisms.errors import SolverFailure
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.cost_model.work import Work, work_of
from proving_cost.gpu.backend import Backend

__all__ = ["Case", "CheckFailed", "Prepared", "case"]


class CheckFailed(SolverFailure):
    """A kernel gave a wrong value; the message says which, where and against what."""


class Prepared(Protocol):
    """A case with its inputs on the card.

    Attributes:
        sets: Input sets; enough that together they do not stay in the second-level cache, or fewer where memory is short.
    """

    sets: int

    def run(self, i: int) -> None:
        """Launch the kernels on the i-th input set, 0 <= i < sets, without waiting for them."""
        ...

    def check(self) -> str:
        """Poison the outputs, run, and compare.

        Returns:
            What the result was compared with, in a few words: `"CPU kernel"`, `"linearity, 3 random combinations"`.

        Raises:
            CheckFailed: A value is wrong, or was not written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A kernel at a size.

    Arguments:
        subject: As in a measurement file (`cost_model.subjects`).
        n: Size of the call; operations in it, for a stream.
        work: Of the whole call; its `memory_bytes` are the fewest, by the cost model.
        bytes_moved: What this implementation moves between memory and processors: every pass, once in and once out.
        device_bytes: Memory of the card that it needs, all input sets, outputs and tables.
        make: Makes the inputs and puts them on the card.
    """

    subject: str
    n: int
    work: Work
    bytes_moved: float
    device_bytes: int = 0
    make: Callable[[Backend, np.random.Generator], Prepared]

    @property
    def label(self) -> str:
        """Subject and size, as in `ntt/goldilocks 2^24`."""
        power = self.n.bit_length() - 1
        return f"{self.subject} {f'2^{power}' if self.n == 1 << power else f'{self.n:,}'}"


def case(
    subject: str,
    n: int,
    make: Callable[[Backend, np.random.Generator], Prepared],
    *,
    bytes_moved: float | None = None,
    device_bytes: int = 0,
) -> Case:
    """A case with the work of the cost model.

    Arguments:
        subject: As in a measurement file.
        n: Size of the call; operations in it, for a stream.
        make: Makes the inputs and puts them on the card.
        bytes_moved: As of `Case`; None takes the fewest.
        device_bytes: As of `Case`.

    Raises:
        InvalidInput: No such subject, or a size that its kernel does not take.

    Example:
        >>> case("ntt/goldilocks", 1 << 24, lambda backend, rng: None).work.memory_bytes == 2 * 2 * 8 * 2**24
        True
    """
    event = event_of(subject, n)
    one = work_of(event)
    times = 1 if is_sized(event) else n
    work = Work(one.wide_mads * times, one.instructions * times, one.memory_bytes * times)
    moved = work.memory_bytes if bytes_moved is None else float(bytes_moved)
    return Case(subject=subject, n=n, work=work, bytes_moved=moved, device_bytes=device_bytes, make=make)
