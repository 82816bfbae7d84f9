r"""Symmetric entry at a cost: the root of the condition that the marginal entrant breaks even.

*Known costs* (Samuelson 1985): the highest cost $t$ that enters wins only if nobody else enters, at the reserve:
$(R-t)(1-F(t))^{n-1}=K$. *Unknown costs* (Levin and Smith 1994): each enters with the probability $q$ at which the expected profit
is $K$. Both sides fall, so there is one root.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equilibria.entry_bids import EntryBids
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused


@dataclass(frozen=True, slots=True)
class EntryThreshold:
    """The break-even condition of the marginal entrant, bracketed and solved by Brent's method."""

    def strategy(
        self, prior: Distribution, provers: int, reserve: float, cost: float, *, informed: bool, truthful: bool
    ) -> EntryBids:
        """The strategy that all provers share, in the orientation of a procurement.

        Raises:
            Refused: nobody enters.
        """
        from scipy.optimize import brentq

        low, high = prior.support
        end = min(reserve, high)

        def entrants(last: float, probability: float) -> EntryBids:
            return EntryBids(
                prior=prior,
                provers=provers,
                reserve=reserve,
                last=last,
                probability=probability,
                informed=informed,
                truthful=truthful,
            )

        if informed:

            def margin(last: float) -> float:
                return (reserve - last) * float(prior.survival(np.float64(last))) ** (provers - 1) - cost

            if not margin(low) > 0.0:
                raise Refused(_nobody(reserve - low, cost))
            last = end if margin(end) >= 0.0 else float(brentq(margin, low, end, xtol=1e-300, rtol=8.9e-16))
            return entrants(last, 1.0)

        def excess(probability: float) -> float:
            return entrants(end, probability).expected_rent - cost

        if not (reserve > low and excess(1e-12) > 0.0):
            raise Refused(_nobody(excess(1e-12) + cost if reserve > low else 0.0, cost))
        if excess(1.0) >= 0.0:
            return entrants(end, 1.0)
        return entrants(end, float(brentq(excess, 1e-12, 1.0, xtol=1e-300, rtol=8.9e-16)))


def _nobody(most: float, cost: float) -> str:
    return (
        f"nobody enters: a prover without rivals expects at most {max(most, 0.0):.6g}, which does not cover the cost of entry "
        f"{cost:.6g}. Raise the reserve or lower the cost."
    )
