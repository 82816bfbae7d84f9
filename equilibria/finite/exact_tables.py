"""Tables of numbers that are computed with exactly, in 64 bits where that cannot go wrong and in big integers elsewhere.

An entry of a table is `entries[...] / denominator`. Integers and fractions are scaled to integers; doubles are the rationals that
they are, and stay doubles while all of them are multiples of one power of two and small enough that sums of them are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms import InvalidInput

EXACT_DOUBLE, EXACT_WORD = 2**52, 2**62
"""Numbers of magnitude below these, and differences of two, are exact in a double whose unit is 1 and in a word of 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactTable:
    """Numbers `entries / denominator`, every entry a multiple of `1 / grid` of magnitude at most `largest / grid`.

    Attributes:
        entries: int64; float64 (only then may `grid` be above 1); or Python integers as objects.
        denominator: of all entries.
        grid: a power of two.
        largest: the greatest magnitude, in units of `1 / grid`.
    """

    entries: NDArray[Any]
    denominator: int
    grid: int
    largest: int

    def fraction(self, *place: int) -> Fraction:
        """One entry as it is."""
        entry = self.entries[place]
        return Fraction(entry if isinstance(entry, int) else entry.item()) / self.denominator

    def as_integers(self) -> ExactTable:
        """The same numbers as integers, in 64 bits if they fit."""
        if self.entries.dtype != np.float64:
            return self
        if self.largest >= EXACT_WORD or self.grid >= EXACT_WORD:
            return self.as_big_integers()
        return ExactTable((self.entries * float(self.grid)).astype(np.int64), self.denominator * self.grid, 1, self.largest)

    def as_big_integers(self) -> ExactTable:
        """The same numbers as Python integers."""
        if self.entries.dtype == object:
            return self
        flat = [int(Fraction(entry) * self.grid) for entry in self.entries.ravel().tolist()]
        return ExactTable(_objects(flat, self.entries.shape), self.denominator * self.grid, 1, self.largest)


def read_exact(values: object, name: str, dimensions: tuple[int, ...]) -> ExactTable:
    """A nested list or array of ints, `Fraction`s or floats as an exact table.

    Args:
        values: the numbers; text such as "1/3" is read as a fraction.
        name: the argument's name in messages.
        dimensions: how many axes it may have.

    Raises:
        InvalidInput: other shapes or entries, or an entry that is not finite.
    """
    table = _array(values, name)
    if table.ndim not in dimensions or table.size == 0:
        axes = " or ".join(map(str, dimensions))
        raise InvalidInput(f"{name} must be a non-empty array with {axes} axes; got shape {table.shape}.")
    if table.dtype.kind in "iu":
        largest = max(-int(table.min()), int(table.max()), 0)
        entries = table.astype(np.int64, copy=False) if largest < EXACT_WORD else table.astype(object)
        return ExactTable(entries, 1, 1, largest)
    if table.dtype.kind == "f":
        from equilibria.finite._price_sweeps import finest_power

        doubles = table.astype(np.float64, copy=False)
        power, greatest = finest_power(doubles.reshape(-1))
        if power < 0:
            place = tuple(np.argwhere(~np.isfinite(doubles))[0].tolist())
            raise InvalidInput(f"{name}{list(place)} must be a finite number; got {doubles[place]!r}.")
        return ExactTable(doubles, 1, 2**power, int(Fraction(greatest) * 2**power))
    return _scaled(table, name)


def _array(values: object, name: str) -> NDArray[Any]:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values
    try:
        table = np.array(values, dtype=object)
    except ValueError:
        raise InvalidInput(f"{name} must be a table whose rows have one length.") from None
    kinds = {type(entry) for entry in table.ravel().tolist()}
    if list in kinds or tuple in kinds:
        raise InvalidInput(f"{name} must be a table whose rows have one length.")
    if kinds == {int}:
        try:
            return table.astype(np.int64)
        except OverflowError:
            return table
    return table.astype(np.float64) if kinds == {float} else table


def _scaled(table: NDArray[Any], name: str) -> ExactTable:
    flat = []
    for place, entry in zip(np.ndindex(table.shape), table.ravel().tolist(), strict=True):
        if isinstance(entry, bool) or not isinstance(entry, int | float | str | Fraction | np.integer | np.floating):
            raise InvalidInput(f"{name}{list(place)} must be an int, a Fraction or a float; got {entry!r:.40}.")
        try:
            flat.append(Fraction(entry if not isinstance(entry, np.generic) else entry.item()))
        except (ValueError, OverflowError, ZeroDivisionError):
            raise InvalidInput(f"{name}{list(place)} must be a finite number; got {entry!r:.40}.") from None
    denominator = math.lcm(*(entry.denominator for entry in flat))
    integers = [int(entry * denominator) for entry in flat]
    largest = max(map(abs, integers))
    entries = _objects(integers, table.shape)
    return ExactTable(entries.astype(np.int64) if largest < EXACT_WORD else entries, denominator, 1, largest)


def _objects(flat: list[int], shape: tuple[int, ...]) -> NDArray[Any]:
    table = np.empty(len(flat), dtype=object)
    table[:] = flat
    return table.reshape(shape)
