"""A uniform price for several tasks: with one task to offer each, reporting one's cost is dominant."""

from __future__ import annotations

from equilibria.games import Progress, Proposal
from equilibria.games.dominant import Dominance
from equilibria.strategies import Truthful
from mechanisms import Market, Mechanism, Refused, UniformPrice

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Truth for everybody.

    Raises:
        Refused: a solver was given, or there is no price in this market.
    """
    assert isinstance(mechanism, UniformPrice)
    if solver is not None:
        raise Refused("UniformPrice needs no solver; pass solver=None.")
    mechanism.check_market(market)
    return Proposal(strategies={label: Truthful() for label in market.labels}, stated=None, solver=repr(Dominance()))
