"""The laws that a certificate may name: their cdfs and densities in ball arithmetic."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.powers import power, power_bound, whole_number
from equilibria.checking.priors import Prior, hull


class UniformPrior(Prior):
    """Density `1 / (high - low)`."""

    def __init__(self, low: float, high: float) -> None:
        self.knots = [low, high]
        self._width = arb(high) - arb(low)

    def below(self, x: arb) -> arb:
        return (x - self.low) / self._width

    def above(self, x: arb) -> arb:
        return (self.high - x) / self._width

    def area(self, x: float) -> arb:
        return (x - arb(self.low)) ** 2 / (2 * self._width)

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        return arb_series([1 / self._width])

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        return 1 / self._width

    def quantile(self, p: arb, near: float | None = None) -> arb:
        return self.low + self._width * p.max(arb(0)).min(arb(1))


class CubicPrior(Prior):
    """A cdf that is a polynomial of degree at most three between knots (piecewise linear and empirical priors)."""

    def __init__(self, points: list[float], cdf: list[float], slopes: list[tuple[arb, arb]]) -> None:
        self.knots = points
        self._levels = cdf
        self._coefficients: list[tuple[arb, arb, arb]] = []
        for (x0, x1), (p0, p1), (d0, d1) in zip(pairwise(points), pairwise(cdf), slopes, strict=True):
            width = arb(x1) - arb(x0)
            secant = (arb(p1) - arb(p0)) / width
            self._coefficients.append((d0, (3 * secant - 2 * d0 - d1) / width, (d0 + d1 - 2 * secant) / width**2))
        self._areas = [arb(0)]
        for k, end in enumerate(points[1:]):
            self._areas.append(self._areas[k] + self._area_within(k, end))

    def _area_within(self, k: int, x: float) -> arb:
        """The integral of the cdf over a piece, from its left knot to `x`."""
        c1, c2, c3 = self._coefficients[k]
        t = arb(x) - self.knots[k]
        return t * (self._levels[k] + t * (c1 / 2 + t * (c2 / 3 + t * c3 / 4)))

    def area(self, x: float) -> arb:
        k = self._index(x)
        return self._areas[k] + self._area_within(k, x)

    def gaps(self) -> list[tuple[float, float]]:
        levels = zip(pairwise(self.knots), pairwise(self._levels), strict=True)
        return [ends for ends, (p, q) in levels if p == q]

    def _index(self, inside: float) -> int:
        return min(max(bisect_right(self.knots, inside) - 1, 0), len(self.knots) - 2)

    def below(self, x: arb) -> arb:
        if x.is_exact():
            return self._below(x)
        return hull(self._below(x.lower()), self._below(x.upper()))

    def _below(self, end: arb) -> arb:
        k = self._index(float(end))
        if k > 0 and end < self.knots[k]:  # `end` lies between doubles: the nearest one may be in the next piece
            k -= 1
        c1, c2, c3 = self._coefficients[k]
        t = end - self.knots[k]
        return self._levels[k] + t * (c1 + t * (c2 + t * c3))

    def above(self, x: arb) -> arb:
        return 1 - self.below(x)

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        k = self._index(inside)
        c1, c2, c3 = self._coefficients[k]
        t = x - self.knots[k]
        return c1 + t * (2 * c2 + t * (3 * c3))

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        k = self._index(inside)
        c1, c2, c3 = self._coefficients[k]
        t = centre - self.knots[k]
        return abs(c1 + t * (2 * c2 + t * 3 * c3)) + distance * (abs(2 * c2 + 6 * c3 * t) + distance * abs(3 * c3))


class LogNormalPrior(Prior):
    """log(cost) is normal(mu, sigma), truncated to `[low, high]` and renormalised."""

    def __init__(self, mu: float, sigma: float, low: float, high: float) -> None:
        self.knots = [low, high]
        self._mu, self._sigma = arb(mu), arb(sigma)
        self._upper_tail = low > 0 and self._score(arb(low)) > 0
        self._left = self._tail(arb(low)) if low > 0 else arb(0)
        self._right = self._tail(arb(high))
        self._mass = self._gap(self._left, self._right)
        self._scale = 1 / (self._mass * self._sigma * (2 * arb.pi()).sqrt())
        self._steepness = -1 / (2 * self._sigma * self._sigma)

    def _score(self, x: arb) -> arb:
        return (x.log() - self._mu) / self._sigma

    def _tail(self, x: arb) -> arb:
        root = self._score(x) / arb(2).sqrt()
        return (root if self._upper_tail else -root).erfc() / 2

    def _gap(self, first: arb, second: arb) -> arb:
        return first - second if self._upper_tail else second - first

    def below(self, x: arb) -> arb:
        return self._gap(self._left, self._tail(x)) / self._mass

    def above(self, x: arb) -> arb:
        return self._gap(self._tail(x), self._right) / self._mass

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        logarithm = x.log()
        ahead = logarithm - self._mu
        return (ahead * ahead * self._steepness - logarithm).exp() * self._scale

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        r"""With $z=e^{x+i\theta}$, $|f|$ is proportional to $\exp((\theta^2-(x-\mu+\sigma^2)^2)/2\sigma^2+\sigma^2/2-\mu)$."""
        share = distance / centre
        if not (centre > 0 and share < 1):
            raise ValueError("the logarithm has no series at 0")
        square, lengths = self._sigma * self._sigma, ((1 - share).log()).union((1 + share).log()) + centre.log()
        turned, off = share.asin(), arb((lengths - self._mu + square).abs_lower())
        return ((off * off - turned * turned) * self._steepness + square / 2 - self._mu).exp() * self._scale


class WeibullPrior(Prior):
    """The hazard is `(x / scale)^shape`, truncated to `[low, high]` and renormalised."""

    def __init__(self, shape: float, scale: float, low: float, high: float) -> None:
        self.knots = [low, high]
        self._shape, self._length = arb(shape), arb(scale)
        self._first, self._last = self._hazard(arb(low)), self._hazard(arb(high))
        self._spread = (self._first - self._last).expm1()

    def _hazard(self, x: arb) -> arb:
        return arb(0) if x.is_zero() else (x / self._length) ** self._shape

    def below(self, x: arb) -> arb:
        return (self._first - self._hazard(x)).expm1() / self._spread

    def above(self, x: arb) -> arb:
        hazard = self._hazard(x)
        return (self._first - hazard).exp() * (hazard - self._last).expm1() / self._spread

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        u = x / self._length
        hazard = power(u, self._shape)
        return power(u, self._shape - 1) * (self._first - hazard).exp() * (-self._shape / self._length / self._spread)

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        u, reach = centre / self._length, distance / self._length
        if whole_number(self._shape) is None and not reach < u:
            raise ValueError("a power has no series at 0")
        least = -((u + reach) ** self._shape)  # of the real part of the hazard
        if reach < u and (turned := (reach / u).asin() * self._shape) < arb.pi() / 2:
            least = (u - reach) ** self._shape * turned.cos()
        rate = -self._shape / self._length / self._spread
        return power_bound(u, reach, self._shape - 1) * (self._first - least).exp() * rate


class MixturePrior(Prior):
    """A convex combination of priors."""

    def __init__(self, weights: list[float], parts: list[Prior]) -> None:
        total = sum((arb(w) for w in weights), arb(0))
        self._weights = [arb(w) / total for w in weights]
        self._parts = parts
        self.knots = sorted({knot for part in parts for knot in part.knots})

    def gaps(self) -> list[tuple[float, float]]:
        def holds(part: Prior, left: float, right: float) -> bool:
            inside = part.low < right and left < part.high
            return inside and not any(low < right and left < high for low, high in part.gaps())

        return [ends for ends in pairwise(self.knots) if not any(holds(part, *ends) for part in self._parts)]

    def below(self, x: arb) -> arb:
        return sum((w * part.cdf(x) for w, part in zip(self._weights, self._parts, strict=True)), arb(0))

    def above(self, x: arb) -> arb:
        return sum((w * part.survival(x) for w, part in zip(self._weights, self._parts, strict=True)), arb(0))

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        total = arb_series([arb(0)])
        for w, part in zip(self._weights, self._parts, strict=True):
            if part.low < inside < part.high:
                total = total + part.density_on_piece(x, inside) * w
        return total

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        parts = zip(self._weights, self._parts, strict=True)
        return sum((w * p.bound_on_piece(centre, distance, inside) for w, p in parts if p.low < inside < p.high), arb(0))


class ReflectedPrior(Prior):
    """The law of minus the cost: it turns a sale into a procurement."""

    def __init__(self, of: Prior) -> None:
        self._of = of
        self.knots = [-knot for knot in reversed(of.knots)]

    def gaps(self) -> list[tuple[float, float]]:
        return [(-right, -left) for left, right in reversed(self._of.gaps())]

    def below(self, x: arb) -> arb:
        return self._of.above(-x)

    def above(self, x: arb) -> arb:
        return self._of.below(-x)

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        return self._of.density_on_piece(-x, -inside)

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        return self._of.bound_on_piece(-centre, distance, -inside)

    def quantile(self, p: arb, near: float | None = None) -> arb:
        if isinstance(self._of, (UniformPrior, ReflectedPrior)):
            return -self._of.quantile(1 - p)
        return super().quantile(p, near)
