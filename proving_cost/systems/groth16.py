r"""Groth16: three group elements and one pairing equation for any set of rank-1 constraints.

With z = (1, public inputs, private variables), $u = \sum z_i u_i$ and so on as in `groth16_keys`, and the quotient
$h = (uv - w)/Z$, a proof is, for random r and s,

$$ A = [\alpha + u(\tau) + r\delta]_1, \quad B = [\beta + v(\tau) + s\delta]_2, \quad
   C = \Bigl[\sum_{i > \ell} z_i \tfrac{\beta u_i + \alpha v_i + w_i}{\delta}(\tau) + \tfrac{h(\tau) Z(\tau)}{\delta}\Bigr]_1
       + sA + r[B]_1 - rs[\delta]_1 , $$

and the verifier asks whether $e(A, B) = e(\alpha, \beta)\, e\bigl(\sum_{i \le \ell} z_i I_i, \gamma\bigr)\, e(C, \delta)$.

The quotient is computed on a coset, where Z is the constant $g^n - 1$: 3 inverse transforms, 3 transforms to the coset, 1
back.  Over `shadow_bn254()` all of this runs on discrete logarithms: exact counts and real algebra, NOT SECURE.

Reference: J. Groth, "On the size of pairing-based non-interactive arguments", EUROCRYPT 2016, section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.circuits.r1cs import R1cs
from proving_cost.fields import Elements, PrimeField
from proving_cost.groups import shadow_bn254
from proving_cost.groups.group import Curve, Point
from proving_cost.kernels.msm import msm
from proving_cost.kernels.ntt import ntt
from proving_cost.ledger import Ledger
from proving_cost.systems.groth16_keys import Groth16ProvingKey, Groth16VerifyingKey, generate_keys
from proving_cost.systems.groth16_sizes import Groth16Sizes, count_randomisation
from proving_cost.systems.public_inputs import public_inputs
from proving_cost.systems.system import Keys, ProofSystem

__all__ = ["Groth16", "Groth16Proof"]


@dataclass(frozen=True, slots=True)
class Groth16Proof:
    """A proof: A and C in G1, B in G2."""

    a: Point
    b: Point
    c: Point


class Groth16(ProofSystem[R1cs, Groth16ProvingKey, Groth16VerifyingKey, Groth16Proof]):
    """Groth16 over a pairing-friendly curve.

    Arguments:
        curve: The curve; None is `shadow_bn254()`, which is NOT SECURE.
    """

    name: ClassVar[str] = "groth16"
    __slots__ = ("curve",)

    def __init__(self, curve: Curve | None = None) -> None:
        self.curve = shadow_bn254() if curve is None else curve

    @property
    def field(self) -> PrimeField:
        """The scalar field of the curve."""
        return self.curve.scalar_field

    @property
    def secure(self) -> bool:
        """Whether the curve is real; that nobody can replay the set-up's `rng` is taken on trust."""
        return self.curve.secure

    def compile(self, circuit: Circuit) -> R1cs:
        """The circuit as rank-1 constraints.

        Raises:
            InvalidInput: The circuit is over another field.
        """
        if circuit.field != self.field:
            needs = f"groth16 over {self.curve.name} needs one over {self.field.name}"
            raise InvalidInput(f"circuit: {needs}; got {circuit.field.name}. Describe it over that field.")
        return R1cs.from_circuit(circuit)

    def setup(
        self, relation: R1cs, *, rng: np.random.Generator, ledger: Ledger | None = None
    ) -> Keys[Groth16ProvingKey, Groth16VerifyingKey]:
        """Keys for a relation; the generator's state at the call is the toxic waste."""
        return generate_keys(relation, self.curve, rng, ledger)

    def prove(
        self, key: Groth16ProvingKey, assignment: Assignment, *, rng: np.random.Generator, ledger: Ledger | None = None,
        body: Body = "fast", check: bool = True,
    ) -> Groth16Proof:  # fmt: skip
        """A proof, randomised by two elements from `rng`.

        Raises:
            InvalidInput: The assignment violates a constraint, which is named (with `check`).
        """
        relation, g1, g2 = key.relation, key.curve.g1, key.curve.g2
        arith = Arithmetic(relation.field, ledger, body)
        z = relation.assign(assignment)
        with arith.phase("constraints"):
            products = _products(arith, key, z)
        if check:
            _check(relation, z, products)
        with arith.phase("quotient"):
            h = _quotient(arith, products)
        with arith.phase("commit"):
            in_a, in_b, private = z[key.used_a], z[key.used_b], z[relation.public + 1 :]
            u = msm(g1, key.a, in_a, ledger=ledger, body=body)
            v_g1 = msm(g1, key.b_g1, in_b, ledger=ledger, body=body)
            v_g2 = msm(g2, key.b_g2, in_b, ledger=ledger, body=body)
            rest = msm(g1, key.private, private, ledger=ledger, body=body)
            divided = msm(g1, key.quotient, h, ledger=ledger, body=body)
        with arith.phase("randomise"):
            r, s = (int(x) for x in relation.field.random(rng, 2))
            r_delta = g1.mul(key.delta_g1, r)
            a = g1.add(g1.add(key.alpha_g1, u), r_delta)
            b_g1 = g1.add(g1.add(key.beta_g1, v_g1), g1.mul(key.delta_g1, s))
            b = g2.add(g2.add(key.beta_g2, v_g2), g2.mul(key.delta_g2, s))
            masks = g1.sub(g1.add(g1.mul(a, s), g1.mul(b_g1, r)), g1.mul(r_delta, s))
            c = g1.add(g1.add(rest, divided), masks)
            if ledger is not None:
                count_randomisation(ledger, key.curve.name)
        return Groth16Proof(a, b, c)

    def verify(
        self, key: Groth16VerifyingKey, public: Sequence[int], proof: Groth16Proof, *, ledger: Ledger | None = None
    ) -> bool:
        """Whether the proof convinces of the public inputs: four pairings."""
        curve = key.curve
        known = public_inputs(public, len(key.inputs) - 1, curve.scalar_field)
        if known is None or type(proof) is not Groth16Proof:
            return False
        if not (curve.g1.contains(proof.a) and curve.g2.contains(proof.b) and curve.g1.contains(proof.c)):
            return False
        scalars = curve.scalar_field.array([1, *known])
        inputs = msm(curve.g1, key.inputs, scalars, ledger=ledger)
        pairs = [
            (curve.g1.neg(proof.a), proof.b),
            (key.alpha_g1, key.beta_g2),
            (inputs, key.gamma_g2),
            (proof.c, key.delta_g2),
        ]
        return curve.pairing_product_is_one(pairs, ledger)

    def closed_form(self, relation: R1cs) -> Ledger:
        """What `prove` counts (`Groth16Sizes`)."""
        return Groth16Sizes.of(relation, self.curve.name).ledger()

    def proof_bytes(self, proof: Groth16Proof) -> int:
        """Three compressed points: 128 bytes over BN254."""
        return 2 * self.curve.g1.encoded_bytes + self.curve.g2.encoded_bytes

    def __repr__(self) -> str:
        return f"Groth16({self.curve!r})"


