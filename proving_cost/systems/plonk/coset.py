r"""The coset on which the quotient is computed: $g\langle\omega_{8n}\rangle$, with the constant columns evaluated on it.

$X^n - 1$ takes eight values there, none of them 0; the point $\omega X$ of the next row is eight places further.
The columns are kept as 64-bit words, which takes a fifth of the memory of Python integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits.columns import Column
from proving_cost.fields import Elements
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.kernels.ntt import coset_points, ntt
from proving_cost.systems.plonk.equations import ADDITIONS, PRODUCTS, Challenges, Point, constraint

__all__ = ["BLOWUP", "Coset"]

BLOWUP = 8
SELECTORS, CONSTANTS, SIGMA = slice(0, 9), slice(9, 12), slice(12, 15)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coset:
    """Values on the coset.

    Arguments:
        shift: g.
        columns: The twelve constant columns, σ, X and $L_1$, in words: `(17, 8n, 4)`.
        vanishing_inverse: $1/(X^n - 1)$ at the first eight points.
    """

    shift: int
    columns: NDArray[np.uint64]
    vanishing_inverse: Elements

    @classmethod
    def of(cls, arith: Arithmetic, polynomials: Sequence[Elements] | Elements, n: int) -> Coset:
        """The coset for n rows and these polynomials (constant columns, then σ)."""
        from proving_cost.compiled.plonk_quotient import to_words

        field = arith.field.base
        size, shift = BLOWUP * n, field.generator
        points = coset_points(field, size, shift)
        vanishing = field.sub(coset_points(field, BLOWUP, pow(shift, n, field.modulus)), 1)
        lagrange = arith.mul(batch_inverse(arith, arith.mul(arith.sub(points, 1), n)), np.tile(vanishing, n))
        columns = np.empty((len(polynomials) + 2, size, 4), dtype=np.uint64)
        for i, f in enumerate(polynomials):
            columns[i] = to_words(_evaluated(arith, [f], size, shift)[0])
        columns[-2], columns[-1] = to_words(points), to_words(lagrange)
        return cls(shift=shift, columns=columns, vanishing_inverse=batch_inverse(arith, vanishing))

    @property
    def size(self) -> int:
        """8n."""
        return int(self.columns.shape[1])

    def evaluate(self, arith: Arithmetic, polynomials: Sequence[Elements]) -> Elements:
        """Values of polynomials on the coset, one a row."""
        return _evaluated(arith, polynomials, self.size, self.shift)

    def interpolate(self, arith: Arithmetic, values: Elements) -> Elements:
        """The 8n coefficients of the polynomial with these values."""
        return ntt(arith, values, inverse=True, shift=self.shift)

    def quotient(self, arith: Arithmetic, values: Elements, challenges: Challenges) -> Elements:
        """The constraint divided by $X^n - 1$ at every point; `values` are a, b, c, z and PI on the coset."""
        if arith.body == "reference":
            return self._by_columns(arith, values, challenges)
        arith.count("mul", PRODUCTS * self.size)
        arith.count("add", ADDITIONS * self.size)
        return self._compiled(values, challenges)

    def _by_columns(self, arith: Arithmetic, values: Elements, challenges: Challenges) -> Elements:
        from proving_cost.compiled.plonk_quotient import to_integers

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
        return out.data

    def _compiled(self, values: Elements, challenges: Challenges) -> Elements:
        from proving_cost.compiled import plonk_quotient as body

        weights = challenges.weights
        listed: list[Any] = [*weights.plain, *weights.external, *weights.internal]
        scalars = [*challenges.beta, challenges.gamma, challenges.alpha_4, challenges.alpha_5, challenges.one]
        out = np.empty((self.size, 4), dtype=np.uint64)
        body.quotient(
            self.columns, body.to_words(values), body.forms(self.vanishing_inverse), body.forms(listed),
            body.forms(scalars), BLOWUP, out,
        )  # fmt: skip
        return body.to_integers(out)


def _evaluated(arith: Arithmetic, polynomials: Sequence[Elements], size: int, shift: int) -> Elements:
    padded = arith.field.zeros((len(polynomials), size))
    for row, f in zip(padded, polynomials, strict=True):
        row[: len(f)] = f
    return ntt(arith, padded, shift=shift)
