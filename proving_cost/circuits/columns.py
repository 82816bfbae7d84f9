r"""Columns of field elements with operators, so that a constraint is written once, as a formula.

A formula over `Column` objects is evaluated for every row at once and counted; over `Quadratic` objects, whose two
coefficients are columns, it is evaluated in the extension $\mathbb{F}_p[X]/(X^2 - w)$, and the same formula over a
verifier's scalars is evaluated at one point (`proving_cost.systems.stark.scalars`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements

__all__ = ["Column", "Quadratic"]


class Column:
    """An array of a prime field with counted operators; integers stand for constants."""

    __slots__ = ("arith", "data")

    def __init__(self, arith: Arithmetic, data: Elements) -> None:
        self.arith = arith
        self.data = data

    def __add__(self, other: Column | int) -> Column:
        return Column(self.arith, self.arith.add(self.data, _data(other)))

    __radd__ = __add__

    def __sub__(self, other: Column | int) -> Column:
        return Column(self.arith, self.arith.sub(self.data, _data(other)))

    def __rsub__(self, other: int) -> Column:
        return Column(self.arith, self.arith.sub(np.array(other, dtype=self.data.dtype), self.data))

    def __mul__(self, other: Column | int) -> Column:
        if isinstance(other, Quadratic):
            return NotImplemented
        return Column(self.arith, self.arith.mul(self.data, _data(other)))

    def __rmul__(self, other: int) -> Column:
        return self * other


class Quadratic:
    """$c_0 + c_1 X$ with coefficients that are columns or integers (not both integers in every operand)."""

    __slots__ = ("c0", "c1", "nonresidue")

    def __init__(self, c0: Any, c1: Any, nonresidue: int) -> None:
        self.c0 = c0
        self.c1 = c1
        self.nonresidue = nonresidue

    def __add__(self, other: Quadratic | Column) -> Quadratic:
        if isinstance(other, Quadratic):
            return Quadratic(self.c0 + other.c0, self.c1 + other.c1, self.nonresidue)
        return Quadratic(self.c0 + other, self.c1, self.nonresidue)

    __radd__ = __add__

    def __sub__(self, other: Quadratic | Column | int) -> Quadratic:
        if isinstance(other, Quadratic):
            return Quadratic(self.c0 - other.c0, self.c1 - other.c1, self.nonresidue)
        return Quadratic(self.c0 - other, self.c1, self.nonresidue)

    def __mul__(self, other: Quadratic | Column) -> Quadratic:
        """By an element of the extension, four products and one by w; by one of the base field, two."""
        if not isinstance(other, Quadratic):
            return Quadratic(self.c0 * other, self.c1 * other, self.nonresidue)
        low = self.c0 * other.c0 + self.c1 * other.c1 * self.nonresidue
        return Quadratic(low, self.c0 * other.c1 + self.c1 * other.c0, self.nonresidue)

    __rmul__ = __mul__


def _data(value: Column | int) -> Elements | int:
    return value.data if isinstance(value, Column) else value
