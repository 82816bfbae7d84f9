"""The arithmetic of BN254 in the sources (`wide.cuh`), on any backend, against Python integers.

Transforms and sums of random numbers do not meet the carries that run through whole words of ones; the operands here
are chosen to.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from proving_cost.fields import BN254_FQ, BN254_FR
from proving_cost.gpu.backend import Backend
from proving_cost.gpu.cases import CheckFailed
from proving_cost.gpu.limbs import RADIX, from_limbs, to_limbs

__all__ = ["OPERATIONS", "Operation", "check_arithmetic"]

RANDOM = 300
"""Random operands of an operation, beside the chosen ones."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of `wide.cuh`, by its number in `wide_arithmetic.cu`.

    Attributes:
        bounds: Each operand is below so many p; None is 2^256.
        limit: The result is below so many p; 0 where it must be the value itself.
        value: The result modulo p, from operands and p.
    """

    bounds: tuple[int | None, ...]
    limit: int
    value: Callable[..., int]


def _over(p: int) -> int:
    return pow(RADIX, -1, p)


OPERATIONS: tuple[tuple[str, int, Operation], ...] = (
    ("mul", 0, Operation((2, 2), 2, lambda a, b, p: a * b * _over(p))),
    ("mul of a lazy sum", 0, Operation((4, 1), 2, lambda a, b, p: a * b * _over(p))),
    ("mul by any word", 0, Operation((1, None), 2, lambda a, b, p: a * b * _over(p))),
    ("sqr", 1, Operation((2,), 2, lambda a, p: a * a * _over(p))),
    ("sum_of_products", 2, Operation((2, 2, 2, 2), 2, lambda a, b, c, d, p: (a * b + c * d) * _over(p))),
    ("add", 3, Operation((2, 2), 2, lambda a, b, p: a + b)),
    ("sub", 4, Operation((2, 2), 2, lambda a, b, p: a - b)),
    ("neg", 5, Operation((2,), 2, lambda a, p: -a)),
    ("add_lazy", 6, Operation((2, 2), 4, lambda a, b, p: a + b)),
    ("sub_lazy", 7, Operation((2, 2), 4, lambda a, b, p: a - b)),
    ("loose", 8, Operation((4,), 2, lambda a, p: a)),
    ("tight", 9, Operation((2,), 1, lambda a, p: a)),
    ("is_zero", 10, Operation((2,), 1, lambda a, p: int(a % p == 0))),
    ("inverse", 11, Operation((2,), 2, lambda a, p: pow(a, p - 2, p) * RADIX * RADIX)),
    ("to_montgomery", 12, Operation((2,), 2, lambda a, p: a * RADIX)),
    ("from_montgomery", 13, Operation((2,), 1, lambda a, p: a * _over(p))),
)
"""Name, number, and what it must do."""


def check_arithmetic(backend: Backend, rng: np.random.Generator) -> str:
    """Apply every operation to edges and random operands of both fields.

    Raises:
        CheckFailed: A result is wrong, or outside its bounds.
    """
    for kernel, field in (("apply_fr", BN254_FR), ("apply_fq", BN254_FQ)):
        p = field.modulus
        for name, number, operation in OPERATIONS:
            rows = _operands(p, [RADIX if b is None else b * p for b in operation.bounds], rng)
            if name == "inverse":  # a power of 254 bits on both sides
                rows = rows[:60]
            got = _apply(backend, kernel, number, rows)
            for value, row in zip(got, rows, strict=True):
                if (value - operation.value(*row, p)) % p or value >= operation.limit * p:
                    shown = ", ".join(f"{a:#x}" for a in row)
                    raise CheckFailed(f"{name} of {field.name}: wrong for {shown}; got {value:#x}.")
    return "integers, at edges and at random"


def _apply(backend: Backend, kernel: str, number: int, rows: Sequence[tuple[int, ...]]) -> list[int]:
    n = len(rows)
    columns = [*zip(*rows, strict=True)] + [(0,) * n] * (4 - len(rows[0]))
    given, out = backend.upload(np.stack([to_limbs(c) for c in columns])), backend.empty((n, 8), np.uint32)
    backend.poison(out)
    backend.launch("wide_arithmetic", kernel, -(-n // 64), 64, (np.uint32(number), np.uint32(n), given, out))
    return from_limbs(backend.download(out))


def _edges(p: int, bound: int) -> list[int]:
    """Values below a bound at which a carry, a borrow or a comparison may go wrong."""
    near = [0, 1, 2, p - 1, p, p + 1, 2 * p - 1, 2 * p, 2 * p + 1, 3 * p, 4 * p - 1, RADIX % p, RADIX - 1, bound - 1, bound - 2]
    near += [1 << k for k in range(31, 256, 32)] + [(1 << k) - 1 for k in range(32, 257, 32)]
    near += [0xFFFFFFFF << k for k in range(0, 256, 32)]
    return sorted({v for v in near if v < bound})


def _operands(p: int, bounds: list[int], rng: np.random.Generator) -> list[tuple[int, ...]]:
    """All combinations of edges (of fewer edges, for more than two operands) and random values, below bounds."""
    lists = [_edges(p, b) for b in bounds]
    if len(bounds) > 2:
        lists = [[v for v in row if v in (0, 1, p - 1, p, 2 * p - 1)] for row in lists]
    drawn = [[int.from_bytes(rng.bytes(40), "little") % b for _ in range(RANDOM)] for b in bounds]
    return list(itertools.product(*lists)) + list(zip(*drawn, strict=True))
