r"""What `calibrate` times: the fast body of every kernel, at sizes from where a call's overhead shows to where it does not.

A *case* is a subject and a size with a function that makes the call, so that inputs exist before the clock starts.
Element-wise operations are timed on operands that stay in the cache (`RESIDENT` of them at a time), as `work` takes
them to be; hashes of transcripts on one block a call, as transcripts make them.

Multi-scalar multiplications are left out: the fast body works on shadow points, and the real curve is in Python, so
neither says what a product costs on this machine.  `structure` prices them from published libraries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.cost_model.subjects import subject_of
from proving_cost.fields import EXTENSION_FIELDS, PRIME_FIELDS, Field, field_named
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.fri_fold import fri_fold
from proving_cost.kernels.ntt import ntt
from proving_cost.kernels.poseidon2 import INSTANCES, permute, poseidon2
from proving_cost.kernels.sumcheck import sumcheck_round
from proving_cost.ledger import BatchInversion, Event, FieldOperation, FriFold, Hash, Ntt, SumcheckRound

__all__ = ["Case", "plan"]

RESIDENT = 1 << 12  # elements of an operand that stay in the second-level cache
NARROW = ("babybear", "koalabear", "goldilocks")
WIDE = ("bn254_fr", "bls12_381_fr")
Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """A call to be timed.

    Arguments:
        event: What the ledger calls it.
        n: Its size; operations in it, for a stream.
        make: Makes the inputs, and returns the call.
    """

    event: Event
    n: int
    make: Callable[[np.random.Generator], Call]

    @property
    def subject(self) -> str:
        """Name in a measurement file."""
        return subject_of(self.event)


def plan() -> tuple[Case, ...]:
    """All cases, by kernel."""
    return (*_transforms(), *_hashes(), *_inversions(), *_rounds(), *_folds(), *_operations())


def _transforms() -> Iterator[Case]:
    for name, sizes in ((n, (8, 10, 12, 14, 16, 18, 20)) for n in NARROW):
        yield from (_transform(name, 1 << lg) for lg in sizes)
    yield from (_transform(name, 1 << lg) for name in WIDE for lg in (6, 9, 12))


def _transform(name: str, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        arith = Arithmetic(PRIME_FIELDS[name])
        values = arith.field.random(rng, n)
        return lambda: ntt(arith, values)

    return Case(Ntt(name, n), n, make)


def _hashes() -> Iterator[Case]:
    for field, width in INSTANCES:
        for lg in (0, 4, 8) if field in WIDE else (0, 6, 12, 15):
            yield _permutations(field, width, 1 << lg)
    yield from (_compressions(n) for n in (1, 1 << 14))


def _permutations(field: str, width: int, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        instance = poseidon2(PRIME_FIELDS[field], width)
        states = instance.field.random(rng, (n, width))
        return lambda: permute(Arithmetic(instance.field), instance, states)

    return Case(Hash(f"poseidon2/{field}/{width}"), n, make)


def _compressions(n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        block = rng.bytes(32)

        def call() -> None:
            for _ in range(n):
                hashlib.sha256(block).digest()

        return call

    return Case(Hash("sha256"), n, make)


def _inversions() -> Iterator[Case]:
    for name in (*NARROW, *WIDE, *EXTENSION_FIELDS):
        for lg in (6, 10, 12) if name in WIDE else (8, 12, 17):
            yield _inversion(name, 1 << lg)


def _inversion(name: str, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        arith = Arithmetic(field_named(name))
        values = _nonzero(arith.field, rng, n)
        return lambda: batch_inverse(arith, values)

    return Case(BatchInversion(name, n), n, make)


def _rounds() -> Iterator[Case]:
    for name in EXTENSION_FIELDS:
        for factors in (2, 3):
            for lg in (4, 10, 17) if name == "goldilocks^2" else (4, 10, 14):
                yield _round(name, factors, 1 << lg)


def _round(name: str, factors: int, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        arith = Arithmetic(field_named(name))
        tables, challenge = arith.field.random(rng, (factors, n)), arith.field.random(rng, ())
        return lambda: sumcheck_round(arith, tables, lambda message: challenge)

    return Case(SumcheckRound(name, n, factors), n, make)


def _folds() -> Iterator[Case]:
    for name in EXTENSION_FIELDS:
        yield from (_fold(name, arity, 1 << lg) for arity in (2, 8, 16) for lg in (6, 12, 16))


def _fold(name: str, arity: int, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        arith = Arithmetic(field_named(name))
        word, challenge = arith.field.random(rng, n), arith.field.random(rng, ())
        shift = arith.field.base.generator
        return lambda: fri_fold(arith, word, challenge, shift=shift, arity=arity)

    return Case(FriFold(name, n, arity), n, make)


def _operations() -> Iterator[Case]:
    for name in (*PRIME_FIELDS, *EXTENSION_FIELDS):
        wide = field_named(name).base.dtype == object
        for operation in ("add", "mul"):
            yield from (_stream(name, operation, 1 << lg) for lg in ((0, 6, 13) if wide else (0, 6, 12, 19)))
        yield from (_inverses(name, n) for n in (1, 16))


def _stream(name: str, operation: str, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        field = field_named(name)
        a, b = (field.random(rng, min(n, RESIDENT)) for _ in range(2))
        operate, times = getattr(field, operation), max(1, n // RESIDENT)

        def call() -> None:
            out = a
            for _ in range(times):
                out = operate(out, b)

        return call

    return Case(FieldOperation(name, operation), n, make)  # type: ignore[arg-type]


def _inverses(name: str, n: int) -> Case:
    def make(rng: np.random.Generator) -> Call:
        arith = Arithmetic(field_named(name))
        values = _nonzero(arith.field, rng, n)
        return lambda: [arith.inverse(value) for value in values]

    return Case(FieldOperation(name, "inv"), n, make)


def _nonzero(field: Field, rng: np.random.Generator, n: int) -> np.ndarray:
    """Random elements, none of them 0."""
    values = field.random(rng, n)
    zero = values == 0 if field.degree == 1 else np.all(values == 0, axis=-1)
    values[zero] = 1
    return values
