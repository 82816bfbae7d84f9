r"""The number-theoretic transform over the scalar field of BN254, in two to four passes over memory.

Decimation in frequency: a stage with halves of H elements takes $(a, b)$, H apart, to
$(a + b, (a - b)\,\omega_{2H}^j)$ with j the index of a modulo H.  A pass does up to eight stages on tiles in shared
memory (`source/ntt_wide.cu`), the last one without a product in its last stage, and that pass also undoes the reversal
of bits.  The $n$ twiddles of all stages lie in one table, stage by stage, which is made on the card.  The first pass
reads nearly all of it, once; later ones read parts that stay in the caches.  A product takes longer than 32 bytes of
memory, so that this is cheaper than to make twiddles from two short tables.  A coset multiplies by $s^j$ first; an
inverse multiplies by $s^{-j}/n$ last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.fields import BN254_FR
from proving_cost.gpu.agreement import require_equal, sets_for
from proving_cost.gpu.backend import Backend, Buffer
from proving_cost.gpu.cases import Case, case
from proving_cost.gpu.limbs import RADIX, Limbs, from_limbs, from_sums, random_limbs, to_limbs

__all__ = ["LARGEST", "LEAST", "WideTransform", "cases", "split"]

LEAST, LARGEST = 4, 26
"""lg of the sizes that there are plans for."""

MOST_STAGES = 8
LG_COLUMNS = 2  # four elements, 128 bytes, side by side
MOST_THREADS = 256
MOST_ROWS = 65535  # blocks along y
ELEMENT_BYTES = 32
CPU_LARGEST = 18  # lg: above, the CPU's transform takes seconds
BLOCK = 1 << 20  # products at once, of a value by its sum
P = BN254_FR.modulus


class WideTransform:
    r"""$\hat a_i = \sum_j a_j (s\,\omega^i)^j$ of every row of a batch, or its inverse; natural order on both sides.

    Arguments:
        backend: What runs the kernels; the tables are made on it.
        lg_n: lg of the size of a row, 4 to 26.
        inverse: From values to coefficients.
        shift: s, a nonzero element; None is the subgroup itself.

    Raises:
        InvalidInput: There is no plan for the size, or the shift is zero.
    """

    def __init__(self, backend: Backend, lg_n: int, *, inverse: bool = False, shift: int | None = None) -> None:
        if not LEAST <= lg_n <= LARGEST:
            raise InvalidInput(f"n: must lie from 2^{LEAST} to 2^{LARGEST}; got 2^{lg_n}.")
        if shift is not None and shift % P == 0:
            raise InvalidInput(f"shift: must be a nonzero element of 'bn254_fr'; got {shift!r}. Try {BN254_FR.generator}.")
        n = 1 << lg_n
        self.backend, self.lg_n, self.inverse = backend, lg_n, inverse
        self.stages = split(lg_n)
        root = BN254_FR.root_of_unity(n)
        self._twiddles = _powers(backend, pow(root, -1, P) if inverse else root, lg_n, by_stages=True)
        self._before = self._after = self._twiddles[:0]
        self._after_mask = 0
        if not inverse and shift is not None:
            self._before = _powers(backend, shift, lg_n)
        elif inverse and shift is not None:
            self._after = _powers(backend, pow(shift, -1, P), lg_n, first=pow(n, -1, P))
            self._after_mask = n - 1
        elif inverse:
            self._after = backend.upload(to_limbs([pow(n, -1, P) * RADIX % P]))

    def apply(self, source: Buffer, target: Buffer, room: Buffer) -> None:
        """Transform every row.

        Arguments:
            source: `(batch, n, 8)` limbs of canonical residues (`uint32`), not in Montgomery form; kept.
            target: Where the result goes, of the same shape; may be `source`.
            room: Of the same shape, neither of the two; is overwritten.

        Raises:
            InvalidInput: The rows are not of n elements, or are more than 65535.
        """
        batch, rest = divmod(source.size, 8 << self.lg_n)
        if rest or not 1 <= batch <= MOST_ROWS:
            raise InvalidInput(f"source: must be 1 to {MOST_ROWS} rows of 2^{self.lg_n} elements of 8 words; got {source.shape}.")
        below = self.lg_n
        for index, rows in enumerate(self.stages):
            below -= rows
            first, last = index == 0, below == 0
            before = self._before if first and self._before.size else np.uint64(0)
            after = self._after if last and self._after.size else np.uint64(0)
            tile = 1 << (rows + LG_COLUMNS)
            self.backend.launch(
                "ntt_wide",
                "transform_wide",
                (1 << (self.lg_n - rows - LG_COLUMNS), batch),
                max(32, min(MOST_THREADS, tile // 2)),
                (
                    np.uint32(self.lg_n), np.uint32(rows), np.uint32(below), np.uint32(LG_COLUMNS),
                    source if first else room, target if last else room, self._twiddles,
                    before, np.uint32((1 << self.lg_n) - 1), after, np.uint32(self._after_mask),
                ),
                shared=tile * ELEMENT_BYTES,
            )  # fmt: skip


def split(lg_n: int) -> tuple[int, ...]:
    """Stages of each pass: as few passes as 8 stages a pass allow, two at least, the longer ones first.

    Example:
        >>> split(24), split(22), split(10)
        ((8, 8, 8), (8, 7, 7), (5, 5))
    """
    passes = max(2, -(-lg_n // MOST_STAGES))
    each, more = divmod(lg_n, passes)
    return (each + 1,) * more + (each,) * (passes - more)


def _powers(backend: Backend, ratio: int, lg_n: int, *, first: int = 1, by_stages: bool = False) -> Buffer:
    """first · ratio^j for j < 2^lg_n in Montgomery form; or the twiddles of all stages, for a ratio of that order."""
    lg_low = lg_n // 2
    low = backend.upload(_geometric(ratio, 1 << lg_low, first))
    high = backend.upload(_geometric(pow(ratio, 1 << lg_low, P), 1 << (lg_n - lg_low), 1))
    n = 1 << lg_n
    out = backend.empty((n, 8), np.uint32)
    backend.launch(
        "ntt_wide", "powers_wide", min(4096, -(-n // 256)), 256,
        (np.uint32(n), np.uint32(lg_n), np.uint32(by_stages), np.uint32(lg_low), low, high, out),
    )  # fmt: skip
    return out


def _geometric(ratio: int, count: int, first: int) -> Limbs:
    return to_limbs(_sequence(ratio, count, first * RADIX % P))


def _sequence(ratio: int, count: int, first: int) -> list[int]:
    return list(accumulate(range(count - 1), lambda value, _: value * ratio % P, initial=first))


class _Prepared:
    """Forward transforms of random residues."""

    def __init__(self, lg_n: int, backend: Backend, rng: np.random.Generator) -> None:
        self.backend, self.lg_n, self.rng = backend, lg_n, rng
        n = 1 << lg_n
        self.sets = sets_for(ELEMENT_BYTES * n)
        self.transform = WideTransform(backend, lg_n)
        given = random_limbs(rng, n, P)
        self.sources = [backend.upload(np.roll(given, 37 * i, axis=0)) for i in range(self.sets)]
        self.target, self.room = backend.empty((n, 8), np.uint32), backend.empty((n, 8), np.uint32)

    def run(self, i: int) -> None:
        """Transform the i-th input."""
        self.transform.apply(self.sources[i], self.target, self.room)

    def check(self) -> str:
        """Compare with the CPU's transform, or above its reach with values computed one by one and the way back."""
        return check_transform(self.backend, self.lg_n, self.transform, self.rng)


