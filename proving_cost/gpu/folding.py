r"""The fold of FRI, and a round of sumcheck, over BabyBear's extension of degree 4 and that of Goldilocks of degree 2.

A thread folds one coset of FRI: $2^k$ values at $x \zeta^t$, $x = s\,\omega^i$, $\zeta$ of order $2^k$, to one, by k
halvings in registers. $1/x$ comes from two tables of about $\sqrt D$ powers; $\zeta^{-t}$ is a constant of the kernel; the
halves of all steps are one factor $2^{-k}$ at the end.

A round of sumcheck is two passes over the tables, as the challenge between them depends on all of the first: sums of
products of lines at 0, 2, ..., d, by block and then in all; and the fold at the challenge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import EXTENSION_FIELDS, Elements, ExtensionField
from proving_cost.gpu.agreement import require_equal, require_written, sets_for
from proving_cost.gpu.backend import Backend, Buffer, ByValue
from proving_cost.gpu.cases import Case, case
from proving_cost.gpu.narrow_transform import in_montgomery_form, powers, word
from proving_cost.kernels.fri_fold import fold_cosets
from proving_cost.kernels.sumcheck import sumcheck_round

__all__ = ["ARITIES", "FACTORS", "KERNELS", "FriFolding", "SumcheckRound", "cases"]

KERNELS: Mapping[str, str] = MappingProxyType({"babybear^4": "babybear_4", "goldilocks^2": "goldilocks_2"})
"""Fields, and how their kernels are called."""
ARITIES = (2, 4, 8, 16)
FACTORS = (2, 3)
"""Tables of a product of sumcheck."""

THREADS = 256
SAMPLE = 2048  # cosets that are compared
CPU_LARGEST = 14  # lg of the tables on which a round is compared with the CPU's
MOST_BLOCKS = 4096
"""Of a sum: several for each multiprocessor of a large card."""


class FriFolding:
    r"""The fold of a codeword, values at $s\,\omega^j$ in natural order, by an arity.

    Arguments:
        backend: What runs the kernels; the tables are uploaded to it.
        field: `babybear^4` or `goldilocks^2`.
        size: Of the codeword, D, a power of two.
        arity: 2, 4, 8 or 16, at most D.
        shift: s, a nonzero element of the base field.

    Raises:
        InvalidInput: There are no kernels for the field or the arity, D is no such size, or the shift is zero.
    """

    def __init__(self, backend: Backend, field: str, size: int, arity: int, shift: int) -> None:
        f = _field(field)
        if arity not in ARITIES or arity > size:
            raise InvalidInput(f"arity: must be one of {', '.join(map(str, ARITIES))}, at most {size}; got {arity!r}.")
        p = f.base.modulus
        root = f.base.root_of_unity(size)
        if shift % p == 0:
            raise InvalidInput(f"shift: must be a nonzero element of {f.base.name!r}; got {shift!r}.")
        self.backend, self.field, self.size, self.arity = backend, f, size, arity
        lg_rows = (size // arity).bit_length() - 1
        self._lg_low = (lg_rows + 1) // 2
        low = powers(f.base, pow(root, -1, p), 1 << self._lg_low, pow(shift, -1, p))
        high = powers(f.base, pow(root, -1 << self._lg_low, p), 1 << (lg_rows - self._lg_low))
        self._inverse = backend.upload(in_montgomery_form(f.base, np.concatenate([low, high])))
        self._scale = _factor(f, pow(arity, -1, p))

    def apply(self, codeword: Buffer, folded: Buffer, challenge: Elements) -> None:
        """Fold.

        Arguments:
            codeword: `(D, d)` canonical words.
            folded: `(D/arity, d)` words, for the result.
            challenge: `(d,)` coefficients of α, canonical.
        """
        squares = [challenge]
        for _ in range(3):
            squares.append(self.field.mul(squares[-1], squares[-1]))
        rows = self.size // self.arity
        self.backend.launch(
            "folding",
            f"fri_fold_{KERNELS[self.field.name]}_{self.arity.bit_length() - 1}",
            -(-rows // THREADS),
            THREADS,
            (
                codeword, folded, self._inverse, np.uint32(rows), np.uint32(self._lg_low), self._scale,
                _by_value(self.field, squares),
            ),
        )  # fmt: skip


class SumcheckRound:
    r"""One round of sumcheck for $\sum_x \prod_{j \le d} f_j(x)$, as `kernels.sumcheck.sumcheck_round`.

    Arguments:
        backend: What runs the kernels.
        field: `babybear^4` or `goldilocks^2`.
        size: Entries of a table, N, a power of two, 2 or more.
        factors: Tables, d: 2 or 3.

    Raises:
        InvalidInput: There are no kernels for the field or the number of tables, or N is no such size.
    """

    def __init__(self, backend: Backend, field: str, size: int, factors: int) -> None:
        f = _field(field)
        if factors not in FACTORS:
            raise InvalidInput(f"factors: must be one of {', '.join(map(str, FACTORS))}; got {factors!r}.")
        if size < 2 or size & (size - 1):
            raise InvalidInput(f"size: must be a power of two, 2 or more; got {size!r}.")
        self.backend, self.field, self.size, self.factors = backend, f, size, factors
        self._kernel = KERNELS[field]
        self._blocks = min(MOST_BLOCKS, -(-(size // 2) // THREADS))
        self._partial = backend.empty((self._blocks, factors, f.degree), word(f.base))
        # each of the d - 1 products left out 2^32, which the form of the factor and the last product restore
        self._scale = _factor(f, pow(1 << 32, factors - 1, f.base.modulus) if f.base.bits < 32 else 1)

    def sums(self, tables: Buffer, message: Buffer) -> None:
        """The message g(0), g(2), ..., g(d).

        Arguments:
            tables: `(d, N, degree)` canonical words.
            message: `(d, degree)` words, for the result.
        """
        self.backend.launch(
            "folding", f"sum_products_{self._kernel}_{self.factors}", self._blocks, THREADS,
            (tables, self._partial, np.uint32(self.size // 2)),
        )  # fmt: skip
        self.backend.launch(
            "folding", f"sum_partial_{self._kernel}", self.factors, THREADS,
            (self._partial, message, np.uint32(self._blocks), np.uint32(self.factors), self._scale),
        )  # fmt: skip

    def fold(self, tables: Buffer, folded: Buffer, challenge: Elements) -> None:
        """The tables at the challenge.

        Arguments:
            tables: `(d, N, degree)` canonical words.
            folded: `(d, N/2, degree)` words, for the result.
            challenge: `(degree,)` coefficients, canonical.
        """
        half = self.size // 2
        entries = self.factors * half
        self.backend.launch(
            "folding", f"fold_tables_{self._kernel}", -(-entries // THREADS), THREADS,
            (tables, folded, np.uint64(entries), np.uint32(half.bit_length() - 1), _by_value(self.field, [challenge])),
        )  # fmt: skip


def _field(name: str) -> ExtensionField:
    if name not in KERNELS:
        raise InvalidInput(f"field: must be one of {', '.join(KERNELS)}; got {name!r}.")
    return EXTENSION_FIELDS[name]


def _factor(field: ExtensionField, value: int) -> np.generic:
    """An element of the base field, as a factor."""
    form: np.generic = in_montgomery_form(field.base, field.base.array([value]))[0]
    return form


def _by_value(field: ExtensionField, elements: list[NDArray[Any]]) -> ByValue:
    return ByValue(in_montgomery_form(field.base, np.concatenate(elements)))


class _PreparedFold:
    """Folds of random codewords."""

    def __init__(self, name: str, lg_size: int, arity: int, backend: Backend, rng: np.random.Generator) -> None:
        self.backend, self.rng, self.field = backend, rng, EXTENSION_FIELDS[name]
        self.size, self.arity, self.shift = 1 << lg_size, arity, self.field.base.generator
        self.sets = sets_for(16 << lg_size)
        self.folding = FriFolding(backend, name, self.size, arity, self.shift)
        given = self.field.random(rng, self.size)
        self.codewords = [backend.upload(np.roll(given, i, axis=0).astype(word(self.field.base))) for i in range(self.sets)]
        self.folded = backend.empty((self.size // arity, self.field.degree), word(self.field.base))
        self.challenge = self.field.random(rng, ())

    def run(self, i: int) -> None:
        """Fold the i-th codeword."""
        self.folding.apply(self.codewords[i], self.folded, self.challenge)

    def check(self) -> str:
        """Compare with the CPU's fold, of some cosets where there are many."""
        label, f = f"fri_fold/{self.field.name}/{self.arity} {self.size}", self.field
        given, challenge = f.random(self.rng, self.size), f.random(self.rng, ())
        self.backend.poison(self.folded)
        self.folding.apply(self.backend.upload(given.astype(word(f.base))), self.folded, challenge)
        got, rows, p = self.backend.download(self.folded), self.size // self.arity, f.base.modulus
        require_written(label, got)
        some = np.concatenate([[0, rows - 1], self.rng.integers(0, rows, SAMPLE)])
        places = some[:, None] + rows * np.arange(self.arity)
        root = f.base.root_of_unity(self.size)
        inverse = [[pow(self.shift * pow(root, int(j), p), -1, p) for j in row] for row in places]
        wanted = fold_cosets(f, given[places], challenge, np.array(inverse, dtype=np.uint64))
        require_equal(label, got[some], wanted, "folded values")
        return f"the CPU's fold of {len(some)} cosets"


