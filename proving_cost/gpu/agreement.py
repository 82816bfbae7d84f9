"""Whether what a card computed is what it must be; and how many input sets a case takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from proving_cost.gpu.cases import CheckFailed

__all__ = ["POISON", "require_equal", "require_written", "sets_for"]

POISON = 0xEE
"""The byte with which `Backend.poison` fills a buffer."""
CACHE_BYTES = 128 << 20  # more than the second-level cache of any card of 2025
MOST_SETS = 16


def require_equal(label: str, got: NDArray[Any], wanted: NDArray[Any], what: str) -> None:
    """Nothing, where two arrays are equal.

    Arguments:
        label: The case, e.g. `ntt/goldilocks 2^24`.
        got: From the card.
        wanted: What it must be.
        what: What the entries are, in the plural.

    Raises:
        CheckFailed: They differ; the message says at how many entries, and the first.
    """
    wrong = np.flatnonzero(got.reshape(-1).astype(np.uint64) != wanted.reshape(-1).astype(np.uint64))
    if wrong.size:
        raise CheckFailed(f"{label}: {wrong.size} of {got.size} words of {what} are wrong, the first at {wrong[0]}.")


def require_written(label: str, got: NDArray[Any]) -> None:
    """Nothing, where no word is poison.

    Raises:
        CheckFailed: Some are.
    """
    poison = int.from_bytes(bytes([POISON]) * got.dtype.itemsize, "little")
    left = int(np.count_nonzero(got == got.dtype.type(poison)))
    if left:
        raise CheckFailed(f"{label}: {left} of {got.size} words were not written.")


def sets_for(set_bytes: int) -> int:
    """Input sets of a case: more than the caches hold, but two at least and sixteen at most."""
    return max(2, min(MOST_SETS, CACHE_BYTES // set_bytes))
