r"""First-price auctions among provers that entered, and what each expects of them before it knows its cost.

$$ \pi_i=\int(\beta_i(c)-c)\prod_{j\ne i}P(\beta_j>\beta_i(c))\,dF_i(c) . $$

Among provers alike, or for one alone, it is $\int F_i\prod(1-F_j)$ up to the reserve; provers that differ bid what
`SpectralCollocation` finds, or `HazardShooting` where that finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from equilibria.games.pay_as_bid import spectral_or_none, stated
from equilibria.hazard_shooting import HazardShooting
from equilibria.strategies import ConstantBid, Invertible, Strategy
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused

__all__ = ["EntryAuctions"]

PANELS, NODES = 200, 12
"""Panels of the probability of one's cost, and Gauss points on each."""


class EntryAuctions:
    """Auctions of sets of provers, each solved when it is first asked for.

    Arguments:
        labels: of all provers.
        priors: of their costs.
        reserve: the highest bid that is accepted.
    """

    def __init__(self, labels: Sequence[str], priors: Sequence[Distribution], reserve: float) -> None:
        self.labels, self.priors, self.reserve = labels, priors, reserve
        self.solved: dict[tuple[int, ...], Mapping[str, Strategy]] = {}
        self._kept: dict[tuple[int, ...], dict[int, float]] = {}

    def differ(self, entrants: Sequence[int]) -> bool:
        """Whether those of the entrants that can win are not all alike."""
        able = [self.priors[i] for i in entrants if self.priors[i].support[0] < self.reserve]
        return any(prior != able[0] for prior in able)

    def kept(self, i: int, entrants: Sequence[int]) -> float:
        """What an entrant among others that differ expects.

        Raises:
            Refused: one of these entrants bids the same at every cost.
            SolverFailure: their bids were not found.
        """
        key = tuple(sorted(j for j in entrants if self.priors[j].support[0] < self.reserve))
        if key not in self.solved:
            names = [self.labels[j] for j in key]
            priors = dict(zip(names, (self.priors[j] for j in key), strict=True))
            spectral = spectral_or_none(priors, self.reserve)
            found = spectral[1] if spectral is not None else HazardShooting().strategies(priors, self.reserve)
            if any(isinstance(strategy, ConstantBid) for strategy in found.values()):
                raise Refused(
                    f"at first prices among {', '.join(names)} one makes the same bid at every cost, and what the others would "
                    "earn by entering is not certified. Use Vickrey, or other laws."
                )
            self.solved[key] = found
            self._kept[key] = self._expected(key, found)
        return self._kept[key].get(i, 0.0)

    def bids(self, entrants: Sequence[int]) -> Mapping[str, Strategy]:
        """What entrants that differ bid, once what they keep was asked for; one that cannot win is left out."""
        return self.solved[tuple(sorted(j for j in entrants if self.priors[j].support[0] < self.reserve))]

    def stated(self) -> list[dict[str, object]]:
        """The auctions as the certificate holds them."""
        return [
            {"entrants": [self.labels[j] for j in key], **stated(strategies)} for key, strategies in sorted(self.solved.items())
        ]

    def _expected(self, key: tuple[int, ...], strategies: Mapping[str, Strategy]) -> dict[int, float]:
        x, w = np.polynomial.legendre.leggauss(NODES)
        levels = ((np.arange(PANELS)[:, None] + 0.5 * (1.0 + x)) / PANELS).ravel()
        found = {}
        for i in key:
            costs = np.asarray(self.priors[i].quantile(levels))
            bids = strategies[self.labels[i]](costs)
            earned = np.where(costs < self.reserve, bids - costs, 0.0)
            for j in key:
                other = strategies[self.labels[j]]
                assert isinstance(other, Invertible)
                if j != i:
                    earned = earned * self.priors[j].survival(other.inverse(bids))
            found[i] = float(earned @ np.tile(0.5 * w / PANELS, PANELS))
        return found
