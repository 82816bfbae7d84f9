"""How an agent's interim share and residual change between two critical reports: densities, and bounds of their integrals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from flint import arb, arb_series, fmpq_poly

from equilibria.checking.interim_cells import Affine, Line, Strip
from equilibria.checking.rival_laws import UNIT, RivalLaw, ball, rational

FINE = 1e-20
"""A density below this is not refined further."""


def shifted(rate: fmpq_poly, middle: Fraction) -> list[arb]:
    """The coefficients of a polynomial around a place."""
    return [arb(coefficient) for coefficient in rate(fmpq_poly([rational(middle), 1])).coeffs()]


@dataclass(frozen=True, slots=True)
class Model:
    """A function on a cell of half-width `half`: coefficients at its middle, and one that encloses the rest."""

    coefficients: Sequence[arb]
    rest: arb
    half: arb

    @property
    def finite(self) -> bool:
        """Whether it says anything."""
        return all(c.is_finite() for c in (*self.coefficients, self.rest))

    def range(self) -> arb:
        """Every value."""
        total = arb(0)
        for k, coefficient in enumerate(self.coefficients):
            total += coefficient if k == 0 else abs(coefficient) * self.half**k * UNIT
        return total + abs(self.rest) * self.half ** len(self.coefficients) * UNIT

    @property
    def settled(self) -> bool:
        """Whether it has one sign, or hardly differs from zero."""
        values = self.range()
        return bool(values >= 0) or bool(values <= 0) or bool(abs(values) < FINE)

    def integral(self) -> arb:
        """Over the cell."""
        order = len(self.coefficients)
        total = 2 * abs(self.rest) * self.half ** (order + 1) / (order + 1) * UNIT
        for k in range(0, order, 2):
            total += 2 * self.coefficients[k] * self.half ** (k + 1) / (k + 1)
        return total

    def parts(self) -> tuple[arb, arb]:
        """Upper bounds of the integrals of its positive and of its negative part."""
        values, width = self.range(), 2 * self.half
        if not values >= 0 and not values <= 0:
            return positive(values) * width, positive(-values) * width
        total = self.integral()
        return (positive(total), arb(0)) if values >= 0 else (arb(0), positive(-total))


Rate = TypeVar("Rate", fmpq_poly, arb_series)


class Flow:
    """How the residual and the share grow with the report, between two critical ones.

    Inside a strip the outcome may depend on the report; at a line that moves, rivals change from one outcome to the other.
    """

    def __init__(self, strips: Sequence[Strip], sample: Fraction) -> None:
        self.inside: list[tuple[Strip, Fraction, list[Fraction], list[Fraction]]] = []
        self.edges: list[tuple[Line, Fraction, list[Fraction], list[Fraction]]] = []
        self.grows = True
        self.strips = [(strip, (strip.low.at(sample) + strip.high.at(sample)) / 2) for strip in strips]
        self.greatest = max(abs(ball(strip.outcome.share.constant)) for strip in strips)
        for strip in strips:
            share, payment = strip.outcome
            place = (strip.low.at(sample) + strip.high.at(sample)) / 2
            if share.own or payment.own:
                self.inside.append((strip, place, [-payment.own, share.own], [share.own]))
                self.grows = self.grows and share.own >= 0
        for below, above in pairwise(strips):
            line = above.low
            if line.slope and below.outcome != above.outcome:
                share, payment = (less(*pair) for pair in zip(below.outcome, above.outcome, strict=True))
                step, fee = _along(share, line), _along(payment, line)
                jump = [-fee[0], step[0] - fee[1], step[1]]
                self.edges.append((line, line.at(sample), jump, step))
                self.grows = self.grows and step[1] == 0 and step[0] * line.slope >= 0
        self.still = not any(any(parts[2]) for parts in (*self.inside, *self.edges))

    def rates(self, t: Rate, law: RivalLaw) -> tuple[Rate, Rate]:
        """Densities of the residual and of the share, composed with a series or polynomial of the report."""
        residual, growth = t * 0, t * 0
        for strip, place, own, share in self.inside:
            mass = _cdf(strip.high, t, place, law) - _cdf(strip.low, t, place, law)
            residual, growth = residual + _value(own, t) * mass, growth + _value(share, t) * mass
        for line, place, jump, step in self.edges:
            density = _cdf(line, t, place, law).derivative()
            residual, growth = residual + _value(jump, t) * density, growth + _value(step, t) * density
        return residual, growth

    def truthful(self, t: Rate, law: RivalLaw) -> Rate:
        """The slope of the truthful utility: the residual plus the share, where shares are constants."""
        total = self.rates(t, law)[0]
        for strip, place in self.strips:
            if strip.outcome.share.constant:
                mass = _cdf(strip.high, t, place, law) - _cdf(strip.low, t, place, law)
                total = total + mass * _value([strip.outcome.share.constant], t)
        return total

    def plain(self, left: Fraction, right: Fraction, law: RivalLaw) -> tuple[arb, arb]:
        """Bounds of the integrals of the absolute values, by masses alone."""
        t = ball((left + right) / 2) + ball((right - left) / 2) * UNIT
        totals = [arb(0), arb(0)]
        for _, _, *values in self.inside:
            totals = [total + abs(_at(value, t)) * ball(right - left) for total, value in zip(totals, values, strict=True)]
        for line, _, *values in self.edges:
            mass = abs(law.cdf(line.at(right)) - law.cdf(line.at(left)))
            totals = [total + abs(_at(value, t)) * mass for total, value in zip(totals, values, strict=True)]
        return totals[0], totals[1]


def _along(value: Affine, line: Line) -> list[Fraction]:
    """A form on a line, as a polynomial of the report."""
    return [value.constant + value.rival * line.constant, value.own + value.rival * line.slope]


def _value(coefficients: Sequence[Fraction], t: Rate) -> Rate:
    total = t * 0
    for coefficient in reversed(coefficients):
        total = total * t + (rational(coefficient) if isinstance(t, fmpq_poly) else ball(coefficient))
    return total


def _at(coefficients: Sequence[Fraction], t: arb) -> arb:
    total = arb(0)
    for coefficient in reversed(coefficients):
        total = total * t + ball(coefficient)
    return total


def _cdf(line: Line, t: Rate, inside: Fraction, law: RivalLaw) -> Rate:
    y = _value([line.constant, line.slope], t)
    return law.polynomial(inside)(y) if isinstance(y, fmpq_poly) else law.series(y, inside)


def less(first: Affine, second: Affine) -> Affine:
    """The difference of two forms."""
    return Affine(*(a - b for a, b in zip(first, second, strict=True)))


def positive(value: arb) -> arb:
    """The ball's part above zero, exactly zero if it has none."""
    return arb(0) if value <= 0 else arb(value.upper())
