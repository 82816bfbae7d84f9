r"""Points of BN254's G1 of which the logarithms are known, so that a sum over millions of them has one right value.

With $u_a$ and $v_b$ from two arithmetic progressions with random steps, about $\sqrt n$ numbers each, point $i$ is
$(u_{i \bmod m} + v_{\lfloor i/m \rfloor})\,G$: one addition of two points, which the card makes.  The sum with
scalars $k_i$ is $e\,G$ with $e = \sum_a u_a \sum_b k_{a + mb} + \sum_b v_b \sum_a k_{a + mb}$, sums of limbs and a few
thousand products.  Curve arithmetic here is the schoolbook's, on affine points and Python integers.
"""

from __future__ import annotations

import numpy as np

from proving_cost.fields import BN254_FQ, BN254_FR
from proving_cost.gpu.backend import Backend, Buffer
from proving_cost.gpu.limbs import RADIX, Limbs, from_limbs, from_sums, to_limbs
from proving_cost.kernels.scalar_bits import WITNESS_MIXTURE

__all__ = ["GENERATOR", "KnownBases", "Point", "add_affine", "multiple", "witness_like"]

Point = tuple[int, int] | None
"""Affine coordinates; None at infinity."""

GENERATOR: Point = (1, 2)
Q, R = BN254_FQ.modulus, BN254_FR.modulus


def add_affine(a: Point, b: Point) -> Point:
    """a + b."""
    if a is None or b is None:
        return b if a is None else a
    (x1, y1), (x2, y2) = a, b
    if x1 == x2:
        if (y1 + y2) % Q == 0:
            return None
        slope = 3 * x1 * x1 * pow(2 * y1, -1, Q) % Q
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, Q) % Q
    x = (slope * slope - x1 - x2) % Q
    return x, (slope * (x1 - x) - y1) % Q


def multiple(k: int, point: Point = GENERATOR) -> Point:
    """k · point."""
    out: Point = None
    for bit in bin(k % R)[2:]:
        out = add_affine(out, out)
        if bit == "1":
            out = add_affine(out, point)
    return out


class KnownBases:
    """n points on a backend.

    Arguments:
        backend: Where they are made.
        n: How many.
        rng: Where starts and steps of the progressions are drawn from.

    Attributes:
        points: `(n, 2, 8)` limbs in Montgomery form, as `Multiplication` takes them.
    """

    def __init__(self, backend: Backend, n: int, rng: np.random.Generator) -> None:
        self.n, self.lg_left = n, (n.bit_length() - 1) // 2
        self.left = _progression(rng, 1 << self.lg_left)
        self.right = _progression(rng, -(-n >> self.lg_left))
        self.points: Buffer = backend.empty((n, 2, 8), np.uint32)
        sides = [backend.upload(_montgomery(_multiples(side))) for side in (self.left, self.right)]
        backend.launch("msm", "msm_bases", -(-n // 128), 128, (np.uint32(n), np.uint32(self.lg_left), *sides, self.points))

    def logarithm(self, i: int) -> int:
        """The logarithm of a point."""
        return (self.left[i % len(self.left)] + self.right[i >> self.lg_left]) % R

    def sum(self, scalars: Limbs) -> Point:
        """The sum of scalars[i] · points[i].

        Arguments:
            scalars: `(n, 8)` limbs.
        """
        grid = np.zeros((len(self.right), len(self.left), 8), dtype=np.uint64)
        grid.reshape(-1, 8)[: self.n] = scalars
        exponent = sum(u * k for u, k in zip(self.left, from_sums(grid.sum(axis=0)), strict=True))
        exponent += sum(v * k for v, k in zip(self.right, from_sums(grid.sum(axis=1)), strict=True))
        return multiple(exponent)

    def wrong_point(self, backend: Backend, indices: list[int]) -> int | None:
        """The first of these points that is not what its logarithm says; None where all are."""
        for i in indices:
            x, y = from_limbs(backend.download(self.points[i : i + 1]))
            if (x, y) != tuple(v * RADIX % Q for v in multiple(self.logarithm(i)) or ()):
                return i
        return None


def witness_like(rng: np.random.Generator, scalars: Limbs) -> Limbs:
    """Scalars as circuits have them: of the given ones so many as `WITNESS_MIXTURE` says keep so many bits, the top one set."""
    out = scalars.copy()
    lengths = rng.choice(list(WITNESS_MIXTURE), p=list(WITNESS_MIXTURE.values()), size=len(out))
    for bits in {length for length in WITNESS_MIXTURE if length >= 0}:
        here, ones = lengths == bits, to_limbs([(1 << bits) - 1, 1 << bits >> 1])
        out[here] = out[here] & ones[0] | ones[1]
    return out


def _progression(rng: np.random.Generator, count: int) -> list[int]:
    start, step = (int.from_bytes(rng.bytes(40), "little") % R for _ in range(2))
    return [(start + i * step) % R for i in range(count)]


def _multiples(logarithms: list[int]) -> list[Point]:
    """k · G of an arithmetic progression."""
    step = multiple(logarithms[1] - logarithms[0]) if len(logarithms) > 1 else None
    out = [multiple(logarithms[0])]
    for _ in logarithms[1:]:
        out.append(add_affine(out[-1], step))
    return out


def _montgomery(points: list[Point]) -> Limbs:
    return to_limbs(v * RADIX % Q for p in points for v in p or (0, 0)).reshape(-1, 2, 8)
