"""One polynomial in the logarithm of the cost: a piece of an effort curve, or the whole of it."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, arb_poly

from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior

FAINTEST = 600.0
"""The largest logarithm of an effort, or minus one, that is read: beyond it efforts are no doubles, and the work has no end."""


class Piece:
    """One polynomial, of the effort or of its logarithm, on a part of the support."""

    def __init__(self, prior: Prior, exponent: arb, ends: tuple[float, float], coefficients: Sequence[float], key: str) -> None:
        self.prior, self.exponent, self.logarithmic = prior, exponent, key == "logarithms"
        self.low, self.reach = ends
        if self.logarithmic and sum(map(abs, coefficients)) > FAINTEST:
            raise Rejected(f"logarithms of efforts must stay within {FAINTEST:g}; got coefficients that add up to more")
        self.degree = len(coefficients) - 1
        self.scale = 2 / (arb(self.reach) / self.low).log()
        self._polynomial = _from_chebyshev(coefficients)
        self.most, self.least = self.at(self.low), self.at(self.reach)

    def _place(self, cost: arb) -> arb:
        return self.scale * (arb(cost) / self.low).log() - 1

    def at(self, cost: float) -> arb:
        """The effort at a cost on the piece."""
        value = self._polynomial(self._place(arb(cost)))
        return value.exp() if self.logarithmic else value

    def local(self, cost: arb) -> list[arb]:
        """The polynomial around the place of a cost."""
        return list(self._polynomial(arb_poly([self._place(cost), 1])).coeffs())


def _from_chebyshev(coefficients: Sequence[float]) -> arb_poly:
    before, now, twice = arb_poly([1]), arb_poly([0, 1]), arb_poly([0, 2])
    total = before * arb(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total + now * arb(coefficient)
        before, now = now, twice * now - before
    return total
