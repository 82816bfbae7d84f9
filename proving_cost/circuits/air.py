r"""An AIR: one table of field elements whose rows satisfy formulas of low degree, read from a circuit.

The table has `WIDTH` columns and $n$ rows, a power of two.  Each operation of the circuit becomes cells of a row of
its kind (`air_rows`): a permutation has a row of its own, a decomposition into bits too, products and assertions are
packed eight to a row.  What a row means is fixed by *preprocessed* columns, which depend on the circuit alone:
64 coefficients, three selectors, and for each wired column the permutation $\sigma$ of cells.

*Copy constraints.*  A variable stands in many cells; $\sigma$ runs through the cells of each variable in a cycle, and
the table is right only if values are constant along the cycles.  The public inputs are one more wired column,
$(x_1, \ldots, x_\ell, 0, \ldots, 0)$, which the verifier knows and nobody commits to.

Linear combinations are free up to the two terms that a lane or a factor of a slot takes; longer ones are summed in
slots, each sum made once and shared.  A bit that nothing else uses may stand in a column that is not wired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.air_rows import (
    COEFFICIENTS,
    SLOT_CELLS,
    SLOT_COEFFICIENTS,
    SLOTS,
    STATES,
    WIDTH,
    WIRED,
    bits_row,
    lanes,
    permutation_row,
    permuted,
    slot,
)
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.columns import Column
from proving_cost.fields import GOLDILOCKS, Elements, PrimeField

__all__ = ["Air", "Derived", "KINDS"]

KINDS = ("permutation", "bits", "arithmetic")
"""The kinds of rows, in the order of their selectors and of their place in the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """A variable that the AIR adds: a sum of multiples of earlier ones, and a constant."""

    terms: tuple[tuple[int, int], ...]
    constant: int


