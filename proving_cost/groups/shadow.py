r"""Shadow groups, NOT SECURE: an element is its own discrete logarithm.

$kG$ is held as the integer $k \bmod r$, so addition is addition modulo $r$, the pairing $e(aG_1, bG_2)$ is $ab$, and a
product of pairings is one if and only if $\sum_i a_i b_i = 0$.  A proof system over a shadow curve runs the very
algorithm of the real one, operation by operation, its verifier checks the very equation, and a wrong proof fails it:
what is lost is that anyone can compute logarithms, hence forge.  Counts, control flow and tests are exact;
the proofs convince nobody.  An element of one group passes for one of the other (the pairing is symmetric), which
types forbid on a real curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from proving_cost.fields import BN254_FR, PrimeField
from proving_cost.groups.group import Curve, Group, GroupName, Point, Points

__all__ = ["ShadowCurve", "ShadowGroup", "shadow_bn254"]


class ShadowGroup(Group):
    """The integers modulo r under addition, in the place of a curve group: NOT SECURE.

    Arguments:
        curve: The curve that it stands for.
        name: `"g1"` or `"g2"`.
        order: The prime r.
        encoded_bytes: Bytes of a compressed point of the real group, so that sizes agree.
    """

    __slots__ = ("curve", "encoded_bytes", "name", "order")

    def __init__(self, curve: str, name: GroupName, order: int, encoded_bytes: int) -> None:
        self.curve, self.name, self.order, self.encoded_bytes = curve, name, order, encoded_bytes

    @property
    def identity(self) -> Point:
        """0."""
        return 0

    @property
    def generator(self) -> Point:
        """1."""
        return 1

    def add(self, p: Point, q: Point) -> Point:
        """p + q modulo r."""
        return (p + q) % self.order

    def double(self, p: Point) -> Point:
        """2p modulo r."""
        return 2 * p % self.order

    def neg(self, p: Point) -> Point:
        """−p modulo r."""
        return -p % self.order

    def mul(self, p: Point, k: int) -> Point:
        """kp modulo r."""
        return p * int(k) % self.order

    def equal(self, p: Point, q: Point) -> bool:
        """Whether the logarithms agree."""
        return bool(p == q)

    def is_identity(self, p: Point) -> bool:
        """Whether p = 0."""
        return bool(p == 0)

    def contains(self, p: object) -> bool:
        """Whether p is an integer in [0, r)."""
        return type(p) is int and 0 <= p < self.order

    def encode(self, p: Point) -> bytes:
        """The logarithm, padded to the length of a real point."""
        return int(p).to_bytes(self.encoded_bytes, "little")

    def multiples(self, scalars: Iterable[int]) -> Points:
        """The scalars themselves."""
        return self.vector(int(k) % self.order for k in scalars)

    def __repr__(self) -> str:
        return f"ShadowGroup({self.curve} {self.name}, discrete logarithms: NOT SECURE)"


class ShadowCurve(Curve):
    """A pairing-friendly curve in shadow form: NOT SECURE.

    Arguments:
        name: The curve that it stands for.
        scalar_field: The field of the logarithms.
        element_bytes: Bytes of a compressed G1 point of the real curve; G2 takes twice as many.
    """

    form: Literal["shadow", "real"] = "shadow"
    secure = False

    def __init__(self, name: str, scalar_field: PrimeField, element_bytes: int) -> None:
        self.name, self.scalar_field = name, scalar_field
        self._g1 = ShadowGroup(name, "g1", scalar_field.modulus, element_bytes)
        self._g2 = ShadowGroup(name, "g2", scalar_field.modulus, 2 * element_bytes)

    @property
    def g1(self) -> ShadowGroup:
        """Logarithms of G1."""
        return self._g1

    @property
    def g2(self) -> ShadowGroup:
        """Logarithms of G2."""
        return self._g2

    def _product_is_one(self, pairs: Sequence[tuple[Point, Point]]) -> bool:
        return bool(sum(p * q for p, q in pairs) % self.scalar_field.modulus == 0)

    def __repr__(self) -> str:
        return f"ShadowCurve({self.name}: discrete logarithms in place of points, NOT SECURE)"

    __str__ = __repr__


def shadow_bn254() -> ShadowCurve:
    """BN254 in shadow form: the counts of the real curve, in microseconds; NOT SECURE.

    Example:
        >>> shadow_bn254()
        ShadowCurve(bn254: discrete logarithms in place of points, NOT SECURE)
    """
    return ShadowCurve("bn254", BN254_FR, 32)
