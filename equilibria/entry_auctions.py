r"""First-price auctions among provers that entered, and what each expects of them before it knows its cost.

$$ \pi_i=\int(\beta_i(c)-c)\prod_{j\ne i}P(\beta_j>\beta_i(c))\,dF_i(c) . $$

Among provers alike, or for one alone, it is $\int F_i\prod(1-F_j)$ up to the reserve; provers that differ bid what
`SpectralCollocation` finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from equilibria.games.pay_as_bid import spectral_or_none, stated
from equilibria.inverse_curves import InverseCurve
from equilibria.strategies import Strategy
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused

__all__ = ["EntryAuctions"]

NODES = 24
"""Gauss points on a piece."""


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
            Refused: collocation finds no bids for these entrants.
        """
        key = tuple(sorted(j for j in entrants if self.priors[j].support[0] < self.reserve))
        if key not in self.solved:
            names = [self.labels[j] for j in key]
            found = spectral_or_none(dict(zip(names, (self.priors[j] for j in key), strict=True)), self.reserve)
            if found is None or not all(isinstance(found[1][name], InverseCurve) for name in names):
                raise Refused(
                    f"what {', '.join(names)} would earn at first prices is not certified: collocation finds no bids of theirs "
                    "that rise with the costs. Use Vickrey, or other laws."
                )
            self.solved[key] = found[1]
            self._kept[key] = self._expected(key, found[1])
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
        found = {}
        for i in key:
            curve = strategies[self.labels[i]]
            assert isinstance(curve, InverseCurve)
            piece = np.repeat(np.arange(len(curve.bids) - 1), NODES)
            at = np.tile(x, len(curve.bids) - 1)
            cost, slope = curve.cost(piece, at)
            bid = curve.bid(piece, at)
            wins = np.ones_like(bid)
            for j in key:
                if j != i:
                    other = strategies[self.labels[j]]
                    assert isinstance(other, InverseCurve)
                    wins = wins * self.priors[j].survival(other.inverse(bid))
            density = np.asarray(self.priors[i].pdf(cost)) * slope
            found[i] = float(((bid - cost) * wins * density) @ np.tile(w, len(curve.bids) - 1))
        return found
