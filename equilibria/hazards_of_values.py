r"""Values as hazards $H=-\log(1-F)$, in which the highest value is infinitely far away."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms.distributions import Distribution

__all__ = ["hazard", "value"]

Array = NDArray[np.float64]


def hazard(law: Distribution, values: ArrayLike) -> Array:
    """H, accurate in both tails; infinite at the highest value."""
    v = np.asarray(values, dtype=np.float64)
    below, above = np.asarray(law.cdf(v)), np.asarray(law.survival(v))
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(below < 0.5, -np.log1p(-below), -np.log(above)))


def value(law: Distribution, hazards: Array) -> Array:
    """The value of a hazard."""
    low = np.asarray(law.quantile(-np.expm1(-np.minimum(hazards, 0.7))))
    return np.where(hazards < 0.7, low, np.asarray(law.upper_quantile(np.exp(-np.maximum(hazards, 0.7)))))
