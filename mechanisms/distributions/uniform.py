r"""The uniform distribution: $F(c) = (c - \underline{c}) / (\overline{c} - \underline{c})$."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.parameters import ordered, positive
from mechanisms.enclosure import Enclosure


@final
@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    r"""A cost that is equally likely anywhere between `low` and `high`.

    Arguments:
        low: least cost, finite.
        high: greatest cost, above `low`.

    Raises:
        InvalidInput: an end is not a finite number, or `low >= high`.

    Example:
        >>> float(Uniform(0, 1).virtual_cost(0.25))
        0.5
    """

    low: float
    high: float

    def __post_init__(self) -> None:
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
        return 0.5 * self.low + 0.5 * self.high

    def spec(self) -> dict[str, object]:
        return {"kind": "uniform", "low": self.low, "high": self.high}

    def scaled(self, factor: float) -> Uniform:
        factor = positive(factor, "factor")
        return Uniform(self.low * factor, self.high * factor)

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        return True

    def _cdf(self, x: FloatArray) -> FloatArray:
        return (x - self.low) / (self.high - self.low)

    def _survival(self, x: FloatArray) -> FloatArray:
        return (self.high - x) / (self.high - self.low)

    def _pdf(self, x: FloatArray) -> FloatArray:
        return np.where(np.isnan(x), np.nan, 1.0 / (self.high - self.low))

    def _quantile(self, p: FloatArray) -> FloatArray:
        width = self.high - self.low
        return np.where(p <= 0.5, self.low + width * p, self.high - width * (1.0 - p))

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        width = self.high - self.low
        return np.where(q <= 0.5, self.high - width * q, self.low + width * (1.0 - q))

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        first, width = Fraction(self.low), Fraction(self.high) - Fraction(self.low)
        return Enclosure.around((Fraction(low) - first) / width, (Fraction(high) - first) / width)
