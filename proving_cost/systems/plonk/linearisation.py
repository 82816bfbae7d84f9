r"""The constraint at ζ as a combination of committed polynomials, for prover and verifier alike.

With the wires, the next row's wires, $\sigma_1$, $\sigma_2$, the round constants and $z(\zeta\omega)$ replaced by their
claimed values, the constraint less $(X^n - 1)\,t$ is linear in what is left: the selectors, $\sigma_3$, z and the pieces
of t.  So $r = \sum_j s_j P_j + s$ is known to the prover as a polynomial and to the verifier as a commitment, and
$r(\zeta) = 0$ is what has to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from proving_cost.fields import PrimeField
from proving_cost.systems.plonk.equations import Challenges, multipliers
from proving_cost.systems.plonk.proof import PIECES, Evaluations

__all__ = ["Linearisation", "lagrange_values", "linearise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linearisation:
    """The scalars of r.

    Arguments:
        selectors: Of the nine selectors, in the order of `COLUMNS`.
        sigma_3: Of σ₃.
        product: Of z.
        quotient: Of the pieces of t.
        constant: What no polynomial multiplies.
    """

    selectors: tuple[int, ...]
    sigma_3: int
    product: int
    quotient: tuple[int, ...]
    constant: int


def linearise(
    field: PrimeField, rows: int, values: Evaluations, challenges: Challenges, zeta: int, public: tuple[int, ...]
) -> Linearisation:
    """The scalars of r at ζ.

    Raises:
        InvalidInput: ζ is a point of the domain (which a random one is with probability $n/p$).
    """
    p = field.modulus
    wires = (values.a, values.b, values.c)
    after = (values.a_after, values.b_after, values.c_after)
    constants = (values.k_0, values.k_1, values.k_2)
    q_m, q_l, q_r, q_o, *custom = (f % p for f in multipliers(wires, after, constants, challenges.weights))
    first, *others = lagrange_values(field, rows, zeta, max(1, len(public)))
    known = -sum(x * v for x, v in zip(public, (first, *others), strict=False))
    here, there = challenges.alpha_4, challenges.alpha_4 * values.z_after % p
    for w, beta in zip(wires, challenges.beta, strict=True):
        here = here * (w + beta * zeta + challenges.gamma) % p
    for w, sigma in zip(wires[:2], (values.sigma_1, values.sigma_2), strict=True):
        there = there * (w + challenges.beta[0] * sigma + challenges.gamma) % p
    begin = challenges.alpha_5 * first
    vanishing = pow(zeta, rows, p) - 1
    return Linearisation(
        selectors=(q_m, q_l, q_r, q_o, 1, *custom),
        sigma_3=-there * challenges.beta[0] % p,
        product=(here + begin) % p,
        quotient=tuple(-vanishing * pow(zeta, i * (rows + 2), p) % p for i in range(PIECES)),
        constant=(known - there * (values.c + challenges.gamma) - begin) % p,
    )


def lagrange_values(field: PrimeField, rows: int, zeta: int, count: int) -> list[int]:
    r"""$L_i(\zeta) = \frac{\omega^i (\zeta^n - 1)}{n (\zeta - \omega^i)}$ of the first rows."""
    p, omega = field.modulus, field.root_of_unity(rows)
    scale = (pow(zeta, rows, p) - 1) * field.inverse(rows) % p
    out, point = [], 1
    for _ in range(count):
        out.append(scale * point * field.inverse(zeta - point) % p)
        point = point * omega % p
    return out
