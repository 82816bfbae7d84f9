"""What a k-double auction needs of the two priors: ratios of probability to density, between knots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechanisms.distributions import Distribution

Array = NDArray[np.float64]

NEAR = 1e-9
"""Distance from the end of a support, as a share of its width, below which a ratio is taken as linear."""


@dataclass(frozen=True, slots=True)
class TradeHazard:
    r"""$G/g$ of a cost (`upper=False`) or $(1-F)/f$ of a value (`upper=True`), zero at its end of the support."""

    prior: Distribution
    upper: bool

    @property
    def end(self) -> float:
        """The end of the support at which the ratio vanishes: the lowest cost, the highest value."""
        return self.prior.support[1] if self.upper else self.prior.support[0]

    def __call__(self, x: Array, piece: tuple[float, float] | None = None) -> Array:
        """The ratio at types `x`; with a piece between knots, its continuous extension from there."""
        low, high = self.prior.support if piece is None else piece
        inset = 1e-12 * (high - low)
        near = NEAR * (self.prior.support[1] - self.prior.support[0])
        least = low + (near if low == self.prior.support[0] else inset)
        most = high - (near if high == self.prior.support[1] else inset)
        y = np.clip(x, least, most)
        mass = self.prior.survival(y) if self.upper else self.prior.cdf(y)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = mass / self.prior.pdf(y)
        beyond = x > most if self.upper else x < least
        edge = most if self.upper else least
        if edge != (high - near if self.upper else low + near):
            return np.asarray(ratio)
        scale = (self.end - np.asarray(x)) / (self.end - edge)
        return np.where(beyond, ratio * scale, ratio)
