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

from flint import arb, arb_series, fmpq, fmpq_poly

from equilibria.checking.interim_cells import Affine, Outcome, Plane, Strip
from equilibria.checking.interim_flow import Flow, Model, less, positive, shifted
from equilibria.checking.rival_laws import ORDER, UNIT, Number, RivalLaw, ball, rational

CELLS = 16
DEEPEST = 40


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
        found, along = self.totals(), self._shortfall_along()
        if all(share.constant >= 0 for share in shares):
            return along.min(found.fall - arb(self.utility(self.low, self.low)))
        if all(share.constant <= 0 for share in shares):
            return along.min(found.rise - arb(self.utility(self.high, self.high)))
        return along

    def _shortfall_along(self) -> arb:
        """The same, by adding up the slope of the truthful utility, the share plus the residual, from the lowest type."""
        utility = arb(self.utility(self.low, self.low))
        worst = -utility
        for k, (x, y) in enumerate(pairwise(self.critical)):
            strips = self.between[k]
            utility += self._step(x, self.points[k], strips)[0]
            worst = worst.max(-utility)
            flow = Flow(strips, (x + y) / 2)
            exact = flow.truthful(fmpq_poly([0, 1]), self.law) if self.law.exact else None
            width = (y - x) / CELLS
            cells = [(x + j * width, x + (j + 1) * width, 0) for j in reversed(range(CELLS))]
            while cells:
                left, right, depth = cells.pop()
                model = self._slope(flow, exact, left, right)
                if depth < DEEPEST // 4 and not (model.finite and model.settled):
                    middle = (left + right) / 2
                    cells += [(middle, right, depth + 1), (left, middle, depth + 1)]
                    continue
                if not model.finite:
                    most = flow.plain(left, right, self.law)[0] + flow.greatest * ball(right - left)
                    worst, utility = worst.max(most - utility), utility + most * UNIT
                    continue
                worst = worst.max(model.parts()[1] - utility)
                utility += model.integral()
            utility += self._step(y, strips, self.points[k + 1])[0]
            worst = worst.max(-utility)
        return worst

    def _slope(self, flow: Flow, exact: fmpq_poly | None, left: Fraction, right: Fraction) -> Model:
        middle, half = (left + right) / 2, ball((right - left) / 2)
        if exact is not None:
            return Model(shifted(exact, middle), arb(0), half)
        about, wide = (
            flow.truthful(arb_series([start, 1]), self.law) for start in (ball(middle), ball(middle) + half * UNIT)
        )
        return Model([about[k] for k in range(ORDER - 1)], wide[ORDER - 1], half)

    def _jump(self, b: Fraction, before: Sequence[Strip], after: Sequence[Strip]) -> Totals:
        residual, step = self._step(b, before, after)
        return Totals(positive(residual), positive(-residual), positive(-step))

    def _step(self, b: Fraction, before: Sequence[Strip], after: Sequence[Strip]) -> tuple[arb, arb]:
        """What the residual and the share change by, from one profile of outcomes of a report to another."""
        residual: Number = fmpq(0)
        step: Number = fmpq(0)
        for low, high, old, new in _overlaps(b, before, after):
            if old != new:
                share = less(new.share, old.share)
                payment = less(new.payment, old.payment)
                more = Affine(
                    b * (share.constant + share.own * b) - payment.constant - payment.own * b,
                    Fraction(0),
                    b * share.rival - payment.rival,
                )
                residual = residual + self._integral(more.constant, more.rival, low, high)
                step = step + self._integral(share.constant + share.own * b, share.rival, low, high)
        return arb(residual), arb(step)

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
            models = [Model(shifted(rate, middle), arb(0), half) for rate in exact]
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


def _overlaps(
    b: Fraction, before: Sequence[Strip], after: Sequence[Strip]
) -> Iterator[tuple[Fraction, Fraction, Outcome, Outcome]]:
    """The common refinement of two profiles at one report."""
    lists = [[(strip.low.at(b), strip.high.at(b), strip.outcome) for strip in strips] for strips in (before, after)]
    olds, news = ([part for part in parts if part[0] < part[1]] for parts in lists)
    old, new = 0, 0
    while old < len(olds) and new < len(news):
        low, high = max(olds[old][0], news[new][0]), min(olds[old][1], news[new][1])
        if low < high:
            yield low, high, olds[old][2], news[new][2]
        old, new = old + (olds[old][1] == high), new + (news[new][1] == high)