def _products(arith: Arithmetic, key: Groth16ProvingKey, z: Elements) -> Elements:
    """Az, Bz and Cz on the domain, consistency rows included: an array (3, n)."""
    relation = key.relation
    out = relation.field.zeros((3, key.domain))
    for row, matrix in zip(out, (relation.a, relation.b, relation.c), strict=True):
        row[: relation.constraints] = matrix.dot(arith, z)
    out[0, relation.constraints : relation.constraints + relation.public + 1] = z[: relation.public + 1]
    return out


def _check(relation: R1cs, z: Elements, products: Elements) -> None:
    a, b, c = products
    wrong = np.flatnonzero(relation.field.mul(a, b) != c)
    if z[0] != 1 or wrong.size:
        name = "the constant 1" if z[0] != 1 else relation.name(int(wrong[0]))
        raise InvalidInput(f"witness: constraint {name!r} is not satisfied. Pass check=False to prove it all the same.")


def _quotient(arith: Arithmetic, products: Elements) -> Elements:
    """The n − 1 coefficients of (uv − w)/Z."""
    field, n = arith.field.base, products.shape[1]
    shift = field.generator
    a, b, c = ntt(arith, ntt(arith, products, inverse=True), shift=shift)
    scale = field.inverse(pow(shift, n, field.modulus) - 1)
    h = ntt(arith, arith.mul(arith.sub(arith.mul(a, b), c), scale), inverse=True, shift=shift)
    return h[: n - 1]
