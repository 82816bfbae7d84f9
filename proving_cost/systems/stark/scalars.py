r"""Single elements of $\mathbb{F}_p[X]/(X^2 - 7)$ over Goldilocks, in Python integers: what a verifier reckons with."""

from __future__ import annotations

import numpy as np

from proving_cost.fields import EXTENSION_FIELDS, GOLDILOCKS, Elements, ExtensionField

__all__ = ["EXTENSION", "Scalar", "powers", "scalars"]

EXTENSION: ExtensionField = EXTENSION_FIELDS["goldilocks^2"]
P = GOLDILOCKS.modulus
W = EXTENSION.nonresidue


class Scalar:
    """a + b·X with operators; an integer stands for itself."""

    __slots__ = ("a", "b")

    def __init__(self, a: int, b: int = 0) -> None:
        self.a = a
        self.b = b

    def __add__(self, other: Scalar | int) -> Scalar:
        if isinstance(other, int):
            return Scalar((self.a + other) % P, self.b)
        return Scalar((self.a + other.a) % P, (self.b + other.b) % P)

    __radd__ = __add__

    def __sub__(self, other: Scalar | int) -> Scalar:
        if isinstance(other, int):
            return Scalar((self.a - other) % P, self.b)
        return Scalar((self.a - other.a) % P, (self.b - other.b) % P)

    def __rsub__(self, other: int) -> Scalar:
        return Scalar((other - self.a) % P, -self.b % P)

    def __mul__(self, other: Scalar | int) -> Scalar:
        if isinstance(other, int):
            return Scalar(self.a * other % P, self.b * other % P)
        return Scalar((self.a * other.a + W * self.b * other.b) % P, (self.a * other.b + self.b * other.a) % P)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Scalar:
        out, base = Scalar(1), self
        while exponent:
            if exponent & 1:
                out = out * base
            base, exponent = base * base, exponent >> 1
        return out

    def inverse(self) -> Scalar:
        """1/self; 0 has none and raises ValueError."""
        scale = pow(self.a * self.a - W * self.b * self.b, -1, P)
        return Scalar(self.a * scale % P, -self.b * scale % P)

    def array(self) -> Elements:
        """The two coefficients."""
        return np.array([self.a, self.b], dtype=np.uint64)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and self.a == other.a and self.b == other.b

    def __hash__(self) -> int:
        return hash((self.a, self.b))

    def __repr__(self) -> str:
        return f"Scalar({self.a}, {self.b})"


def scalars(values: Elements) -> list[Scalar]:
    """Rows of two coefficients as scalars."""
    return [Scalar(int(a), int(b)) for a, b in values]


def powers(base: Scalar, count: int) -> list[Scalar]:
    """1, base, base^2, ..."""
    out = [Scalar(1)]
    while len(out) < count:
        out.append(out[-1] * base)
    return out[:count]
