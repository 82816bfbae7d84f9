"""From the operations of a circuit to the rows of its AIR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from proving_cost.circuits.air import Air, Derived
from proving_cost.circuits.air_rows import (
    COEFFICIENTS,
    MAX_BITS,
    OUTPUTS,
    SLOT_CELLS,
    SLOT_COEFFICIENTS,
    SLOTS,
    WIDTH,
    WIRED,
)
from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.operations import Assertion, Bits, Expression, Operation, Permutation, Product

__all__ = ["AirBuilder"]

SMALLEST_TABLE = 8
HALF_OF_BITS = 32


@dataclass(slots=True)
class _Row:
    origins: list[int]
    cells: dict[int, int] = field(default_factory=dict)
    coefficients: dict[int, int] = field(default_factory=dict)

    def combine(self, cell: int, coefficient: int, terms: Sequence[tuple[int, int]], constant: int) -> None:
        """Up to two terms in two cells, with their three coefficients."""
        for i, (variable, c) in enumerate(terms):
            self.cells[cell + i] = variable
            self.coefficients[coefficient + i] = c
        self.coefficients[coefficient + 2] = constant


class AirBuilder:
    """Lays a circuit out in rows; `finish` gives the AIR."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.modulus = circuit.field.modulus
        self.permutations: list[_Row] = []
        self.bits: list[_Row] = []
        self.slots: list[_Row] = []
        self.derived: list[Derived] = []
        self._sums: dict[tuple[frozenset[tuple[int, int]], int], int] = {}
        self._uses = Counter(v for o in circuit.operations for e in _expressions(o) for v in e.terms)
        self._origin = 0
        for self._origin, operation in enumerate(circuit.operations):
            self._place(operation)

    def finish(self) -> Air:
        """The table of everything placed."""
        rows = [*self.permutations, *self.bits, *self._packed()]
        used = (len(self.permutations), len(self.bits), len(rows) - len(self.permutations) - len(self.bits))
        n = max(SMALLEST_TABLE, len(rows), len(self.circuit.public_inputs))
        n = 1 << (n - 1).bit_length()
        variables = np.full((WIDTH, n), self.circuit.variables + len(self.derived), dtype=np.int64)
        coefficients = self.circuit.field.zeros((COEFFICIENTS, n))
        for r, row in enumerate(rows):
            for cell, v in row.cells.items():
                variables[cell, r] = v
            for place, c in row.coefficients.items():
                coefficients[place, r] = c % self.modulus
        origins = tuple(tuple(row.origins) for row in rows)
        return Air(self.circuit, n, used, variables, coefficients, tuple(self.derived), origins)

    def _packed(self) -> list[_Row]:
        """Slots, eight to a row."""
        rows: list[_Row] = []
        for i, one in enumerate(self.slots):
            s = i % SLOTS
            if s == 0:
                rows.append(_Row([]))
            rows[-1].origins += one.origins
            rows[-1].cells |= {SLOT_CELLS * s + c: v for c, v in one.cells.items()}
            rows[-1].coefficients |= {SLOT_COEFFICIENTS * s + c: v for c, v in one.coefficients.items()}
        return rows

    def _place(self, operation: Operation) -> None:
        match operation:
            case Product(left, right, out, _):
                self._slot(self._fit(left, 2), self._fit(right, 2), ((out, 1),), 0)
            case Assertion(left, right, result, _):
                self._assertion(left, right, result)
            case Bits(value, outs, _):
                self._bits(value, outs)
            case Permutation(state, outs, _):
                row = _Row([self._origin])
                for i, lane in enumerate(state):
                    row.combine(2 * i, 3 * i, *self._fit(lane, 2))
                row.cells |= dict(zip(OUTPUTS, outs, strict=True))
                self.permutations.append(row)

    def _assertion(self, left: Expression, right: Expression, result: Expression) -> None:
        for factor, other in ((right, left), (left, right)):
            if set(factor.terms) <= {0}:
                terms, constant = self._fit(other * factor.terms.get(0, 0) - result, 3)
                third = tuple((v, self.modulus - c) for v, c in terms[2:])
                self._slot((terms[:2], constant), ((), 1), third, 0)
                return
        terms, constant = self._fit(result, 1)
        self._slot(self._fit(left, 2), self._fit(right, 2), terms, constant)

    def _slot(
        self, left: tuple[tuple[tuple[int, int], ...], int], right: tuple[tuple[tuple[int, int], ...], int],
        result: tuple[tuple[int, int], ...], constant: int,
    ) -> None:  # fmt: skip
        row = _Row([self._origin])
        row.combine(0, 0, *left)
        row.combine(2, 3, *right)
        for variable, c in result:
            row.cells[4] = variable
            row.coefficients[6] = c
        row.coefficients[7] = constant
        self.slots.append(row)

    def _bits(self, value: Expression, outs: Sequence[int]) -> None:
        shared = sum(1 for v in outs if self._uses[v])
        if shared >= WIRED:  # one cell is the value's: the rest cannot hold them all
            low, high = outs[:HALF_OF_BITS], outs[HALF_OF_BITS:]
            parts = [self._sum({v: 1 << i for i, v in enumerate(part)}, 0) for part in (low, high)]
            for variable, part in zip(parts, (low, high), strict=True):
                self._bits_row(variable, 1, 0, part)
            whole = Expression(self.modulus, {parts[0]: 1, parts[1]: 1 << HALF_OF_BITS})
            self._assertion(whole - value, Expression(self.modulus, {0: 1}), Expression(self.modulus, {}))
            return
        (term, *_), constant = self._fit(value, 1) if set(value.terms) - {0} else (((self._made(value), 1),), 0)
        self._bits_row(term[0], term[1], constant, outs)

    def _bits_row(self, variable: int, factor: int, constant: int, outs: Sequence[int]) -> None:
        """factor · variable + constant = Σ 2^i outs[i], solved for the variable."""
        inverse = pow(factor, -1, self.modulus)
        row = _Row([self._origin], {0: variable}, {MAX_BITS: -constant * inverse})
        places = sorted(range(len(outs)), key=lambda i: self._uses[outs[i]] == 0)
        for j, i in enumerate(places):
            row.cells[j + 1] = outs[i]
            row.coefficients[j] = (inverse << i) % self.modulus
        self.bits.append(row)

    def _fit(self, value: Expression, most: int) -> tuple[tuple[tuple[int, int], ...], int]:
        """The combination as at most so many terms and a constant, the excess summed in slots."""
        constant = value.terms.get(0, 0)
        terms = [(v, c) for v, c in sorted(value.terms.items()) if v]
        while len(terms) > most:
            merged = self._made(Expression(self.modulus, dict(terms[:2])))
            terms = [*terms[2:], (merged, 1)]
        return tuple(terms), constant

    def _made(self, value: Expression) -> int:
        """A variable equal to a combination of at most two terms, with the slot that says so."""
        terms = tuple((v, c) for v, c in sorted(value.terms.items()) if v)
        key = frozenset(terms), value.terms.get(0, 0)
        if key not in self._sums:
            self._sums[key] = self._sum(dict(terms), key[1])
            self._slot((terms, key[1]), ((), 1), ((self._sums[key], 1),), 0)
        return self._sums[key]

    def _sum(self, terms: dict[int, int], constant: int) -> int:
        self.derived.append(Derived(tuple(terms.items()), constant))
        return self.circuit.variables + len(self.derived) - 1


def _expressions(operation: Operation) -> Iterable[Expression]:
    match operation:
        case Product(left, right, _, _):
            return (left, right)
        case Assertion(left, right, result, _):
            return (left, right, result)
        case Bits(value, _, _):
            return (value,)
        case Permutation(state, _, _):
            return state
