"""What every type values every option at, in blocks of rows, without holding the whole table where it is a product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from equilibria.finite.exact_tables import EXACT_DOUBLE, EXACT_WORD, ExactTable, read_exact
from mechanisms import InvalidInput
from mechanisms.distributions.parameters import shown

Block = tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]
"""Rows; which of them; and the types that they belong to."""

BLOCK = 128  # rows of a product made at a time, so that they are used while they are in the cache


class OptionValues(Protocol):
    """Values of types (rows) for options (columns), computed with exactly."""

    assigned: NDArray[np.int64]
    """The option of every type."""
    limit: int
    """Above every sum of values that the engine forms."""

    @property
    def options(self) -> int:
        """How many options there are, whether somebody gets them or not."""

    def own(self) -> NDArray[Any]:
        """What every type values its own option at."""

    def blocks(self, order: NDArray[np.int64]) -> Iterator[Block]:
        """The rows of the types in this order."""

    def exact(self, number: Any) -> Fraction:
        """A number of the rows, or a sum of them, as it is; a Python int or float."""

    def value(self, kind: int, option: int) -> Fraction:
        """What type `kind` values an option at, from the table as it was given."""


@dataclass(frozen=True, slots=True, eq=False)
class TabulatedOptions:
    """Every type gets one outcome of a table; options are its columns."""

    given: ExactTable
    table: ExactTable
    limit: int
    assigned: NDArray[np.int64]

    @property
    def options(self) -> int:
        return int(self.table.entries.shape[1])

    def own(self) -> NDArray[Any]:
        return np.asarray(self.table.entries[np.arange(len(self.assigned)), self.assigned])

    def blocks(self, order: NDArray[np.int64]) -> Iterator[Block]:
        yield self.table.entries, order, order

    def exact(self, number: Any) -> Fraction:
        return _divided(number, self.table.denominator)

    def value(self, kind: int, option: int) -> Fraction:
        return self.given.fraction(kind, option)


@dataclass(frozen=True, slots=True, eq=False)
class LinearOptions:
    """Types have vectors of values and get vectors of quantities, such as lotteries; options are the vectors that occur."""

    values: ExactTable
    quantities: ExactTable
    products: Sequence[tuple[int, NDArray[Any], NDArray[Any]]]
    denominator: int
    limit: int
    assigned: NDArray[np.int64]

    @property
    def options(self) -> int:
        return len(self.quantities.entries)

    def own(self) -> NDArray[Any]:
        return self._sum(
            [(shift, (left * right.T[self.assigned]).sum(axis=1)) for shift, left, right in self.products]
        )

    def blocks(self, order: NDArray[np.int64]) -> Iterator[Block]:
        shape = (min(BLOCK, len(order)), self.options)
        scratch = np.empty(shape, dtype=self.products[0][1].dtype)
        for start in range(0, len(order), BLOCK):
            types = order[start : start + BLOCK]
            parts = []
            for shift, left, right in self.products:
                out = scratch[: len(types)] if len(self.products) == 1 and scratch.dtype != object else None
                parts.append((shift, np.matmul(left[types], right, out=out)))
            yield self._sum(parts), np.arange(len(types)), types

    def _sum(self, parts: list[tuple[int, NDArray[Any]]]) -> NDArray[Any]:
        if len(parts) == 1:
            return parts[0][1]
        total = np.zeros(parts[0][1].shape, dtype=np.int64)
        for shift, part in parts:
            total += part.astype(np.int64) << shift  # may wrap around; the sum does not, so it is right modulo 2^64
        return total

    def exact(self, number: Any) -> Fraction:
        return _divided(number, self.denominator)

    def value(self, kind: int, option: int) -> Fraction:
        goods = range(self.values.entries.shape[1])
        return sum((self.values.fraction(kind, g) * self.quantities.fraction(option, g) for g in goods), Fraction(0))


def _divided(number: Any, denominator: int) -> Fraction:
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return Fraction(number, denominator) if isinstance(number, int) else Fraction(number) / denominator


def read_problem(values: object, allocation: object) -> TabulatedOptions | LinearOptions:
    """Values and an allocation, checked, in numbers whose sums along any path are exact.

    Args:
        values: types x outcomes, or types x goods; one axis stands for one good.
        allocation: one outcome a type (its column), or types x goods: the quantities, or the chances, that each type gets.

    Raises:
        InvalidInput: shapes that do not fit, an outcome that is no column, or an entry that is no finite number.
    """
    table = read_exact(values, "values", (1, 2))
    kinds = len(table.entries)
    if table.entries.ndim == 2 and np.ndim(np.asarray(allocation, dtype=object)) == 1:
        return _tabulated(table, allocation, kinds)
    quantities = read_exact(allocation, "allocation", (table.entries.ndim,))
    if quantities.entries.shape != table.entries.shape:
        raise InvalidInput(
            f"allocation must give one outcome a type, or a row of {table.entries.shape[1:] or (1,)} quantities a type; got "
            f"shape {quantities.entries.shape} for values of shape {table.entries.shape}."
        )
    return _linear(_two_axes(table), _two_axes(quantities))


def _two_axes(table: ExactTable) -> ExactTable:
    entries = table.entries.reshape(len(table.entries), -1)
    return ExactTable(entries, table.denominator, table.grid, table.largest)


def _tabulated(table: ExactTable, allocation: object, kinds: int) -> TabulatedOptions:
    chosen = np.asarray(allocation)
    if chosen.shape != (kinds,) or chosen.dtype.kind not in "iu":
        raise InvalidInput(
            f"allocation must give one outcome, a column of values, to each of the {kinds} types; got {shown(allocation)}."
        )
    columns = table.entries.shape[1]
    wrong = np.flatnonzero((chosen < 0) | (chosen >= columns))
    if wrong.size:
        raise InvalidInput(f"allocation[{wrong[0]}] must be a column of values, 0 to {columns - 1}; got {chosen[wrong[0]]}.")
    limit = _paths(2 * kinds) * table.largest + 1
    return TabulatedOptions(table, _summable(table, limit), limit, chosen.astype(np.int64))


def _paths(nodes: int) -> int:
    """How many values the engine may add up before it looks for a cycle: two an edge, in a sweep after a tree."""
    return 2 * nodes + 8


def _summable(table: ExactTable, limit: int) -> ExactTable:
    if table.entries.dtype == np.float64:
        if limit < EXACT_DOUBLE:
            return table
        table = table.as_big_integers()
    if limit < EXACT_WORD:
        return ExactTable(table.entries.astype(np.int64, copy=False), table.denominator, 1, table.largest)
    return table.as_big_integers()


def _linear(values: ExactTable, given: ExactTable) -> LinearOptions:
    kinds, goods = values.entries.shape
    if given.entries.dtype == object:
        rows, assigned = given.entries, np.arange(kinds)
    else:
        rows, assigned = np.unique(given.entries, axis=0, return_inverse=True)
    quantities = ExactTable(rows, given.denominator, given.grid, given.largest)
    limit = _paths(2 * kinds) * goods * values.largest * quantities.largest + 1
    if limit < EXACT_DOUBLE:
        left, right = (np.ascontiguousarray(each.entries, dtype=np.float64) for each in (values, quantities))
        products = [(0, left, np.ascontiguousarray(right.T))]
        denominator = values.denominator * quantities.denominator
    else:
        first, second = values.as_big_integers(), quantities.as_big_integers()
        denominator = first.denominator * second.denominator
        products = [(0, first.entries, second.entries.T)]
        if limit < EXACT_WORD:
            bits = (53 - goods.bit_length()) // 2
            products = [
                (shift + other, left, np.ascontiguousarray(right.T))
                for shift, left in _limbs(first.entries, bits)
                for other, right in _limbs(second.entries, bits)
            ]
    return LinearOptions(values, quantities, products, denominator, limit, assigned.reshape(-1).astype(np.int64))


def _limbs(integers: NDArray[Any], bits: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Parts of at most `bits` bits whose shifted sum is the integer; the last keeps the sign."""
    rest, shift = integers.astype(np.int64), 0
    while True:
        if np.abs(rest).max() < 2**bits:
            yield shift, rest.astype(np.float64)
            return
        yield shift, (rest & (2**bits - 1)).astype(np.float64)
        rest, shift = rest >> bits, shift + bits
