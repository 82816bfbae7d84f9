r"""The number-theoretic transform over BabyBear, KoalaBear and Goldilocks, in two to four passes over memory.

With $n = N_1 N_2 \cdots N_P$ write an input index as $j = j_1 M_1 + j_2 M_2 + \cdots + j_P$, $M_i = N_{i+1} \cdots N_P$,
and an output index as $k = k_1 + N_1 k_2 + N_1 N_2 k_3 + \cdots$. Then

$$\hat a_k = \sum_{j_P} \Bigl( \cdots \omega^{\frac{n}{M_1} k_2 m_2} \sum_{j_2}
\Bigl( \omega^{k_1 m_1} \sum_{j_1} a_j\, \omega_{N_1}^{j_1 k_1} \Bigr) \omega_{N_2}^{j_2 k_2} \cdots \Bigr)
\omega_{N_P}^{j_P k_P}, \qquad m_i = j_{i+1} M_{i+1} + \cdots + j_P .$$

Pass i takes the sum over $j_i$ and the factor after it, in place; the last one writes in natural order, to another
array. A pass has 5 to 8 stages on tiles of whole lines of 128 bytes, and two rounds in registers (`source/ntt.cu`).
Factors come from two tables of about $\sqrt n$ powers, $\omega^e = \omega^{e \bmod 2^h} (\omega^{2^h})^{\lfloor e/2^h
\rfloor}$. An inverse is a transform that writes $\hat a_k$ to $-k \bmod n$, with $1/n$ in one of the factors; a coset
multiplies by $s^j$ first, its inverse by $s^{-j}$ last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BABY_BEAR, GOLDILOCKS, KOALA_BEAR, PRIME_FIELDS, PrimeField
from proving_cost.gpu.agreement import require_equal, require_written, sets_for
from proving_cost.gpu.backend import Backend, Buffer, ByValue
from proving_cost.gpu.cases import Case, case
from proving_cost.kernels.ntt import ntt
from proving_cost.kernels.vectors import FieldVector

__all__ = ["FIELDS", "LARGEST", "LEAST", "NarrowTransform", "cases", "in_montgomery_form", "powers", "split", "word"]

FIELDS = (BABY_BEAR.name, KOALA_BEAR.name, GOLDILOCKS.name)
LEAST, LARGEST = 10, 26
"""lg of the sizes that there are plans for."""

CPU_LARGEST = 22  # lg of the size up to which all values are compared with the CPU's
LINE_BYTES = 128
MOST_STAGES = 8
ROUNDS = {5: (3, 2), 6: (3, 3), 7: (4, 3), 8: (4, 4)}
"""Stages of a pass -> stages of its two rounds in registers."""


class NarrowTransform:
    r"""$\hat a_i = \sum_j a_j (s\,\omega^i)^j$ of every row of a batch, or its inverse; natural order on both sides.

    Arguments:
        backend: What runs the kernels; the tables are uploaded to it.
        field: `babybear`, `koalabear` or `goldilocks`.
        lg_n: lg of the size of a row, 10 to 26.
        inverse: From values to coefficients.
        shift: s, a nonzero element; None is the subgroup itself.

    Raises:
        InvalidInput: There is no such field or plan, or the shift is zero.
    """

    def __init__(
        self, backend: Backend, field: str, lg_n: int, *, inverse: bool = False, shift: int | None = None
    ) -> None:
        if field not in FIELDS:
            raise InvalidInput(f"field: must be one of {', '.join(FIELDS)}; got {field!r}.")
        if not LEAST <= lg_n <= LARGEST:
            raise InvalidInput(f"n: must lie from 2^{LEAST} to 2^{LARGEST}; got 2^{lg_n}.")
        base = PRIME_FIELDS[field]
        p, n = base.modulus, 1 << lg_n
        root = base.root_of_unity(n)
        if shift is not None and shift % p == 0:
            raise InvalidInput(f"shift: must be a nonzero element of {field!r}; got {shift!r}. Try {base.generator}.")
        self.backend, self.field, self.lg_n, self.inverse = backend, base, lg_n, inverse
        self.stages = split(lg_n)
        self.lg_low = lg_n // 2
        self._roots = backend.upload(_two_levels(base, root, lg_n, self.lg_low))
        scale = pow(n, -1, p) if inverse else 1
        self._scaled = backend.upload(in_montgomery_form(base, powers(base, root, 1 << self.lg_low, scale)))
        self._inner = {bits: backend.upload(_inner(base, bits)) for bits in set(self.stages)}
        self._shift = 0
        self._shifts = self._roots
        if shift is not None:
            self._shift = 2 if inverse else 1
            ratio = pow(shift, -1 if inverse else 1, p)
            self._shifts = backend.upload(_two_levels(base, ratio, lg_n, self.lg_low))

    def apply(self, source: Buffer, target: Buffer, room: Buffer) -> None:
        """Transform every row.

        Arguments:
            source: `(batch, n)` canonical words (`uint32`, or `uint64` for Goldilocks); kept.
            target: Where the result goes, of the same shape; may be `source`.
            room: Of the same shape, neither of the two; is overwritten.
        """
        batch = source.size >> self.lg_n
        columns = LINE_BYTES // word(self.field).itemsize
        rest = self.lg_n
        for index, bits in enumerate(self.stages):
            first, second = ROUNDS[bits]
            last = index == len(self.stages) - 1
            rest -= bits
            middle = (*self.stages[1:-1], 0, 0)[:2]
            wanted = self._shift if (index == 0 and self._shift == 1) or (last and self._shift == 2) else 0
            stride = columns + (columns >> second if last else 0)
            self.backend.launch(
                "ntt",
                f"ntt_{'last_' if last else ''}{self.field.name}_{first}{second}",
                (batch << self.lg_n) // (columns << bits),
                columns << second,
                (
                    source if index == 0 else room, target if last else room, self._inner[bits], self._roots,
                    self._scaled if index == 0 else self._roots, self._shifts,
                    ByValue(
                        np.array([self.lg_n, rest, self.stages[0], *middle, self.lg_low, wanted, self.inverse], dtype=np.uint32)
                    ),
                ),
                shared=(stride << bits) * word(self.field).itemsize,
            )  # fmt: skip


def split(lg_n: int) -> tuple[int, ...]:
    """Stages of each pass: as few passes as 8 stages a pass allow, two at least, the longer ones first.

    Example:
        >>> split(24), split(17), split(10)
        ((8, 8, 8), (6, 6, 5), (5, 5))
    """
    passes = max(2, -(-lg_n // MOST_STAGES))
    each, more = divmod(lg_n, passes)
    return (each + 1,) * more + (each,) * (passes - more)


def word(field: PrimeField) -> np.dtype[Any]:
    """The type of an element in a card's memory."""
    return np.dtype(np.uint32 if field.bits < 32 else np.uint64)


