r"""Bounds of what a type gains by a report, in expectation over independent rivals.

With shares and payments taken with an agent's sign, its interim utility is $U(b;v)=vX(b)-T(b)$. Along the way from a type $v$
to a report $b$ it changes by

$$
U(b;v)-U(v;v)=\int_v^b(v-t)\,dX(t)+\int_v^b\bigl(t\,dX(t)-dT(t)\bigr).
$$

Where X does not fall the first integral is at most zero. So with $R^\pm$ the positive and negative parts of the *residual*
$t\,dX-dT$ and $D$ the total fall of X over the range of length $L$, no type gains more than $\max(R^+,R^-)+L\,D$. Both are
measures: between critical reports they have densities, made of what the outcome changes at the moving lines and inside the
strips; at a critical report, they are what the profile of outcomes changes from one side to the report itself, and from it to
the other side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from flint import arb, arb_series, fmpq, fmpq_poly

from equilibria.checking.interim_cells import Affine, Line, Outcome, Plane, Strip
from equilibria.checking.rival_laws import ORDER, UNIT, Number, RivalLaw, ball, rational

CELLS = 16
DEEPEST = 40
FINE = 1e-20
"""A density below this is not refined further."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Upper bounds of $R^+$, $R^-$ and $D$; exact zeros where they vanish identically."""

    rise: arb
    fall: arb
    decrease: arb

    def plus(self, other: Totals) -> Totals:
        """Of two parts of the range."""
        return Totals(self.rise + other.rise, self.fall + other.fall, self.decrease + other.decrease)


NOTHING = Totals(arb(0), arb(0), arb(0))


class Interim:
    """One agent's interim problem."""

    def __init__(self, plane: Plane, law: RivalLaw) -> None:
        self.plane, self.law = plane, law
        self.low, self.high = plane.bounds[plane.agent]
        self.critical = plane.critical()
        self.between = [plane.strips((x + y) / 2) for x, y in pairwise(self.critical)]
        self.points = [plane.strips(b) for b in self.critical]

    def share_and_payment(self, b: Fraction) -> tuple[Number, Number]:
        """X and T at a report."""
        share: Number = fmpq(0)
        payment: Number = fmpq(0)
        for strip in self.plane.strips(b):
            share = share + self._mean(strip.outcome.share, b, strip)
            payment = payment + self._mean(strip.outcome.payment, b, strip)
        return share, payment

    def _mean(self, value: Affine, b: Fraction, strip: Strip) -> Number:
        low, high = strip.low.at(b), strip.high.at(b)
        return self._integral(value.constant + value.own * b, value.rival, low, high)

    def _integral(self, constant: Fraction, slope: Fraction, low: Fraction, high: Fraction) -> Number:
        total: Number = fmpq(0)
        if constant:
            total = total + rational(constant) * self.law.mass(low, high)
        if slope:
            total = total + rational(slope) * self.law.moment(low, high)
        return total

    def utility(self, report: Fraction, kind: Fraction) -> Number:
        """$U(b;v)$."""
        share, payment = self.share_and_payment(report)
        return rational(kind) * share - payment

    def totals(self) -> Totals:
        """Of the whole range."""
        found = NOTHING
        for (x, y), strips in zip(pairwise(self.critical), self.between, strict=True):
            found = found.plus(self._smooth(x, y, strips))
        for k, b in enumerate(self.critical):
            here = self.points[k]
            if k > 0:
                found = found.plus(self._jump(b, self.between[k - 1], here))
            if k + 1 < len(self.critical):
                found = found.plus(self._jump(b, here, self.between[k]))
        return found

    def gain(self) -> arb:
        """No type gains more than this by any report."""
        found = self.totals()
        return found.rise.max(found.fall) + ball(self.high - self.low) * found.decrease

    def shortfall(self) -> arb | None:
        """No type expects to lose more than this by the truth; None if shares have no constant sign."""
        shares = [strip.outcome.share for strips in (*self.between, *self.points) for strip in strips]
        if any(share.own or share.rival for share in shares):
            return None
        found = self.totals()
        if all(share.constant >= 0 for share in shares):
            return found.fall - arb(self.utility(self.low, self.low))
        if all(share.constant <= 0 for share in shares):
            return found.rise - arb(self.utility(self.high, self.high))
        return None

    def _jump(self, b: Fraction, before: Sequence[Strip], after: Sequence[Strip]) -> Totals:
        residual: Number = fmpq(0)
        step: Number = fmpq(0)
        for low, high, old, new in _overlaps(b, before, after):
            if old != new:
                share = _less(new.share, old.share)
                payment = _less(new.payment, old.payment)
                more = Affine(
                    b * (share.constant + share.own * b) - payment.constant - payment.own * b,
                    Fraction(0),
                    b * share.rival - payment.rival,
                )
                residual = residual + self._integral(more.constant, more.rival, low, high)
                step = step + self._integral(share.constant + share.own * b, share.rival, low, high)
        return Totals(_positive(arb(residual)), _positive(-arb(residual)), _positive(-arb(step)))

    def _smooth(self, x: Fraction, y: Fraction, strips: Sequence[Strip]) -> Totals:
        flow = Flow(strips, (x + y) / 2)
        if flow.still and flow.grows:
            return NOTHING
        found = NOTHING
        exact = flow.rates(fmpq_poly([0, 1]), self.law) if self.law.exact else None
        if exact is not None and exact[0].degree() < 0 and flow.grows:
            return NOTHING
        width = (y - x) / CELLS
        cells = [(x + k * width, x + (k + 1) * width, 0) for k in range(CELLS)]
        while cells:
            left, right, depth = cells.pop()
            part = self._cell(flow, exact, left, right, depth == DEEPEST)
            if part is None:
                middle = (left + right) / 2
                cells += [(left, middle, depth + 1), (middle, right, depth + 1)]
            else:
                found = found.plus(part)
        return found

    def _cell(
        self, flow: Flow, exact: tuple[fmpq_poly, fmpq_poly] | None, left: Fraction, right: Fraction, last: bool
    ) -> Totals | None:
        """Totals of a cell; None if it should be halved."""
        middle, half = (left + right) / 2, ball((right - left) / 2)
        if exact is None:
            about, wide = (arb_series([start, 1]) for start in (ball(middle), ball(middle) + half * UNIT))
            pairs = zip(flow.rates(about, self.law), flow.rates(wide, self.law), strict=True)
            models = [Model([series[k] for k in range(ORDER - 1)], whole[ORDER - 1], half) for series, whole in pairs]
        else:
            models = [Model(_shifted(rate, middle), arb(0), half) for rate in exact]
        residual, growth = models
        if all(model.finite for model in models):
            rise, fall = residual.parts()
            decrease = arb(0) if flow.grows else growth.parts()[1]
            settled = residual.settled and (flow.grows or growth.settled)
            return Totals(rise, fall, decrease) if settled or last else None
        if not last:
            return None
        plain = flow.plain(left, right, self.law)
        return Totals(plain[0], plain[0], arb(0) if flow.grows else plain[1])


