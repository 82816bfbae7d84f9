r"""Keys of Groth16: the quadratic arithmetic program at a secret point, in the exponent.

Over the domain $\{\omega^0, \dots, \omega^{n-1}\}$ let $u_i, v_i, w_i$ interpolate column i of A, B, C.  A vector z
satisfies the relation if and only if $Z(X) = X^n - 1$ divides
$\bigl(\sum z_i u_i\bigr)\bigl(\sum z_i v_i\bigr) - \sum z_i w_i$.

*Consistency rows.*  Below the constraints stand $\ell + 1$ rows $z_i \cdot 0 = 0$ for the constant and the public
inputs, as in libsnark, bellman and arkworks.  They make $u_0, \dots, u_\ell$ linearly independent of each other and of all
other columns, so a proof is bound to every public input, also to one that no constraint mentions; without them such
an input could be changed under a valid proof.

Set-up draws $\tau, \alpha, \beta, \gamma, \delta$ ("toxic waste": whoever keeps them forges) and evaluates all polynomials
at $\tau$ from $L_j(\tau) = \frac{Z(\tau)}{n} \cdot \frac{\omega^j}{\tau - \omega^j}$, one batch inversion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.r1cs import R1cs
from proving_cost.circuits.sparse import SparseMatrix
from proving_cost.fields import Elements, PrimeField
from proving_cost.groups.group import Curve, Point, Points
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.ntt import coset_points
from proving_cost.ledger import Ledger
from proving_cost.systems.groth16_sizes import domain_size, used_variables
from proving_cost.systems.system import Keys

__all__ = ["Groth16ProvingKey", "Groth16VerifyingKey", "generate_keys"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groth16ProvingKey:
    """The prover's key; points at infinity are left out.

    Attributes:
        relation: The constraints.
        curve: The curve.
        domain: n.
        used_a: Which variables have a point in `a`.
        used_b: Which have one in `b_g1` and `b_g2`.
        a: $u_i(\\tau) G_1$ of those.
        b_g1: $v_i(\\tau) G_1$.
        b_g2: $v_i(\\tau) G_2$.
        private: $\\frac{\\beta u_i + \\alpha v_i + w_i}{\\delta}(\\tau)\\, G_1$ of the variables that are not public.
        quotient: $\\tau^i Z(\\tau)/\\delta\\; G_1$, $i < n - 1$.
        alpha_g1, beta_g1, delta_g1, beta_g2, delta_g2: Single points.
    """

    relation: R1cs
    curve: Curve
    domain: int
    used_a: np.ndarray
    used_b: np.ndarray
    a: Points
    b_g1: Points
    b_g2: Points
    private: Points
    quotient: Points
    alpha_g1: Point
    beta_g1: Point
    delta_g1: Point
    beta_g2: Point
    delta_g2: Point


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groth16VerifyingKey:
    """The verifier's key: `inputs[i]` = $\\frac{\\beta u_i + \\alpha v_i + w_i}{\\gamma}(\\tau)\\, G_1$, i = 0 the constant."""

    curve: Curve
    alpha_g1: Point
    beta_g2: Point
    gamma_g2: Point
    delta_g2: Point
    inputs: Points


def generate_keys(
    relation: R1cs, curve: Curve, rng: np.random.Generator, ledger: Ledger | None
) -> Keys[Groth16ProvingKey, Groth16VerifyingKey]:
    """Keys for a relation over the curve's scalar field.

    Raises:
        InvalidInput: The field has no domain of the size needed.
    """
    field = relation.field
    arith = Arithmetic(field, ledger)
    n, known = domain_size(relation), relation.public + 1
    points = coset_points(field, n)
    tau, alpha, beta, gamma, delta = _secrets(field, n, rng)
    with arith.phase("polynomials"):
        vanishing = (pow(tau, n, field.modulus) - 1) % field.modulus
        lagrange = _lagrange(arith, points, tau, vanishing)
        u, v, w = (_columns(arith, matrix, lagrange) for matrix in (relation.a, relation.b, relation.c))
        first = relation.constraints
        u[:known] = arith.add(u[:known], lagrange[first : first + known])
        mixed = arith.add(arith.add(arith.mul(u, beta), arith.mul(v, alpha)), w)
        private = arith.mul(mixed[known:], field.inverse(delta))
        inputs = arith.mul(mixed[:known], field.inverse(gamma))
        quotient = arith.mul(_powers(field, tau, n - 1), vanishing * field.inverse(delta) % field.modulus)
    used_a, used_b = used_variables(relation)
    with arith.phase("points"):
        a_g1, b_g1 = u[used_a], v[used_b]
        parts = (field.array([alpha, beta, delta]), a_g1, b_g1, private, quotient, inputs)
        in_g1 = curve.g1.fixed_base(np.concatenate(parts), ledger)
        in_g2 = curve.g2.fixed_base(np.concatenate([field.array([beta, gamma, delta]), b_g1]), ledger)
    singles, at_a, at_b, at_private, at_quotient, at_inputs = np.split(in_g1, np.cumsum([len(p) for p in parts])[:-1])
    proving = Groth16ProvingKey(
        relation=relation, curve=curve, domain=n, used_a=used_a, used_b=used_b,
        a=at_a, b_g1=at_b, b_g2=in_g2[3:], private=at_private, quotient=at_quotient,
        alpha_g1=singles[0], beta_g1=singles[1], delta_g1=singles[2], beta_g2=in_g2[0], delta_g2=in_g2[2],
    )  # fmt: skip
    verifying = Groth16VerifyingKey(
        curve=curve, alpha_g1=singles[0], beta_g2=in_g2[0], gamma_g2=in_g2[1], delta_g2=in_g2[2], inputs=at_inputs
    )
    return Keys(proving, verifying)


def _secrets(field: PrimeField, n: int, rng: np.random.Generator) -> tuple[int, ...]:
    """τ outside the domain, then α, β, γ, δ; none zero."""
    while True:
        drawn = tuple(int(v) for v in field.random(rng, 5))
        if all(drawn) and pow(drawn[0], n, field.modulus) != 1:
            return drawn


def _lagrange(arith: Arithmetic, points: Elements, tau: int, vanishing: int) -> Elements:
    field = arith.field.base
    inverses = batch_inverse(arith, arith.sub(np.full(len(points), tau, dtype=field.dtype), points))
    scale = vanishing * field.inverse(len(points)) % field.modulus
    return arith.mul(arith.mul(inverses, points), scale)


def _columns(arith: Arithmetic, matrix: SparseMatrix, lagrange: Elements) -> Elements:
    """The polynomials of all columns at τ."""
    return matrix.transposed().dot(arith, lagrange[: matrix.rows])


def _powers(field: PrimeField, base: int, n: int) -> Elements:
    out, power = field.zeros(n), 1
    for i in range(n):
        out[i] = power
        power = power * base % field.modulus
    return out
