"""Linear combinations of variables, and the operations on them of which a circuit is a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Assertion", "Bits", "Expression", "Operation", "Permutation", "Product"]


class Expression:
    """A linear combination of variables: `terms` maps a variable to its coefficient, canonical and not zero."""

    __slots__ = ("modulus", "terms")

    def __init__(self, modulus: int, terms: Mapping[int, int]) -> None:
        self.modulus = modulus
        self.terms = {v: r for v, c in terms.items() if (r := c % modulus)}

    def __add__(self, other: Expression | int) -> Expression:
        terms = dict(self.terms)
        for v, c in _terms(other).items():
            terms[v] = terms.get(v, 0) + c
        return Expression(self.modulus, terms)

    __radd__ = __add__

    def __sub__(self, other: Expression | int) -> Expression:
        return self + (other * -1 if isinstance(other, Expression) else -other)

    def __rsub__(self, other: int) -> Expression:
        return self * -1 + other

    def __mul__(self, factor: int) -> Expression:
        return Expression(self.modulus, {v: c * factor for v, c in self.terms.items()})

    __rmul__ = __mul__

    def value(self, values: Sequence[int]) -> int:
        """The combination at an assignment."""
        return sum(c * values[v] for v, c in self.terms.items()) % self.modulus

    def __repr__(self) -> str:
        return " + ".join(f"{c}*v{v}" if v else str(c) for v, c in self.terms.items()) or "0"


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """left · right = variable `out`."""

    left: Expression
    right: Expression
    out: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Assertion:
    """left · right = result."""

    left: Expression
    right: Expression
    result: Expression
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Bits:
    """value = Σ 2^i · variable outs[i], each 0 or 1."""

    value: Expression
    outs: tuple[int, ...]
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Permutation:
    """Variables `outs` = Poseidon2(state)."""

    state: tuple[Expression, ...]
    outs: tuple[int, ...]
    name: str


Operation: TypeAlias = Product | Assertion | Bits | Permutation


def _terms(value: Expression | int) -> Mapping[int, int]:
    return value.terms if isinstance(value, Expression) else {0: value}
