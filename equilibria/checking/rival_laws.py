r"""The law of the rival that counts: of several independent ones the r-th highest, such as the highest (1) or the lowest.

It is at most $y$ if fewer than r rivals are above, $\sum_{k<r}P(\text{exactly }k\text{ above }y)$, which is a polynomial of their
cdfs. Where all of them are piecewise polynomial (uniform, piecewise linear, empirical, and mixtures of these) it is one, with
rational coefficients, and everything is exact. Else values are balls, and compositions are power series of balls.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from flint import arb, arb_series, ctx, fmpq, fmpq_poly

from equilibria.checking.document import field, mapping, number, numbers, string
from equilibria.checking.priors import Prior, hull
from equilibria.checking.reading import read_prior

Number = fmpq | arb
ORDER = 10
"""Coefficients of the power series; what they leave out on a cell of half-width h shrinks like the tenth power of h."""
FINEST = 24
"""How often a cell is halved before a plain bound is taken, beside an end where a density is singular."""
UNIT = arb(0, 1)
"""The ball from -1 to 1."""


@contextmanager
def long_balls() -> Iterator[None]:
    """Fix precision and the length of series, and restore the caller's."""
    precision, cap = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = 160, ORDER + 1
    try:
        yield
    finally:
        ctx.prec, ctx.cap = precision, cap


def rational(x: Fraction) -> fmpq:
    """A fraction as flint's."""
    return fmpq(x.numerator, x.denominator)


def ball(x: Fraction | int) -> arb:
    """A fraction as a ball, exact where it is a double."""
    return arb(x.numerator) / x.denominator


def polynomial_pieces(node: object, where: str) -> tuple[list[Fraction], list[fmpq_poly]] | None:
    """Knots, and the cdf between them, if a law is piecewise polynomial; `node` was read by `read_prior` before."""
    kind = string(field(node, "kind", where), where)
    table = mapping(node, where)
    if kind == "uniform":
        low, high = (Fraction(number(table[key], where)) for key in ("low", "high"))
        return [low, high], [_line(low, Fraction(0), high, Fraction(1))]
    if kind == "piecewise_linear":
        points, levels = ([Fraction(x) for x in numbers(table[key], where)] for key in ("points", "cdf"))
        ends = zip(pairwise(points), pairwise(levels), strict=True)
        return points, [_line(x, p, y, q) for (x, y), (p, q) in ends]
    if kind == "empirical":
        points, levels, slopes = ([Fraction(x) for x in numbers(table[key], where)] for key in ("points", "cdf", "density"))
        triples = zip(pairwise(points), pairwise(levels), pairwise(slopes), strict=True)
        return points, [_cubic(x, y, p, q, d, e) for (x, y), (p, q), (d, e) in triples]
    if kind == "mixture":
        return _mixture(table["parts"], where)
    return None


def _line(x: Fraction, p: Fraction, y: Fraction, q: Fraction) -> fmpq_poly:
    slope = (q - p) / (y - x)
    return fmpq_poly([rational(p - slope * x), rational(slope)])


def _cubic(x: Fraction, y: Fraction, p: Fraction, q: Fraction, d: Fraction, e: Fraction) -> fmpq_poly:
    width = y - x
    secant = (q - p) / width
    local = [p, d, (3 * secant - 2 * d - e) / width, (d + e - 2 * secant) / width**2]
    return fmpq_poly([rational(c) for c in local])(fmpq_poly([rational(-x), 1]))


def _mixture(parts: object, where: str) -> tuple[list[Fraction], list[fmpq_poly]] | None:
    assert isinstance(parts, list)
    found = [polynomial_pieces(part["distribution"], where) for part in parts]
    weights = [Fraction(number(part["weight"], where)) for part in parts]
    knots, pieces = set[Fraction](), []
    for law in found:
        if law is None:
            return None
        knots.update(law[0])
    points = sorted(knots)
    for x, y in pairwise(points):
        total = fmpq_poly([0])
        for weight, law in zip(weights, found, strict=True):
            assert law is not None
            total += rational(weight / sum(weights)) * piece_at(*law, (x + y) / 2)
        pieces.append(total)
    return points, pieces


def piece_at(knots: Sequence[Fraction], pieces: Sequence[fmpq_poly], place: Fraction) -> fmpq_poly:
    """The polynomial of a cdf around a place that is no knot; 0 below its support and 1 above."""
    if place <= knots[0]:
        return fmpq_poly([0])
    if place >= knots[-1]:
        return fmpq_poly([1])
    return pieces[bisect_right(knots, place) - 1]


def _within(prior: Prior, place: Fraction) -> float:
    """A double well inside the piece that holds a place; the double nearest to the place may lie in the next one."""
    k = bisect_right(prior.knots, place) - 1
    return prior.knots[k] + 0.5 * (prior.knots[k + 1] - prior.knots[k])


