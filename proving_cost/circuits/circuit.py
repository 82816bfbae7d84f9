r"""One description of a computation, for every proof system.

A `Circuit` is a straight-line program over a prime field.  Its variables are numbered: 0 is the constant 1, then
come the public inputs, then everything else in the order of its making.  An `Expression` is a linear combination
of variables and costs nothing; work is in the *operations*:

| operation | meaning |
|---|---|
| `Product` | left · right = a new variable |
| `Assertion` | left · right = result, all three expressions; an equality has right = 1 |
| `Bits` | value = $\sum_i 2^i b_i$ with new variables $b_i \in \{0, 1\}$ |
| `Permutation` | the Poseidon2 permutation of the field's default sponge, into new variables |

R1CS, PLONK gates and an AIR are three readings of the same list (`circuits.r1cs`, `.plonk_gates`, `.air`), and so
is the witness: `assign` runs the program on named inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.circuits.operations import Assertion, Bits, Expression, Operation, Permutation, Product
from proving_cost.fields import Elements, PrimeField
from proving_cost.kernels.poseidon2 import Poseidon2, permute_one
from proving_cost.kernels.sponge import default_sponge

__all__ = [
    "Assertion", "Assignment", "Bits", "Circuit", "Expression", "Operation", "Permutation", "Product",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """A value for every variable of a circuit: `values[0] == 1`, then the public inputs, then the rest."""

    circuit: Circuit
    values: Elements

    @property
    def public(self) -> tuple[int, ...]:
        """The public inputs."""
        return tuple(int(v) for v in self.values[1 : 1 + len(self.circuit.public_inputs)])

    def with_value(self, variable: int, value: int) -> Assignment:
        """The same with one variable changed, for tests of soundness."""
        values = self.values.copy()
        values[variable] = value % self.circuit.field.modulus
        return Assignment(self.circuit, values)


class Circuit:
    """A computation over a prime field; declare the public inputs first.

    Arguments:
        field: The field of the circuit; its default sponge gives the permutation.

    Raises:
        Refused: The field has no default sponge.
        InvalidInput: A declaration comes in the wrong order or twice (from the methods).

    Example:
        >>> from proving_cost.fields import GOLDILOCKS
        >>> circuit = Circuit(GOLDILOCKS)
        >>> y, x = circuit.public("y"), circuit.secret("x")
        >>> circuit.equal(circuit.mul(x, x) + 1, y, "y = x^2 + 1")
        >>> circuit.assign({"x": 3, "y": 10}).public
        (10,)
        >>> circuit.assign({"x": 3, "y": 11})
        Traceback (most recent call last):
            ...
        mechanisms.errors.InvalidInput: witness: constraint 'y = x^2 + 1' is not satisfied.
    """

    __slots__ = ("_names", "_scopes", "field", "operations", "permutation", "variables")

    def __init__(self, field: PrimeField) -> None:
        self.field = field
        self.permutation: Poseidon2 = default_sponge(field).instance
        self.variables = 1
        self.operations: list[Operation] = []
        self._names: dict[str, tuple[int, bool]] = {}
        self._scopes: list[str] = []

    # inputs

    @property
    def one(self) -> Expression:
        """The constant 1."""
        return Expression(self.field.modulus, {0: 1})

    def constant(self, value: int) -> Expression:
        """A constant."""
        return Expression(self.field.modulus, {0: value})

    @property
    def public_inputs(self) -> tuple[str, ...]:
        """Names of the public inputs, in order."""
        return tuple(name for name, (_, public) in self._names.items() if public)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of all inputs."""
        return tuple(self._names)

    def public(self, name: str) -> Expression:
        """A public input."""
        if self.variables != 1 + len(self.public_inputs):
            raise InvalidInput(f"public input {name!r}: must be declared before secrets and operations.")
        return self._input(name, public=True)

    def secret(self, name: str) -> Expression:
        """A secret input, known to the prover alone."""
        return self._input(name, public=False)

    def _input(self, name: str, *, public: bool) -> Expression:
        if name in self._names:
            raise InvalidInput(f"input: names must differ; got {name!r} twice.")
        variable = self._fresh(1)[0]
        self._names[name] = (variable, public)
        return self._variable(variable)

    # operations

    def mul(self, left: Expression, right: Expression, name: str = "product") -> Expression:
        """left · right, as a new variable; a product by a constant costs nothing."""
        for a, b in ((left, right), (right, left)):
            if set(a.terms) <= {0}:
                return b * a.terms.get(0, 0)
        out = self._fresh(1)[0]
        self.operations.append(Product(left, right, out, self._named(name)))
        return self._variable(out)

    def equal(self, left: Expression, right: Expression | int, name: str) -> None:
        """Assert left = right."""
        self.operations.append(Assertion(left - right, self.one, self.constant(0), self._named(name)))

    def product_is(self, left: Expression, right: Expression, result: Expression, name: str) -> None:
        """Assert left · right = result."""
        self.operations.append(Assertion(left, right, result, self._named(name)))

    def bits(self, value: Expression, n: int, name: str) -> list[Expression]:
        """The n bits of a value, lowest first; there is no witness if it is 2^n or more.

        Raises:
            InvalidInput: n is not a whole number between 1 and the bits of the modulus less one.
        """
        if not isinstance(n, int) or not 1 <= n < self.field.bits:
            raise InvalidInput(f"bits: n must lie between 1 and {self.field.bits - 1} in {self.field.name}; got {n!r}.")
        outs = self._fresh(n)
        self.operations.append(Bits(value, outs, self._named(name)))
        return [self._variable(v) for v in outs]

    def select(self, bit: Expression, if_one: Expression, if_zero: Expression, name: str = "select") -> Expression:
        """if_one where bit = 1, if_zero where bit = 0."""
        return if_zero + self.mul(bit, if_one - if_zero, name)

    def permute(self, state: Sequence[Expression], name: str = "Poseidon2") -> list[Expression]:
        """The Poseidon2 permutation of a state of `permutation.width` expressions.

        Raises:
            InvalidInput: The state has another width.
        """
        if len(state) != self.permutation.width:
            raise InvalidInput(
                f"state: {self.permutation.name} permutes {self.permutation.width} elements; got {len(state)}."
            )
        outs = self._fresh(len(state))
        self.operations.append(Permutation(tuple(state), outs, self._named(name)))
        return [self._variable(v) for v in outs]

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Constraints made inside carry this name in front of their own."""
        self._scopes.append(name)
        try:
            yield
        finally:
            self._scopes.pop()

    # the witness

    def assign(self, inputs: Mapping[str, int], check: bool = True) -> Assignment:
        """Run the program.

        Arguments:
            inputs: A value for every declared input.
            check: Refuse inputs that violate a constraint; otherwise return the assignment as it comes.

        Raises:
            InvalidInput: An input is missing, unknown or not an integer, or (with `check`) a constraint fails:
                the message names the first.
        """
        missing, unknown = set(self._names) - set(inputs), set(inputs) - set(self._names)
        if missing or unknown:
            what = f"lacks {sorted(missing)[0]!r}" if missing else f"has no input {sorted(unknown)[0]!r}"
            raise InvalidInput(f"witness: must give every input of the circuit and no other; {what}.")
        p = self.field.modulus
        values = [0] * self.variables
        values[0] = 1
        for name, (variable, _) in self._names.items():
            given = inputs[name]
            if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or not 0 <= given < p:
                raise InvalidInput(f"witness: input {name!r} must be an integer in [0, {self.field.name} p); got {given!r}.")
            values[variable] = int(given)
        for operation in self.operations:
            self._run(operation, values, check)
        return Assignment(self, self.field.array(values))

    def first_violation(self, assignment: Assignment) -> str | None:
        """The name of the first constraint that an assignment violates; None if there is none."""
        values = [int(v) for v in assignment.values]
        if values[0] != 1:
            return "the constant 1"
        return next((o.name for o in self.operations if not self._holds(o, values)), None)

    def _run(self, operation: Operation, values: list[int], check: bool) -> None:
        match operation:
            case Product(left, right, out, _):
                values[out] = left.value(values) * right.value(values) % self.field.modulus
            case Bits(value, outs, _):
                v = value.value(values)
                for i, out in enumerate(outs):
                    values[out] = v >> i & 1
            case Permutation(state, outs, _):
                after = permute_one(self.permutation, [e.value(values) for e in state])
                for out, v in zip(outs, after, strict=True):
                    values[out] = int(v)
        if check and isinstance(operation, (Assertion, Bits)) and not self._holds(operation, values):
            raise InvalidInput(f"witness: constraint {operation.name!r} is not satisfied.")

    def _holds(self, operation: Operation, values: list[int]) -> bool:
        p = self.field.modulus
        match operation:
            case Product(left, right, out, _):
                return (left.value(values) * right.value(values) - values[out]) % p == 0
            case Assertion(left, right, result, _):
                return (left.value(values) * right.value(values) - result.value(values)) % p == 0
            case Bits(value, outs, _):
                bits = [values[v] for v in outs]
                total = sum(b << i for i, b in enumerate(bits))
                return all(b in (0, 1) for b in bits) and (total - value.value(values)) % p == 0
            case Permutation(state, outs, _):
                after = permute_one(self.permutation, [e.value(values) for e in state])
                return [int(v) for v in after] == [values[v] for v in outs]

    def _fresh(self, n: int) -> tuple[int, ...]:
        first, self.variables = self.variables, self.variables + n
        return tuple(range(first, first + n))

    def _variable(self, v: int) -> Expression:
        return Expression(self.field.modulus, {v: 1})

    def _named(self, name: str) -> str:
        return ": ".join((*self._scopes, name))

    def __repr__(self) -> str:
        kinds = {kind: sum(isinstance(o, kind) for o in self.operations) for kind in (Product, Assertion, Bits, Permutation)}
        counts = ", ".join(f"{k} {kind.__name__.lower()}" for kind, k in kinds.items())
        return f"Circuit({self.field.name}: {self.variables} variables, {len(self.public_inputs)} public, {counts})"
