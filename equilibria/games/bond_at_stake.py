"""A winner that may fail and lose its bond: the game is that of net bids, with the costs as they are."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.games import Progress, Proposal, family_of
from equilibria.strategies import Invertible
from mechanisms import BondAtStake, FirstPrice, Market, Mechanism, Refused, Vickrey

__all__ = ["GrossBids", "propose"]


@dataclass(frozen=True, slots=True)
class GrossBids:
    r"""The bid $(\beta(c)+qS)/(1-q)$ whose net amount is $\beta(c)$.

    Arguments:
        of: $\beta$.
        failure: $q$.
        bond: $S$.
    """

    of: Invertible
    failure: float
    bond: float

    def __call__(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Bids of an array of costs, same shape."""
        return np.asarray((self.of(costs) + self.failure * self.bond) / (1.0 - self.failure))

    @property
    def knots(self) -> NDArray[np.float64]:
        """Those of the strategy in net bids."""
        return self.of.knots

    def inverse(self, bids: ArrayLike) -> NDArray[np.float64]:
        """The highest cost that bids at most each of an array of bids, as of the strategy in net bids."""
        b = np.asarray(bids, dtype=np.float64)
        return self.of.inverse((1.0 - self.failure) * b - self.failure * self.bond)


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The strategies of the game in net bids, grossed up.

    Raises:
        Refused: the rule is neither `FirstPrice` nor `Vickrey`, or the game in net bids is refused.
        InvalidInput: the solver is not one for that game.
        SolverFailure: strategies of that game were not found.
    """
    assert isinstance(market, BondAtStake)
    if not isinstance(mechanism, FirstPrice | Vickrey):
        raise Refused(
            f"solve handles FirstPrice and Vickrey where a bond is at stake; got {type(mechanism).__name__}. "
            "Use the market within (market.market) for winners that do not fail."
        )
    net = mechanism
    if mechanism.reserve is not None:
        chance = Fraction(market.failure)
        exact = (1 - chance) * Fraction(mechanism.reserve) - chance * Fraction(market.bond)
        net = dataclasses.replace(mechanism, reserve=_down(exact))
    proposal = family_of(net, market.market)(net, market.market, solver, progress)
    gross = {}
    for label, of in proposal.strategies.items():
        assert isinstance(of, Invertible)
        gross[label] = GrossBids(of, market.failure, market.bond)
    return dataclasses.replace(
        proposal,
        strategies=gross,
        notes=(
            *proposal.notes,
            "payments are net of the bonds that are lost; a bid is grossed up for them, so provers bear no part of the bond",
            f"an award fails with probability {market.failure:.6g}, which no_award does not count",
        ),
    )


def _down(amount: Fraction) -> float:
    """The largest double that is not above an amount."""
    nearest = float(amount)
    return nearest if Fraction(nearest) <= amount else math.nextafter(nearest, -math.inf)
