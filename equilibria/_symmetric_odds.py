"""Chances of one among equal provers, in floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from mechanisms.distributions import Distribution

__all__ = ["LoneOdds", "MarkedOdds", "PartOdds", "SymmetricOdds", "farthest"]

Array = NDArray[np.float64]

# Terms of a binomial tail from which on it is left to the incomplete beta function.
LONG = 12

# Shares of an interval at which a condition is tried, from the whole down to rounding.
SHARES = 0.8 ** np.arange(1, 165)


@dataclass(frozen=True, slots=True)
class SymmetricOdds:
    r"""Of one prover among `n` with the prior $F$, of whom the `k` lowest win.

    $X=S^{n-k}Q$ with $Q=\sum_{j<k}\binom{n-1}jF^jS^{k-1-j}$, $-X'=\kappa fF^{k-1}S^{n-1-k}$ and
    $\kappa=(n-1)\binom{n-2}{k-1}$.
    """

    prior: Distribution
    n: int
    k: int

    def hazard_and_chance(self, c: Array) -> tuple[Array, Array]:
        """-X'/X and X; the first is infinite at the top of the support."""
        survival = np.asarray(self.prior.survival(c))
        cdf = 1.0 - survival
        scale = (self.n - 1) * comb(self.n - 2, self.k - 1) * np.asarray(self.prior.pdf(c)) * cdf ** (self.k - 1)
        polynomial = _binomial_sum([comb(self.n - 1, j) for j in range(self.k)], survival, cdf)
        with np.errstate(divide="ignore", invalid="ignore"):
            return scale / (survival * polynomial), survival ** (self.n - self.k) * polynomial

    def falls(self, c: Array) -> Array:
        """-X'."""
        survival = np.asarray(self.prior.survival(c))
        scale = (self.n - 1) * comb(self.n - 2, self.k - 1) * np.asarray(self.prior.pdf(c))
        return np.asarray(scale * (1.0 - survival) ** (self.k - 1) * survival ** (self.n - 1 - self.k))

    def loses(self, c: Array) -> Array:
        """1 - X, accurate where it is small."""
        cdf = np.asarray(self.prior.cdf(c))
        if self.n - self.k > LONG:
            from scipy.special import betainc

            return np.asarray(betainc(self.k, self.n - self.k, cdf))
        ways = [comb(self.n - 1, j) for j in range(self.k, self.n)]
        return np.asarray(_binomial_sum(ways, 1.0 - cdf, cdf) * cdf**self.k)

    def at_stake(self, c: Array) -> Array:
        """What markups of costs up to `c` may cost, as a share of the highest."""
        return self.loses(c)

    def weight(self, chance: Array) -> Array:
        """What an error of a markup on a cell costs, given X along cells."""
        return chance[:, 0]

    def rests_at(self, low: float) -> bool:
        """Whether the chance of winning is flat at the low end, so that bids are."""
        return self.k > 1 or float(self.prior.pdf(low)) == 0.0


@dataclass(frozen=True, slots=True)
class LoneOdds:
    r"""Of one among `n` alike who are each there with the chance `presence`, and whose lowest wins: $X=(1-pF)^{n-1}$.

    A markup is paid to whoever is alone, with the chance `alone` that no rival bids, and costs $-X'$ at the margin.
    """

    prior: Distribution
    n: int
    presence: float
    alone: float

    def hazard_and_chance(self, c: Array) -> tuple[Array, Array]:
        """-X'/P for the chance P to be alone, and X."""
        away = 1.0 - self.presence * np.asarray(self.prior.cdf(c))
        density = self.presence * np.asarray(self.prior.pdf(c))
        return (self.n - 1) * density * away ** (self.n - 2) / self.alone, away ** (self.n - 1)

    def loses(self, c: Array) -> Array:
        """1 - X, accurate where it is small."""
        return np.asarray(-np.expm1((self.n - 1) * np.log1p(-self.presence * np.asarray(self.prior.cdf(c)))))

    def at_stake(self, c: Array) -> Array:
        """What markups of costs up to `c` may cost, as a share of the highest."""
        return self.loses(c)

    def weight(self, chance: Array) -> Array:
        """What an error of a markup on a cell costs, given X along cells: all of it when alone, else as X falls."""
        return self.alone + chance[:, 0] - chance[:, -1]

    def rests_at(self, low: float) -> bool:
        """Whether the chance of winning is flat at the low end, so that bids are."""
        return float(self.prior.pdf(low)) == 0.0


