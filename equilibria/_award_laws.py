"""Priors as the collocation of awards needs them: mixed with a common one, spread out, or of provers that may be away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from equilibria._award_odds import AwardOdds
from equilibria._bid_cells import Array
from mechanisms.distributions import Distribution

__all__ = ["Blend", "Fading", "Knotted", "Law", "Padded", "Prior", "Spread", "Thinned", "twins"]


class Law(Protocol):
    """What the equations need of a prior."""

    @property
    def support(self) -> tuple[float, float]: ...

    def cdf(self, x: Array) -> Array: ...

    def survival(self, x: Array) -> Array: ...

    def pdf(self, x: Array) -> Array: ...


class Knotted(Protocol):
    """What says where the pieces of a prior begin and end."""

    @property
    def support(self) -> tuple[float, float]: ...

    @property
    def knots(self) -> tuple[float, ...]: ...


class Prior(Law, Protocol):
    """What their solver needs of it."""

    @property
    def knots(self) -> tuple[float, ...]: ...

    def quantile(self, p: Array) -> Array: ...


@dataclass(frozen=True, slots=True)
class Blend:
    """A law between a common one and one's own, for continuation: `share` of the own."""

    own: Law
    common: Sequence[Law]
    share: float

    @property
    def support(self) -> tuple[float, float]:
        return min(law.support[0] for law in self.common), max(law.support[1] for law in self.common)

    def _mean(self, name: str, x: Array) -> Array:
        mean = np.mean([getattr(law, name)(x) for law in self.common], axis=0)
        return np.asarray(self.share * getattr(self.own, name)(x) + (1.0 - self.share) * mean)

    def cdf(self, x: Array) -> Array:
        return self._mean("cdf", x)

    def survival(self, x: Array) -> Array:
        return self._mean("survival", x)

    def pdf(self, x: Array) -> Array:
        return self._mean("pdf", x)


@dataclass(frozen=True, slots=True)
class Thinned:
    """The law of the cost of a prover that is there with probability `presence` only."""

    law: Distribution
    presence: float

    @property
    def support(self) -> tuple[float, float]:
        return self.law.support

    @property
    def knots(self) -> tuple[float, ...]:
        return self.law.knots

    def cdf(self, x: Array) -> Array:
        return np.asarray(self.presence * self.law.cdf(x))

    def survival(self, x: Array) -> Array:
        return np.asarray(1.0 - self.presence + self.presence * self.law.survival(x))

    def pdf(self, x: Array) -> Array:
        return np.asarray(self.presence * self.law.pdf(x))

    def quantile(self, p: Array) -> Array:
        return np.asarray(self.law.quantile(np.minimum(p / self.presence, 1.0)))


@dataclass(frozen=True, slots=True)
class Spread:
    """A law stretched to another support."""

    law: Prior
    low: float
    high: float

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def knots(self) -> tuple[float, ...]:
        return self.support

    def _back(self, x: Array) -> tuple[Array, float]:
        begin, end = self.law.support
        rate = (end - begin) / (self.high - self.low)
        return np.asarray(begin + (x - self.low) * rate), rate

    def cdf(self, x: Array) -> Array:
        return self.law.cdf(self._back(x)[0])

    def survival(self, x: Array) -> Array:
        return self.law.survival(self._back(x)[0])

    def pdf(self, x: Array) -> Array:
        at, rate = self._back(x)
        return np.asarray(rate * self.law.pdf(at))

    def quantile(self, p: Array) -> Array:
        begin, end = self.law.support
        return np.asarray(self.low + (self.law.quantile(p) - begin) * (self.high - self.low) / (end - begin))


@dataclass(frozen=True, slots=True)
class Padded:
    """Where the density of a law may jump, if some mass is spread from `low` on."""

    law: Prior
    low: float

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.law.support[1]

    @property
    def knots(self) -> tuple[float, ...]:
        return tuple(sorted({self.low, *self.law.knots}))


@dataclass(frozen=True, slots=True)
class Fading:
    """An exponential law from `low` on, with the mean `scale` above it."""

    low: float
    scale: float

    @property
    def support(self) -> tuple[float, float]:
        return self.low, np.inf

    @property
    def knots(self) -> tuple[float, ...]:
        return ()

    def cdf(self, x: Array) -> Array:
        return np.asarray(-np.expm1(-np.maximum(x - self.low, 0.0) / self.scale))

    def survival(self, x: Array) -> Array:
        return np.asarray(np.exp(-np.maximum(x - self.low, 0.0) / self.scale))

    def pdf(self, x: Array) -> Array:
        return np.asarray(self.survival(x) / self.scale)

    def quantile(self, p: Array) -> Array:
        return np.asarray(self.low - self.scale * np.log1p(-p))


def twins(laws: Sequence[object], odds: AwardOdds) -> list[int]:
    """For each prover the first one that is like it, in its prior and in what it is awarded: they bid alike."""

    def same(i: int, j: int) -> bool:
        return laws[i] == laws[j] and odds.sizes[i] == odds.sizes[j] and np.array_equal(odds.awards[i], odds.awards[j])

    return [next(j for j in range(i + 1) if same(i, j)) for i in range(len(laws))]
