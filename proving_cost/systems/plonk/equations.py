r"""The constraint of PLONK, written once: for columns (the prover), for scalars that count, and for the verifier.

With $\vec\alpha = (\alpha, \alpha^2, \alpha^3)$ the three equations of a custom gate become one.  A round
$s' = M y$ of Poseidon2, $y$ the state after the S-boxes, gives $\vec\alpha M y - \vec\alpha s'$, so that the matrices enter
only through the vectors $\vec\alpha M_E$ and $\vec\alpha M_I$.  The constraint on the domain is
$$ \sum_j q_j f_j + q_c + \mathrm{PI}
 + \alpha^4 \Bigl[ z \prod_j (w_j + \beta k_j X + \gamma) - z(\omega X) \prod_j (w_j + \beta \sigma_j + \gamma) \Bigr]
 + \alpha^5 L_1 (z - 1), $$
$f_j$ what the selector $q_j$ multiplies (`multipliers`), $w = (a, b, c)$, $k_j$ the shifts of the three cosets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from proving_cost.kernels.poseidon2 import Poseidon2

__all__ = ["ADDITIONS", "PRODUCTS", "Challenges", "Point", "Weights", "constraint", "multipliers"]

Scalar: TypeAlias = Any
"""Anything with +, − and ·: a column, a counting scalar, an integer."""

PRODUCTS = 58
"""Products of `constraint` at a point, the division by $X^n - 1$ included."""
ADDITIONS = 49
"""Additions and subtractions of `constraint` at a point."""


@dataclass(frozen=True, slots=True)
class Weights:
    """$\\vec\\alpha$, $\\vec\\alpha M_E$ and $\\vec\\alpha M_I$."""

    plain: Sequence[Scalar]
    external: Sequence[Scalar]
    internal: Sequence[Scalar]

    @classmethod
    def of(cls, alpha: int, instance: Poseidon2, modulus: int) -> Weights:
        """The weights of a challenge."""
        plain = [pow(alpha, i, modulus) for i in (1, 2, 3)]
        external = [sum(w * row[j] for w, row in zip(plain, instance.external_matrix, strict=True)) for j in range(3)]
        internal = [sum(plain) + w * d for w, d in zip(plain, instance.internal_diagonal, strict=True)]
        return cls(plain, [w % modulus for w in external], [w % modulus for w in internal])


@dataclass(frozen=True, slots=True)
class Challenges:
    """What the constraint needs of the verifier: β, β·k₁, β·k₂; γ; the weights; α⁴, α⁵, and 1."""

    beta: Sequence[Scalar]
    gamma: Scalar
    weights: Weights
    alpha_4: Scalar
    alpha_5: Scalar
    one: Scalar = 1

    @classmethod
    def of(cls, beta: int, gamma: int, alpha: int, shifts: Sequence[int], instance: Poseidon2, modulus: int) -> Challenges:
        """From β, γ, α and the shifts of the cosets."""
        return cls(
            [beta * k % modulus for k in shifts], gamma, Weights.of(alpha, instance, modulus),
            pow(alpha, 4, modulus), pow(alpha, 5, modulus),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """Values at a point (or at all points): `selectors` and `constants` in the order of `COLUMNS`."""

    wires: Sequence[Scalar]
    after: Sequence[Scalar]
    z: Scalar
    z_after: Scalar
    public: Scalar
    selectors: Sequence[Scalar]
    constants: Sequence[Scalar]
    sigma: Sequence[Scalar]
    x: Scalar
    lagrange: Scalar
    vanishing_inverse: Scalar


def multipliers(
    wires: Sequence[Scalar], after: Sequence[Scalar], constants: Sequence[Scalar], weights: Weights
) -> tuple[Scalar, ...]:
    """What `q_m, q_l, q_r, q_o, q_first, q_full, q_partial, q_bits` multiply (`q_c` multiplies 1)."""
    a, b, c = wires
    target = _dot(weights.plain, after)
    total = a + b + c
    first = [_fifth(total + w + k) for w, k in zip(wires, constants, strict=True)]
    full = [_fifth(w + k) for w, k in zip(wires, constants, strict=True)]
    bits = (b * b - b) * weights.plain[0] + (after[0] - (a + a) - b) * weights.plain[1]
    return (
        a * b, a, b, c,
        _dot(weights.external, first) - target,
        _dot(weights.external, full) - target,
        _dot(weights.internal, (full[0], b, c)) - target,
        bits,
    )  # fmt: skip


def constraint(point: Point, challenges: Challenges) -> Scalar:
    """The quotient at a point: the constraint divided by $X^n - 1$."""
    q_m, q_l, q_r, q_o, q_c, *custom = point.selectors
    factors = multipliers(point.wires, point.after, point.constants, challenges.weights)
    gates = q_c + point.public
    for selector, factor in zip((q_m, q_l, q_r, q_o, *custom), factors, strict=True):
        gates = gates + selector * factor
    shifted = [w + challenges.gamma for w in point.wires]
    here, there = point.z, point.z_after
    for w, beta, sigma in zip(shifted, challenges.beta, point.sigma, strict=True):
        here = here * (w + point.x * beta)
        there = there * (w + sigma * challenges.beta[0])
    product = (here - there) * challenges.alpha_4
    begin = (point.z - challenges.one) * point.lagrange * challenges.alpha_5
    return (gates + product + begin) * point.vanishing_inverse


def _dot(weights: Sequence[Scalar], values: Sequence[Scalar]) -> Scalar:
    first, second, third = (v * w for w, v in zip(weights, values, strict=True))
    return first + second + third


def _fifth(x: Scalar) -> Scalar:
    square = x * x
    return square * square * x
