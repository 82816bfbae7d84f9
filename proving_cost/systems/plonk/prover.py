r"""The PLONK prover: four phases, each closed by a challenge.

1. *wires*: interpolate and blind the three wires, commit.
2. *permutation*: the running product
   $z_{i+1} = z_i \prod_j \frac{w_j + \beta k_j \omega^i + \gamma}{w_j + \beta \sigma_j + \gamma}$ over the rows, which
   returns to 1 if and only if (for random β, γ) all copies hold; interpolate, blind, commit.
3. *quotient*: the constraint on the coset of 8n points, divided by $X^n - 1$, in five pieces; commit.
4. *openings*: evaluate at ζ and ζω, linearise, divide by $X - \zeta$ and $X - \zeta\omega$, commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements
from proving_cost.groups.group import Point
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.kzg import combine, commit, evaluate, open_at
from proving_cost.kernels.ntt import coset_points, ntt
from proving_cost.systems.plonk.equations import Challenges
from proving_cost.systems.plonk.keys import BLINDING, PlonkProvingKey, coset_shifts
from proving_cost.systems.plonk.linearisation import Linearisation, linearise
from proving_cost.systems.plonk.proof import PIECES, Conversation, Evaluations, PlonkProof

__all__ = ["Prover"]


class Prover:
    """One run of the prover on cells; they need not satisfy the table, and then the proof is worthless.

    Arguments:
        key: The proving key.
        cells: Values of the cells: `(3, n)`.
        public: The public inputs.
        arith: Field, ledger and body.
        rng: Source of the blinding.
    """

    __slots__ = ("arith", "cells", "key", "n", "public", "rng", "talk")

    def __init__(
        self, key: PlonkProvingKey, cells: Elements, public: tuple[int, ...], arith: Arithmetic, rng: np.random.Generator
    ) -> None:
        self.key, self.cells, self.public, self.arith, self.rng = key, cells, public, arith, rng
        self.n = key.table.rows
        verifying = key.verifying
        self.talk = Conversation(verifying.statement, public, verifying.curve.g1, arith.field.base, arith.ledger)

    def prove(self) -> PlonkProof:
        """The proof."""
        arith, field = self.arith, self.arith.field.base
        with arith.phase("wires"):
            wires = [self._blinded(f) for f in ntt(arith, self.cells, inverse=True)]
            wire_points = [self._commit(f) for f in wires]
            beta, gamma = self.talk.wires(wire_points)
        with arith.phase("permutation"):
            z = self._blinded(ntt(arith, self._running_product(beta, gamma), inverse=True))
            z_point = self._commit(z)
            alpha = self.talk.product(z_point)
        challenges = Challenges.of(beta, gamma, alpha, coset_shifts(field), self.key.verifying.instance, field.modulus)
        with arith.phase("quotient"):
            pieces = self._quotient([*wires, z], challenges)
            piece_points = [self._commit(f) for f in pieces]
            zeta = self.talk.quotient(piece_points)
        with arith.phase("openings"):
            after = zeta * field.root_of_unity(self.n) % field.modulus
            values = self._evaluations(wires, z, zeta, after)
            linear = linearise(field, self.n, values, challenges, zeta, self.public)
            r = self._linear_polynomial(linear, z, pieces)
            v = self.talk.evaluations(values)
            at_zeta = combine(arith, [r, *wires, *self.key.sigma[:2], *self.key.columns[9:]], v)
            at_after = combine(arith, [z, *wires], v)
            opening = self._commit(open_at(arith, at_zeta, zeta))
            opening_after = self._commit(open_at(arith, at_after, after))
        a, b, c = wire_points
        return PlonkProof(
            wires=(a, b, c), product=z_point, quotient=tuple(piece_points), evaluations=values, opening=opening,
            opening_after=opening_after,
        )  # fmt: skip

    def _commit(self, coefficients: Elements) -> Point:
        return commit(self.key.srs, coefficients, ledger=self.arith.ledger, body=self.arith.body)

    def _blinded(self, coefficients: Elements) -> Elements:
        """f + b(X)(X^n − 1) with three random coefficients."""
        field = self.arith.field
        blinding = field.random(self.rng, BLINDING)
        out = np.concatenate([coefficients, blinding])
        out[:BLINDING] = field.sub(out[:BLINDING], blinding)
        return out

    def _running_product(self, beta: int, gamma: int) -> Elements:
        arith, p = self.arith, self.arith.field.base.modulus
        points = coset_points(arith.field, self.n)
        shifts = coset_shifts(arith.field.base)
        above, below = [], []
        for w, k, sigma in zip(self.cells, shifts, self.key.sigma_values, strict=True):
            shifted = arith.add(w, gamma)
            above.append(arith.add(shifted, arith.mul(points, beta * k % p)))
            below.append(arith.add(shifted, arith.mul(sigma, beta)))
        over, under = (reduce(arith.mul, factors) for factors in (above, below))
        ratios = arith.mul(over, batch_inverse(arith, under)).tolist()
        arith.count("mul", self.n - 2)
        z = [1, ratios[0]]
        for ratio in ratios[1:-1]:
            z.append(z[-1] * ratio % p)
        return arith.field.base.array(z)

    def _quotient(self, polynomials: Sequence[Elements], challenges: Challenges) -> list[Elements]:
        """The pieces of t, blinded against each other: $t = \\sum_i X^{i(n + 2)} t_i$."""
        arith, coset, width = self.arith, self.key.coset, self.n + 2
        public = ntt(arith, self.key.table.public_column(self.public), inverse=True)
        values = coset.evaluate(arith, [*polynomials, public])
        t = coset.interpolate(arith, coset.quotient(arith, values, challenges))
        blinding = arith.field.random(self.rng, PIECES - 1)
        pieces = [np.append(t[i * width : (i + 1) * width], blinding[i : i + 1]) for i in range(PIECES)]
        for piece, b in zip(pieces[1:], blinding, strict=True):
            piece[0] = (piece[0] - b) % arith.field.base.modulus
        return pieces

    def _evaluations(self, wires: Sequence[Elements], z: Elements, zeta: int, after: int) -> Evaluations:
        arith, key = self.arith, self.key
        here = [evaluate(arith, f, zeta) for f in (*wires, *key.sigma[:2], *key.columns[9:])]
        there = [evaluate(arith, f, after) for f in (*wires, z)]
        a, b, c, sigma_1, sigma_2, k_0, k_1, k_2 = here
        a_after, b_after, c_after, z_after = there
        return Evaluations(
            a=a, b=b, c=c, a_after=a_after, b_after=b_after, c_after=c_after, z_after=z_after,
            sigma_1=sigma_1, sigma_2=sigma_2, k_0=k_0, k_1=k_1, k_2=k_2,
        )  # fmt: skip

    def _linear_polynomial(self, linear: Linearisation, z: Elements, pieces: Sequence[Elements]) -> Elements:
        """r: a product and an addition for every coefficient; the first term is only multiplied, q_c only added."""
        arith, key = self.arith, self.key
        total = arith.field.zeros(self.n + BLINDING)
        total[: self.n] = key.columns[4]
        scalars = [s for i, s in enumerate(linear.selectors) if i != 4]
        others = [f for i, f in enumerate(key.columns[:9]) if i != 4]
        terms = [*zip(others, scalars, strict=True), (key.sigma[2], linear.sigma_3), (z, linear.product)]
        for f, scalar in [*terms, *zip(pieces, linear.quotient, strict=True)]:
            total[: len(f)] = arith.add(total[: len(f)], arith.mul(f, scalar))
        total[0] = (total[0] + linear.constant) % arith.field.base.modulus
        return total
