r"""BN254 (alt_bn128) with its pairing, on the points of `py_ecc`: real, secure to about 100 bits, slow.

An addition takes some 15 µs in $G_1$ and 80 µs in $G_2$, a pairing 0.3 s, so a few hundred points are bearable.
Points are projective triples of `py_ecc.optimized_bn128`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from mechanisms.errors import MissingExtra
from proving_cost.fields import BN254_FQ, BN254_FR
from proving_cost.groups.group import Curve, Group, GroupName, Point, Points

__all__ = ["Bn254Curve", "Bn254Group", "real_bn254"]

Q = BN254_FQ.modulus
INFINITY, GREATER = 1 << 7, 1 << 6  # flags in the two top bits of a compressed point: q has 254 bits
LARGEST_TABLE_WINDOW = 8


class Bn254Group(Group):
    """G1 or G2 of BN254.

    Arguments:
        name: `"g1"` or `"g2"`.

    Raises:
        MissingExtra: `py_ecc` is not installed.
    """

    __slots__ = ("_generator", "_identity", "_lib", "curve", "encoded_bytes", "name", "order")

    def __init__(self, name: GroupName) -> None:
        lib = _library()
        self._lib: Any = lib
        self.curve, self.name, self.order = "bn254", name, BN254_FR.modulus
        self._generator, self._identity = (lib.G1, lib.Z1) if name == "g1" else (lib.G2, lib.Z2)
        self.encoded_bytes = 32 if name == "g1" else 64

    @property
    def identity(self) -> Point:
        """The point at infinity."""
        return self._identity

    @property
    def generator(self) -> Point:
        """The standard generator."""
        return self._generator

    def add(self, p: Point, q: Point) -> Point:
        """P + Q."""
        return self._lib.add(p, q)

    def double(self, p: Point) -> Point:
        """2P."""
        return self._lib.double(p)

    def neg(self, p: Point) -> Point:
        """−P."""
        return self._lib.neg(p)

    def mul(self, p: Point, k: int) -> Point:
        """k·P, by doubling and adding."""
        return self._lib.multiply(p, int(k) % self.order)

    def equal(self, p: Point, q: Point) -> bool:
        """Whether P = Q."""
        if self.is_identity(p) or self.is_identity(q):
            return self.is_identity(p) and self.is_identity(q)
        return bool(self._lib.eq(p, q))

    def is_identity(self, p: Point) -> bool:
        """Whether P is at infinity."""
        return bool(self._lib.is_inf(p))

    def contains(self, p: object) -> bool:
        """Whether p is a point on the curve (and, in G2, in the subgroup of order r), its coordinates reduced."""
        if type(p) is not tuple or len(p) != 3 or not all(self._is_coordinate(c) for c in p):
            return False
        if self.is_identity(p):
            return True
        if not self._lib.is_on_curve(p, self._lib.b if self.name == "g1" else self._lib.b2):
            return False
        return self.name == "g1" or self.is_identity(self._lib.multiply(p, self.order))

    def encode(self, p: Point) -> bytes:
        """The x coordinate, with flags for infinity and for the greater of the two y."""
        if self.is_identity(p):
            return bytes(self.encoded_bytes - 1) + bytes([INFINITY])
        x, y = self._lib.normalize(p)
        xs, ys = ([int(x)], [int(y)]) if self.name == "g1" else ([int(c) for c in x.coeffs], [int(c) for c in y.coeffs])
        opposite = [-c % BN254_FQ.modulus for c in ys]
        out = bytearray(b"".join(c.to_bytes(32, "little") for c in xs))
        if ys[::-1] > opposite[::-1]:
            out[-1] |= GREATER
        return bytes(out)

    def multiples(self, scalars: Iterable[int]) -> Points:
        """k·G by tables of the multiples of $2^{wj} G$; the window w minimises table and additions together."""
        ks = [int(k) % self.order for k in scalars]
        bits = self.order.bit_length()
        window = min(range(1, LARGEST_TABLE_WINDOW + 1), key=lambda w: -(-bits // w) * (2**w + len(ks)))
        tables = self._tables(-(-bits // window), window) if ks else []
        return self.vector(self._by_tables(k, tables, window) for k in ks)

    def _is_coordinate(self, c: Any) -> bool:
        """Whether c is of the coordinates' field and reduced: a third coordinate of q would be 0, and not look like it."""
        if type(c) is not type(self._generator[0]):
            return False
        residues = (c.n,) if self.name == "g1" else c.coeffs
        return all(type(v) is int and 0 <= v < BN254_FQ.modulus for v in residues)

    def _tables(self, count: int, window: int) -> list[list[Point]]:
        tables, base = [], self._generator
        for _ in range(count):
            row = [self._identity, base]
            for _ in range(2, 1 << window):
                row.append(self.add(row[-1], base))
            tables.append(row)
            base = self.add(row[-1], base)
        return tables

    def _by_tables(self, k: int, tables: list[list[Point]], window: int) -> Point:
        out, mask = self._identity, (1 << window) - 1
        for table in tables:
            if digit := k & mask:
                out = self.add(out, table[digit])
            k >>= window
        return out


