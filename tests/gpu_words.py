"""Words that are near the ends of ranges, and words as limbs of 32 bits."""

from __future__ import annotations

import numpy as np

from proving_cost.fields import GOLDILOCKS


def edges(limit: int) -> list[int]:
    """Values below a limit that are near 0, the limit and places where words or residues wrap."""
    near = [v + d for v in (0, 2**31, 2**32, limit // 2, limit, 2**63, 2**64 - 2**32) for d in (-2, -1, 0, 1, 2)]
    return sorted({v for v in near if 0 <= v < limit})


def loose_words(random: int) -> list[int]:
    """Words of 64 bits: edges, those around the modulus of Goldilocks, and random ones."""
    drawn = np.random.default_rng(6).integers(0, 2**64, random, dtype=np.uint64)
    return [*edges(2**64), *range(GOLDILOCKS.modulus - 2, GOLDILOCKS.modulus + 3), *(int(v) for v in drawn)]


def limbs(*values: int) -> list[int]:
    """Words of 64 bits as limbs, lowest first."""
    return [part for v in values for part in (v & 0xFFFFFFFF, v >> 32)]


def joined(parts: list[int]) -> int:
    """The number of these limbs."""
    return sum(part << 32 * i for i, part in enumerate(parts))
