"""Sizes of a multi-scalar multiplication on a card (`multiplication`): window, tasks, chunks, memory.

The window minimises the additions of a thread, when all buckets are spread over the threads that a large card runs at
once, plus those into one bucket, which follow one another.  A task is at most half of what a thread adds in all, so that
the last ones to end do not keep the card waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mechanisms.errors import InvalidInput
from proving_cost.fields import BN254_FR
from proving_cost.kernels.msm_work import expected_work, uniform_bits, windows_for

__all__ = ["LARGEST", "Plan", "plan"]

LARGEST = 1 << 24
"""Points at most."""

LANES = 1 << 16  # threads that add points at once on a large card: 132 multiprocessors of 512
BUCKET_ADDITIONS = 4.0  # what a bucket costs after it is filled, in mixed additions: two full ones, and its share of the rest
CHUNK_LANES = 3 << 14  # threads that take chunks at once there, of more registers: 132 of 384
LARGEST_WINDOW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes of a multiplication.

    Attributes:
        n: Points.
        window: Bits of a digit, c.
        windows: Digits of a scalar.
        longest: Points of a task at most; a power of two.
        lg_chunk: lg of the buckets of a chunk.
    """

    n: int
    window: int
    windows: int
    longest: int
    lg_chunk: int

    @property
    def half(self) -> int:
        """Buckets of a window."""
        return 1 << (self.window - 1)

    @property
    def buckets(self) -> int:
        """Buckets of all windows."""
        return self.half * self.windows

    @property
    def tasks(self) -> int:
        """Tasks at most: one for each bucket that is not empty, and one for each `longest` points."""
        return self.buckets + self.n * self.windows // self.longest

    @property
    def chunks(self) -> int:
        """Chunks of a window."""
        return self.half >> self.lg_chunk

    @property
    def device_bytes(self) -> int:
        """Memory of the card, without points and scalars."""
        return 8 * self.n * self.windows + (128 + 12) * self.tasks + (20 + (128 >> self.lg_chunk)) * self.buckets + (1 << 20)

    @property
    def bytes_moved(self) -> int:
        """Bytes through memory, with full-width scalars: a digit is written, read, sorted, and its point read."""
        digits = self.n * self.windows
        return 32 * self.n + (4 + 4 + 4 + 4 + 64) * digits + 2 * 128 * self.buckets


def plan(n: int, scalar_bits: Iterable[tuple[int, float]] | None = None, *, window: int | None = None) -> Plan:
    """The window and sizes with the least expected time on a large card.

    Arguments:
        n: Points.
        scalar_bits: Pairs (bit length, how many scalars have it), of which the largest bounds the scalars; None for
            residues that are uniform.
        window: Bits of a digit; None chooses.

    Raises:
        InvalidInput: There are no points, or too many, or the window is not between 2 and 20.

    Example:
        >>> plan(1 << 22).window, plan(1 << 22).windows
        (17, 15)
    """
    if not 1 <= n <= LARGEST:
        raise InvalidInput(f"n: must lie from 1 to 2^24 points; got {n}. Split the sum.")
    if window is not None and not 2 <= window <= LARGEST_WINDOW:
        raise InvalidInput(f"window: must lie from 2 to {LARGEST_WINDOW} bits; got {window}.")
    histogram = tuple(scalar_bits) if scalar_bits is not None else uniform_bits(BN254_FR.modulus, n)
    bits = max((b for b, many in histogram if many), default=1) or 1

    def seconds(c: int) -> float:  # in additions of one thread
        added, windows, half = expected_work(histogram, c)[0], windows_for(bits, c), 1 << (c - 1)
        return (added + BUCKET_ADDITIONS * windows * half) / LANES + added / windows / half

    chosen = window or min(range(2, LARGEST_WINDOW + 1), key=seconds)
    windows, half = windows_for(bits, chosen), 1 << (chosen - 1)
    each = expected_work(histogram, chosen)[0] / LANES  # additions of a thread
    longest = min(1024, max(32, 1 << max(0, int(each / 2) - 1).bit_length()))
    lg_chunk = min(chosen - 1, max(2, min(7, (windows * half // CHUNK_LANES).bit_length())))
    return Plan(n=n, window=chosen, windows=windows, longest=longest, lg_chunk=lg_chunk)
