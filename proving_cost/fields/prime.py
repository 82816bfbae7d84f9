r"""Prime fields by name: modulus, generator of the multiplicative group, 2-adicity, roots of unity.

$\mathbb{F}_p^*$ is cyclic of order $p - 1 = 2^s q$ with $q$ odd; $s$ is the *2-adicity*.  A generator $g$ gives the
root of unity of order $2^k$, $\omega = g^{(p-1)/2^k}$, for every $k \le s$; an NTT of size $2^k$ needs it.

Elements are held in arrays of canonical residues: `numpy.uint64` for the primes that have compiled arithmetic, those
below $2^{31}$ and Goldilocks, and Python integers (`dtype=object`) for all others.  The operations here are not
counted; `proving_cost.arithmetic.Arithmetic` counts them.  Generators are constants, checked in the tests against the
factors of $p - 1$, so that creating a field, and its class in `galois`, factors nothing.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mechanisms.errors import InvalidInput

if TYPE_CHECKING:
    import galois

__all__ = [
    "BABY_BEAR", "BLS12_381_FR", "BN254_FQ", "BN254_FR", "Elements", "GOLDILOCKS", "KOALA_BEAR", "MERSENNE_31",
    "PRIME_FIELDS", "PrimeField",
]  # fmt: skip

Elements: TypeAlias = NDArray[Any]
"""Canonical residues: `uint64`, or `object` (Python integers) where there is no compiled arithmetic."""


@dataclass(frozen=True, slots=True)
class PrimeField:
    """The integers modulo a prime.

    Arguments:
        name: How ledgers and measurement files call it, e.g. `"goldilocks"`.
        modulus: The prime p.
        generator: A generator of the multiplicative group.
    """

    name: str
    modulus: int
    generator: int

    @property
    def degree(self) -> int:
        """Base-field elements in an element: 1."""
        return 1

    @property
    def base(self) -> PrimeField:
        """The prime field itself."""
        return self

    @property
    def bits(self) -> int:
        """Bits of an element."""
        return self.modulus.bit_length()

    @property
    def element_bytes(self) -> int:
        """Bytes of an element as a prover stores it: 4, 8, 32..."""
        return 4 if self.bits <= 32 else 8 * -(-self.bits // 64)

    @property
    def dtype(self) -> np.dtype[Any]:
        """`uint64` below 2^31 and for Goldilocks, else `object`."""
        return np.dtype(np.uint64) if self.bits < 32 or self.modulus == GOLDILOCKS.modulus else np.dtype(object)

    @property
    def two_adicity(self) -> int:
        """The largest s such that 2^s divides p − 1."""
        return ((self.modulus - 1) & (1 - self.modulus)).bit_length() - 1

    def root_of_unity(self, order: int) -> int:
        """A primitive root of unity of a power-of-two order.

        Raises:
            InvalidInput: The order is not a power of two, or the field has no such root.
        """
        if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 1:
            raise InvalidInput(f"size: must be a power of two; got {order!r}.")
        order = int(order)
        if order & (order - 1):
            raise InvalidInput(f"size: must be a power of two; got {order}. Pad to {1 << order.bit_length()}.")
        if order > 1 << self.two_adicity:
            able = [f.name for f in PRIME_FIELDS.values() if order <= 1 << f.two_adicity]
            raise InvalidInput(
                f"size: field {self.name!r} has roots of unity of order up to 2^{self.two_adicity}; got "
                f"2^{order.bit_length() - 1}. Try {', '.join(able) if able else 'a smaller size'}."
            )
        return pow(self.generator, (self.modulus - 1) // order, self.modulus)

    def array(self, values: Iterable[int] | Elements) -> Elements:
        """Integers, reduced modulo p, as an array of this field's type (a copy).

        Raises:
            InvalidInput: A value is not an integer.
        """
        raw = values if isinstance(values, np.ndarray) else np.array(_listed(values), dtype=object)
        if raw.dtype == object:
            if not all(isinstance(v, (int, np.integer)) for v in raw.flat):
                raise InvalidInput(f"values: elements of {self.name!r} must be integers; got another type.")
            reduced = np.empty(raw.shape, dtype=object)
            reduced.reshape(-1)[:] = [int(v) % self.modulus for v in raw.flat]
            return reduced.astype(self.dtype) if self.dtype != object else reduced
        if raw.dtype.kind not in "iu":
            raise InvalidInput(f"values: elements of {self.name!r} must be integers; got dtype {raw.dtype}.")
        if self.dtype == object or raw.dtype.kind == "i":
            return self.array(raw.astype(object))
        return raw.astype(np.uint64) % np.uint64(self.modulus)

    def zeros(self, shape: int | tuple[int, ...]) -> Elements:
        """Zeros."""
        return np.zeros(shape, dtype=np.uint64) if self.dtype != object else np.full(shape, 0, dtype=object)

    def random(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> Elements:
        """Uniform elements (exactly: by rejection for small moduli; a bias below 2^-64 for wide ones)."""
        if self.dtype != object:
            return rng.integers(0, self.modulus, size=shape, dtype=np.uint64)
        size = int(np.prod(shape))
        width = self.element_bytes + 8
        raw = rng.bytes(width * size)
        out = np.empty(size, dtype=object)
        out[:] = [int.from_bytes(raw[i * width : (i + 1) * width], "little") % self.modulus for i in range(size)]
        return out.reshape(shape)

    def add(self, a: Elements, b: Elements | int) -> Elements:
        """a + b, entry by entry, with broadcasting; an integer is taken modulo p."""
        return self._operations[0](a, self._like(b))

    def sub(self, a: Elements, b: Elements | int) -> Elements:
        """a − b."""
        return self._operations[1](a, self._like(b))

    def mul(self, a: Elements, b: Elements | int) -> Elements:
        """a·b."""
        return self._operations[2](a, self._like(b))

    def neg(self, a: Elements) -> Elements:
        """−a."""
        return self._operations[1](self.zeros(()), a)

    def inverse(self, a: int) -> int:
        """1/a of one element.

        Raises:
            InvalidInput: a is zero.
        """
        if a % self.modulus == 0:
            raise InvalidInput(f"division by zero in {self.name!r}: the element must not be 0; got {a}.")
        return pow(int(a), -1, self.modulus)

    def galois(self) -> type[galois.FieldArray]:
        """The class of this field in `galois`, made without factoring p − 1."""
        return _galois_class(self.modulus, self.generator)

    @property
    def _operations(self) -> tuple[Callable[..., Elements], ...]:
        return _pointwise(self.modulus)

    def _like(self, b: Elements | int) -> Elements:
        return b if isinstance(b, np.ndarray) else np.array(operator.index(b) % self.modulus, dtype=self.dtype)

    def __str__(self) -> str:
        return f"{self.name}: p = {self.modulus:#x}, {self.bits} bits, 2-adicity {self.two_adicity}"


def _listed(values: Iterable[Any]) -> Sequence[Any]:
    return values if isinstance(values, (list, tuple)) else list(values)


@functools.cache
def _pointwise(modulus: int) -> tuple[Callable[..., Elements], ...]:
    """Addition, subtraction and multiplication of canonical residues."""
    if modulus == GOLDILOCKS.modulus:
        from proving_cost.compiled import goldilocks

        return goldilocks.add, goldilocks.sub, goldilocks.mul
    if modulus.bit_length() > 31:
        return lambda a, b: (a + b) % modulus, lambda a, b: (a - b) % modulus, lambda a, b: (a * b) % modulus
    p = np.uint64(modulus)
    return lambda a, b: (a + b) % p, lambda a, b: (a + (p - b)) % p, lambda a, b: (a * b) % p


@functools.cache
def _galois_class(modulus: int, generator: int) -> type[galois.FieldArray]:
    import galois

    # Python's integers, as in wide fields: compiling a class takes longer than any reference computation in it.
    return galois.GF(modulus, primitive_element=generator, verify=False, compile="python-calculate")


BABY_BEAR = PrimeField("babybear", 2**31 - 2**27 + 1, 31)
KOALA_BEAR = PrimeField("koalabear", 2**31 - 2**24 + 1, 3)
MERSENNE_31 = PrimeField("mersenne31", 2**31 - 1, 7)
GOLDILOCKS = PrimeField("goldilocks", 2**64 - 2**32 + 1, 7)
BN254_FR = PrimeField(
    "bn254_fr", 21888242871839275222246405745257275088548364400416034343698204186575808495617, 5
)
BN254_FQ = PrimeField(
    "bn254_fq", 21888242871839275222246405745257275088696311157297823662689037894645226208583, 3
)
BLS12_381_FR = PrimeField(
    "bls12_381_fr", 52435875175126190479447740508185965837690552500527637822603658699938581184513, 7
)

PRIME_FIELDS: Mapping[str, PrimeField] = MappingProxyType(
    {f.name: f for f in (BABY_BEAR, KOALA_BEAR, MERSENNE_31, GOLDILOCKS, BN254_FR, BN254_FQ, BLS12_381_FR)}
)