class _PreparedRound:
    """Rounds of sumcheck on random tables, with the challenge given."""

    def __init__(self, name: str, lg_size: int, factors: int, backend: Backend, rng: np.random.Generator) -> None:
        self.backend, self.rng, self.field = backend, rng, EXTENSION_FIELDS[name]
        self.size, self.factors, kind = 1 << lg_size, factors, word(self.field.base)
        self.sets = sets_for(16 * factors << lg_size)
        self.round = SumcheckRound(backend, name, self.size, factors)
        given = self.field.random(rng, (factors, self.size))
        self.tables = [backend.upload(np.roll(given, i, axis=1).astype(kind)) for i in range(self.sets)]
        self.folded = backend.empty((factors, self.size // 2, self.field.degree), kind)
        self.message = backend.empty((factors, self.field.degree), kind)
        self.challenge = self.field.random(rng, ())

    def run(self, i: int) -> None:
        """One round on the i-th tables."""
        self.round.sums(self.tables[i], self.message)
        self.round.fold(self.tables[i], self.folded, self.challenge)

    def check(self) -> str:
        r"""Compare with the CPU's round on tables of $2^{14}$ entries, or on such tables again and again.

        Of longer tables the first is $c_k$ times a short one in the k-th place, and the others are short ones repeated in
        each half, so that the message is $\sum_k c_k$ times the short one's and the folded tables repeat likewise.
        """
        label, f = f"sumcheck/{self.field.name}/{self.factors} {self.size}", self.field
        short = min(self.size, 1 << CPU_LARGEST)
        times = self.size // short
        base, challenge = f.random(self.rng, (self.factors, 2, short // 2)), f.random(self.rng, ())
        factors = f.base.random(self.rng, times)
        repeated = np.repeat(base[:, :, None], times, axis=2)
        repeated[0] = f.base.mul(repeated[0], factors[None, :, None, None])
        tables = np.ascontiguousarray(repeated.reshape(self.factors, self.size, f.degree))
        messages: list[Elements] = []

        def respond(message: Elements) -> Elements:
            messages.append(message)
            return challenge

        _, folded = sumcheck_round(Arithmetic(f), base.reshape(self.factors, short, f.degree), respond)
        uploaded = self.backend.upload(tables.astype(word(f.base)))
        self.backend.poison(self.message)
        self.backend.poison(self.folded)
        self.round.sums(uploaded, self.message)
        self.round.fold(uploaded, self.folded, challenge)
        total = sum(int(c) for c in factors) % f.base.modulus
        require_equal(label, self.backend.download(self.message), f.base.mul(messages[0], total), "the message")
        wanted = np.repeat(folded[:, None], times, axis=1)
        wanted[0] = f.base.mul(wanted[0], factors[:, None, None])
        require_equal(label, self.backend.download(self.folded), wanted, "folded tables")
        return "the CPU's round" + (f" on tables of {short} entries, repeated with random factors" if times > 1 else "")


def cases(limit_bytes: int) -> Iterator[Case]:
    """Folds of 2^12 to 2^24 values by 2, 4, 8 and 16, and rounds of sumcheck on two and three tables of as many.

    Arguments:
        limit_bytes: Memory of the card.
    """
    for name in KERNELS:
        for lg_size in (12, 16, 20, 24):
            size = 16 << lg_size
            for arity in ARITIES:
                device_bytes = (sets_for(size) + 2) * size
                if device_bytes <= limit_bytes:
                    moved, fold = size + size // arity, partial(_PreparedFold, name, lg_size, arity)
                    yield case(f"fri_fold/{name}/{arity}", 1 << lg_size, fold, bytes_moved=moved, device_bytes=device_bytes)
            for factors in FACTORS:
                tables = factors * size
                device_bytes = (sets_for(tables) + 2) * tables
                if device_bytes <= limit_bytes:
                    round_ = partial(_PreparedRound, name, lg_size, factors)
                    moved = 2 * tables + tables // 2  # read for the sums, and again for the fold
                    yield case(f"sumcheck/{name}/{factors}", 1 << lg_size, round_, bytes_moved=moved, device_bytes=device_bytes)
