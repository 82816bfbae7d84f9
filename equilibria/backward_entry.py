r"""Entry in turn, by backward induction.

Whoever is last to decide knows who is in; whoever is before knows what those after it will do. With the set $E$ of entrants
that follows from its entry, agent $i$ enters if its profit $\pi_i(E)=\int F_i\prod_{j\in E\setminus i}(1-F_j)\,dc$ up to the
reserve is above the cost of entry. A rival more never raises this profit, so nobody enters whom those who are in already leave
too little. Of first prices among agents that differ neither is so: their auctions are solved, for every set that may enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mechanisms.distributions import Distribution
from mechanisms.errors import Refused

if TYPE_CHECKING:
    from equilibria.entry_auctions import EntryAuctions

__all__ = ["BackwardEntry"]

PANELS, NODES = 48, 12
"""Panels between neighbouring knots, and Gauss points on each."""


@dataclass(frozen=True, slots=True)
class BackwardEntry:
    """Backward induction over who entered.

    Arguments:
        undecided: a profit that is this close to the cost of entry, as a share of it, decides nothing.
    """

    undecided: float = 1e-9

    def entrants(
        self, labels: Sequence[str], priors: Sequence[Distribution], reserve: float, cost: float,
        auctions: EntryAuctions | None = None,
    ) -> list[int]:
        """Who enters, by place; priors are of costs. With `auctions`, profits of entrants that differ are those of first prices.

        Raises:
            Refused: somebody is indifferent, or nearly.
        """
        known: dict[tuple[int, frozenset[int]], bool] = {}

        def pays(i: int, rivals: frozenset[int]) -> bool:
            if (i, rivals) not in known:
                if auctions is not None and auctions.differ([i, *rivals]):
                    profit = auctions.kept(i, [i, *rivals])
                else:
                    profit = _profit(priors[i], [priors[j] for j in rivals], reserve)
                if abs(profit - cost) <= self.undecided * cost:
                    raise Refused(
                        f"{labels[i]!r} would earn {profit:.12g} against {sorted(labels[j] for j in rivals)}, too close to the "
                        "cost of entry to decide whether it enters. Change the cost a little."
                    )
                known[i, rivals] = profit > cost
            return known[i, rivals]

        def play(i: int, inside: frozenset[int]) -> frozenset[int]:
            if i == len(labels):
                return inside
            if auctions is None and not pays(i, inside):
                return play(i + 1, inside)
            then = play(i + 1, inside | {i})
            return then if pays(i, then - {i}) else play(i + 1, inside)

        return sorted(play(0, frozenset()))


def _profit(own: Distribution, rivals: Sequence[Distribution], reserve: float) -> float:
    """What one expects at second prices before it knows its cost."""
    low = own.support[0]
    knots = [low, *(k for law in (own, *rivals) for k in law.knots if low < k < reserve), reserve]
    if reserve <= low:
        return 0.0
    ends = np.unique(knots)
    edges = np.unique(np.concatenate([np.linspace(u, v, PANELS + 1) for u, v in pairwise(ends)]))
    x, w = np.polynomial.legendre.leggauss(NODES)
    half = 0.5 * np.diff(edges)
    points = edges[:-1, None] + half[:, None] * (1.0 + x)
    values = np.asarray(own.cdf(points))
    for law in rivals:
        values = values * law.survival(points)
    return float((values @ w) @ half)
