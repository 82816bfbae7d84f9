"""Fields and elements for the tests: residues at which words overflow or wrap, and hypothesis builders of residues."""

from __future__ import annotations

import operator

from hypothesis import strategies as st

from proving_cost.fields import EXTENSION_FIELDS, PRIME_FIELDS, PrimeField

FIELDS = list(PRIME_FIELDS.values())
EXTENSIONS = list(EXTENSION_FIELDS.values())
# Primes that no proof system here uses: of 17 bits, and between the words that have compiled arithmetic.
OTHERS = [
    PrimeField("f4", 2**16 + 1, 3),
    PrimeField("32 bits", 2**32 - 5, 2),
    PrimeField("mersenne61", 2**61 - 1, 37),
    PrimeField("64 bits", 2**64 - 59, 2),
]
OPERATIONS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def by_name(field: object) -> str:
    return str(getattr(field, "name", field))


def edges(p: int) -> list[int]:
    """Residues at which words overflow or wrap."""
    words = (0, 2**16, 2**31, 2**32, 2**33, 2**63, 2**64 - 2**32, 2**64, 2**128, p // 2, p)
    near = {v + d for v in words for d in (-2, -1, 0, 1, 2)}
    return sorted(v for v in near if 0 <= v < p)


def element(p: int) -> st.SearchStrategy[int]:
    return st.sampled_from(edges(p)) | st.integers(0, p - 1)
