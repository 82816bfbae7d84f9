r"""A circuit as a PLONK gate table: rows of three wires, selectors, and copies between cells.

Row i holds values $a, b, c$; a prime marks the next row (the row after the last is the first).  With constant columns
$q$ (selectors) and $k$ (round constants), every row must satisfy
$$ q_m ab + q_l a + q_r b + q_o c + q_c + \mathrm{PI} = 0, $$
where PI is minus the public input in the rows of the public inputs and 0 elsewhere, and, where the selector is 1,

| selector | the next row |
|---|---|
| `q_full` | $(a', b', c') = M_E\,\bigl((a + k_0)^5, (b + k_1)^5, (c + k_2)^5\bigr)$: a full round of Poseidon2 |
| `q_first` | the same of $M_E\,(a, b, c)$ in place of $(a, b, c)$: the first round with the layer before it |
| `q_partial` | $(a', b', c') = M_I\,\bigl((a + k_0)^5, b, c\bigr)$: a partial round |
| `q_bits` | $a' = 2a + b$, and $b^2 = b$ in this row: a bit more |

The permutation of width 3 over BN254 (8 full and 56 partial rounds) takes 64 rows and one for its result; n bits take n
rows and one for the value; a product or a sum of two takes one.  Cells of the same variable must be equal: they are tied
by the permutation $\sigma$ of the $3n$ cells that turns each variable's cells in a circle.

*Degree.*  A selector times a fifth power has degree 6, so the quotient of the combined constraint by $X^n - 1$ has
degree about $5n$: the prover evaluates on a coset of $8n$ points and commits to five pieces.  The alternative, columns
for the squares, would take degree 4 and a coset of $4n$, but a commitment for each of the three columns: with seven
columns in place of four on the coset, 32n values are transformed against 40n, and MSMs, the greater cost, grow by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput, Refused
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.plonk_layout import Combination, Doubling, Rounds, Step, lay_out
from proving_cost.fields import Elements, PrimeField
from proving_cost.kernels.poseidon2 import Poseidon2

__all__ = ["COLUMNS", "GateTable", "LEAST_ROWS"]

COLUMNS = ("q_m", "q_l", "q_r", "q_o", "q_c", "q_first", "q_full", "q_partial", "q_bits", "k_0", "k_1", "k_2")
"""The constant columns in order: selectors, then round constants."""

LEAST_ROWS = 8
"""The least table: a blinded quotient of 5n + 10 coefficients must fit 8n points."""

KINDS = {"q_first": "first round", "q_full": "full round", "q_partial": "partial round", "q_bits": "bit"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GateTable:
    """The rows of a circuit, padded with empty ones to a power of two.

    Arguments:
        circuit: The circuit.
        used: Rows that are not padding.
        variables: Variables: the circuit's, then those of the layout.
        wires: The variable of each cell, −1 for a free cell: `(3, rows)`.
        columns: The constant columns, in the order of `COLUMNS`: `(12, rows)`.
        origin: For each row the index of its constraint in `names`, −1 for padding.
        names: Names of the constraints.
        steps: How to compute the layout's own variables.
    """

    circuit: Circuit
    used: int
    variables: int
    wires: NDArray[np.int64]
    columns: Elements
    origin: NDArray[np.int64]
    names: tuple[str, ...]
    steps: tuple[Step, ...]

    @classmethod
    def from_circuit(cls, circuit: Circuit) -> GateTable:
        """The table of a circuit.

        Raises:
            Refused: The circuit's permutation is not one of three elements with fifth powers.
        """
        instance = circuit.permutation
        if instance.width != 3 or instance.alpha != 5:
            raise Refused(
                f"circuit: PLONK rows hold a Poseidon2 state of 3 elements with S-box x^5; got {instance.name} with "
                f"x^{instance.alpha}. Describe the circuit over bn254_fr."
            )
        layout = lay_out(circuit)
        used = len(layout.wires)
        rows = max(LEAST_ROWS, 1 << max(0, used - 1).bit_length())
        wires = np.full((3, rows), -1, dtype=np.int64)
        origin = np.full(rows, -1, dtype=np.int64)
        if used:
            wires[:, :used] = np.array(layout.wires, dtype=np.int64).T
            origin[:used] = layout.origin
        columns = circuit.field.zeros((len(COLUMNS), rows))
        index = {name: i for i, name in enumerate(COLUMNS)}
        for row, selectors in enumerate(layout.selectors):
            for name, value in selectors.items():
                columns[index[name], row] = value
        return cls(
            circuit=circuit, used=used, variables=layout.variables, wires=wires, columns=columns, origin=origin,
            names=tuple(layout.names), steps=tuple(layout.steps),
        )  # fmt: skip

    @property
    def field(self) -> PrimeField:
        """The field of the cells."""
        return self.circuit.field

    @property
    def rows(self) -> int:
        """Rows, padding included: n, a power of two."""
        return int(self.wires.shape[1])

    @property
    def public(self) -> int:
        """How many public inputs there are; they are wire a of the first rows."""
        return len(self.circuit.public_inputs)

    def column(self, name: str) -> Elements:
        """A constant column by its name."""
        column: Elements = self.columns[COLUMNS.index(name)]
        return column

    def copies(self) -> NDArray[np.int64]:
        """σ: for cell i + n·j (row i, wire j) the next cell of the same variable; free cells stay."""
        cells = self.wires.reshape(-1)
        sigma = np.arange(cells.size)
        order = np.argsort(cells, kind="stable")
        order = order[cells[order] >= 0]
        held = cells[order]
        if held.size:
            begins = np.flatnonzero(np.r_[True, held[1:] != held[:-1]])
            after = np.r_[order[1:], order[:1]]
            after[np.r_[begins[1:], held.size] - 1] = order[begins]
            sigma[order] = after
        return sigma

    def assign(self, assignment: Assignment) -> Elements:
        """The cells `(3, rows)` of a witness of the circuit; free cells are 0.

        Raises:
            InvalidInput: The witness has another number of variables than the circuit.
        """
        if assignment.values.shape != (self.circuit.variables,):
            raise InvalidInput(
                f"witness: must give the {self.circuit.variables} variables of the circuit; got {assignment.values.shape}."
            )
        p = self.field.modulus
        values: list[int] = [*assignment.values.tolist(), *[0] * (self.variables - self.circuit.variables), 0]
        rounds: list[Rounds] = []
        for step in self.steps:
            match step:
                case Combination(out, terms, constant):
                    values[out] = (constant + sum(k * values[v] for v, k in terms)) % p
                case Doubling(bits, first):
                    for i, bit in enumerate(bits[:-1]):
                        values[first + i + 1] = (2 * values[first + i] + values[bit]) % p
                case Rounds():
                    rounds.append(step)
        _fill_rounds(self.field, self.circuit.permutation, rounds, values)
        held = np.empty(len(values), dtype=object)
        held[:] = values
        return held[self.wires]

    def public_column(self, public: Sequence[int]) -> Elements:
        """PI: minus the public inputs in the first rows."""
        column = self.field.zeros(self.rows)
        column[: len(public)] = [-int(x) % self.field.modulus for x in public]
        return column

    def first_violation(self, cells: Elements, public: Sequence[int]) -> str | None:
        """The first row that cells do not satisfy, by constraint and number; None if there is none."""
        wrong = np.zeros(self.rows, dtype=bool)
        wrong |= self._linear(cells, public) != 0
        for kind in ("q_first", "q_full", "q_partial"):
            at = np.flatnonzero(self.column(kind) != 0)
            after = _round(self.field, self.circuit.permutation, kind, cells[:, at], self.columns[9:, at])
            wrong[at] |= (after != cells[:, (at + 1) % self.rows]).any(axis=0)
        at = np.flatnonzero(self.column("q_bits") != 0)
        a, b, after_a = cells[0, at], cells[1, at], cells[0, (at + 1) % self.rows]
        wrong[at] |= (self.field.add(self.field.add(a, a), b) != after_a) | ((b != 0) & (b != 1))
        copied = (cells.reshape(-1)[self.copies()] != cells.reshape(-1)).reshape(cells.shape).any(axis=0)
        rows = np.flatnonzero(wrong | copied)
        return self.describe(int(rows[0])) if rows.size else None

    def describe(self, row: int) -> str:
        """A row in words: its constraint, its number, and what the row does."""
        name = self.names[self.origin[row]] if self.origin[row] >= 0 else "padding"
        kind = next((text for key, text in KINDS.items() if self.column(key)[row] != 0), "gate")
        return f"{name!r} (row {row}, {kind})"

    def _linear(self, cells: Elements, public: Sequence[int]) -> Elements:
        field, (a, b, c) = self.field, cells
        total = field.add(self.column("q_c"), self.public_column(public))
        for name, value in (("q_m", field.mul(a, b)), ("q_l", a), ("q_r", b), ("q_o", c)):
            total = field.add(total, field.mul(self.column(name), value))
        return total

    def __repr__(self) -> str:
        return f"GateTable({self.used} rows of {self.rows}, {self.public} public inputs, over {self.field.name})"


def _fill_rounds(field: PrimeField, instance: Poseidon2, rounds: Sequence[Rounds], values: list[int]) -> None:
    """The states between rounds, all permutations at once."""
    if not rounds:
        return
    states = field.zeros((3, len(rounds)))
    for i, step in enumerate(rounds):
        states[:, i] = [values[v] for v in step.state]
    half, partial = instance.full_rounds // 2, instance.partial_rounds
    for r in range(2 * half + partial - 1):
        constants = field.zeros((3, 1))
        if half <= r < half + partial:
            constants[0, 0] = instance.internal_constants[r - half]
            states = _round(field, instance, "q_partial", states, constants)
        else:
            constants[:, 0] = instance.external_constants[r if r < half else r - partial]
            states = _round(field, instance, "q_full" if r else "q_first", states, constants)
        for i, step in enumerate(rounds):
            at = step.first + 3 * r
            values[at : at + 3] = states[:, i].tolist()


def _round(field: PrimeField, instance: Poseidon2, kind: str, states: Elements, constants: Elements) -> Elements:
    """The states `(3, m)` after a round."""
    if kind == "q_first":
        states = _matrix(field, instance.external_matrix, states)
    lanes = 1 if kind == "q_partial" else 3
    x = field.add(states[:lanes], constants[:lanes])
    square = field.mul(x, x)
    mixed = np.concatenate([field.mul(field.mul(square, square), x), states[lanes:]])
    if kind == "q_partial":
        total = field.add(field.add(mixed[0], mixed[1]), mixed[2])
        diagonal: Any = np.array(instance.internal_diagonal, dtype=object)[:, None]
        return field.add(field.mul(mixed, diagonal), total)
    return _matrix(field, instance.external_matrix, mixed)


def _matrix(field: PrimeField, matrix: Sequence[Sequence[int]], states: Elements) -> Elements:
    out = field.zeros(states.shape)
    for i, row in enumerate(matrix):
        for k, state in zip(row, states, strict=True):
            out[i] = field.add(out[i], field.mul(state, k))
    return out
