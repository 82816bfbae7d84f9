"""Residues of 256 bits as arrays of eight 32-bit limbs, lowest first, and their Montgomery form with R = 2^256."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RADIX", "Limbs", "from_limbs", "from_sums", "random_limbs", "to_limbs"]

RADIX = 1 << 256
"""R of the Montgomery form: a is held as aR."""

Limbs = NDArray[np.uint32]
"""Axes (..., 8)."""


def to_limbs(values: Iterable[int]) -> Limbs:
    """Integers in [0, 2^256) as limbs, of shape (n, 8)."""
    raw = b"".join([int(v).to_bytes(32, "little") for v in values])
    return np.frombuffer(raw, dtype="<u4").astype(np.uint32).reshape(-1, 8)


def from_limbs(limbs: NDArray[Any]) -> list[int]:
    """The integers of limbs, leading axes flattened."""
    raw = np.ascontiguousarray(limbs, dtype="<u4").tobytes()
    return [int.from_bytes(raw[i : i + 32], "little") for i in range(0, len(raw), 32)]


def from_sums(sums: NDArray[np.unsignedinteger]) -> list[int]:
    """The integers of sums of limbs, `(n, 8)`, in which carries are not made yet."""
    return [sum(int(word) << 32 * k for k, word in enumerate(row)) for row in sums]


def random_limbs(rng: np.random.Generator, n: int, modulus: int) -> Limbs:
    """Residues, uniform by rejection, of shape (n, 8).

    Arguments:
        rng: Where they are drawn from.
        n: How many.
        modulus: What they are below; at least 2^224.
    """
    top = np.uint32(modulus >> 224)
    out = np.empty((n, 8), dtype=np.uint32)
    wanted = np.arange(n)
    while wanted.size:
        drawn = rng.integers(0, 2**32, size=(wanted.size, 8), dtype=np.uint32)
        drawn[:, 7] = rng.integers(0, int(top) + 1, size=wanted.size, dtype=np.uint32)
        out[wanted] = drawn
        edge = wanted[drawn[:, 7] == top]
        wanted = np.array([i for i in edge if from_limbs(out[i])[0] >= modulus], dtype=np.int64)
    return out
