r"""Laws of bids whose density is constant between points of one grid, and the exact law of a sum or difference of two.

A law has whole *weights*, the mass of every step of the grid up to a common factor, so its cdf is piecewise linear. The
density of the sum of two such laws is linear on every step, with values at grid points that are a convolution of whole
numbers: one product of polynomials. Nothing is rounded until a number leaves this module.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from operator import add

from flint import arb, fmpz, fmpz_poly

__all__ = ["GridLaw", "SumLaw"]


class GridLaw:
    """The law of one bid: `weights[k]` on every step between `ends[k]` and `ends[k + 1]`."""

    def __init__(self, ends: list[int], weights: list[int]) -> None:
        self.ends, self.weights = ends, weights
        masses = (weight * (right - left) for weight, (left, right) in zip(weights, pairwise(ends), strict=True))
        self.below = list(accumulate(masses, initial=0))
        self.total = self.below[-1]

    @property
    def first(self) -> int:
        """The lowest bid, in steps."""
        return self.ends[0]

    @property
    def last(self) -> int:
        """The highest bid, in steps."""
        return self.ends[-1]

    def steps(self) -> list[int]:
        """The weight of every step from the lowest bid to the highest."""
        found: list[int] = []
        for weight, (left, right) in zip(self.weights, pairwise(self.ends), strict=True):
            found += [weight] * (right - left)
        return found

    def same(self, other: GridLaw) -> bool:
        """Whether two laws are stated alike."""
        return self.ends == other.ends and self.weights == other.weights

    def level(self, piece: int, step: int) -> arb:
        """The probability of a bid of at most `step`, which lies on that piece."""
        return arb(self.below[piece] + self.weights[piece] * (step - self.ends[piece])) / self.total

    def density(self, piece: int) -> arb:
        """The probability of one step of a piece."""
        return arb(self.weights[piece]) / self.total


class SumLaw:
    """The law of $A+B$ or $A-B$ for independent bids, at grid points; lengths are in steps."""

    def __init__(self, first: GridLaw, second: GridLaw, *, difference: bool = False) -> None:
        a, b = first.steps(), second.steps()
        if difference:
            b.reverse()
        self.low = first.first - second.last if difference else first.first + second.first
        inner = (fmpz_poly(a) * fmpz_poly(b)).coeffs()
        zero = [fmpz(0)]
        self._density = zero + inner + zero * (len(a) + len(b) - len(inner))
        self.high = self.low + len(self._density) - 1
        self._twice = list(accumulate(map(add, self._density, self._density[1:]), initial=fmpz(0)))
        self._sums = list(accumulate(self._twice, initial=fmpz(0)))
        self._whole = first.total * second.total

    def below(self, step: int) -> arb:
        """The probability of at most `step`."""
        k = step - self.low
        if k <= 0:
            return arb(0)
        return arb(1) if step >= self.high else arb(self._twice[k]) / (2 * self._whole)

    def area(self, left: int, right: int) -> arb:
        """The integral of the cdf between two grid points."""
        return arb(self._twelfths(right) - self._twelfths(left)) / (12 * self._whole)

    def _twelfths(self, step: int) -> fmpz:
        """Twelve times the integral of the cdf up to a grid point; on a step from density s to t it adds X + s/3 + t/6."""
        k = min(max(step, self.low), self.high) - self.low
        inside = 6 * self._sums[k] + 3 * self._twice[k] - self._density[k]
        return fmpz(inside + 12 * self._whole * max(step - self.high, 0))

    def densities(self, left: int, right: int) -> arb:
        """A ball of all values of the density between two grid points: it is linear between neighbours."""
        values = self._density[max(left - self.low, 0) : max(right - self.low + 1, 0)]
        least, most = min(values, default=0), max(values, default=0)
        if left < self.low or right > self.high:
            least = 0
        return (arb(least) / self._whole).union(arb(most) / self._whole)
