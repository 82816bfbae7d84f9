"""The density, the survival and the hazard of costs that are counted from the highest bid."""

from __future__ import annotations

import numpy as np

from equilibria._bid_cells import Array
from mechanisms.distributions import Distribution

__all__ = ["CostsBelow", "hazards"]


class CostsBelow:
    """One prover's costs below the highest bid.

    Arguments:
        law: their prior.
        top: the highest bid, from which all costs are counted.
    """

    def __init__(self, law: Distribution, top: float) -> None:
        self.law, self.top = law, top
        self.vanishing = float(law.pdf(np.float64(law.support[0]))) == 0.0

    def chances(self, costs: Array) -> tuple[Array, Array]:
        """Density and survival of costs, which are clipped to the support."""
        c = self._inside(costs)
        return self.law.pdf(c), self.law.survival(c)

    def slope(self, costs: Array, density: Array, hazard: Array) -> Array:
        """How fast the hazard grows with the cost, where that is known."""
        c, (low, high) = self._inside(costs), self.law.support
        step = 1e-4 * np.minimum(c - low, high - c)
        more, less = self.law.pdf(np.stack([c + step, c - step]))
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = (more - less) / (2.0 * step) / density
        slope = hazard * (np.where(np.isfinite(rate), rate, 0.0) + hazard)
        return np.where(self.top + costs < low, -slope, slope) if self.vanishing else slope

    def _inside(self, costs: Array) -> Array:
        """Costs within the support: a density that vanishes at the lowest cost is mirrored there, so that Newton's method may
        pass it on its way."""
        low, high = self.law.support
        c = self.top + costs
        return np.clip(np.where(c < low, 2.0 * low - c, c) if self.vanishing else c, low, high)


def hazards(density: Array, survival: Array) -> Array:
    """Density over survival, 0 where that is no number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = density / survival
    return np.where(np.isfinite(hazard), hazard, 0.0)
