r"""Ironed virtual costs of piecewise-linear cdfs in exact rationals.

On a part with density $d$ that begins at $(x_0, p_0)$, $\psi(x) = 2x + p_0/d - x_0$, so the best offers at a
rational level $s$ are found exactly. The level of an ironed interval is where two local best offers tie.
Between two parts of densities $d_1, d_2$ that needs $\sqrt{d_2/d_1}$, which is not always rational: a report
strictly inside such an interval is refused, since no rational outcome exists. Levels and critical costs
elsewhere are not affected.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

from mechanisms.errors import Refused
from mechanisms.linear_cdf import Corners, interpolate

__all__ = ["ExactIroning"]


@final
@dataclass(frozen=True, slots=True)
class ExactIroning:
    """The ironed virtual cost over `Fraction`; see `ironing.py`.

    Arguments:
        corners: of the cdf.
        label: whose law it is, for refusals.
    """

    corners: Corners
    label: str = ""

    @property
    def high(self) -> Fraction:
        """Upper end of the support."""
        return self.corners[-1][0]

    def cdf(self, cost: Fraction) -> Fraction:
        """Probability of a cost at or below this one."""
        return interpolate(self.corners, cost)

    def __call__(self, cost: Fraction) -> Any:
        r"""$\bar\psi$ at one cost; a float infinity above the support.

        Raises:
            Refused: the cost lies inside an interval that is ironed to an irrational level.
        """
        if cost <= self.corners[0][0]:
            return cost
        if cost > self.high:
            return math.inf
        regular = self._is_regular()
        for (x0, p0), (x1, p1) in pairwise(self.corners):
            if x0 < cost <= x1 and p0 < p1:
                level = 2 * cost - x0 + p0 * (x1 - x0) / (p1 - p0)
                if regular or self._is_best(cost, level):
                    return level
        for level in self._levels(cost):
            if self.threshold(level, False) < cost <= self.threshold(level, True):
                return level
        raise Refused(
            f"the virtual cost of {self.label or 'the prover'!r} at {cost} is ironed to an irrational level "
            "(the square root of a ratio of densities), so there is no exact outcome. "
            "Use float bids, batch() or program()."
        )

    def threshold(self, level: Any, at: bool) -> Any:
        r"""$\sup\{c : \bar\psi(c) \le s\}$, or with $<$ where `at` is false: a best offer at the value $s$.

        Arguments:
            level: $s$; None for no limit.
            at: whether a cost of exactly this level still wins.
        """
        low = self.corners[0][0]
        if level is None:
            return self.high
        if level <= low:
            return level + Fraction(0)
        if self._is_regular():
            for (x0, p0), (x1, p1) in pairwise(self.corners):
                shift = x0 - p0 * (x1 - x0) / (p1 - p0)
                if level <= 2 * x1 - shift:
                    return max(x0, (level + shift) / 2)
            return self.high
        offers = self._local_offers(level)
        best = min(value for value, _ in offers)
        ties = [offer for value, offer in offers if value == best]
        return max(ties) if at else min(ties)

    def _is_regular(self) -> bool:
        """Whether the virtual cost rises throughout, so that nothing is ironed; then no square of a cost is needed."""
        last = self.corners[0][0]
        for (x0, p0), (x1, p1) in pairwise(self.corners):
            if p0 == p1 or x0 + p0 * (x1 - x0) / (p1 - p0) < last:
                return False
            last = 2 * x1 - x0 + p0 * (x1 - x0) / (p1 - p0)
        return True

    def _local_offers(self, level: Fraction) -> list[tuple[Fraction, Fraction]]:
        """Loss (F(x)(x - s)) and place of the best offer within each part."""
        offers = []
        for (x0, p0), (x1, p1) in pairwise(self.corners):
            if p0 < p1:
                density = (p1 - p0) / (x1 - x0)
                offer = min(max((level + x0 - p0 / density) / 2, x0), x1)
                offers.append(((p0 + density * (offer - x0)) * (offer - level), offer))
        return offers

    def _is_best(self, cost: Fraction, level: Fraction) -> bool:
        """Whether no offer beats this one at the level."""
        loss = self.cdf(cost) * (cost - level)
        return all(value >= loss for value, _ in self._local_offers(level))

    def _levels(self, cost: Fraction) -> list[Fraction]:
        """Rational levels at which an offer below the cost may tie with one above it."""
        below = [touch for touch in self._touches() if touch.first < cost]
        above = [touch for touch in self._touches() if touch.last >= cost]
        return sorted({level for left in below for right in above for level in _ties(left, right)})

    def _touches(self) -> list[_Touch]:
        """The parts, and the corners, at which a best offer may lie."""
        touches = [_Touch(x, x, None, Fraction(0), p, p * x) for x, p in self.corners]
        for (x0, p0), (x1, p1) in pairwise(self.corners):
            if p0 < p1:
                inverse = (x1 - x0) / (p1 - p0)
                touches.append(_Touch(x0, x1, inverse, x0 - p0 * inverse, Fraction(0), Fraction(0)))
        return touches


@dataclass(frozen=True, slots=True)
class _Touch:
    """A place where the hull of q Q(q) may touch it: a part, q Q(q) = a q^2 + b q, or a corner (a is
    None)."""

    first: Fraction
    last: Fraction
    a: Fraction | None
    b: Fraction
    q: Fraction
    height: Fraction


def _ties(left: _Touch, right: _Touch) -> list[Fraction]:
    """Rational slopes of the lines that touch both."""
    if left.a is not None and right.a is not None:
        ratio = _root(left.a / right.a)
        return [] if ratio is None or ratio == 1 else [(left.b - ratio * right.b) / (1 - ratio)]
    if left.a is None and right.a is None:
        return [] if left.q == right.q else [(right.height - left.height) / (right.q - left.q)]
    part, corner = (left, right) if left.a is not None else (right, left)
    assert part.a is not None
    middle = part.b + 2 * part.a * corner.q
    root = _root(middle**2 - part.b**2 - 4 * part.a * corner.height)
    return [] if root is None else [middle - root, middle + root]


def _root(square: Fraction) -> Fraction | None:
    """The square root, if it is rational."""
    if square < 0:
        return None
    over, under = math.isqrt(square.numerator), math.isqrt(square.denominator)
    exact = over * over == square.numerator and under * under == square.denominator
    return Fraction(over, under) if exact else None