class Bn254Curve(Curve):
    """BN254 with its optimal ate pairing.

    Raises:
        MissingExtra: `py_ecc` is not installed.
    """

    name = "bn254"
    form: Literal["shadow", "real"] = "real"
    secure = True
    scalar_field = BN254_FR

    def __init__(self) -> None:
        self._lib: Any = _library()
        self._g1, self._g2 = Bn254Group("g1"), Bn254Group("g2")

    @property
    def g1(self) -> Bn254Group:
        """Points over the base field."""
        return self._g1

    @property
    def g2(self) -> Bn254Group:
        """Points of the twist, over the quadratic extension."""
        return self._g2

    def _product_is_one(self, pairs: Sequence[tuple[Point, Point]]) -> bool:
        product = self._lib.FQ12.one()
        for p, q in pairs:
            product = product * self._lib.pairing(q, p, final_exponentiate=False)
        return exponentiates_to_one(product)


def exponentiates_to_one(f: Any) -> bool:
    r"""Whether $f^{(q^{12} - 1)/r} = 1$ for an element of the field of $q^{12}$, as `py_ecc` represents it.

    With $h = (q^4 - q^2 + 1)/r$ the exponent is $(q^6 - 1)(q^2 + 1)h$, so that it holds just where f is not zero and
    $v = (f^{q^2} f)^h$ has $v^{q^6} = v$.  In powers of w, where $w^6 = 9 + i$, $w^{q^2} = 82^{(q-1)/6} w$ and
    $w^{q^6} = -w$: v has no odd power.  h has a quarter of the bits of the exponent.
    """
    turn = pow(82, (Q - 1) // 6, Q)  # 82 is the norm of 9 + i
    moved = type(f)([int(c) * pow(turn, k, Q) % Q for k, c in enumerate(f.coeffs)])
    v = (moved * f) ** ((Q**4 - Q**2 + 1) // BN254_FR.modulus)
    return any(f.coeffs) and not any(v.coeffs[1::2])


def _library() -> Any:
    limit = sys.getrecursionlimit()
    try:
        from py_ecc import optimized_bn128
    except ImportError:
        raise MissingExtra(
            "real_bn254: needs py_ecc, which is not installed. Run: pip install 'prover-markets[pairing]', or use shadow_bn254()."
        ) from None
    finally:
        sys.setrecursionlimit(limit)  # py_ecc raises it a hundredfold, and then deeply nested input ends the process
    return optimized_bn128


def real_bn254() -> Bn254Curve:
    """BN254 on points of the curve, with the real pairing.

    Raises:
        MissingExtra: `py_ecc` is not installed.
    """
    return Bn254Curve()