def _shifted(rate: fmpq_poly, middle: Fraction) -> list[arb]:
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

    def parts(self) -> tuple[arb, arb]:
        """Upper bounds of the integrals of its positive and of its negative part."""
        values, width = self.range(), 2 * self.half
        if not values >= 0 and not values <= 0:
            return _positive(values) * width, _positive(-values) * width
        order = len(self.coefficients)
        total = 2 * abs(self.rest) * self.half ** (order + 1) / (order + 1) * UNIT
        for k in range(0, order, 2):
            total += 2 * self.coefficients[k] * self.half ** (k + 1) / (k + 1)
        return (_positive(total), arb(0)) if values >= 0 else (arb(0), _positive(-total))


Rate = TypeVar("Rate", fmpq_poly, arb_series)


class Flow:
    """How the residual and the share grow with the report, between two critical ones.

    Inside a strip the outcome may depend on the report; at a line that moves, rivals change from one outcome to the other.
    """

    def __init__(self, strips: Sequence[Strip], sample: Fraction) -> None:
        self.inside: list[tuple[Strip, Fraction, list[Fraction], list[Fraction]]] = []
        self.edges: list[tuple[Line, Fraction, list[Fraction], list[Fraction]]] = []
        self.grows = True
        for strip in strips:
            share, payment = strip.outcome
            place = (strip.low.at(sample) + strip.high.at(sample)) / 2
            if share.own or payment.own:
                self.inside.append((strip, place, [-payment.own, share.own], [share.own]))
                self.grows = self.grows and share.own >= 0
        for below, above in pairwise(strips):
            line = above.low
            if line.slope and below.outcome != above.outcome:
                share, payment = (_less(*pair) for pair in zip(below.outcome, above.outcome, strict=True))
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


def _less(first: Affine, second: Affine) -> Affine:
    return Affine(*(a - b for a, b in zip(first, second, strict=True)))


def _positive(value: arb) -> arb:
    """The ball's part above zero, exactly zero if it has none."""
    return arb(0) if value <= 0 else arb(value.upper())


def _overlaps(
    b: Fraction, before: Sequence[Strip], after: Sequence[Strip]
) -> Iterator[tuple[Fraction, Fraction, Outcome, Outcome]]:
    """The common refinement of two profiles at one report."""
    lists = [[(s.low.at(b), s.high.at(b), s.outcome) for s in strips if s.low.at(b) < s.high.at(b)] for strips in (before, after)]
    cuts = sorted({end for strips in lists for low, high, _ in strips for end in (low, high)})
    for low, high in pairwise(cuts):
        pair = [next(out for x, y, out in strips if x <= low and high <= y) for strips in lists]
        yield low, high, pair[0], pair[1]