def powers(field: PrimeField, ratio: int, n: int, first: int = 1) -> NDArray[np.uint64]:
    """first · ratio^i for i < n, by doubling."""
    out = field.array([first])
    while out.size < n:
        out = np.concatenate([out, field.mul(out, pow(ratio, out.size, field.modulus))])
    return out[:n]


def in_montgomery_form(field: PrimeField, values: NDArray[np.uint64]) -> NDArray[Any]:
    """Canonical residues times 2^32 below 2^31, themselves over Goldilocks; as words of the card."""
    return np.ascontiguousarray(field.mul(values, 1 << 32) if field.bits < 32 else values).astype(word(field))


def _two_levels(field: PrimeField, ratio: int, lg_n: int, lg_low: int) -> NDArray[Any]:
    """ratio^e for e < 2^lg_low, then (ratio^(2^lg_low))^e for e < 2^(lg_n - lg_low)."""
    low = powers(field, ratio, 1 << lg_low)
    high = powers(field, pow(ratio, 1 << lg_low, field.modulus), 1 << (lg_n - lg_low))
    return in_montgomery_form(field, np.concatenate([low, high]))


def _inner(field: PrimeField, bits: int) -> NDArray[Any]:
    """w^(r q), w of order 2^bits, at (r, q), for the r left to the second round and the q of the first."""
    first, second = ROUNDS[bits]
    table = powers(field, field.root_of_unity(1 << bits), 1 << bits)
    r, q = np.arange(1 << second)[:, None], np.arange(1 << first)[None, :]
    return in_montgomery_form(field, table[r * q % (1 << bits)])


