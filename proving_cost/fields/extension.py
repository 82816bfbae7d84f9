r"""Extensions by a binomial: $\mathbb{F}_p[X]/(X^d - w)$ with $d \in \{2, 4\}$.

Elements are arrays whose last axis holds the $d$ coefficients, lowest first.  A product costs $d^2$
multiplications in the base field and $d - 1$ by the constant $w$; an inverse is taken through the tower
$\mathbb{F}_p \subset \mathbb{F}_p[Y]/(Y^2 - w) \subset \mathbb{F}_p[X]/(X^4 - w)$ with $Y = X^2$.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.fields.prime import BABY_BEAR, GOLDILOCKS, KOALA_BEAR, PRIME_FIELDS, Elements, PrimeField

__all__ = ["EXTENSION_FIELDS", "ExtensionField", "Field", "field_named"]


@dataclass(frozen=True, slots=True)
class ExtensionField:
    """A binomial extension of a prime field.

    Arguments:
        name: E.g. `"goldilocks^2"`.
        base: The prime field.
        degree: 2 or 4.
        nonresidue: w, such that X^d − w is irreducible.
    """

    name: str
    base: PrimeField
    degree: int
    nonresidue: int

    @property
    def bits(self) -> int:
        """Bits of an element."""
        return self.degree * self.base.bits

    @property
    def element_bytes(self) -> int:
        """Bytes of an element."""
        return self.degree * self.base.element_bytes

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the coefficients."""
        return self.base.dtype

    def zeros(self, shape: int | tuple[int, ...]) -> Elements:
        """Zeros; the axis of coefficients is appended."""
        return self.base.zeros((*_tuple(shape), self.degree))

    def random(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> Elements:
        """Uniform elements; the axis of coefficients is appended."""
        return self.base.random(rng, (*_tuple(shape), self.degree))

    def array(self, values: Iterable[int] | Elements) -> Elements:
        """Coefficients, reduced; the last axis must have length `degree`.

        Raises:
            InvalidInput: The last axis is of another length.
        """
        out = self.base.array(values if isinstance(values, np.ndarray) else np.array(list(values), dtype=object))
        if out.shape[-1:] != (self.degree,):
            raise InvalidInput(f"values: the last axis must hold {self.degree} coefficients; got {out.shape}.")
        return out

    def embed(self, a: Elements) -> Elements:
        """Base-field elements as elements of the extension."""
        out = self.base.zeros((*np.shape(a), self.degree))
        out[..., 0] = a
        return out

    def add(self, a: Elements, b: Elements | int) -> Elements:
        """a + b, entry by entry, with broadcasting of all axes but the last; an integer is of the base field."""
        return self.base.add(a, self._like(b))

    def sub(self, a: Elements, b: Elements | int) -> Elements:
        """a − b."""
        return self.base.sub(a, self._like(b))

    def neg(self, a: Elements) -> Elements:
        """−a."""
        return self.base.neg(a)

    def mul(self, a: Elements, b: Elements | int) -> Elements:
        """a·b, by the schoolbook rule."""
        f, d, b = self.base, self.degree, self._like(b)
        low: list[Elements | None] = [None] * (2 * d - 1)
        for i in range(d):
            for j in range(d):
                term = f.mul(a[..., i], b[..., j])
                have = low[i + j]
                low[i + j] = term if have is None else f.add(have, term)
        out = [c for c in low if c is not None]
        for k in range(d, 2 * d - 1):
            out[k - d] = f.add(out[k - d], f.mul(out[k], self.nonresidue))
        return np.stack(out[:d], axis=-1)

    def scale(self, a: Elements, s: Elements | int) -> Elements:
        """a·s with s in the base field (broadcast against a without its last axis)."""
        return self.base.mul(a, s[..., None] if isinstance(s, np.ndarray) else s)

    def inverse(self, a: Elements) -> Elements:
        """1/a of one element (shape `(degree,)`).

        Raises:
            InvalidInput: a is zero.
        """
        p = self.base.modulus
        return np.array(_inverse([int(c) for c in a], self.nonresidue, p, self.name), dtype=self.dtype)

    def power(self, a: Elements, exponent: int) -> Elements:
        """a^exponent of one element.

        Raises:
            InvalidInput: a is zero and the exponent negative.
        """
        if exponent < 0:
            a, exponent = self.inverse(a), -exponent
        out: Elements = self.embed(self.base.array([1]))[0]
        while exponent:
            if exponent & 1:
                out = self.mul(out, a)
            a, exponent = self.mul(a, a), exponent >> 1
        return out

    def _like(self, b: Elements | int) -> Elements:
        return b if isinstance(b, np.ndarray) else self.embed(self.base.array([b])[0])

    def __str__(self) -> str:
        return f"{self.name}: {self.base.name}[X]/(X^{self.degree} - {self.nonresidue}), {self.bits} bits"


Field: TypeAlias = PrimeField | ExtensionField


def _tuple(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    return shape if isinstance(shape, tuple) else (shape,)


def _product(a: list[int], b: list[int], w: int, p: int) -> list[int]:
    d = len(a)
    out = [0] * d
    for i in range(d):
        for j in range(d):
            out[(i + j) % d] = (out[(i + j) % d] + a[i] * b[j] * (w if i + j >= d else 1)) % p
    return out


def _inverse(a: list[int], w: int, p: int, name: str) -> list[int]:
    if len(a) == 1:
        if a[0] == 0:
            raise InvalidInput(f"division by zero in {name!r}: the element must not be 0.")
        return [pow(a[0], -1, p)]
    if len(a) == 2:
        norm = (a[0] * a[0] - w * a[1] * a[1]) % p
        (scale,) = _inverse([norm], w, p, name)
        return [a[0] * scale % p, -a[1] * scale % p]
    even, odd = [a[0], a[2]], [a[1], a[3]]
    square = _product(odd, odd, w, p)
    norm2 = [(x - y) % p for x, y in zip(_product(even, even, w, p), [w * square[1], square[0]], strict=True)]
    scale2 = _inverse(norm2, w, p, name)
    e, o = _product(even, scale2, w, p), _product([-c for c in odd], scale2, w, p)
    return [e[0], o[0], e[1], o[1]]


EXTENSION_FIELDS: Mapping[str, ExtensionField] = MappingProxyType(
    {
        f.name: f
        for f in (
            ExtensionField("babybear^4", BABY_BEAR, 4, 11),
            ExtensionField("koalabear^4", KOALA_BEAR, 4, 3),
            ExtensionField("goldilocks^2", GOLDILOCKS, 2, 7),
        )
    }
)


def field_named(name: str) -> Field:
    """The field that ledgers call by this name.

    Raises:
        InvalidInput: There is none; the message lists what there is.
    """
    field = PRIME_FIELDS.get(name) or EXTENSION_FIELDS.get(name)
    if field is None:
        known = ", ".join((*PRIME_FIELDS, *EXTENSION_FIELDS))
        raise InvalidInput(f"field: must be one of {known}; got {name!r}.")
    return field
