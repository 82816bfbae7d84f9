r"""KZG polynomial commitments: commit, open at a point, verify by a pairing.

With powers $\tau^i G_1$ in the reference string, the commitment to $f = \sum_i a_i X^i$ is $f(\tau) G_1$, a
multi-scalar multiplication.  $f(z) = y$ if and only if $X - z$ divides $f - y$; the proof is the commitment to the
quotient $q$, and the verifier asks whether
$$ e\bigl(C - y\,G_1 + z\,\pi,\; G_2\bigr) = e\bigl(\pi,\; \tau G_2\bigr). $$
Several polynomials at one point: open $\sum_i \gamma^i f_i$ for a challenge $\gamma$.

Synthetic division by $X - z$ of n coefficients takes n − 1 products and n − 1 additions, and its remainder is $f(z)$.
Reference: Kate, Zaverucha, Goldberg, "Constant-size commitments to polynomials and their applications" (2010),
section 3.2; the batch of one point is that of Gabizon, Williamson, Ciobotaru, "PLONK" (2019), section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.fields import Elements
from proving_cost.groups.group import Curve, Point, Points
from proving_cost.kernels.msm import msm
from proving_cost.ledger import Ledger

__all__ = [
    "KzgKey", "Srs", "combine", "combine_commitments", "commit", "divide", "evaluate", "open_at", "synthetic_division",
    "verify_opening",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class KzgKey:
    """What a verifier needs: the curve and τG₂."""

    curve: Curve
    tau_g2: Point


@dataclass(frozen=True, slots=True, eq=False)
class Srs:
    """A structured reference string: `powers[i]` = $\\tau^i G_1$."""

    curve: Curve
    powers: Points
    key: KzgKey

    @classmethod
    def create(cls, curve: Curve, size: int, *, rng: np.random.Generator, ledger: Ledger | None = None) -> Srs:
        """Draw τ, raise it, forget it.

        Arguments:
            curve: The curve.
            size: Powers of τ: polynomials of at most so many coefficients can be committed to.
            rng: The source of τ; whoever can replay it can open anything to anything.
            ledger: Where the fixed-base products are counted.

        Raises:
            InvalidInput: The size is below 1.
        """
        if not isinstance(size, int) or size < 1:
            raise InvalidInput(f"size: a reference string holds 1 power or more; got {size!r}.")
        field = curve.scalar_field
        tau = 1 + int(field.random(rng, 1)[0]) % (field.modulus - 1)
        power, exponents = 1, []
        for _ in range(size):
            exponents.append(power)
            power = power * tau % field.modulus
        return cls(curve, curve.g1.fixed_base(exponents, ledger), KzgKey(curve, curve.g2.fixed_base([tau], ledger)[0]))


def commit(srs: Srs, coefficients: Elements, *, ledger: Ledger | None = None, body: Body = "fast") -> Point:
    """The commitment to a polynomial: one multi-scalar multiplication of its number of coefficients.

    Raises:
        InvalidInput: There are more coefficients than powers.
    """
    n = len(coefficients)
    if n > len(srs.powers):
        raise InvalidInput(f"coefficients: the reference string holds {len(srs.powers)} powers; got {n} coefficients.")
    return msm(srs.curve.g1, srs.powers[:n], coefficients, ledger=ledger, body=body)


def synthetic_division(coefficients: Sequence[T], z: T) -> tuple[list[T], T]:
    """Quotient and remainder by X − z over any ring (Ruffini's rule): n − 1 products and additions.

    Example:
        >>> synthetic_division([-6, 11, -6, 1], 4)  # (X-1)(X-2)(X-3) by X - 4
        ([3, -2, 1], 6)
    """
    step: Any = coefficients[-1]
    quotient = []
    for a in reversed(coefficients[:-1]):
        quotient.append(step)
        step = a + z * step
    return quotient[::-1], step


def divide(arith: Arithmetic, coefficients: Elements, z: int) -> tuple[Elements, int]:
    """The quotient of f by X − z, of one coefficient fewer, and f(z).

    Raises:
        InvalidInput: There is no coefficient.
    """
    n = len(coefficients)
    if n < 1:
        raise InvalidInput("coefficients: a polynomial has 1 coefficient or more; got 0.")
    field = arith.field.base
    p = field.modulus
    arith.count("mul", n - 1)
    arith.count("add", n - 1)
    if arith.body == "reference":
        cls = field.galois()
        quotient, remainder = synthetic_division([cls(int(a)) for a in coefficients], cls(int(z) % p))
        return field.array([int(q) for q in quotient]), int(remainder)
    z, out, step = int(z) % p, [], int(coefficients[-1])
    for a in coefficients[-2::-1].tolist():
        out.append(step)
        step = (a + z * step) % p
    quotient_array = field.zeros(n - 1)
    quotient_array[:] = out[::-1]
    return quotient_array, step


def open_at(arith: Arithmetic, coefficients: Elements, z: int) -> Elements:
    """The quotient (f − f(z)) / (X − z), whose commitment proves the value at z."""
    return divide(arith, coefficients, z)[0]


def evaluate(arith: Arithmetic, coefficients: Elements, z: int) -> int:
    """f(z) by Horner's rule: n − 1 products and additions."""
    return divide(arith, coefficients, z)[1]


def combine(arith: Arithmetic, polynomials: Sequence[Elements], gamma: int) -> Elements:
    """$\\sum_i \\gamma^i f_i$, from the last to the first; shorter polynomials are padded.

    A product and an addition for every coefficient that is there before the next polynomial is added.
    """
    field = arith.field
    factor = np.array(int(gamma), dtype=field.dtype)
    total = polynomials[-1]
    for f in polynomials[-2::-1]:
        scaled = arith.mul(total, factor)
        low = min(len(f), len(scaled))
        longer = f if len(f) > len(scaled) else scaled
        total = longer.copy()
        total[:low] = arith.add(f[:low], scaled[:low])
    return total


def combine_commitments(curve: Curve, commitments: Sequence[Point], gamma: int, ledger: Ledger | None = None) -> Point:
    """$\\sum_i \\gamma^i C_i$ by Horner's rule: a multiplication and an addition for each commitment but one."""
    g, total = curve.g1, commitments[-1]
    for c in commitments[-2::-1]:
        total = g.add(c, g.mul(total, gamma))
    if ledger is not None and len(commitments) > 1:
        ledger.group(curve.name, "g1", "mul", len(commitments) - 1)
        ledger.group(curve.name, "g1", "add", len(commitments) - 1)
    return total


def verify_opening(
    key: KzgKey, commitment: Point, z: int, value: int, proof: Point, *, ledger: Ledger | None = None
) -> bool:
    """Whether the proof shows f(z) = value; False for what is no point or no residue."""
    curve, g = key.curve, key.curve.g1
    r = curve.scalar_field.modulus
    if not (g.contains(commitment) and g.contains(proof)):
        return False
    if not all(type(v) is int and 0 <= v < r for v in (z, value)):
        return False
    if ledger is not None:
        ledger.group(curve.name, "g1", "mul", 2)
        ledger.group(curve.name, "g1", "add", 2)
    left = g.add(g.sub(commitment, g.mul(g.generator, value)), g.mul(proof, z))
    return curve.pairing_product_is_one([(left, curve.g2.generator), (g.neg(proof), key.tau_g2)], ledger)
