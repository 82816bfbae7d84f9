r"""The law of $-C$: what turns a sale into a procurement, values into costs, and back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.parameters import shown
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput


@final
@dataclass(frozen=True, slots=True)
class Reflected(Distribution):
    """The law of minus a cost. Its cdf is the survival of the original at the negated point.

    Arguments:
        of: the distribution to reflect. `of.reflected()` makes one, and undoes it.

    Raises:
        InvalidInput: `of` is not a distribution.

    Notes:
        Where the density jumps inside the support it takes the limit from the left.

    Example:
        >>> from mechanisms.distributions import Uniform
        >>> Uniform(1, 2).reflected().support
        (-2.0, -1.0)
    """

    of: Distribution

    def __post_init__(self) -> None:
        if not isinstance(self.of, Distribution):
            raise InvalidInput(f"of must be a distribution; got {shown(self.of)}. For example Uniform(0, 1).")
        if self.of.atoms:
            raise InvalidInput(f"of must have a density; got {shown(self.of)}. Call its reflected(), which is Discrete too.")

    @property
    def support(self) -> tuple[float, float]:
        low, high = self.of.support
        return 0.0 - high, 0.0 - low

    @property
    def knots(self) -> tuple[float, ...]:
        return tuple(0.0 - x for x in reversed(self.of.knots))

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        return tuple((0.0 - right, 0.0 - left) for left, right in reversed(self.of.gaps))

    def mean(self) -> float:
        return 0.0 - self.of.mean()

    def spec(self) -> dict[str, object]:
        return {"kind": "reflected", "of": self.of.spec()}

    def scaled(self, factor: float) -> Reflected:
        return Reflected(self.of.scaled(factor))

    def reflected(self) -> Distribution:
        """The original."""
        return self.of

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        return self.of.is_regular("value" if side == "cost" else "cost")

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...] | None = None) -> FloatArray:
        """The negated draws of the original."""
        return -self.of.sample(rng, size)

    def _cdf(self, x: FloatArray) -> FloatArray:
        return self.of.survival(-x)

    def _survival(self, x: FloatArray) -> FloatArray:
        return self.of.cdf(-x)

    def _pdf(self, x: FloatArray) -> FloatArray:
        return self.of.pdf(-x)

    def _quantile(self, p: FloatArray) -> FloatArray:
        x = -self.of.upper_quantile(p)
        for left, right in self.gaps:
            x = np.where((x == right) & (p <= self.cdf(left)), left, x)
        return x

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        x = -self.of.quantile(q)
        for left, right in self.gaps:
            x = np.where((x == right) & (q >= self.survival(left)), left, x)
        return x

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        mirrored = self.of.cdf_bounds(-high, -low)
        return Enclosure.around(1 - Fraction(mirrored.upper), 1 - Fraction(mirrored.lower))
