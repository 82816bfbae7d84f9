r"""Laying the operations of a circuit out as rows of a PLONK gate table.

A sum of more than the gate's terms is split into rows of two terms each, through new variables; a combination that
was split once is not split again.  What the new variables hold is written down as steps, which
`GateTable.assign` carries out: a combination, the running doubling of bits, the states between rounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.operations import Assertion, Bits, Expression, Operation, Permutation, Product

__all__ = ["FREE", "Combination", "Doubling", "Layout", "Rounds", "Step", "lay_out"]

FREE = -1
"""In place of a variable: a cell that no gate reads."""

Terms: TypeAlias = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Combination:
    """Variable `out` = constant + Σ coefficient · variable."""

    out: int
    terms: tuple[tuple[int, int], ...]
    constant: int


@dataclass(frozen=True, slots=True)
class Doubling:
    """Variables `first`, `first + 1`, ...: 0, then twice the one before plus the next bit, highest bit first."""

    bits: tuple[int, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """Variables from `first` on: the states between the rounds of a permutation of `state`, three a round."""

    state: tuple[int, ...]
    first: int


Step: TypeAlias = Combination | Doubling | Rounds


class Layout:
    """Rows under construction; `wires[i]` are the variables of row i, `selectors[i]` what is not zero in it."""

    __slots__ = ("_made", "_origin", "circuit", "names", "origin", "selectors", "steps", "variables", "wires")

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.variables = circuit.variables
        self.wires: list[tuple[int, int, int]] = []
        self.selectors: list[Mapping[str, int]] = []
        self.origin: list[int] = []
        self.names: list[str] = []
        self.steps: list[Step] = []
        self._origin = FREE
        self._made: dict[tuple[tuple[int, int], ...], int] = {}

    def begin(self, name: str) -> None:
        """Rows that follow belong to the constraint of this name."""
        self._origin = len(self.names)
        self.names.append(name)

    def row(self, a: int, b: int, c: int, **selectors: int) -> None:
        """A row: variables, and selectors as residues."""
        p = self.circuit.field.modulus
        self.wires.append((a, b, c))
        self.selectors.append({key: value % p for key, value in selectors.items() if value % p})
        self.origin.append(self._origin)

    def fresh(self, n: int = 1) -> int:
        """The first of n new variables."""
        first, self.variables = self.variables, self.variables + n
        return first

    def variable(self, expression: Expression) -> int:
        """A variable that equals the expression: itself, or a new one."""
        constant, terms = _split(expression)
        if constant == 0 and len(terms) == 1 and terms[0][1] == 1:
            return terms[0][0]
        key = _key(expression)
        if key not in self._made:
            (v, k), (w, m) = _padded(self.reduced(terms, 2), 2)
            out = self._made[key] = self._combined(terms=[(v, k), (w, m)], constant=constant)
            self.row(v, w, out, q_l=k, q_r=m, q_o=-1, q_c=constant)
        return self._made[key]

    def landing(self, expression: Expression) -> None:
        """A row whose wire a is the expression; a sum of two is made in the row itself."""
        constant, terms = _split(expression)
        key = _key(expression)
        if key in self._made or (constant == 0 and len(terms) == 1 and terms[0][1] == 1):
            self.row(self.variable(expression), FREE, FREE)
            return
        (v, k), (w, m) = _padded(self.reduced(terms, 2), 2)
        out = self._made[key] = self._combined(terms=[(v, k), (w, m)], constant=constant)
        self.row(out, v, w, q_l=-1, q_r=k, q_o=m, q_c=constant)

    def affine(self, expression: Expression) -> tuple[int, int, int]:
        """(k, v, c) such that the expression is k · variable v + c."""
        constant, terms = _split(expression)
        if len(terms) > 1:
            return 1, self.variable(expression), 0
        ((v, k),) = _padded(terms, 1)
        return k, v, constant

    def reduced(self, terms: Terms, most: int) -> Terms:
        """The same sum in at most so many terms: from the left, two become one."""
        while len(terms) > most:
            (v, k), (w, m) = terms[:2]
            out = self._combined(terms=terms[:2], constant=0)
            self.row(v, w, out, q_l=k, q_r=m, q_o=-1)
            terms = [(out, 1), *terms[2:]]
        return terms

    def _combined(self, terms: Terms, constant: int) -> int:
        out = self.fresh()
        self.steps.append(Combination(out, tuple(t for t in terms if t[0] != FREE), constant))
        return out


def lay_out(circuit: Circuit) -> Layout:
    """Rows for the public inputs, then for every operation in order."""
    layout = Layout(circuit)
    for i, name in enumerate(circuit.public_inputs):
        layout.begin(f"public input {name!r}")
        layout.row(1 + i, FREE, FREE, q_l=1)
    for operation in circuit.operations:
        layout.begin(operation.name)
        _lay(layout, operation)
    return layout


def _lay(layout: Layout, operation: Operation) -> None:
    match operation:
        case Product(left, right, out, _):
            _product(layout, left, right, (1, out, 0))
        case Assertion(left, right, result, _):
            for factor, other in ((right, left), (left, right)):
                if set(factor.terms) <= {0}:
                    _zero(layout, other * factor.terms.get(0, 0) - result)
                    return
            _product(layout, left, right, layout.affine(result))
        case Bits(value, outs, _):
            _bits(layout, value, outs[::-1])
        case Permutation(state, outs, _):
            _permutation(layout, state, outs)


def _product(layout: Layout, left: Expression, right: Expression, result: tuple[int, int, int]) -> None:
    (k, a, s), (m, b, t), (j, c, u) = layout.affine(left), layout.affine(right), result
    layout.row(a, b, c, q_m=k * m, q_l=k * t, q_r=m * s, q_o=-j, q_c=s * t - u)


def _zero(layout: Layout, expression: Expression) -> None:
    constant, terms = _split(expression)
    (a, k), (b, m), (c, j) = _padded(layout.reduced(terms, 3), 3)
    layout.row(a, b, c, q_l=k, q_r=m, q_o=j, q_c=constant)


def _bits(layout: Layout, value: Expression, bits: Sequence[int]) -> None:
    """One row a bit, from the highest: (what came before, the bit), then a row that holds the value."""
    constant, terms = _split(value)
    if len(terms) > 2:  # rows of the sum must not come between those of the bits
        value = Expression(value.modulus, {**dict(layout.reduced(terms, 2)), 0: constant})
    first = layout.fresh(len(bits))
    layout.steps.append(Doubling(tuple(bits), first))
    for i, bit in enumerate(bits):
        layout.row(first + i, bit, FREE, q_bits=1, q_l=int(i == 0))
    layout.landing(value)


def _permutation(layout: Layout, state: Sequence[Expression], outs: Sequence[int]) -> None:
    """One row a round with the state before it, then a row that holds the result."""
    instance = layout.circuit.permutation
    variables = tuple(layout.variable(e) for e in state)
    half, partial = instance.full_rounds // 2, instance.partial_rounds
    between = half * 2 + partial - 1
    first = layout.fresh(3 * between)
    layout.steps.append(Rounds(variables, first))
    states = [variables, *((first + 3 * r, first + 3 * r + 1, first + 3 * r + 2) for r in range(between))]
    for r, (a, b, c) in enumerate(states):
        if half <= r < half + partial:
            layout.row(a, b, c, q_partial=1, k_0=instance.internal_constants[r - half])
        else:
            k = instance.external_constants[r if r < half else r - partial]
            kind = {"q_first": 1} if r == 0 else {"q_full": 1}
            layout.row(a, b, c, k_0=k[0], k_1=k[1], k_2=k[2], **kind)
    layout.row(outs[0], outs[1], outs[2])


def _split(expression: Expression) -> tuple[int, Terms]:
    return expression.terms.get(0, 0), sorted((v, k) for v, k in expression.terms.items() if v)


def _padded(terms: Terms, n: int) -> Terms:
    return [*terms, *[(FREE, 0)] * (n - len(terms))]


def _key(expression: Expression) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(expression.terms.items()))