def check_transform(backend: Backend, lg_n: int, transform: WideTransform, rng: np.random.Generator) -> str:
    """Transform fresh random residues and compare.

    Up to 2^18, all values with `kernels.ntt`.  Above: the values at the multiples of n/2^16, which are a transform of
    2^16 sums, with the CPU's; one more value, at a random index, with its own sum; and the input with what the inverse
    transform makes of all values.

    Raises:
        CheckFailed: They differ.
    """
    from proving_cost.arithmetic import Arithmetic
    from proving_cost.kernels.ntt import ntt_limbs

    n = 1 << lg_n
    given = random_limbs(rng, n, P)
    source, target, room = backend.upload(given), backend.empty((n, 8), np.uint32), backend.empty((n, 8), np.uint32)
    backend.poison(target)
    backend.poison(room)
    transform.apply(source, target, room)
    got = backend.download(target)
    arith, label = Arithmetic(BN254_FR), f"ntt/bn254_fr 2^{lg_n}"
    if lg_n <= CPU_LARGEST:
        require_equal(label, _words(got), ntt_limbs(arith, _words(given)), "values")
        return "the CPU's transform, all values"
    few = 1 << min(16, lg_n - 1)
    classes = [k % P for k in from_sums(given.reshape(n // few, few, 8).sum(axis=0, dtype=np.uint64))]
    wanted = ntt_limbs(arith, _words(to_limbs(classes)))
    require_equal(label, _words(got[:: n // few]), wanted, f"values at multiples of n/{few}")
    index = int(rng.integers(n)) | 1
    value = value_at(given, pow(BN254_FR.root_of_unity(n), index, P))
    require_equal(label, got[index], to_limbs([value]), f"the value at {index}")
    backend.poison(room)
    WideTransform(backend, lg_n, inverse=True).apply(target, target, room)
    require_equal(label, backend.download(target), given, "the input after the inverse transform")
    return f"the CPU's transform of {few} sums, the sum for a value, and the inverse transform"


def value_at(coefficients: Limbs, point: int) -> int:
    r"""$\sum_j a_j x^j$ of a power of two of residues, $(n, 8)$, by rows of equal length."""
    from proving_cost.compiled import four_limbs
    from proving_cost.compiled.four_limb_vectors import sparse_product

    n = len(coefficients)
    columns, block = min(n, 1 << 14), min(n, BLOCK)
    z, modulus, square = (four_limbs.to_limbs(v) for v in (_sequence(point, columns, 1), [P], [RADIX * RADIX % P]))
    row, column = np.divmod(np.arange(block), columns)
    value, step = 0, pow(point, columns, P)
    for start in reversed(range(0, n, block)):
        out = np.zeros((block // columns, 4), dtype=np.uint64)
        entries = _words(coefficients[start : start + block])
        sparse_product(row, column, entries, z, out, square[0], modulus[0], four_limbs.negative_inverse(P))
        for total in reversed(from_limbs(out.view("<u4"))):
            value = (value * step + total) % P
    return value


def _words(limbs: Limbs) -> NDArray[np.uint64]:
    return np.ascontiguousarray(limbs).view("<u8")


def cases(limit_bytes: int) -> Iterator[Case]:
    """Forward transforms of 2^10 to 2^26, as far as memory goes.

    Arguments:
        limit_bytes: Memory of the card.
    """
    for lg_n in (10, 12, 14, 16, 18, 20, 22, 24, 26):
        n = 1 << lg_n
        device_bytes = (sets_for(ELEMENT_BYTES * n) + 6) * ELEMENT_BYTES * n  # inputs; in a check, tables both ways, result, room
        if device_bytes > limit_bytes:
            return
        moved = (2 * len(split(lg_n)) + 1) * ELEMENT_BYTES * n
        yield case("ntt/bn254_fr", n, partial(_Prepared, lg_n), bytes_moved=moved, device_bytes=device_bytes)