@dataclass(frozen=True, slots=True)
class PartOdds:
    r"""Of one among `n` alike who can each make `size` of `tasks` $=jm+\rho$, $0<\rho<m$, at a uniform price.

    With $B\sim\mathrm{Bin}(n-1,F)$ rivals below it is awarded $\min(m,(k-mB)^+)$, on average $X$; with exactly $j$ it is awarded
    the part $\rho$, and its own bid is the price: $M=\rho P(B=j)$. Then
    $-X'/M=f\,[j(m-\rho)/(\rho F)+(n-1-j)/(1-F)]$.
    """

    prior: Distribution
    n: int
    size: int
    tasks: int

    def hazard_and_chance(self, c: Array) -> tuple[Array, Array]:
        """-X'/M, and X as a share of what a prover can make."""
        full, part = divmod(self.tasks, self.size)
        below, above = np.asarray(self.prior.cdf(c)), np.asarray(self.prior.survival(c))
        with np.errstate(divide="ignore", invalid="ignore"):
            early = full * (self.size - part) / (part * below) if full else np.zeros_like(below)
            late = (self.n - 1 - full) / above if self.n - 1 > full else np.zeros_like(above)
            return np.asarray(self.prior.pdf(c)) * (early + late), 1.0 - self.loses(c)

    def loses(self, c: Array) -> Array:
        """The share of what it can make that a prover is not awarded, accurate where it is small."""
        below, total = np.asarray(self.prior.cdf(c)), np.zeros_like(np.asarray(c, dtype=np.float64))
        most = min(self.size, self.tasks)
        for j in range(self.n):
            lost = most - min(self.size, max(self.tasks - self.size * j, 0))
            total += lost / most * comb(self.n - 1, j) * below**j * (1.0 - below) ** (self.n - 1 - j)
        return total

    def at_stake(self, c: Array) -> Array:
        """What it loses, times about the share of the markup that is left: towards the low end that falls like a power of F."""
        full, part = divmod(self.tasks, self.size)
        return self.loses(c) * np.asarray(self.prior.cdf(c)) ** min(full * (self.size - part) / part, 1.0)

    def weight(self, chance: Array) -> Array:
        """What an error of a markup on a cell costs, given X along cells."""
        return chance[:, 0]

    def rests_at(self, low: float) -> bool:
        """Whether bids are next to costs at the low end, where hardly anybody is awarded a part."""
        return self.tasks >= self.size or float(self.prior.pdf(low)) == 0.0


def _binomial_sum(ways: Sequence[int], first: Array, second: Array) -> Array:
    r"""$\sum_{j<m}w_ja^{m-1-j}b^j$, all of whose terms are positive."""
    total, power = np.full_like(first, float(ways[0])), np.ones_like(first)
    for way in ways[1:]:
        power *= second
        total *= first
        total += float(way) * power
    return total


MarkedOdds = SymmetricOdds | LoneOdds | PartOdds
"""Odds of a markup that solves a linear equation."""


def farthest(holds: Callable[[Array], NDArray[np.bool_]], start: float, end: float) -> float:
    """The point farthest from `start`, towards `end`, of a grid that is finer and finer near `start`, at which `holds`."""
    grid: Array = np.asarray(start + (end - start) * SHARES, dtype=np.float64)
    passed = np.flatnonzero(holds(grid))
    if not len(passed):
        return start
    found = int(passed[0])
    if found == 0:
        return float(grid[0])
    finer: Array = np.linspace(grid[found - 1], grid[found], 33)
    return float(finer[np.flatnonzero(holds(finer))[0]])
