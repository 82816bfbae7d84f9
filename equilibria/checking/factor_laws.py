r"""The laws of a common factor and of own parts, by powers of the distances from the ends of their supports.

**Laws.** $F$ is uniform or a beta law with whole parameters; $G$ has a polynomial density between knots (uniform, piecewise
linear, empirical, beta with whole parameters). Then $\log f$ is concave in $e$, and in $\log e$ for $e\ge0$ (uniform: constant on
an interval; beta: $(a-1)\log(e-e_0)$ has in $\log e$ the slope $(a-1)(1+e_0/(e-e_0))$, which falls, and so does that of
$(b-1)\log(e_1-e)$). So $f(x\mid\theta)$ is log-supermodular in $(x,\theta)$, so is the joint density of
$(\theta,x_1,\dots,x_n)$, and the signals are affiliated *whatever $G$ is* (Milgrom and Weber 1982,
Theorem 1; Karlin and Rinott 1980).
"""

from __future__ import annotations

from itertools import pairwise
from math import comb
from typing import Any, TypeAlias

from flint import arb, arb_poly, arb_series

from equilibria.checking.document import Rejected, field, integer, string
from equilibria.checking.reading import read_prior

Series: TypeAlias = Any
"""An `arb_series`, or an `acb_series` where an integrand is bounded on an ellipse."""


class Own:
    """The law of an agent's own part: beta with whole parameters, on powers of the distances from both ends."""

    def __init__(self, a: int, b: int, low: float, high: float) -> None:
        self.a, self.b, self.low, self.high = a, b, low, high
        self.width, self.whole = arb(high) - low, a + b - 1
        self.density_scale = a * comb(self.whole, a) / self.width**self.whole
        self.tail_scale = 1 / self.width**self.whole

    def density(self, up: Series, down: Series) -> Series:
        """The density without its scale, at distances from the lower and the upper end; None if it is constant."""
        return product(power(up, self.a - 1), power(down, self.b - 1))

    def tail(self, up: Series, down: Series, sign: int) -> Series:
        """The probability, without its scale, of a weaker part: a higher one for +1, a lower one for -1."""
        u, v, a, b = (up, down, self.a, self.b) if sign > 0 else (down, up, self.b, self.a)
        rest = power(v, a - 1)
        for j in range(1, a):
            rest = rest + product(power(u, j), power(v, a - 1 - j)) * comb(self.whole, j)
        return product(power(v, b), rest)


def power(base: Series, exponent: int) -> Series:
    """A power; None stands for one."""
    return None if exponent == 0 else base if exponent == 1 else base**exponent


def product(*factors: Series) -> Series:
    """A product; None stands for one."""
    value: Series = None
    for factor in factors:
        value = factor if value is None else value if factor is None else value * factor
    return value


class Piece:
    """A density $(\theta-\theta_0)^p(\theta_1-\theta)^q$ times a polynomial in $\theta-\theta_0$ between two knots."""

    def __init__(self, low: float, high: float, coefficients: list[arb], powers: tuple[int, int] = (0, 0)) -> None:
        self.low, self.high, self.powers = low, high, powers
        while len(coefficients) > 1 and coefficients[-1].is_zero():
            coefficients = coefficients[:-1]
        self.coefficients = coefficients
        self.degree = len(coefficients) - 1 + sum(powers)

    def density(self, up: Series, down: Series) -> Series:
        """The density at distances from the lower and the upper knot."""
        value = self.coefficients[-1]
        for c in reversed(self.coefficients[:-1]):
            value = up * value + c
        return product(power(up, self.powers[0]), power(down, self.powers[1]), value)

    def mean(self) -> arb:
        """The integral of the factor over this piece."""
        width, total = arb(self.high) - self.low, arb(0)
        density = self.density(arb_poly([0, 1]), arb_poly([width, -1])) * arb_poly([self.low, 1])
        for k, c in enumerate(density.coeffs()):
            total += c * width ** (k + 1) / (k + 1)
        return total


def read_pieces(node: object, where: str) -> list[Piece]:
    """The law of the factor.

    Raises:
        Rejected: it is no law that the checker knows, has a gap, or a density that is no polynomial between knots.
    """
    prior = read_prior(node, where)
    if prior.gaps():
        raise Rejected(f"{where} has a gap in its support")
    kind = string(field(node, "kind", where), f"{where}.kind")
    if kind == "beta":
        a, b = (integer(field(node, key, where), f"{where}.{key}") for key in "ab")
        width = arb(prior.high) - prior.low
        return [Piece(prior.low, prior.high, [a * comb(a + b - 1, a) / width ** (a + b - 1)], (a - 1, b - 1))]
    if kind not in ("uniform", "piecewise_linear", "empirical"):
        raise Rejected(f"{where}.kind {kind!r} has no polynomial density; uniform, beta, piecewise_linear or empirical has")
    pieces = []
    for low, high in pairwise(prior.knots):
        series = prior.density(arb_series([arb(low), 1]), low + 0.5 * (high - low))
        pieces.append(Piece(low, high, [series[k] for k in range(3)]))
    return pieces


def read_own(node: object, where: str) -> Own:
    """The law of an agent's own part."""
    prior = read_prior(node, where)
    kind = string(field(node, "kind", where), f"{where}.kind")
    if kind == "uniform":
        return Own(1, 1, prior.low, prior.high)
    if kind != "beta":
        raise Rejected(f"{where}.kind must be uniform or beta, whose signals are proved affiliated; got {kind!r}")
    a, b = (integer(field(node, key, where), f"{where}.{key}") for key in "ab")
    return Own(a, b, prior.low, prior.high)
