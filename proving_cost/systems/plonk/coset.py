r"""The coset on which the quotient is computed: $g\langle\omega_{8n}\rangle$, with the constant columns evaluated on it.

$X^n - 1$ takes eight values there, none of them 0; the point $\omega X$ of the next row is eight places further.
The columns are kept as 64-bit limbs, which takes a fifth of the memory of Python integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.columns import Column
from proving_cost.fields import Elements
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.ntt import coset_points, ntt_limbs
from proving_cost.systems.plonk.equations import ADDITIONS, PRODUCTS, Challenges, Point, constraint

if TYPE_CHECKING:
    from proving_cost.compiled.four_limbs import Limbs

__all__ = ["BLOWUP", "Coset"]

BLOWUP = 8
SELECTORS, CONSTANTS, SIGMA = slice(0, 9), slice(9, 12), slice(12, 15)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coset:
    """Values on the coset.

    Arguments:
        shift: g.
        columns: The twelve constant columns, σ, X and $L_1$, in limbs: `(17, 8n, 4)`.
        vanishing_inverse: $1/(X^n - 1)$ at the first eight points.
    """

    shift: int
    columns: Limbs
    vanishing_inverse: Elements

    @classmethod
    def of(cls, arith: Arithmetic, polynomials: Sequence[Elements] | Elements, n: int) -> Coset:
        """The coset for n rows and these polynomials (constant columns, then σ)."""
        from proving_cost.compiled.four_limbs import LIMBS, to_limbs

        field = arith.field.base
        size, shift = BLOWUP * n, field.generator
        points = coset_points(field, size, shift)
        vanishing = field.sub(coset_points(field, BLOWUP, pow(shift, n, field.modulus)), 1)
        lagrange = arith.mul(batch_inverse(arith, arith.mul(arith.sub(points, 1), n)), np.tile(vanishing, n))
        columns = np.empty((len(polynomials) + 2, size, LIMBS), dtype=np.uint64)
        for i, f in enumerate(polynomials):
            columns[i] = _evaluated(arith, [f], size, shift)[0]
        columns[-2], columns[-1] = to_limbs(points), to_limbs(lagrange)
        return cls(shift=shift, columns=columns, vanishing_inverse=batch_inverse(arith, vanishing))

    @property
    def size(self) -> int:
        """8n."""
        return int(self.columns.shape[1])

    def evaluate(self, arith: Arithmetic, polynomials: Sequence[Elements]) -> Limbs:
        """Values of polynomials on the coset, one a row, in limbs."""
        return _evaluated(arith, polynomials, self.size, self.shift)

    def interpolate(self, arith: Arithmetic, values: Limbs) -> Elements:
        """The 8n coefficients of the polynomial with these values."""
        from proving_cost.compiled.four_limbs import to_integers

        return to_integers(ntt_limbs(arith, values, inverse=True, shift=self.shift))

    def quotient(self, arith: Arithmetic, values: Limbs, challenges: Challenges) -> Limbs:
        """The constraint divided by $X^n - 1$ at every point; `values` are a, b, c, z and PI on the coset, all in limbs."""
        if arith.body == "reference":
            return self._by_columns(arith, values, challenges)
        arith.count("mul", PRODUCTS * self.size)
        arith.count("add", ADDITIONS * self.size)
        return self._compiled(arith, values, challenges)

    def _by_columns(self, arith: Arithmetic, residues: Limbs, challenges: Challenges) -> Limbs:
        from proving_cost.compiled.four_limbs import to_integers, to_limbs

        values = to_integers(residues)
        columns = [Column(arith, to_integers(row)) for row in self.columns]
        here = [Column(arith, row) for row in values]
        after = [Column(arith, np.roll(row, -BLOWUP)) for row in values[:4]]
        inverse = np.tile(self.vanishing_inverse, self.size // BLOWUP)
        point = Point(
            wires=here[:3], after=after[:3], z=here[3], z_after=after[3], public=here[4],
            selectors=columns[SELECTORS], constants=columns[CONSTANTS], sigma=columns[SIGMA],
            x=columns[-2], lagrange=columns[-1], vanishing_inverse=Column(arith, inverse),
        )  # fmt: skip
        out: Column = constraint(point, challenges)
        return to_limbs(out.data)

    def _compiled(self, arith: Arithmetic, values: Limbs, challenges: Challenges) -> Limbs:
        from proving_cost.compiled.four_limbs import LIMBS, forms
        from proving_cost.compiled.plonk_quotient import quotient

        p, weights = arith.field.base.modulus, challenges.weights
        listed: list[Any] = [*weights.plain, *weights.external, *weights.internal]
        scalars = [*challenges.beta, challenges.gamma, challenges.alpha_4, challenges.alpha_5, challenges.one]
        out = np.empty((self.size, LIMBS), dtype=np.uint64)
        inverses = forms(self.vanishing_inverse, p)
        quotient(self.columns, values, inverses, forms(listed, p), forms(scalars, p), BLOWUP, out)
        return out


def _evaluated(arith: Arithmetic, polynomials: Sequence[Elements], size: int, shift: int) -> Limbs:
    from proving_cost.compiled.four_limbs import LIMBS, to_limbs

    padded = np.zeros((len(polynomials), size, LIMBS), dtype=np.uint64)
    for row, f in zip(padded, polynomials, strict=True):
        row[: len(f)] = to_limbs(f)
    return ntt_limbs(arith, padded, shift=shift)
