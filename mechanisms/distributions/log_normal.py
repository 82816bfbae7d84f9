r"""The log-normal distribution, truncated to a support and renormalised.

$\log C$ is normal with mean $\mu$ and standard deviation $\sigma$, given that
$C \in [\underline{c}, \overline{c}]$:
$$F(x) = \frac{\Phi(z) - \Phi(z_0)}{\Phi(z_1) - \Phi(z_0)}, \qquad z = \frac{\log x - \mu}{\sigma}.$$
Masses $\Phi(z + h) - \Phi(z)$ are computed by their logarithm, in the tail on their own side, and by
quadrature where $h$ is small, so that both tails of $F$ keep their digits also when the support lies in one
tail of the normal (relative error about $10^{-16} \max(1, z_0^2)$).

As a cost it is always regular: up to the mode $z = -\sigma$ of the density in $x$ the density is log-concave,
hence so is $F$; beyond, the density falls and $F/f$ rises. As a value it is regular where the whole
support lies where the density is log-concave, $z \le (1 - \sigma^2)/\sigma$; otherwise a grid decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.balls import enclose
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.normal_mass import log_density, log_mass, step_of_mass
from mechanisms.distributions.parameters import between, ordered, positive
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput

if TYPE_CHECKING:
    from flint import arb

# A support with less of the untruncated law than this is refused: doubles cannot renormalise it.
LEAST_LOG_MASS = -690.0


@final
@dataclass(frozen=True, slots=True)
class LogNormal(Distribution):
    r"""A cost whose logarithm is normal, within known limits.

    Arguments:
        mu: mean of the logarithm of the untruncated cost, from -1000 to 1000.
        sigma: standard deviation of that logarithm, from 1e-6 to 1000.
        low: least cost, at least 0.
        high: greatest cost, above `low`, finite.

    Raises:
        InvalidInput: a parameter out of its range, or a support that holds less than 1e-299 of the law.

    Example:
        >>> round(float(LogNormal(0, 1, 0.5, 2).quantile(0.5)), 12)
        1.0
    """

    mu: float
    sigma: float
    low: float
    high: float
    _z: tuple[float, float] = field(init=False, repr=False, compare=False)
    _width: float = field(init=False, repr=False, compare=False)
    _log_mass: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mu, sigma = between(self.mu, "mu", -1e3, 1e3), between(self.sigma, "sigma", 1e-6, 1e3)
        low, high = ordered(self.low, self.high)
        if low < 0.0:
            raise InvalidInput(f"low must be at least 0; got {low!r}. A log-normal cost is positive.")
        for name, value in (("mu", mu), ("sigma", sigma), ("low", low), ("high", high)):
            object.__setattr__(self, name, value)
        width = float(self._log_ratio(np.array([high]))[0]) / sigma
        ends = (self._standard(low), self._standard(high))
        mass = float(log_mass(*(np.array([v]) for v in (*ends, width)))[0])
        if not mass >= LEAST_LOG_MASS:
            raise InvalidInput(
                f"low and high must hold at least 1e-299 of the untruncated law; got mu={mu!r}, "
                f"sigma={sigma!r}, low={low!r}, high={high!r}. "
                "Move mu, the mean of the logarithm of the cost, towards them."
            )
        object.__setattr__(self, "_z", ends)
        object.__setattr__(self, "_width", width)
        object.__setattr__(self, "_log_mass", mass)

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def knots(self) -> tuple[float, ...]:
        return self.low, self.high

    def mean(self) -> float:
        shifted = (*(z - self.sigma for z in self._z), self._width)
        log_part = float(log_mass(*(np.array([v]) for v in shifted))[0])
        mean = math.exp(self.mu + 0.5 * self.sigma**2 + log_part - self._log_mass)
        return min(max(mean, self.low), self.high)

    def spec(self) -> dict[str, object]:
        return {"kind": "log_normal", "mu": self.mu, "sigma": self.sigma, "low": self.low, "high": self.high}

    def scaled(self, factor: float) -> LogNormal:
        factor = positive(factor, "factor")
        return LogNormal(self.mu + math.log(factor), self.sigma, self.low * factor, self.high * factor)

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        if side == "cost" or self._z[1] * self.sigma < (1.0 - self.sigma**2) * (1.0 - 1e-12) - 1e-12:
            return True
        return self._monotone_on_grid(side)

    def _standard(self, x: float) -> float:
        return (math.log(x) - self.mu) / self.sigma if x > 0.0 else -math.inf

    def _log_ratio(self, x: FloatArray) -> FloatArray:
        """log(x / low), accurate for x near low; infinite for low = 0."""
        if self.low == 0.0:
            return np.full(x.shape, np.inf)
        near = np.minimum(x - self.low, self.low) / self.low
        return np.where(x < 2.0 * self.low, np.log1p(near), np.log(x) - math.log(self.low))

    def _cdf(self, x: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            z = (np.log(x) - self.mu) / self.sigma
        mass = log_mass(np.full(x.shape, self._z[0]), z, self._log_ratio(x) / self.sigma)
        return np.exp(mass - self._log_mass)

    def _survival(self, x: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            log_x = np.log(x)
        z = (log_x - self.mu) / self.sigma
        near = np.minimum(self.high - x, 0.5 * self.high) / self.high
        gap = np.where(2.0 * x > self.high, -np.log1p(-near), math.log(self.high) - log_x) / self.sigma
        return np.exp(log_mass(z, np.full(x.shape, self._z[1]), gap) - self._log_mass)

    def _pdf(self, x: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            log_x = np.log(x)
        z = (log_x - self.mu) / self.sigma
        log_f = log_density(z) - np.where(x > 0.0, log_x, 0.0) - math.log(self.sigma) - self._log_mass
        return np.where(x == 0.0, 0.0, np.exp(log_f))

    def _quantile(self, p: FloatArray) -> FloatArray:
        return self._from_ends(p, 1.0 - p, p <= 0.5)

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        return self._from_ends(1.0 - q, q, q > 0.5)

    def _from_ends(self, p: FloatArray, q: FloatArray, from_low: np.ndarray) -> FloatArray:
        """Walks the smaller mass from its own end of the support."""
        x = np.empty(p.shape)
        with np.errstate(divide="ignore"):
            mass_low, mass_high = np.log(p[from_low]), np.log(q[~from_low])
        if self.low == 0.0:
            from scipy.special import ndtri_exp

            x[from_low] = np.exp(self.mu + self.sigma * ndtri_exp(np.minimum(mass_low + self._log_mass, 0.0)))
        else:
            step = step_of_mass(self._z[0], self._width, mass_low + self._log_mass)
            x[from_low] = self.low + self.low * np.expm1(self.sigma * step)
        step = step_of_mass(-self._z[1], self._width, mass_high + self._log_mass)
        x[~from_low] = self.high + self.high * np.expm1(-self.sigma * step)
        return x

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        return Enclosure(self._enclosed(low).lower, self._enclosed(high).upper)

    def _enclosed(self, x: float) -> Enclosure:
        if x <= self.low or x >= self.high:
            level = Fraction(int(x > self.low))
            return Enclosure.around(level, level)

        def ball() -> arb:
            from flint import arb

            # Twice the upper (mirrored: lower) tail of the normal; rising precision restores the digits.
            mirror = 1 if self._z[0] + self._z[1] > 0.0 else -1

            def tail(cost: float) -> arb:
                if cost == 0.0:
                    return arb(0)
                z = (arb(cost).log() - arb(self.mu)) / arb(self.sigma)
                return (mirror * z / arb(2).sqrt()).erfc()

            first = tail(self.low)
            return (tail(x) - first) / (tail(self.high) - first)

        return enclose(ball)