Value = TypeVar("Value", fmpq_poly, arb, arb_series)


def _fewer_above(pairs: Sequence[tuple[Value, Value]], rank: int, one: Value) -> Value:
    """The chance that fewer than `rank` independent rivals are above, from the chances that each is below and above."""
    none = one * 0
    exactly: list[Value] = [one] + [none] * (rank - 1)
    for below, above in pairs:
        for k in range(rank - 1, 0, -1):
            exactly[k] = exactly[k] * below + exactly[k - 1] * above
        exactly[0] = exactly[0] * below
    total: Value = none
    for chance in exactly:
        total = total + chance
    return total


class RivalLaw:
    """The r-th highest of independent rivals.

    Attributes:
        knots: between which the cdf is one analytic function; the first and the last are the ends of the support.
        exact: whether it is piecewise polynomial.
    """

    def __init__(self, laws: Mapping[str, object], rank: int) -> None:
        priors: list[Prior] = [read_prior(node, f"priors.{label}") for label, node in laws.items()]
        pieces = [polynomial_pieces(node, f"priors.{label}") for label, node in laws.items()]
        lows, highs = (sorted(map(Fraction, ends), reverse=True) for ends in zip(*((p.low, p.high) for p in priors), strict=True))
        low, high = lows[rank - 1], highs[rank - 1]
        inner = {Fraction(knot) for prior in priors for knot in prior.knots}
        self.knots = sorted({low, high, *(knot for knot in inner if low < knot < high)})
        self.rank = rank
        self.exact = all(law is not None for law in pieces)
        self._priors, self._parts = priors, [law for law in pieces if law is not None]
        self._pieces = [self._product((x + y) / 2) for x, y in pairwise(self.knots)] if self.exact else []

    def _product(self, place: Fraction) -> fmpq_poly:
        one = fmpq_poly([1])
        cdfs = [piece_at(knots, pieces, place) for knots, pieces in self._parts]
        return _fewer_above([(cdf, one - cdf) for cdf in cdfs], self.rank, one)

    def polynomial(self, inside: Fraction) -> fmpq_poly:
        """The exact cdf on the piece around a place."""
        return piece_at(self.knots, self._pieces, inside)

    def mass(self, low: Fraction, high: Fraction) -> Number:
        """The chance of an interval between two neighbouring knots."""
        if self.exact:
            piece = self.polynomial((low + high) / 2)
            return piece(rational(high)) - piece(rational(low))
        return self.cdf(high) - self.cdf(low)

    def cdf(self, y: Fraction) -> arb:
        """The cdf at a rational."""
        place = ball(y)
        return _fewer_above([(prior.cdf(place), prior.survival(place)) for prior in self._priors], self.rank, arb(1))

    def series(self, y: arb_series, inside: Fraction) -> arb_series:
        """The cdf composed with a power series whose values lie on the piece around a place."""
        pairs = [self._pair(prior, y, inside) for prior in self._priors]
        return _fewer_above(pairs, self.rank, arb_series([arb(1)]))

    def _pair(self, prior: Prior, y: arb_series, inside: Fraction) -> tuple[arb_series, arb_series]:
        """The cdf of one rival, and one minus it."""
        if inside <= prior.low or inside >= prior.high:
            below = int(inside >= prior.high)
            return arb_series([arb(below)]), arb_series([arb(1 - below)])
        rate = (prior.density_on_piece(y, _within(prior, inside)) * y.derivative()).integral()
        return rate + prior.cdf(y[0]), prior.survival(y[0]) - rate

    def moment(self, low: Fraction, high: Fraction) -> Number:
        r"""$\int_{low}^{high}y\,dG(y)$ between two neighbouring knots."""
        if self.exact:
            integral = (self.polynomial((low + high) / 2).derivative() * fmpq_poly([0, 1])).integral()
            return integral(rational(high)) - integral(rational(low))
        return self._moment(low, high, 0)

    def _moment(self, x: Fraction, y: Fraction, depth: int) -> arb:
        middle, half = (x + y) / 2, ball((y - x) / 2)
        if depth >= 2:
            value = self._series_moment(middle, half)
            if value.is_finite() and value.rad() < 1e-17 * (1 + abs(float(middle))):
                return value
        if depth >= FINEST:
            return (self.cdf(y) - self.cdf(x)) * hull(ball(x), ball(y))
        return self._moment(x, middle, depth + 1) + self._moment(middle, y, depth + 1)

    def _series_moment(self, middle: Fraction, half: arb) -> arb:
        starts = (ball(middle), ball(middle) + half * UNIT)
        rates = [self.series(y, middle).derivative() * y for y in (arb_series([start, 1]) for start in starts)]
        total = sum((2 * rates[0][k] * half ** (k + 1) / (k + 1) for k in range(0, ORDER - 1, 2)), arb(0))
        return total + 2 * rates[1][ORDER - 1] * half**ORDER * UNIT / ORDER
