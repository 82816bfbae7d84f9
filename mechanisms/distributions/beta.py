r"""The Beta distribution, moved to a support.

With $t = (x - \underline{c}) / (\overline{c} - \underline{c})$ the density is proportional to
$t^{a-1} (1-t)^{b-1}$ and $F(x) = I_t(a, b)$, the regularised incomplete beta function; the upper tail is
$I_{1-t}(b, a)$, with $1-t$ formed from the upper end so that it keeps its digits.

Regularity is a theorem, not a test. As a cost: if $b \ge 1$, either $a \ge 1$ and the density, hence $F$,
is log-concave, or $a < 1$ and the density falls, so that $F/f$ rises; if $b < 1$, $F/f$ drops to 0 at the
upper end with unbounded slope. Hence regular as a cost if and only if $b \ge 1$, as a value if and only if
$a \ge 1$.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.balls import enclose
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.beta_inverse import beta_inverse
from mechanisms.distributions.parameters import between, ordered, positive
from mechanisms.enclosure import Enclosure

if TYPE_CHECKING:
    from flint import arb

# Shapes outside are refused: quantiles underflow below, the special functions lose digits above.
LEAST_SHAPE, GREATEST_SHAPE = 0.01, 1e4


@final
@dataclass(frozen=True, slots=True)
class Beta(Distribution):
    """A Beta(a, b) cost on [low, high].

    Arguments:
        a: shape at the lower end, from 0.01 to 10000.
        b: shape at the upper end, from 0.01 to 10000.
        low: least cost, finite.
        high: greatest cost, above `low`.

    Raises:
        InvalidInput: a shape is out of range, an end is not finite, or `low >= high`.

    Example:
        >>> round(float(Beta(2, 1).quantile(0.25)), 12)
        0.5
    """

    a: float
    b: float
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", between(self.a, "a", LEAST_SHAPE, GREATEST_SHAPE))
        object.__setattr__(self, "b", between(self.b, "b", LEAST_SHAPE, GREATEST_SHAPE))
        low, high = ordered(self.low, self.high)
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def knots(self) -> tuple[float, ...]:
        return self.low, self.high

    def mean(self) -> float:
        share = self.a / (self.a + self.b)
        return min(max(self.low + (self.high - self.low) * share, self.low), self.high)

    def spec(self) -> dict[str, object]:
        return {"kind": "beta", "a": self.a, "b": self.b, "low": self.low, "high": self.high}

    def scaled(self, factor: float) -> Beta:
        factor = positive(factor, "factor")
        return Beta(self.a, self.b, self.low * factor, self.high * factor)

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        return (self.b if side == "cost" else self.a) >= 1.0

    def _cdf(self, x: FloatArray) -> FloatArray:
        from scipy.special import betainc

        return np.asarray(betainc(self.a, self.b, (x - self.low) / (self.high - self.low)))

    def _survival(self, x: FloatArray) -> FloatArray:
        from scipy.special import betainc

        return np.asarray(betainc(self.b, self.a, (self.high - x) / (self.high - self.low)))

    def _pdf(self, x: FloatArray) -> FloatArray:
        from scipy.special import betaln, xlogy

        width = self.high - self.low
        t, u = (x - self.low) / width, (self.high - x) / width
        with np.errstate(over="ignore"):
            log_density = xlogy(self.a - 1.0, t) + xlogy(self.b - 1.0, u) - betaln(self.a, self.b)
            return np.asarray(np.exp(log_density) / width)

    def _quantile(self, p: FloatArray) -> FloatArray:
        return self._from_ends(p, 1.0 - p, p <= 0.5)

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        return self._from_ends(1.0 - q, q, q > 0.5)

    def _from_ends(self, p: FloatArray, q: FloatArray, from_low: np.ndarray) -> FloatArray:
        """Inverts the tail that is the smaller; the other one of `p` and `q` is not accurate there."""
        width, x = self.high - self.low, np.empty(p.shape)
        x[from_low] = self.low + width * beta_inverse(self.a, self.b, p[from_low])
        x[~from_low] = self.high - width * beta_inverse(self.b, self.a, q[~from_low])
        return x

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        return Enclosure(self._enclosed(low).lower, self._enclosed(high).upper)

    def _enclosed(self, x: float) -> Enclosure:
        first, last = Fraction(self.low), Fraction(self.high)
        share = (Fraction(x) - first) / (last - first)
        if share in (0, 1):
            return Enclosure.around(share, share)

        def ball() -> arb:
            from flint import arb, fmpq

            t = arb(fmpq(share.numerator, share.denominator))
            return t.beta_lower(arb(self.a), arb(self.b), regularized=True)

        return enclose(ball)
