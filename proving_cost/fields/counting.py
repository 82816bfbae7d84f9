"""Scalars that count: every operation on them is tallied, so a closed form can be held against what happened.

A kernel's closed form says how many additions and multiplications its event stands for.  Run the kernel's
algorithm on `Counted` scalars and the tally must equal the form, operation by operation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mechanisms.errors import InvalidInput
from proving_cost.fields.prime import PrimeField

__all__ = ["Counted", "OperationCounter"]


class OperationCounter:
    """A tally of operations in one prime field; it makes the scalars that report to it.

    Example:
        >>> from proving_cost.fields import GOLDILOCKS
        >>> tally = OperationCounter(GOLDILOCKS)
        >>> a, b = tally.elements([2, 3])
        >>> int(a * b + a), dict(tally.counts)
        (8, {'mul': 1, 'add': 1})
    """

    __slots__ = ("counts", "field")

    def __init__(self, field: PrimeField) -> None:
        self.field = field
        self.counts: Counter[str] = Counter()

    def elements(self, values: Iterable[int]) -> list[Counted]:
        """Scalars of the field that report to this tally."""
        return [Counted(int(v) % self.field.modulus, self) for v in values]


class Counted:
    """An element of a prime field whose operations are counted (add and sub are both `add`)."""

    __slots__ = ("tally", "value")

    def __init__(self, value: int, tally: OperationCounter) -> None:
        self.value = value
        self.tally = tally

    def __add__(self, other: Counted) -> Counted:
        self.tally.counts["add"] += 1
        return Counted((self.value + other.value) % self.tally.field.modulus, self.tally)

    def __sub__(self, other: Counted) -> Counted:
        self.tally.counts["add"] += 1
        return Counted((self.value - other.value) % self.tally.field.modulus, self.tally)

    def __mul__(self, other: Counted) -> Counted:
        self.tally.counts["mul"] += 1
        return Counted(self.value * other.value % self.tally.field.modulus, self.tally)

    def __neg__(self) -> Counted:
        return Counted(-self.value % self.tally.field.modulus, self.tally)

    def inverse(self) -> Counted:
        """1/self; counts one `inv`.

        Raises:
            InvalidInput: The element is zero.
        """
        if self.value == 0:
            raise InvalidInput("division by zero: a counted element must not be 0.")
        self.tally.counts["inv"] += 1
        return Counted(pow(self.value, -1, self.tally.field.modulus), self.tally)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __int__(self) -> int:
        return self.value

    def __repr__(self) -> str:
        return f"Counted({self.value})"
