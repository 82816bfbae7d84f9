r"""The Weibull distribution, truncated to a support and renormalised: times to failure or to a proof.

With $H(x) = (x/\lambda)^k$ the cumulative hazard, $H_0 = H(\underline{c})$ and $H_1 = H(\overline{c})$,

$$F(x) = \frac{1 - e^{-(H(x) - H_0)}}{1 - e^{-(H_1 - H_0)}}, \qquad \underline{c} \le x \le \overline{c}.$$

Differences of hazards are computed from the nearer end, so both tails of $F$ keep their digits.

As a cost it is always regular: for $k \ge 1$ the density is log-concave, hence so is $F$; for $k < 1$ the density falls and $F/f$
rises. As a value it is regular for $k \ge 1$; for smaller shapes, whose hazard falls, a grid decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.balls import enclose
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.parameters import between, ordered, positive
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput

if TYPE_CHECKING:
    from flint import arb

# A support with less of the untruncated law than this is refused, as in `log_normal.py`.
LEAST_LOG_MASS = -690.0
# Hazards beyond which nothing is left for the mean, and the widest panel of its quadrature.
SPENT, PANEL = 745.0, 16.0


@final
@dataclass(frozen=True, slots=True)
class Weibull(Distribution):
    r"""A cost whose hazard is a power of it, within known limits.

    Arguments:
        shape: $k$, from 0.05 to 100; 1 is the exponential law, below it the hazard falls.
        scale: $\lambda$, positive: where all but $1/e$ of the untruncated law lies below.
        low: least cost, at least 0.
        high: greatest cost, above `low`, finite.

    Raises:
        InvalidInput: a parameter out of its range, or a support that holds less than 1e-299 of the law.

    Example:
        >>> round(float(Weibull(1, 1, 0, 50).quantile(0.5)), 12)  # log 2
        0.69314718056
    """

    shape: float
    scale: float
    low: float
    high: float

    def __post_init__(self) -> None:
        shape, scale = between(self.shape, "shape", 0.05, 100.0), between(self.scale, "scale", 1e-100, 1e100)
        low, high = ordered(self.low, self.high)
        if low < 0.0:
            raise InvalidInput(f"low must be at least 0; got {low!r}. A Weibull cost is positive.")
        for name, value in (("shape", shape), ("scale", scale), ("low", low), ("high", high)):
            object.__setattr__(self, name, value)
        extent = float(self._since_low(np.array([high]))[0])
        with np.errstate(divide="ignore"):
            mass = float(np.log(-np.expm1(-extent))) - self._start
        if not mass >= LEAST_LOG_MASS:
            raise InvalidInput(
                f"low and high must hold at least 1e-299 of the untruncated law; got shape={shape!r}, scale={scale!r}, "
                f"low={low!r}, high={high!r}. Move scale towards them."
            )

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def knots(self) -> tuple[float, ...]:
        return self.low, self.high

    def mean(self) -> float:
        extent = min(self._extent, SPENT)
        nodes, shares = np.polynomial.legendre.leggauss(40)
        edges = np.arange(0.0, extent, PANEL)
        # Panels that halve towards the hazard 0, where the cost is a power of it, down to what cannot matter.
        near = 2.0 ** np.arange(-160.0, math.log2(PANEL))
        edges = np.unique(np.concatenate([edges, near[near < extent], near[near > self._start] - self._start, [extent]]))
        edges = edges[(edges >= 0.0) & (edges <= extent)]
        half = 0.5 * np.diff(edges)[:, None]
        hazard = edges[:-1, None] + half * (1.0 + nodes)
        excess = self._cost_since_low(hazard.ravel()).reshape(hazard.shape) - self.low
        total = float(np.sum(half * shares * excess * np.exp(-hazard))) / -math.expm1(-self._extent)
        return min(max(self.low + total, self.low), self.high)

    def spec(self) -> dict[str, object]:
        return {"kind": "weibull", "shape": self.shape, "scale": self.scale, "low": self.low, "high": self.high}

    def scaled(self, factor: float) -> Weibull:
        factor = positive(factor, "factor")
        return Weibull(self.shape, self.scale * factor, self.low * factor, self.high * factor)

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        return side == "cost" or self.shape >= 1.0 or self._monotone_on_grid(side)

    @property
    def _start(self) -> float:
        return float(self._hazard(np.array([self.low]))[0])

    @property
    def _extent(self) -> float:
        return float(self._since_low(np.array([self.high]))[0])

    def _hazard(self, x: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", divide="ignore"):
            return np.exp(self.shape * (np.log(x) - math.log(self.scale)))

    def _since_low(self, x: FloatArray) -> FloatArray:
        """H(x) - H(low), accurate near `low`."""
        if self.low == 0.0:
            return self._hazard(x)
        near = np.log1p(np.minimum(x - self.low, self.low) / self.low)
        ratio = np.where(x < 2.0 * self.low, near, np.log(x) - math.log(self.low))
        with np.errstate(over="ignore"):
            return self._start * np.expm1(self.shape * ratio)

    def _until_high(self, x: FloatArray) -> FloatArray:
        """H(high) - H(x), accurate near `high`."""
        with np.errstate(divide="ignore", over="ignore"):
            far = np.log(x) - math.log(self.high)
            near = np.log1p(-np.minimum(self.high - x, 0.5 * self.high) / self.high)
            ratio = np.where(2.0 * x > self.high, near, far)
            return -self._hazard(np.array([self.high])) * np.expm1(self.shape * ratio)

    def _cost_since_low(self, hazard: FloatArray) -> FloatArray:
        """The cost at which the hazard since `low` is so much."""
        if self.low == 0.0:
            return np.asarray(self.scale * hazard ** (1.0 / self.shape))
        return np.asarray(self.low + self.low * np.expm1(np.log1p(hazard / self._start) / self.shape))

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(np.expm1(-self._since_low(x)) / math.expm1(-self._extent))

    def _survival(self, x: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.exp(-self._since_low(x)) * np.expm1(-self._until_high(x)) / math.expm1(-self._extent))

    def _pdf(self, x: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            power = (self.shape - 1.0) * (np.log(x) - math.log(self.scale)) if self.shape != 1.0 else np.zeros(x.shape)
            log_f = math.log(self.shape / self.scale) + power - self._since_low(x)
            return np.exp(log_f - math.log(-math.expm1(-self._extent)))

    def _quantile(self, p: FloatArray) -> FloatArray:
        return self._from_ends(p, 1.0 - p, p <= 0.5)

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        return self._from_ends(1.0 - q, q, q > 0.5)

    def _from_ends(self, p: FloatArray, q: FloatArray, from_low: np.ndarray) -> FloatArray:
        """Walks the smaller mass from its own end of the support."""
        x, extent = np.empty(p.shape), self._extent
        x[from_low] = self._cost_since_low(-np.log1p(p[from_low] * math.expm1(-extent)))
        with np.errstate(divide="ignore"):
            # Until `high`: log(1 + q (e^D - 1)) for the extent D, without overflow.
            until = np.logaddexp(0.0, np.log(q[~from_low]) + extent + math.log(-math.expm1(-extent)))
            top = float(self._hazard(np.array([self.high]))[0])
            left = np.log1p(-np.minimum(until / top, 1.0)) / self.shape
        x[~from_low] = self.high + self.high * np.expm1(left)
        return x

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        return Enclosure(self._enclosed(low).lower, self._enclosed(high).upper)

    def _enclosed(self, x: float) -> Enclosure:
        if x <= self.low or x >= self.high:
            level = Fraction(int(x > self.low))
            return Enclosure.around(level, level)

        def ball() -> arb:
            from flint import arb

            def hazard(cost: float) -> arb:
                return arb(0) if cost == 0.0 else (arb(cost) / arb(self.scale)) ** arb(self.shape)

            first = hazard(self.low)
            return (first - hazard(x)).expm1() / (first - hazard(self.high)).expm1()

        return enclose(ball)
