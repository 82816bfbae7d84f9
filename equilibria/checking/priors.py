"""Cost distributions in ball arithmetic, re-derived from the parameters that a certificate states.

Each prior gives: its support; the knots between which its density is analytic; the cdf at a ball, as a ball that contains
every value; its density composed with a power series; and an enclosure of a quantile. Nothing here is rounded to nearest
where it matters: every operation is on balls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right

from flint import arb, arb_series


def hull(low: arb, high: arb) -> arb:
    """The smallest ball that contains both balls."""
    return low.union(high)


class Prior(ABC):
    """A continuous distribution on `[knots[0], knots[-1]]` whose density is analytic between neighbouring knots."""

    knots: list[float]
    searched = 0
    """Evaluations spent on quantiles so far; who asks for many may set a limit."""

    @property
    def low(self) -> float:
        """Lower end of the support."""
        return self.knots[0]

    @property
    def high(self) -> float:
        """Upper end of the support."""
        return self.knots[-1]

    @abstractmethod
    def below(self, x: arb) -> arb:
        """P(cost <= x) for a tight ball `x` inside the support."""

    @abstractmethod
    def above(self, x: arb) -> arb:
        """P(cost > x) for a tight ball `x` inside the support, accurate where it is small."""

    def density(self, x: arb_series, inside: float) -> arb_series:
        """The density on the piece that holds the middle of the ball `x[0]`, composed with the series `x`.

        The middle is compared with the knots exactly, since a double near it may lie in the next piece; only where it is a
        knot itself does `inside` say which of the two pieces is meant.

        Raises:
            ValueError: the middle is a knot, and `inside` is not inside a piece beside it.
        """
        return self.density_on_piece(x, self._inside(arb(x[0].mid()), inside) if len(self.knots) > 2 else inside)

    @abstractmethod
    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        """The density on the piece of which `inside` is an inner point."""

    def density_bound(self, centre: arb, distance: arb, inside: float) -> arb:
        """At least $|f(z)|$ for every complex number within a distance of a point, f continued from the piece that holds it.

        Raises:
            ValueError: f has no continuation to all of them, or the point is a knot and `inside` is not beside it.
        """
        return self.bound_on_piece(centre, distance, self._inside(arb(centre.mid()), inside) if len(self.knots) > 2 else inside)

    @abstractmethod
    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        """The same for the piece of which `inside` is an inner point."""

    def area(self, x: float) -> arb | None:
        """The integral of the cdf up to a point of the support, where it has a closed form."""
        return None

    def _inside(self, place: arb, inside: float) -> float:
        """A double well inside the piece that holds a place."""
        knots, last = self.knots, len(self.knots) - 2
        if not place.is_finite():
            raise ValueError("no place")
        k = min(max(bisect_right(knots, float(place)) - 1, 0), last)
        while k > 0 and place < knots[k]:
            k -= 1
        while k < last and place > knots[k + 1]:
            k += 1
        if (place == knots[k] and k > 0) or (place == knots[k + 1] and k < last):
            chosen = min(max(bisect_right(knots, inside) - 1, 0), last)
            if not knots[chosen] < inside < knots[chosen + 1] or not knots[chosen] <= place <= knots[chosen + 1]:
                raise ValueError("a knot is in two pieces")
            k = chosen
        return knots[k] + 0.5 * (knots[k + 1] - knots[k])

    def gaps(self) -> list[tuple[float, float]]:
        """Every interval between knots that may hold no mass."""
        return []

    def cdf(self, x: arb | float) -> arb:
        """P(cost <= x) for every x in the ball: a ball, by monotonicity."""
        if isinstance(x, float):
            return arb(0) if x <= self.low else arb(1) if x >= self.high else self.below(arb(x))
        lower, upper = arb(x.lower()), arb(x.upper())
        return hull(self._at(lower), self._at(upper))

    def _at(self, x: arb) -> arb:
        return arb(0) if x <= self.low else arb(1) if x >= self.high else self.below(x)

    def survival(self, x: arb | float) -> arb:
        """P(cost > x) for every x in the ball."""
        if isinstance(x, float):
            return arb(1) if x <= self.low else arb(0) if x >= self.high else self.above(arb(x))
        ends = [arb(x.lower()), arb(x.upper())]
        values = [arb(1) if e <= self.low else arb(0) if e >= self.high else self.above(e) for e in ends]
        return hull(values[0], values[1])

    def piece(self, x: float) -> tuple[float, float]:
        """The neighbouring knots around `x`."""
        index = min(max(bisect_right(self.knots, x) - 1, 0), len(self.knots) - 2)
        return self.knots[index], self.knots[index + 1]

    def quantile(self, p: arb, near: float | None = None) -> arb:
        """An enclosure of every x with cdf(x) in the ball `p`, found by bracketing and proved by monotonicity.

        Args:
            p: a ball of probabilities.
            near: a point close to the answer, if one is known.
        """
        if p <= 0:
            return arb(self.low)
        if p >= 1:
            return arb(self.high)
        scale = self.high - self.low
        x = self._approximate(p.mid(), scale) if near is None else min(max(near, self.low), self.high)
        edge = 1e-12 * scale
        if x > self.high - 1e3 * edge and self.below(arb(self.high - edge)) <= p:
            return hull(arb(self.high - edge), arb(self.high))
        if x < self.low + 1e3 * edge and self.below(arb(self.low + edge)) >= p:
            return hull(arb(self.low), arb(self.low + edge))
        x = x if self.low < x < self.high else self._approximate(p.mid(), scale)
        for _ in range(8):
            found, x = self._newton(p, x, scale)
            if found is not None:
                return found
        x, margin = self._approximate(p.mid(), scale, x), 1e-15 * scale + 2.0 * float(p.rad())
        while True:
            self.searched += 2
            left, right = max(x - margin, self.low), min(x + margin, self.high)
            if (left <= self.low or self.below(arb(left)) <= p) and (right >= self.high or self.below(arb(right)) >= p):
                return hull(arb(left), arb(right))
            margin *= 8.0

    def _newton(self, p: arb, x: float, scale: float) -> tuple[arb | None, float]:
        """One interval Newton step from `x`: a tight ball that is proved to hold the quantile, or None; and a better point.

        If Newton's operator, with the slope on a ball around `x`, maps that ball into its inside, then its image holds the
        quantile. The image is as wide as the square of the step.
        """
        self.searched += 1
        left, right = self.piece(x)
        slope = self.density_on_piece(arb_series([arb(x)], 1), left + 0.5 * (right - left))[0]
        if not slope > 0:
            return None, x
        error, step = self._step(p, x, slope)
        better = x - step if self.low < x - step < self.high else x
        margin = 2.0 * abs(step) + 1e-15 * (abs(x) + scale) + 4.0 * float((p.rad() / slope).mid())
        if left < x - margin and x + margin < right:
            around = hull(arb(x - margin), arb(x + margin))
            slope = self.density_on_piece(arb_series([around], 1), left + 0.5 * (right - left))[0]
            if slope > 0:
                image = x - error / slope
                if around.contains_interior(image) and image.rad() <= 1e-13 * scale + 2 * p.rad() / slope:
                    return image, better
        return None, better

    def _step(self, p: arb, x: float, slope: arb) -> tuple[arb, float]:
        """The error of `x` in probability, and the step to go back by: Newton's, or in a tail that of a power law there."""
        upper = bool(p > 0.9)
        if not upper and not p < 0.1:
            error = self.below(arb(x)) - p
            return error, float((error / slope).mid())
        value, goal = (self.above(arb(x)), 1 - p) if upper else (self.below(arb(x)), p)
        error = goal - value if upper else value - goal
        distance = arb(self.high) - x if upper else arb(x) - self.low
        if not (value > 0 and goal > 0 and distance > 0):
            return error, float((error / slope).mid())
        moved = distance * (1 - ((goal / value).log() * value / (slope * distance)).exp())
        return error, float((-moved if upper else moved).mid())

    def _approximate(self, target: arb, scale: float, start: float | None = None) -> float:
        """A double near the quantile, by Newton's method kept in a bracket."""
        lower, upper = self.low, self.high
        x = 0.5 * (lower + upper) if start is None else start
        for _ in range(200):
            self.searched += 1
            left, right = self.piece(x)
            slope = self.density_on_piece(arb_series([arb(x)], 1), left + 0.5 * (right - left))[0]
            error, step = self._step(target, x, slope) if slope > 0 else (self.below(arb(x)) - target, 0.0)
            if error > 0:
                upper = x
            else:
                lower = x
            proposal = x - step
            if not lower < proposal < upper:
                proposal = 0.5 * (lower + upper)
            moved, x = abs(proposal - x), proposal
            if moved <= 1e-11 * scale or not lower < x < upper:
                break
        return x