class _Prepared:
    """Forward transforms of random rows of one each."""

    def __init__(self, name: str, lg_n: int, backend: Backend, rng: np.random.Generator) -> None:
        self.backend, self.field, self.lg_n, self.rng = backend, PRIME_FIELDS[name], lg_n, rng
        kind = word(self.field)
        self.sets = sets_for(kind.itemsize << lg_n)
        self.transform = NarrowTransform(backend, name, lg_n)
        given = self.field.random(rng, 1 << lg_n).astype(kind)
        self.sources = [backend.upload(np.roll(given, 37 * i)) for i in range(self.sets)]
        self.target, self.room = (backend.empty(1 << lg_n, kind) for _ in range(2))

    def run(self, i: int) -> None:
        """Transform the i-th input."""
        self.transform.apply(self.sources[i], self.target, self.room)

    def check(self) -> str:
        """Compare with the CPU's transform, or above its reach with sums for single values; and the way back from a coset."""
        label, n = f"ntt/{self.field.name} 2^{self.lg_n}", 1 << self.lg_n
        given = self.field.random(self.rng, n)
        source = self.backend.upload(given.astype(word(self.field)))
        self._apply(self.transform, source)
        got = self.backend.download(self.target)
        require_written(label, got)
        if self.lg_n <= CPU_LARGEST:
            wanted = ntt(Arithmetic(self.field), given)
            require_equal(label, got, wanted, "values")
            said = "the CPU's transform, all values"
        else:
            for k in (1, int(self.rng.integers(n))):
                terms = self.field.mul(given, powers(self.field, pow(self.field.root_of_unity(n), k, self.field.modulus), n))
                require_equal(label, got[k : k + 1], FieldVector(self.field, terms).total().values, f"value {k}")
            said = "the sums for 2 values"
        shift = self.field.generator
        for inverse in (False, True):
            transform = NarrowTransform(self.backend, self.field.name, self.lg_n, inverse=inverse, shift=shift)
            self._apply(transform, self.target if inverse else source)
        require_equal(label, self.backend.download(self.target), given, "coefficients after a coset and back")
        return f"{said}; a transform on a coset and its inverse"

    def _apply(self, transform: NarrowTransform, source: Buffer) -> None:
        if source is not self.target:
            self.backend.poison(self.target)
        self.backend.poison(self.room)
        transform.apply(source, self.target, self.room)


def cases(limit_bytes: int) -> Iterator[Case]:
    """Forward transforms of 2^10 to 2^26 in each field, as far as its roots of unity and memory go.

    Arguments:
        limit_bytes: Memory of the card.
    """
    for name in FIELDS:
        for lg_n in range(LEAST, min(LARGEST, PRIME_FIELDS[name].two_adicity) + 1, 2):
            size = word(PRIME_FIELDS[name]).itemsize << lg_n
            device_bytes = (sets_for(size) + 4) * size
            if device_bytes <= limit_bytes:
                moved = 2 * len(split(lg_n)) * size
                make = partial(_Prepared, name, lg_n)
                yield case(f"ntt/{name}", 1 << lg_n, make, bytes_moved=moved, device_bytes=device_bytes)
