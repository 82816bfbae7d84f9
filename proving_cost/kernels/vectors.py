r"""Vectors with `+`, `-`, `*` and halves, so that one text of an algorithm serves every kind of element.

A multilinear algorithm adds, multiplies and splits vectors in half.  Written on the operators alone it runs on

| vector | elements |
|---|---|
| a `galois` array, or an object array of `Counted` | a prime field: the reference, and the count |
| `CoefficientVector` of such arrays | an extension $\mathbb{F}_p[X]/(X^d - w)$, by the schoolbook rule |
| `FieldVector` | residues of any field of `proving_cost.fields`, by its vectorised operations |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from proving_cost.arithmetic import Body, from_galois, to_galois
from proving_cost.fields import Elements, ExtensionField, Field

__all__ = ["CoefficientVector", "FieldVector", "Vector", "from_vector", "to_vector", "total"]


@dataclass(frozen=True, slots=True, eq=False)
class FieldVector:
    """Residues of a field, by the field's own operations."""

    field: Field
    values: Elements

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def __getitem__(self, part: slice) -> FieldVector:
        return FieldVector(self.field, self.values[part])

    def __add__(self, other: FieldVector) -> FieldVector:
        return FieldVector(self.field, self.field.add(self.values, other.values))

    def __sub__(self, other: FieldVector) -> FieldVector:
        return FieldVector(self.field, self.field.sub(self.values, other.values))

    def __mul__(self, other: FieldVector) -> FieldVector:
        return FieldVector(self.field, self.field.mul(self.values, other.values))

    def total(self) -> FieldVector:
        """The sum, as a vector of one entry: halves are added until one is left; an odd entry waits."""
        values = self.values
        while len(values) > 1:
            half = len(values) // 2
            sums = self.field.add(values[:half], values[half : 2 * half])
            values = np.concatenate([sums, values[2 * half :]]) if len(values) % 2 else sums
        return FieldVector(self.field, values)


@dataclass(frozen=True, slots=True, eq=False)
class CoefficientVector:
    """Elements of a binomial extension: one array for each coefficient, lowest first.

    Arguments:
        parts: d arrays of base-field elements of any kind that has `+`, `-`, `*`.
        nonresidue: w, an element of that kind.
    """

    parts: tuple[Any, ...]
    nonresidue: Any

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, part: slice) -> CoefficientVector:
        return CoefficientVector(tuple(p[part] for p in self.parts), self.nonresidue)

    def __add__(self, other: CoefficientVector) -> CoefficientVector:
        return CoefficientVector(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)), self.nonresidue)

    def __sub__(self, other: CoefficientVector) -> CoefficientVector:
        return CoefficientVector(tuple(a - b for a, b in zip(self.parts, other.parts, strict=True)), self.nonresidue)

    def __mul__(self, other: CoefficientVector) -> CoefficientVector:
        d = len(self.parts)
        full: list[Any] = [None] * (2 * d - 1)
        for i, a in enumerate(self.parts):
            for j, b in enumerate(other.parts):
                full[i + j] = a * b if full[i + j] is None else full[i + j] + a * b
        for k in range(d, 2 * d - 1):
            full[k - d] = full[k - d] + full[k] * self.nonresidue
        return CoefficientVector(tuple(full[:d]), self.nonresidue)

    def total(self) -> CoefficientVector:
        """The sum, as a vector of one entry."""
        return CoefficientVector(tuple(total(p) for p in self.parts), self.nonresidue)


Vector: TypeAlias = Any
"""One of the rows of the table above."""


def total(vector: Vector) -> Vector:
    """The sum of n ≥ 1 entries, by n − 1 additions, as a vector of one entry."""
    return vector.total() if isinstance(vector, (FieldVector, CoefficientVector)) else np.add.reduce(vector, keepdims=True)


def to_vector(field: Field, values: Elements, body: Body) -> Vector:
    """Residues, as what the body computes on."""
    if body == "fast":
        return FieldVector(field, values)
    if isinstance(field, ExtensionField):
        parts = tuple(to_galois(field.base, values[..., i]) for i in range(field.degree))
        return CoefficientVector(parts, field.base.galois()(field.nonresidue))
    return to_galois(field, values)


def from_vector(field: Field, vectors: Sequence[Vector]) -> Elements:
    """Vectors of one length as residues, stacked."""
    return np.stack([_residues(field, v) for v in vectors])


def _residues(field: Field, vector: Vector) -> Elements:
    if isinstance(vector, FieldVector):
        return vector.values
    if isinstance(vector, CoefficientVector):
        return np.stack([from_galois(field.base, p) for p in vector.parts], axis=-1)
    return from_galois(field.base, vector)
