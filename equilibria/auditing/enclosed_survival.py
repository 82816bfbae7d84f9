r"""The gain of a shade against rivals of any law with a density, enclosed.

With $S(x)=\prod_j(1-q_jF_j(x))$, which falls, and certain bounds of each $F_j$, the gain
$(b-c)(A+S(b))-\int_c^bS$ of `non_reveal.py` lies between two rationals: the integral lies between its lower and its upper sum.
Which bid to look at is found in doubles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from mechanisms import Distribution
from mechanisms.enclosure import round_down, round_up

__all__ = ["EnclosedSurvival"]

BIDS = 257  # tried in doubles
CELLS = 1024  # of the certain sums; their difference is a share 1/CELLS of the fall of S


@dataclass(frozen=True, slots=True)
class EnclosedSurvival:
    """The lowest report of truthful rivals who may be absent.

    Arguments:
        laws: of the rivals' costs, with densities.
        presence: the probability of each that it is there.
    """

    laws: Sequence[Distribution]
    presence: Sequence[Fraction]

    def at(self, x: Fraction) -> tuple[Fraction, Fraction]:
        """S(x), between two rationals."""
        least, most = Fraction(1), Fraction(1)
        for law, chance in zip(self.laws, self.presence, strict=True):
            cdf = law.cdf_bounds(round_down(x), round_up(x))
            least *= 1 - chance * Fraction(cdf.upper)
            most *= 1 - chance * Fraction(cdf.lower)
        return least, most

    def gain(self, cost: Fraction, bid: Fraction, reserve: Fraction) -> tuple[Fraction, Fraction]:
        """What a bid above the cost gains over the cost, between two rationals."""
        edges = [cost + (bid - cost) * k / CELLS for k in range(CELLS + 1)]
        values = [self.at(x) for x in edges]
        width = (bid - cost) / CELLS
        least = width * sum((right[0] for _, right in pairwise(values)), Fraction(0))
        most = width * sum((left[1] for left, _ in pairwise(values)), Fraction(0))
        alone = self.at(reserve)
        return (bid - cost) * (alone[0] + values[-1][0]) - most, (bid - cost) * (alone[1] + values[-1][1]) - least

    def likely_best(self, cost: Fraction, reserve: Fraction) -> tuple[Fraction, float]:
        """The best of some bids from the cost up to the reserve, and its gain, both estimated in doubles."""
        bids = np.linspace(float(cost), float(reserve), BIDS)
        survival = np.ones(BIDS)
        for law, chance in zip(self.laws, self.presence, strict=True):
            survival *= 1.0 - float(chance) * law.cdf(bids)
        steps = np.diff(bids) * (survival[1:] + survival[:-1]) / 2.0
        gains = (bids - bids[0]) * (survival[-1] + survival) - np.concatenate(([0.0], np.cumsum(steps)))
        place = int(gains.argmax())
        exact = min(max(Fraction(float(bids[place])), cost), reserve)
        return exact, float(gains[place])
