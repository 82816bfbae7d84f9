r"""A linear program in integers.

$$
\max\ \frac{1}{\delta}\, c^\top x \quad\text{subject to}\quad \ell \le N x \le u,\qquad \lambda \le x \le \mu,
$$

with integer $N$ and $c$; bounds are integers, fractions, or `None` where there is none. Rows of a program with rational data are
multiplied by their denominators when they are built, so that tens of thousands of rows are arrays and not fractions.

Columns and rows come in named blocks (`allocation`, `utility`, `truthful_down`, ...), so that a solution is read in the words of
the model: `optimum.primal_block("allocation")`, `optimum.dual_block("capacity")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms import InvalidInput

Integers = NDArray[Any]
"""An array of integers: int64, or Python's own (dtype object) where 64 bits may not do."""

Bound = int | Fraction | None


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive columns or rows under one name; what they count is `unit` times what the model counts in.

    Arguments:
        name: in the words of the model.
        start: its first index.
        stop: one past its last index.
        unit: multiplies a column's value (a row's price is multiplied by it too) to give the quantity of the model.

    Several blocks may have one name; they are read together.
    """

    name: str
    start: int
    stop: int
    unit: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Columns:
    """A block of variables to be assembled.

    Arguments:
        name: name of the block.
        objective: integer coefficients, one a column.
        lower: lower bounds: one for all, or an array.
        upper: upper bounds, likewise.
        unit: see `Block`.
    """

    name: str
    objective: Integers
    lower: Bound | NDArray[Any] = None
    upper: Bound | NDArray[Any] = None
    unit: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Rows:
    """A block of constraints with equally many coefficients each.

    Arguments:
        name: name of the block.
        columns: indices of columns, shape (rows, width).
        entries: integer coefficients, the same shape or one that broadcasts to it; zeros are dropped.
        lower: lower bounds: one for all, or an array.
        upper: upper bounds, likewise.
        unit: see `Block`.
    """

    name: str
    columns: NDArray[Any]
    entries: Integers
    lower: Bound | NDArray[Any] = None
    upper: Bound | NDArray[Any] = None
    unit: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearProgram:
    """Maximise `objective . x / denominator` within bounds of rows and columns.

    Arguments:
        objective: integers, one a column.
        denominator: positive integer under the objective.
        starts: row `i` holds the entries from `starts[i]` to `starts[i + 1]`.
        indices: column of each entry.
        entries: integer coefficients, none zero.
        row_lower: lower bounds of rows, integers, fractions or `None` (dtype object).
        row_upper: upper bounds of rows.
        lower: lower bounds of columns.
        upper: upper bounds of columns.
        row_blocks: names of rows.
        column_blocks: names of columns.
        source: what a checker derives the same program from: a kind and its parameters, plain JSON values. `None`: the
            certificate holds the rows themselves.

    Raises:
        InvalidInput: shapes that do not fit, an index that is no column or twice in a row, a lower bound above the upper one.

    Example:
        Maximise `3x + 2y` with `x + y <= 4`, `x + 3y <= 9`, `0 <= x <= 3` and `y >= 0`:

        >>> import numpy as np
        >>> from equilibria.programs.linear_program import Columns, LinearProgram, Rows
        >>> program = LinearProgram.assemble(
        ...     [Columns("amount", np.array([3, 2]), 0, np.array([3, None]))],
        ...     [Rows("time", np.array([[0, 1], [0, 1]]), np.array([[1, 1], [1, 3]]), None, np.array([4, 9]))],
        ... )
        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> optimum = solve_exactly(program)
        >>> print(optimum.status, optimum.exact_value, *optimum.primal_block("amount"), *optimum.dual_block("time"))
        proved 11 3 1 2 0
    """

    objective: Integers
    denominator: int = 1
    starts: NDArray[np.int64]
    indices: NDArray[np.int64]
    entries: Integers
    row_lower: NDArray[Any]
    row_upper: NDArray[Any]
    lower: NDArray[Any]
    upper: NDArray[Any]
    row_blocks: tuple[Block, ...] = ()
    column_blocks: tuple[Block, ...] = ()
    source: Mapping[str, object] | None = field(default=None)

    def __post_init__(self) -> None:
        rows, columns = self.row_lower.size, self.objective.size
        shapes = (self.row_upper.size, self.starts.size - 1, self.lower.size, self.upper.size, self.entries.size)
        if shapes != (rows, rows, columns, columns, self.indices.size) or self.starts[-1] != self.indices.size:
            raise InvalidInput(f"a linear program's arrays must fit each other; got {rows} rows, {columns} columns and {shapes}.")
        if self.denominator < 1:
            raise InvalidInput(f"denominator must be a positive integer; got {self.denominator}.")
        if self.indices.size and not 0 <= int(self.indices.min()) <= int(self.indices.max()) < columns:
            raise InvalidInput(f"indices must be columns, 0 to {columns - 1}; got {self.indices.min()} to {self.indices.max()}.")
        places = np.repeat(np.arange(rows), np.diff(self.starts)) * columns + self.indices
        if np.unique(places).size < places.size:
            raise InvalidInput("each column may occur once in a row; some occurs twice. Add its coefficients up.")
        for what, low, high in (("row", self.row_lower, self.row_upper), ("column", self.lower, self.upper)):
            both = np.flatnonzero(finite(low) & finite(high))
            wrong = both[(low[both] > high[both]).astype(bool)] if both.size else both
            if wrong.size:
                at = int(wrong[0])
                raise InvalidInput(
                    f"the lower bound of {what} {at} must be at most its upper bound; got {low[at]} and {high[at]}."
                )

    @classmethod
    def assemble(
        cls,
        columns: Sequence[Columns],
        rows: Sequence[Rows],
        *,
        denominator: int = 1,
        source: Mapping[str, object] | None = None,
    ) -> LinearProgram:
        """A program from its blocks, columns and rows in the order given."""
        column_blocks, row_blocks = [], []
        start = 0
        for part in columns:
            column_blocks.append(Block(part.name, start, start + part.objective.size, part.unit))
            start += part.objective.size
        start, counts, places, entries = 0, [], [], []
        for block in rows:
            row_blocks.append(Block(block.name, start, start + len(block.columns), block.unit))
            start += len(block.columns)
            wide = np.broadcast_to(block.entries, block.columns.shape)
            kept = (wide != 0).astype(bool)
            counts.append(kept.sum(axis=1))
            places.append(block.columns[kept])
            entries.append(wide[kept])
        return cls(
            objective=_joined([part.objective for part in columns]),
            denominator=denominator,
            starts=np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(0, dtype=np.int64), *counts]))]).astype(np.int64),
            indices=np.concatenate([np.zeros(0, dtype=np.int64), *places]).astype(np.int64),
            entries=_joined(entries),
            row_lower=_bounds([(block.lower, len(block.columns)) for block in rows]),
            row_upper=_bounds([(block.upper, len(block.columns)) for block in rows]),
            lower=_bounds([(part.lower, part.objective.size) for part in columns]),
            upper=_bounds([(part.upper, part.objective.size) for part in columns]),
            row_blocks=tuple(row_blocks),
            column_blocks=tuple(column_blocks),
            source=source,
        )

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.row_lower.size)

    @property
    def columns(self) -> int:
        """How many columns."""
        return int(self.objective.size)

    def __repr__(self) -> str:
        return f"LinearProgram({self.rows} rows, {self.columns} columns, {self.indices.size} entries)"


def finite(bounds: NDArray[Any]) -> NDArray[np.bool_]:
    """Where there is a bound."""
    return np.fromiter((bound is not None for bound in bounds), dtype=np.bool_, count=bounds.size)


def integers(values: Sequence[int]) -> Integers:
    """Integers as int64 if they all fit comfortably, else as Python's."""
    wide = any(abs(value) >= 1 << 62 for value in values)
    return np.array(values, dtype=object) if wide else np.array(values, dtype=np.int64)


def _joined(parts: Sequence[Integers]) -> Integers:
    wide = any(part.dtype == object for part in parts)
    return np.concatenate([np.zeros(0, dtype=object if wide else np.int64), *parts])


def _bounds(parts: Sequence[tuple[Bound | NDArray[Any], int]]) -> NDArray[Any]:
    """One array of bounds, of Python's numbers: NumPy's would overflow in products."""
    found: list[object] = []
    for bound, count in parts:
        found += bound.tolist() if isinstance(bound, np.ndarray) else [bound] * count
    together = np.empty(len(found), dtype=object)
    together[:] = found
    return together
