r"""The lowest report of truthful rivals who may be absent: $S(x)=\prod_j(1-q_jF_j(x))$, exactly, for rational $x$.

Laws are uniform or linear in pieces; between the knots of all of them $S$ is a polynomial with rational coefficients.
`enclosed_survival.py` has it for other laws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from mechanisms import Distribution, PiecewiseLinear, Refused, Uniform

__all__ = ["Survival"]


@dataclass(frozen=True, slots=True)
class Survival:
    """The probability that no rival reports less than x.

    Arguments:
        laws: of the rivals' costs, uniform or linear in pieces.
        presence: the probability of each that it is there.

    Raises:
        Refused: a law is another one.
    """

    laws: tuple[Distribution, ...]
    presence: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        for law in self.laws:
            if not isinstance(law, Uniform | PiecewiseLinear):
                raise Refused(f"expected gains are exact for cdfs that are linear in pieces; got {law!r}. Use PiecewiseLinear.")

    def ends(self) -> list[Fraction]:
        """Where the polynomial changes."""
        return sorted({Fraction(float(end)) for law in self.laws for end in law.knots})

    def polynomial(self, at: Fraction) -> list[Fraction]:
        """Coefficients, constant first, on the piece that contains a point in its inside."""
        product = [Fraction(1)]
        for law, chance in zip(self.laws, self.presence, strict=True):
            pieces = _pieces(law)
            if at <= pieces[0][0]:
                continue
            if at >= pieces[-1][0]:
                factor = [1 - chance]
            else:
                (low, start), (high, end) = next(pair for pair in pairwise(pieces) if at <= pair[1][0])
                slope = (end - start) / (high - low)
                factor = [1 - chance * (start - slope * low), -chance * slope]
            product = _times(product, factor)
        return product

    def __call__(self, x: Fraction) -> Fraction:
        return value(self.polynomial(x), x)

    def integral(self, low: Fraction, high: Fraction) -> Fraction:
        """Of S from low to high."""
        cuts = sorted({low, high, *(end for end in self.ends() if low < end < high)})
        total = Fraction(0)
        for left, right in pairwise(cuts):
            antiderivative = [Fraction(0), *(c / (k + 1) for k, c in enumerate(self.polynomial((left + right) / 2)))]
            total += value(antiderivative, right) - value(antiderivative, left)
        return total


def _pieces(law: Distribution) -> list[tuple[Fraction, Fraction]]:
    """Knots of a cdf that is linear in pieces, and its levels there."""
    if isinstance(law, PiecewiseLinear):
        return [(Fraction(x), Fraction(level)) for x, level in zip(law.points, law.levels, strict=True)]
    low, high = (Fraction(float(end)) for end in law.support)
    return [(low, Fraction(0)), (high, Fraction(1))]


def value(coefficients: Sequence[Fraction], x: Fraction) -> Fraction:
    """Of a polynomial, constant first."""
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def derivative(coefficients: Sequence[Fraction]) -> list[Fraction]:
    """Of a polynomial."""
    return [k * c for k, c in enumerate(coefficients)][1:] or [Fraction(0)]


def stationary(coefficients: Sequence[Fraction], low: Fraction, high: Fraction) -> list[Fraction]:
    """Rational points next to the zeros of a polynomial in an interval: exact ones of degree 1, within 2^-40 by bisection else.

    They are candidates for a maximum, whose value is then computed exactly; one that is missed makes the gain found smaller.
    """
    if len(coefficients) <= 2 or not any(coefficients[2:]):
        slope = coefficients[1] if len(coefficients) > 1 else Fraction(0)
        root = -coefficients[0] / slope if slope else low
        return [root] if low < root < high else []
    parts = [low + (high - low) * k / 32 for k in range(33)]
    roots = []
    for left, right in pairwise(parts):
        a, b = left, right
        sign = value(coefficients, a)
        if sign * value(coefficients, b) > 0:
            continue
        for _ in range(40):
            middle = (a + b) / 2
            if value(coefficients, middle) * sign > 0:
                a = middle
            else:
                b = middle
        roots.append(a)
    return roots


def _times(first: Sequence[Fraction], second: Sequence[Fraction]) -> list[Fraction]:
    result = [Fraction(0)] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            result[i + j] += a * b
    return result
