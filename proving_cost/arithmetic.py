r"""Counted arithmetic: a field, the ledger that counts, and the body that computes.

Provers and kernels take an `Arithmetic` and never touch a field directly, so that what is counted is what is
done.  The body is `"fast"` (numba, numpy, Python integers) or `"reference"` (`galois` arrays); both give the same
values and the same counts.  `ledger=None` computes without counting.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from proving_cost.fields import Elements, ExtensionField, Field, PrimeField
from proving_cost.ledger import Ledger

__all__ = ["LIMB_BITS", "Arithmetic", "Body", "from_galois", "in_limbs", "to_galois"]

Body: TypeAlias = Literal["fast", "reference"]

LEAST_IN_LIMBS = 16  # below, conversions and a call cost more than Python integers do
LIMB_BITS = 255
"""Of the largest modulus for which the bodies in four limbs are right."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Element-wise operations on arrays of a field, counted.

    Arguments:
        field: A prime field, or an extension (whose arrays have a last axis of coefficients).
        ledger: Where operations are counted; None counts nothing.
        body: What computes: `"fast"` or `"reference"` (`galois`).
    """

    field: Field
    ledger: Ledger | None = None
    body: Body = "fast"

    def add(self, a: Elements, b: Elements | int) -> Elements:
        """a + b with broadcasting."""
        return self._apply("add", "add", a, b)

    def sub(self, a: Elements, b: Elements | int) -> Elements:
        """a − b with broadcasting; counted as `add`."""
        return self._apply("sub", "add", a, b)

    def mul(self, a: Elements, b: Elements | int) -> Elements:
        """a·b with broadcasting."""
        return self._apply("mul", "mul", a, b)

    def inverse(self, a: Elements) -> Elements:
        """1/a of a single element (counted as `inv`); many at once: `kernels.batch_inversion`."""
        if isinstance(self.field, ExtensionField):
            out = self.field.inverse(a)
        else:
            out = np.array(self.field.inverse(int(a)), dtype=self.field.dtype)
        self.count("inv", 1)
        return out

    def count(self, operation: Literal["add", "mul", "inv"], n: int) -> None:
        """Count n operations that are done elsewhere."""
        if self.ledger is not None and n:
            self.ledger.field(self.field.name, operation, n)

    def over(self, field: Field) -> Arithmetic:
        """The same ledger and body over another field."""
        return replace(self, field=field)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """A phase of the ledger, if there is one."""
        if self.ledger is None:
            yield
        else:
            with self.ledger.phase(name):
                yield

    def _apply(
        self, name: Literal["add", "sub", "mul"], counted: Literal["add", "mul"], a: Elements, b: Elements | int
    ) -> Elements:
        field = self.field
        if self.body == "reference" and isinstance(field, PrimeField):
            out = _on_galois(name, field, a, b)
        else:
            out = getattr(field, name)(a, b)
        self.count(counted, np.size(out) // field.degree)
        return out


def in_limbs(field: PrimeField, size: int) -> bool:
    """Whether so many residues are to be computed with in four limbs (`compiled.four_limbs`), not as Python integers."""
    return field.dtype == object and field.bits <= LIMB_BITS and size >= LEAST_IN_LIMBS


def to_galois(field: PrimeField, a: Elements | int) -> Elements:
    """Residues, or an integer, as an array of the field's `galois` class."""
    cls = field.galois()
    raw = a if isinstance(a, np.ndarray) else np.asarray(operator.index(a) % field.modulus)
    return cls(raw.astype(np.int64 if field.bits < 32 else object))


def from_galois(field: PrimeField, a: Elements) -> Elements:
    """A `galois` array as residues of the field's own type."""
    return np.asarray(a.view(np.ndarray)).astype(field.dtype)


def _on_galois(name: str, field: PrimeField, a: Elements, b: Elements | int) -> Elements:
    left, right = to_galois(field, a), to_galois(field, b)
    ufunc = {"add": np.add, "sub": np.subtract, "mul": np.multiply}[name]
    return from_galois(field, ufunc(left, right))
