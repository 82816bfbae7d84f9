r"""The card's own ceilings: instructions of three kinds, copied bytes, a launch.

Every chain of `source/calibration.cu` does $8 \cdot 16$ instructions a round in every thread, and what it leaves in
memory is compared with the same chain on the host, so a rate is never that of code that was left out.  A ceiling is
the median of the fastest grid; a copy counts bytes read and bytes written.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from proving_cost.gpu.backend import Backend, Buffer
from proving_cost.gpu.cases import CheckFailed

__all__ = ["Ceilings", "calibrate_card", "start_work"]

CHAINS, STEPS = 8, 16
THREADS = 256
CHECKED = 16  # rounds that the host repeats
START = 0x9E3779B97F4A7C15
FACTOR, ADDEND = 0x2545F491, 0x3C6EF373


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """What a card does at best.

    Attributes:
        imad_per_second: 32-bit multiply-adds.
        imad_wide_per_second: 32 × 32 → 64 bit multiply-adds.
        iadd3_per_second: Additions of three words; what plain instructions are counted as.
        copy_bytes_per_second: Bytes read and bytes written, of a copy in its memory.
        launch_seconds: From a launch by the host to its end, waited for.
        queued_launch_seconds: A launch among many.
    """

    imad_per_second: float
    imad_wide_per_second: float
    iadd3_per_second: float
    copy_bytes_per_second: float
    launch_seconds: float
    queued_launch_seconds: float

    def to_json(self) -> dict[str, float]:
        """Names and values, to four digits."""
        return {name: float(f"{value:.4g}") for name, value in asdict(self).items()}


def calibrate_card(
    backend: Backend, *, multiprocessors: int = 1, rounds: int = 2048, readings: int = 9, warm_seconds: float = 0.0
) -> Ceilings:
    """Measure the ceilings of the device of a backend; a few seconds on a card.

    Arguments:
        backend: What runs the kernels.
        multiprocessors: Of the device; every one gets several full sets of threads.
        rounds: Rounds of a chain, 128 instructions each.
        readings: Readings of which the median counts.
        warm_seconds: Work before the first reading, in which an idle card raises its clock.

    Raises:
        CheckFailed: A chain or the copy left a wrong value.
    """
    _warm(backend, multiprocessors, rounds, warm_seconds)
    rates = {kernel: _chain(backend, kernel, multiprocessors, rounds, readings) for kernel in ("imad", "imad_wide", "iadd3")}
    return Ceilings(
        imad_per_second=rates["imad"], imad_wide_per_second=rates["imad_wide"], iadd3_per_second=rates["iadd3"],
        copy_bytes_per_second=_copy(backend, multiprocessors, readings),
        launch_seconds=_launch(backend, 1, readings), queued_launch_seconds=_launch(backend, 64, readings),
    )  # fmt: skip


def start_work(backend: Backend, multiprocessors: int, rounds: int, times: int = 1) -> None:
    """Put a device to work, and do not wait for it: some milliseconds each time."""
    blocks = 8 * multiprocessors
    out = backend.empty(blocks * THREADS, np.uint32)
    for _ in range(times):
        backend.launch("calibration", "imad", blocks, THREADS, (out, np.uint32(FACTOR), np.uint32(ADDEND), np.uint32(rounds)))


def _warm(backend: Backend, multiprocessors: int, rounds: int, seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        start_work(backend, multiprocessors, rounds, 4)
        backend.synchronise()


def _chain(backend: Backend, kernel: str, multiprocessors: int, rounds: int, readings: int) -> float:
    wide = kernel == "imad_wide"
    fastest = 0.0
    for waves in (8, 16) if multiprocessors > 1 else (1,):
        blocks = waves * multiprocessors
        out = backend.empty(blocks * THREADS, np.uint64 if wide else np.uint32)
        words = [np.uint32(FACTOR)] + ([np.uint32(ADDEND)] if kernel == "imad" else [])
        backend.poison(out)
        backend.launch("calibration", kernel, blocks, THREADS, (out, *words, np.uint32(min(rounds, CHECKED))))
        _compare(kernel, backend.download(out), min(rounds, CHECKED))
        args = (out, *words, np.uint32(rounds))
        seconds = []
        for _ in range(readings):
            first = backend.mark()
            backend.launch("calibration", kernel, blocks, THREADS, args)
            seconds.append(max(1e-9, backend.seconds_between(first, backend.mark())))
        fastest = max(fastest, blocks * THREADS * CHAINS * STEPS * rounds / statistics.median(seconds))
    return fastest


def _compare(kernel: str, got: NDArray[np.unsignedinteger], rounds: int) -> None:
    for thread in sorted({0, 1, len(got) // 2, len(got) - 1}):
        if int(got[thread]) != expected(kernel, thread, rounds):
            raise CheckFailed(f"calibration: {kernel!r} left {int(got[thread])} at thread {thread}; it must be another value.")


def expected(kernel: str, thread: int, rounds: int) -> int:
    """What a thread of a chain leaves."""
    bits = 64 if kernel == "imad_wide" else 32
    mask = (1 << bits) - 1
    x = [(START * ((thread + j + 1) & 0xFFFFFFFF)) & mask for j in range(CHAINS)]
    for _ in range(rounds * STEPS):
        for j in range(CHAINS):
            y = x[(j + 1) % CHAINS]
            if kernel == "imad":
                x[j] = (x[j] * FACTOR + ADDEND) & mask
            elif kernel == "imad_wide":
                x[j] = (x[j] + (y >> 32) * FACTOR) & mask
            else:
                x[j] = (x[j] + y + FACTOR) & mask
    out = 0
    for value in x:
        out ^= value
    return out


def _copy(backend: Backend, multiprocessors: int, readings: int) -> float:
    largest = 1 << 30 if multiprocessors > 1 else 1 << 14
    words = min(largest, backend.free_bytes() // 4) // 16
    source = _filled(backend, words)
    target = backend.empty(4 * words, np.uint32)
    fastest = 0.0
    for waves in (8, 16, 32, 64) if multiprocessors > 1 else (1,):
        blocks = waves * multiprocessors
        args = (source, target, np.uint64(words))
        backend.poison(target)
        backend.launch("calibration", "copy", blocks, THREADS, args)
        _compare_copy(backend, source, target, words)
        seconds = []
        for _ in range(readings):
            first = backend.mark()
            backend.launch("calibration", "copy", blocks, THREADS, args)
            seconds.append(max(1e-9, backend.seconds_between(first, backend.mark())))
        fastest = max(fastest, 2 * 16 * words / statistics.median(seconds))
    return fastest


def _filled(backend: Backend, words: int) -> Buffer:
    """Words without a pattern: a random part, repeated by copies on the device."""
    part = np.random.default_rng(0).integers(0, 1 << 32, 4 * min(words, 1 << 16), dtype=np.uint32)
    source = backend.empty(4 * words, np.uint32)
    piece = backend.upload(part)
    for start in range(0, 4 * words, len(part)):
        count = min(len(part), 4 * words - start)
        backend.launch("calibration", "copy", 16, THREADS, (piece, source[start : start + count], np.uint64(count // 4)))
    return source


def _compare_copy(backend: Backend, source: Buffer, target: Buffer, words: int) -> None:
    span = min(4 * words, 4096)
    for start in (0, 2 * words - span // 2, 4 * words - span):
        here = slice(max(0, start), max(0, start) + span)
        if not np.array_equal(backend.download(source[here]), backend.download(target[here])):
            raise CheckFailed("calibration: the copy differs from what was copied.")


def _launch(backend: Backend, many: int, readings: int) -> float:
    """Seconds of one of several empty kernels that are launched together, by the clock of the host."""
    out = backend.empty(32, np.uint32)
    backend.launch("calibration", "empty", 1, 32, (out,))
    backend.synchronise()
    seconds = []
    for _ in range(max(readings, 3) * 3):
        start = time.perf_counter()
        for _ in range(many):
            backend.launch("calibration", "empty", 1, 32, (out,))
        backend.synchronise()
        seconds.append((time.perf_counter() - start) / many)
    return statistics.median(seconds)
