r"""The PLONK verifier: one product of 28 points and one product of two pairings.

With r the linearisation (`plonk.linearisation`), $F = [r] + \sum_i v^i [P_i]$ over what is opened at ζ, $F'$ the same at
ζω, and $y, y'$ the claimed values combined likewise ($r(\zeta) = 0$), both openings hold if, for a random u,
$$ e\bigl(W + u W',\, \tau G_2\bigr) = e\bigl(\zeta W + u\,\zeta\omega W' + F - y\,G_1 + u (F' - y' G_1),\, G_2\bigr). $$
"""

from __future__ import annotations

from collections.abc import Sequence

from proving_cost.kernels.msm import msm
from proving_cost.ledger import Ledger
from proving_cost.systems.plonk.equations import Challenges
from proving_cost.systems.plonk.keys import PlonkVerifyingKey, coset_shifts
from proving_cost.systems.plonk.linearisation import linearise
from proving_cost.systems.plonk.proof import PIECES, Conversation, Evaluations, PlonkProof
from proving_cost.systems.public_inputs import public_inputs

__all__ = ["verify"]


def verify(key: PlonkVerifyingKey, public: Sequence[int], proof: PlonkProof, ledger: Ledger | None) -> bool:
    """Whether the proof convinces of the public inputs; False for what is malformed."""
    curve, field, n = key.curve, key.curve.scalar_field, key.rows
    inputs = public_inputs(public, key.public, field)
    if inputs is None or not _well_formed(key, proof):
        return False
    g1, p = curve.g1, field.modulus
    talk = Conversation(key.statement, inputs, g1, field, ledger)
    beta, gamma = talk.wires(proof.wires)
    alpha = talk.product(proof.product)
    zeta = talk.quotient(proof.quotient)
    v = talk.evaluations(proof.evaluations)
    u = talk.openings([proof.opening, proof.opening_after])
    if pow(zeta, n, p) == 1:
        return False
    after = zeta * field.root_of_unity(n) % p
    challenges = Challenges.of(beta, gamma, alpha, coset_shifts(field), key.instance, p)
    values = proof.evaluations
    linear = linearise(field, n, values, challenges, zeta, inputs)
    powers = [pow(v, i, p) for i in range(9)]
    here = (values.a, values.b, values.c, values.sigma_1, values.sigma_2, values.k_0, values.k_1, values.k_2)
    there = (values.z_after, values.a_after, values.b_after, values.c_after)
    y = sum(w * x for w, x in zip(powers[1:], here, strict=True))
    y_after = sum(w * x for w, x in zip(powers[:4], there, strict=True))
    pairs = [
        *zip(key.columns[:9], linear.selectors, strict=True),
        (key.sigma[2], linear.sigma_3),
        (proof.product, linear.product + u),
        *zip(proof.quotient, linear.quotient, strict=True),
        *((c, powers[i + 1] * (1 + u)) for i, c in enumerate(proof.wires)),
        *zip((*key.sigma[:2], *key.columns[9:]), powers[4:], strict=True),
        (proof.opening, zeta),
        (proof.opening_after, u * after),
        (g1.generator, linear.constant - y - u * y_after),
    ]
    right = _combined(key, [point for point, _ in pairs], [scalar % p for _, scalar in pairs], ledger)
    left = _combined(key, [proof.opening, proof.opening_after], [1, u], ledger)
    return curve.pairing_product_is_one([(g1.neg(left), key.kzg.tau_g2), (right, curve.g2.generator)], ledger)


def _combined(key: PlonkVerifyingKey, points: Sequence[object], scalars: Sequence[int], ledger: Ledger | None) -> object:
    """The sum, without what is at infinity."""
    g1 = key.curve.g1
    held = [(point, scalar) for point, scalar in zip(points, scalars, strict=True) if not g1.is_identity(point)]
    vector = g1.vector(point for point, _ in held)
    return msm(g1, vector, key.curve.scalar_field.array([scalar for _, scalar in held]), ledger=ledger)


def _well_formed(key: PlonkVerifyingKey, proof: object) -> bool:
    g1, p = key.curve.g1, key.curve.scalar_field.modulus
    if type(proof) is not PlonkProof or type(proof.evaluations) is not Evaluations:
        return False
    if not all(type(x) is int and 0 <= x < p for x in proof.evaluations.values()):
        return False
    for points, count in ((proof.wires, 3), (proof.quotient, PIECES)):
        if type(points) is not tuple or len(points) != count:
            return False
    return all(g1.contains(point) for point in proof.points())