@dataclass(frozen=True, slots=True, eq=False)
class Air:
    """A table read from a circuit.

    Arguments:
        circuit: The circuit.
        rows: n.
        used: Rows of each of `KINDS`, in this order from row 0; the rest is padding.
        variables: `(WIDTH, n)`, the variable in each cell; `nothing` where there is none.
        coefficients: `(COEFFICIENTS, n)`.
        derived: Variables after the circuit's own: sums that did not fit their place.
        origins: For every used row, which operations of the circuit its constraints come from (one, or one a slot).
    """

    circuit: Circuit
    rows: int
    used: tuple[int, int, int]
    variables: NDArray[np.int64]
    coefficients: Elements
    derived: tuple[Derived, ...]
    origins: tuple[tuple[int, ...], ...]

    @classmethod
    def from_circuit(cls, circuit: Circuit) -> Air:
        """Read a circuit as a table.

        Raises:
            InvalidInput: The circuit is over another field than Goldilocks.
        """
        if circuit.field != GOLDILOCKS:
            raise InvalidInput(
                f"field: the AIR is laid out for Poseidon2 of width 12 over 'goldilocks'; got {circuit.field.name!r}. "
                "Describe the circuit over GOLDILOCKS."
            )
        from proving_cost.circuits.air_builder import AirBuilder

        return AirBuilder(circuit).finish()

    @property
    def field(self) -> PrimeField:
        """The field."""
        return self.circuit.field

    @property
    def nothing(self) -> int:
        """The variable of empty cells; its value is 0."""
        return self.circuit.variables + len(self.derived)

    @property
    def public(self) -> int:
        """Public inputs."""
        return len(self.circuit.public_inputs)

    def __repr__(self) -> str:
        return f"Air({sum(self.used)} rows of {self.rows}, {WIDTH} columns, {self.public} public inputs, over {self.field.name})"

    def selectors(self) -> Elements:
        """`(3, n)`: 1 in the rows of each kind."""
        out = self.field.zeros((len(KINDS), self.rows))
        first = 0
        for kind, rows in enumerate(self.used):
            out[kind, first : first + rows] = 1
            first += rows
        return out

    def copies(self) -> NDArray[np.int64]:
        """σ as `(WIRED + 1, n)` numbers of cells, column · n + row; the last column is the public inputs'."""
        cells = np.full((WIRED + 1, self.rows), self.nothing, dtype=np.int64)
        cells[:WIRED] = self.variables[:WIRED]
        cells[WIRED, : self.public] = np.arange(1, 1 + self.public)
        flat = cells.reshape(-1)
        sigma = np.arange(flat.size)
        wired = np.flatnonzero(flat != self.nothing)
        order = wired[np.argsort(flat[wired], kind="stable")]
        variable = flat[order]
        after = np.roll(order, -1)
        first = np.flatnonzero(np.r_[True, variable[1:] != variable[:-1]]) if order.size else order
        last = np.r_[first[1:] - 1, order.size - 1] if order.size else order
        after[last] = order[first]
        sigma[order] = after
        return sigma.reshape(cells.shape)

    def trace(self, assignment: Assignment) -> Elements:
        """`(WIDTH, n)`: the table filled from an assignment, satisfied or not.

        Raises:
            InvalidInput: The assignment has another number of variables.
        """
        if assignment.values.shape != (self.circuit.variables,):
            raise InvalidInput(
                f"assignment: must have the {self.circuit.variables} variables of the circuit; got "
                f"{assignment.values.size}. Take it from the circuit that was compiled."
            )
        values = [int(v) for v in assignment.values]
        for extra in self.derived:
            values.append((sum(c * values[v] for v, c in extra.terms) + extra.constant) % self.field.modulus)
        table = self.field.array([*values, 0])[self.variables]
        if self.used[0]:
            self._fill_states(table)
        return table

    def first_violation(self, table: Elements, public: Sequence[int]) -> str | None:
        """The name of the first operation that a table violates, in the circuit's order; None if there is none."""
        cells = self._columns(table, slice(None))
        k = self._columns(self.coefficients, slice(None))
        left: list[tuple[NDArray[np.bool_], int]] = []
        rows = [np.arange(self.rows) < end for end in np.cumsum(self.used)]
        kinds = [rows[0], rows[1] & ~rows[0], rows[2] & ~rows[1]]
        for formulas, kind in (
            (permutation_row(self.circuit.permutation, cells, k), 0),
            (bits_row(cells, k), 1),
        ):
            left += [((value.data != 0) & kinds[kind], 0) for value in formulas]
        for s in range(SLOTS):
            place = slice(SLOT_CELLS * s, SLOT_CELLS * (s + 1))
            value = slot(cells[place], k[SLOT_COEFFICIENTS * s : SLOT_COEFFICIENTS * (s + 1)])
            left.append(((value.data != 0) & kinds[2], s))
        wrong = [self.origins[row][place] for bad, place in left for row in np.flatnonzero(bad)]
        if wrong:
            return self.circuit.operations[min(wrong)].name
        wired = np.zeros((WIRED + 1, self.rows), dtype=table.dtype)
        wired[:WIRED] = table[:WIRED]
        wired[WIRED, : self.public] = self.field.array(list(public))
        flat = wired.reshape(-1)
        broken = np.flatnonzero(flat != flat[self.copies().reshape(-1)])
        if broken.size:
            column, row = divmod(int(broken[0]), self.rows)
            return f"copy of column {column}, row {row}" if column < WIRED else f"public input {row}"
        return None

    def _columns(self, table: Elements, rows: slice) -> list[Column]:
        arith = Arithmetic(self.field)
        return [Column(arith, column[rows]) for column in table]

    def _fill_states(self, table: Elements) -> None:
        """The states inside permutation rows, from their operands; the outputs stay as assigned."""
        rows = slice(0, self.used[0])
        columns = iter(STATES[: -len(self.circuit.permutation.internal_diagonal)])

        def keep(value: Column) -> Column:
            column = next(columns, None)
            if column is not None:
                table[column, rows] = value.data
            return value

        taken = lanes(self._columns(table, rows), self._columns(self.coefficients, rows))
        permuted(self.circuit.permutation, taken, keep)

    def __str__(self) -> str:
        kinds = ", ".join(f"{rows} {kind}" for rows, kind in zip(self.used, KINDS, strict=True))
        return (
            f"AIR: {self.rows} rows of {WIDTH} cells ({WIRED} wired, {COEFFICIENTS} coefficients); {kinds} rows; "
            f"{len(self.derived)} sums added, {self.public} public inputs"
        )
