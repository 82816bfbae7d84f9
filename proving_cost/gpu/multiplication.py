r"""Multi-scalar multiplication $\sum_i k_i P_i$ on the G1 of BN254, by Pippenger's method with signed digits.

1. Every scalar is written in base $2^c$ with digits in $(-2^{c-1}, 2^{c-1}]$, and the digits of each bucket (window and
   absolute value) are counted.
2. A counting sort lists the points of each bucket.  Buckets with more points than `longest` are cut into tasks of equal
   size, and the tasks are ordered by size, so that the threads of a warp end together and the longest start first.
3. A thread adds up each task (XYZZ coordinates, 8M + 2S an addition); tasks of one bucket are then joined.
4. Threads take chunks of buckets, $\sum_d d\,S_d$ by a running sum from the top; then the chunks of each window are
   added, and the windows combined by c doublings each.

Which point goes where takes some thirty bytes a digit through memory, against some 1300 multiply-adds to add it.
All is done on the card, to one point in XYZZ coordinates, which the host makes affine.  The suite checks against bases
of known logarithms (`known_logarithms`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.fields import BN254_FQ, BN254_FR
from proving_cost.gpu.backend import Backend, Buffer
from proving_cost.gpu.cases import Case, CheckFailed, case
from proving_cost.gpu.known_logarithms import KnownBases, witness_like
from proving_cost.gpu.limbs import RADIX, Limbs, from_limbs, random_limbs, to_limbs
from proving_cost.gpu.multiplication_plan import Plan, plan
from proving_cost.gpu.wide_check import check_arithmetic
from proving_cost.kernels.scalar_bits import histogram

__all__ = ["Multiplication", "affine_point", "cases"]

THREADS = 128  # a block of threads that add points
TREE_THREADS = 256  # one that adds up to a single point, where what counts is how many additions follow one another
SCAN_BLOCK = 2048  # counters of a block in a scan
SMALL = 1 << 10  # points of a case that checks the arithmetic too
SETS = 3  # of scalars in a case; points and digits are more than a cache holds
Launch: TypeAlias = tuple[str, int | tuple[int, int], int, tuple[Any, ...]]
Q, R = BN254_FQ.modulus, BN254_FR.modulus


class Multiplication:
    """Sums of n points with n scalars, with the buffers that they take.

    Arguments:
        backend: What runs the kernels.
        plan: Sizes, from `multiplication_plan.plan`.
    """

    def __init__(self, backend: Backend, plan: Plan) -> None:
        self.backend, self.plan = backend, plan

        def words(count: int) -> Buffer:
            return backend.empty(max(1, count), np.uint32)

        digits = plan.n * plan.windows
        self._digits, self._entries = words(digits), words(digits)
        self._classes = plan.longest + 1
        # counts of the buckets, of the tasks of each length, of the heavy buckets, and whether a scalar was too long
        self._counters = words(plan.buckets + self._classes + 2)
        self._starts, self._first_tasks = words(plan.buckets + 1), words(plan.buckets + 1)
        self._cursors, self._heavy = words(plan.buckets), words(plan.buckets)
        self._sums = backend.empty(-(-plan.buckets // SCAN_BLOCK), np.uint64)
        self._tasks, self._order = words(2 * plan.tasks), words(plan.tasks)
        self._partials = backend.empty((plan.tasks, 4, 8), np.uint32)
        self._totals = backend.empty((plan.windows * plan.chunks, 4, 8), np.uint32)
        self._windows = backend.empty((plan.windows, 4, 8), np.uint32)
        self._result = backend.empty((1, 4, 8), np.uint32)

    def buffers(self) -> tuple[Buffer, ...]:
        """Everything that `apply` writes: what a check poisons."""
        return (
            self._digits, self._entries, self._counters, self._starts, self._first_tasks, self._cursors, self._heavy,
            self._sums, self._tasks, self._order, self._partials, self._totals, self._windows, self._result,
        )  # fmt: skip

    def apply(self, points: Buffer, scalars: Buffer) -> None:
        """Launch all kernels.

        Arguments:
            points: `(n, 2, 8)` limbs of x and y (`uint32`), in Montgomery form, canonical; none at infinity.
            scalars: `(n, 8)` limbs of residues, not in Montgomery form, of no more bits than the plan is for.

        Raises:
            InvalidInput: There are not n of each.
        """
        if points.size != 16 * self.plan.n or scalars.size != 8 * self.plan.n:
            raise InvalidInput(f"points, scalars: must be {self.plan.n}, of 16 and 8 words; got {points.shape}, {scalars.shape}.")
        for kernel, grid, block, args in self.launches(points, scalars):
            self.backend.launch("msm", f"msm_{kernel}", grid, block, args)

    def launches(self, points: Buffer, scalars: Buffer) -> tuple[Launch, ...]:
        """What `apply` launches, in order: kernel without `msm_`, blocks, threads, arguments."""
        p, buckets = self.plan, np.uint32(self.plan.buckets)
        n, window, windows, half, longest = (np.uint32(v) for v in (p.n, p.window, p.windows, p.half, p.longest))
        counts, classes = self._counters[: p.buckets], self._counters[p.buckets : p.buckets + self._classes]
        heavy_count, wrong, counters = self._counters[-2:-1], self._counters[-1:], len(self._counters)
        chunks, lg_chunk, lg_chunks = (np.uint32(v) for v in (p.chunks, p.lg_chunk, p.chunks.bit_length() - 1))
        scans, each, loop = len(self._sums), -(-p.n // 256), min(4096, -(-p.tasks // 256))
        starts, first_tasks, cursors = self._starts, self._first_tasks, self._cursors
        tasks, order, partials = self._tasks, self._order, self._partials
        return (
            ("clear", min(4096, -(-counters // 256)), 256, (np.uint32(counters), self._counters)),
            ("digits", each, 256, (n, window, windows, scalars, self._digits, counts, wrong)),
            ("block_sums", scans, 256, (buckets, longest, counts, self._sums)),
            ("scan_sums", 1, 256, (np.uint32(scans), self._sums)),
            ("starts", scans, 256,
             (buckets, longest, counts, self._sums, starts, cursors, first_tasks, self._heavy, heavy_count)),
            ("scatter", (each, p.windows), 256, (n, half, self._digits, cursors, self._entries)),
            ("tasks", loop, 256, (buckets, longest, starts, first_tasks, tasks, classes)),
            ("scan_classes", 1, 256, (np.uint32(self._classes), classes)),
            ("order", loop, 256, (buckets, longest, first_tasks, tasks, classes, order)),
            ("accumulate", -(-p.tasks // THREADS), THREADS,
             (buckets, points, self._entries, first_tasks, tasks, order, partials)),
            ("merge", min(1024, p.tasks), TREE_THREADS, (first_tasks, self._heavy, heavy_count, partials)),
            ("chunks", (-(-p.chunks // THREADS), p.windows), THREADS, (lg_chunk, lg_chunks, first_tasks, partials, self._totals)),
            ("windows", p.windows, TREE_THREADS, (chunks, self._totals, self._windows)),
            ("combine", 1, 4, (window, windows, self._windows, self._result)),
        )  # fmt: skip

    def result(self) -> tuple[int, int] | None:
        """Affine coordinates of the sum; None for the point at infinity.

        Raises:
            InvalidInput: A scalar had more bits than the plan is for.
        """
        if int(self.backend.download(self._counters[-1:])[0]):
            raise InvalidInput(
                f"scalars: must have fewer than {self.plan.window * self.plan.windows} bits, those of the plan; got longer ones."
            )
        return affine_point(from_limbs(self.backend.download(self._result)))


def affine_point(coordinates: list[int]) -> tuple[int, int] | None:
    """The point of XYZZ coordinates in Montgomery form, as the card leaves them; None at infinity."""
    x, y, zz, zzz = (v * pow(RADIX, -1, Q) % Q for v in coordinates)
    if zz == 0:
        return None
    return x * pow(zz, -1, Q) % Q, y * pow(zzz, -1, Q) % Q


class _Prepared:
    """Sums over bases of known logarithms with random scalars, full-width ones or a circuit's."""

    SAMPLE = 16  # bases that a check looks at

    def __init__(self, sizes: Plan, witness: bool, backend: Backend, rng: np.random.Generator) -> None:
        self.backend, self.rng, self.n, self.sets = backend, rng, sizes.n, SETS
        self.bases = KnownBases(backend, self.n, rng)
        drawn = [random_limbs(rng, self.n, R) for _ in range(self.sets)]
        self.scalars = [backend.upload(witness_like(rng, k) if witness else k) for k in drawn]
        self.multiplication = Multiplication(backend, sizes)

    def run(self, i: int) -> None:
        """Sum with the i-th scalars."""
        self.multiplication.apply(self.bases.points, self.scalars[i])

    def check(self) -> str:
        """Compare the sum with full-width scalars, and with those of a circuit, to the multiple that it must be."""
        indices = [0, self.n - 1, *(int(i) for i in self.rng.integers(self.n, size=self.SAMPLE))]
        wrong = self.bases.wrong_point(self.backend, indices)
        if wrong is not None:
            raise CheckFailed(f"msm/bn254/g1 {self.n:,}: base {wrong} is not the multiple of the generator that it must be.")
        full = random_limbs(self.rng, self.n, R)
        full[:3] = to_limbs([0, 1, R - 1])[: self.n]
        for name, scalars in (("full-width", full), ("a circuit's", witness_like(self.rng, full))):
            self._check(name, scalars)
        compared = "known logarithms, with full-width scalars and a circuit's"
        if self.n <= SMALL:
            return f"{compared}; the arithmetic with {check_arithmetic(self.backend, self.rng)}"
        return compared

    def _check(self, name: str, scalars: Limbs) -> None:
        for buffer in self.multiplication.buffers():
            self.backend.poison(buffer)
        self.multiplication.apply(self.bases.points, self.backend.upload(scalars))
        if self.multiplication.result() != self.bases.sum(scalars):
            raise CheckFailed(f"msm/bn254/g1 {self.n:,}: with {name} scalars the sum is not the multiple that it must be.")


def cases(limit_bytes: int) -> Iterator[Case]:
    """Sums of 2^10 to 2^24 points with full-width scalars, and from 2^20 a circuit's, as far as memory goes.

    Arguments:
        limit_bytes: Memory of the card.
    """
    for lg_n in (10, 12, 14, 16, 18, 20, 22, 24):
        n = 1 << lg_n
        for witness in (False, True) if lg_n >= 20 else (False,):
            sizes = plan(n, histogram("mixture", n, R.bit_length()).items() if witness else None)
            subject = "msm/bn254/g1/witness" if witness else "msm/bn254/g1"
            if _case_bytes(sizes) <= limit_bytes:
                make = partial(_Prepared, sizes, witness)
                yield case(subject, n, make, bytes_moved=sizes.bytes_moved, device_bytes=_case_bytes(sizes))


def _case_bytes(sizes: Plan) -> int:
    return sizes.device_bytes + (64 + 32 * (SETS + 1)) * sizes.n
