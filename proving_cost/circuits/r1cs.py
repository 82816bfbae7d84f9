r"""Rank-1 constraints: $Az \circ Bz = Cz$, one reading of a circuit.

`Product` and `Assertion` are one row each, `Bits` of n bits n + 1 rows.  A Poseidon2 permutation is expanded: an
S-box $x^\alpha$ takes 2, 3 or 4 rows for $\alpha = 3, 5, 7$, linear layers take none because a row holds linear
combinations, and the last full round writes the outputs directly ($M_E^{-1}$ of the outputs is what its S-boxes
give).  So a permutation of width t takes $(R_F t + R_P) \cdot \{2, 3, 4\}$ rows.

The expansion is done once for an instance, symbolically, and placed for each permutation by shifting indices.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.operations import Assertion, Bits, Expression, Permutation, Product
from proving_cost.circuits.sparse import SparseMatrix
from proving_cost.fields import Elements, PrimeField
from proving_cost.kernels.poseidon2 import Poseidon2

__all__ = ["R1cs"]

Terms: TypeAlias = Mapping[int, int]
Row: TypeAlias = tuple[Terms, Terms, Terms]


@dataclass(frozen=True, slots=True, eq=False)
class R1cs:
    """Constraints Az ∘ Bz = Cz over z = (1, public inputs, the circuit's variables, S-box variables)."""

    circuit: Circuit
    a: SparseMatrix
    b: SparseMatrix
    c: SparseMatrix
    first_row: tuple[int, ...]

    @property
    def field(self) -> PrimeField:
        """The field."""
        return self.circuit.field

    @property
    def constraints(self) -> int:
        """Rows."""
        return self.a.rows

    @property
    def variables(self) -> int:
        """Entries of z, the constant included."""
        return self.a.columns

    @property
    def public(self) -> int:
        """Public inputs, without the constant."""
        return len(self.circuit.public_inputs)

    @classmethod
    def from_circuit(cls, circuit: Circuit) -> R1cs:
        """Read a circuit as rank-1 constraints."""
        builder = _Builder(circuit)
        first: list[int] = []
        for operation in circuit.operations:
            first.append(builder.rows)
            match operation:
                case Product(left, right, out, _):
                    builder.row((left.terms, right.terms, {out: 1}))
                case Assertion(left, right, result, _):
                    builder.row((left.terms, right.terms, result.terms))
                case Bits(value, outs, _):
                    for v in outs:
                        builder.row(({v: 1}, {v: 1}, {v: 1}))
                    total = value - Expression(circuit.field.modulus, {v: 1 << i for i, v in enumerate(outs)})
                    builder.row((total.terms, {0: 1}, {}))
                case Permutation(state, outs, _):
                    builder.permutation(state, outs)
        return builder.finish(tuple(first))

    def assign(self, assignment: Assignment) -> Elements:
        """z: the circuit's assignment, extended by what the S-boxes compute.

        Raises:
            InvalidInput: The assignment is of another circuit.
        """
        if assignment.circuit is not self.circuit and assignment.values.size != self.circuit.variables:
            raise InvalidInput(
                f"assignment: must have the {self.circuit.variables} variables of the circuit; got {assignment.values.size}."
            )
        states = [o.state for o in self.circuit.operations if isinstance(o, Permutation)]
        if not states:
            return assignment.values
        values = [int(v) for v in assignment.values]
        rows = self.field.array(np.array([[e.value(values) for e in state] for state in states], dtype=object))
        inner = _sbox_values(self.circuit.permutation, rows)
        return np.concatenate([assignment.values, inner.reshape(-1)])

    def first_violation(self, z: Elements) -> str | None:
        """The name of the first row that z violates; None if there is none."""
        arith = Arithmetic(self.field)
        a, b, c = (m.dot(arith, z) for m in (self.a, self.b, self.c))
        wrong = np.flatnonzero(arith.mul(a, b) != c)
        return self.name(int(wrong[0])) if wrong.size else None

    def name(self, row: int) -> str:
        """The name of the operation that a row belongs to."""
        return self.circuit.operations[bisect.bisect_right(self.first_row, row) - 1].name

    def __repr__(self) -> str:
        entries = sum(m.nonzeros for m in (self.a, self.b, self.c))
        return f"R1cs({self.field.name}: {self.constraints} constraints, {self.variables} variables, {entries} entries)"


class _Builder:
    """Rows as they come: single ones in lists, permutations as shifted blocks."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.rows = 0
        self.variables = circuit.variables
        self.index: tuple[list[tuple[int, int, int]], ...] = ([], [], [])
        self.blocks: list[tuple[int, int, int]] = []  # first row, first inner variable, first output

    def row(self, row: Row) -> None:
        for entries, terms in zip(self.index, row, strict=True):
            entries.extend((self.rows, v, c) for v, c in terms.items())
        self.rows += 1

    def permutation(self, state: Sequence[Expression], outs: Sequence[int]) -> None:
        template = _template(self.circuit.permutation)
        inner, p = self.variables, self.circuit.field.modulus
        for at, row in template.input_rows:
            here = self.rows + at
            for entries, terms in zip(self.index, row, strict=True):
                total = Expression(p, {})
                for local, c in terms.items():
                    total += state[-1 - local] * c if local < 0 else Expression(p, {_place(local, inner, outs[0]): c})
                entries.extend((here, v, c) for v, c in total.terms.items())
        self.blocks.append((self.rows, inner, outs[0]))
        self.rows += template.rows
        self.variables += template.inner

    def finish(self, first_row: tuple[int, ...]) -> R1cs:
        a, b, c = (self._matrix(k) for k in range(3))
        return R1cs(self.circuit, a, b, c, first_row)

    def _matrix(self, k: int) -> SparseMatrix:
        field = self.circuit.field
        entries = self.index[k]
        rows = [np.array([r for r, _, _ in entries], dtype=np.int64)]
        columns = [np.array([v for _, v, _ in entries], dtype=np.int64)]
        coefficients = [field.array([c for _, _, c in entries])]
        if self.blocks:
            at, local, coefficient = _template(self.circuit.permutation).blocks[k]
            row0, inner0, out0 = np.array(self.blocks, dtype=np.int64).T
            rows.append((row0[:, None] + at).reshape(-1))
            shift = np.where(local >= OUT, out0[:, None] - OUT, np.where(local > 0, inner0[:, None] - 1, 0))
            columns.append((local + shift).reshape(-1))
            coefficients.append(np.tile(coefficient, len(self.blocks)))
        row, column, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(coefficients)
        order = np.lexsort((column, row))
        return SparseMatrix(field, self.rows, self.variables, row[order], column[order], value[order])


# A template names variables locally: 0 the constant, 1, 2, ... inner S-box values, OUT + i the outputs, -1 - i the inputs.
OUT = 1 << 40


def _place(local: int, inner: int, out: int) -> int:
    return 0 if local == 0 else out + local - OUT if local >= OUT else inner + local - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    rows: int
    inner: int
    input_rows: tuple[tuple[int, Row], ...]  # rows that hold an input, to be substituted
    blocks: tuple[tuple[np.ndarray, np.ndarray, Elements], ...]  # the others: row, local variable, coefficient


CHAINS: Mapping[int, tuple[tuple[int, int], ...]] = {
    3: ((0, 0), (1, 0)),
    5: ((0, 0), (1, 1), (2, 0)),
    7: ((0, 0), (1, 0), (1, 1), (2, 3)),
}
"""Addition chains of the S-boxes: step k multiplies two of (x, step 1, step 2, ...)."""


@functools.cache
def _template(instance: Poseidon2) -> _Template:
    p, t = instance.field.modulus, instance.width
    rows: list[Row] = []
    inner = 0

    def sbox(x: Expression, result: Expression | None = None) -> Expression:
        nonlocal inner
        powers = [x]
        chain = CHAINS[instance.alpha]
        for step, (i, j) in enumerate(chain):
            if result is not None and step == len(chain) - 1:
                out = result
            else:
                inner += 1
                out = Expression(p, {inner: 1})
            rows.append((powers[i].terms, powers[j].terms, out.terms))
            powers.append(out)
        return powers[-1]

    state = _apply(instance.external_matrix, [Expression(p, {-1 - i: 1}) for i in range(t)])
    half = instance.full_rounds // 2
    outputs = _apply(_inverse(instance.external_matrix, p), [Expression(p, {OUT + i: 1}) for i in range(t)])
    for constants in instance.external_constants[:half]:
        state = _apply(instance.external_matrix, [sbox(s + c) for s, c in zip(state, constants, strict=True)])
    for c in instance.internal_constants:
        state[0] = sbox(state[0] + c)
        total = sum(state, Expression(p, {}))
        state = [total + s * d for s, d in zip(state, instance.internal_diagonal, strict=True)]
    for r in range(half, 2 * half):
        last = r == 2 * half - 1
        constants = instance.external_constants[r]
        after = [sbox(state[i] + constants[i], outputs[i] if last else None) for i in range(t)]
        state = after if last else _apply(instance.external_matrix, after)
    with_input = {k for k, row in enumerate(rows) if any(v < 0 for terms in row for v in terms)}
    blocks = tuple(
        _coordinates(instance.field, [(k, row[m]) for k, row in enumerate(rows) if k not in with_input]) for m in range(3)
    )
    return _Template(len(rows), inner, tuple((k, rows[k]) for k in sorted(with_input)), blocks)


def _coordinates(field: PrimeField, rows: Sequence[tuple[int, Terms]]) -> tuple[np.ndarray, np.ndarray, Elements]:
    entries = [(k, v, c) for k, terms in rows for v, c in terms.items()]
    at, local = (np.array([e[i] for e in entries], dtype=np.int64) for i in (0, 1))
    return at, local, field.array([c for _, _, c in entries])


def _apply(matrix: Sequence[Sequence[int]], state: Sequence[Expression]) -> list[Expression]:
    zero = Expression(state[0].modulus, {})
    return [sum((s * m for s, m in zip(state, row, strict=True)), zero) for row in matrix]


def _inverse(matrix: Sequence[Sequence[int]], p: int) -> list[list[int]]:
    """Gauss-Jordan elimination modulo p."""
    n = len(matrix)
    work = [[int(v) % p for v in row] + [int(i == j) for j in range(n)] for i, row in enumerate(matrix)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if work[i][k])
        work[k], work[pivot] = work[pivot], work[k]
        scale = pow(work[k][k], -1, p)
        work[k] = [v * scale % p for v in work[k]]
        for i in range(n):
            if i != k and work[i][k]:
                factor = work[i][k]
                work[i] = [(v - factor * w) % p for v, w in zip(work[i], work[k], strict=True)]
    return [row[n:] for row in work]


def _sbox_values(instance: Poseidon2, states: Elements) -> Elements:
    """The inner variables of many permutations, one row each, in the order of the template."""
    field, half = instance.field, instance.full_rounds // 2
    chain = CHAINS[instance.alpha]
    found: list[Elements] = []

    def sbox(x: Elements, last: bool = False) -> Elements:
        powers = [x]
        for step, (i, j) in enumerate(chain):
            powers.append(field.mul(powers[i], powers[j]))
            if not (last and step == len(chain) - 1):
                found.append(powers[-1])
        return powers[-1]

    def external(lanes: list[Elements]) -> list[Elements]:
        return [_combine(field, row, lanes) for row in instance.external_matrix]

    lanes = external([states[:, i] for i in range(instance.width)])
    for r in range(2 * half):
        if r == half:
            for c in instance.internal_constants:
                lanes[0] = sbox(field.add(lanes[0], c))
                total = functools.reduce(field.add, lanes)
                lanes = [field.add(total, field.mul(s, d)) for s, d in zip(lanes, instance.internal_diagonal, strict=True)]
        constants = instance.external_constants[r]
        lanes = external([sbox(field.add(s, c), r == 2 * half - 1) for s, c in zip(lanes, constants, strict=True)])
    return np.stack(found, axis=1)


def _combine(field: PrimeField, row: Sequence[int], lanes: Sequence[Elements]) -> Elements:
    return functools.reduce(field.add, (field.mul(s, m) for s, m in zip(lanes, row, strict=True)))
