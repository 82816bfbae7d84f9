"""No search: reporting one's cost is a dominant strategy, or there is nothing to choose."""

from __future__ import annotations

from dataclasses import dataclass

from equilibria.games import Progress, Proposal
from equilibria.strategies import Truthful
from mechanisms import DutchClock, ExchangeMechanism, Market, Mechanism, RankedMechanism, Refused

__all__ = ["Dominance", "propose"]


@dataclass(frozen=True, slots=True)
class Dominance:
    """What stands for a solver where none is needed."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Truth for everybody.

    Raises:
        Refused: a solver was given, or the rule has no meaning in this market.
    """
    from equilibria.games import discretised
    from equilibria.grid_solver import GridSolver

    if isinstance(solver, GridSolver):
        return discretised.propose(mechanism, market, solver, progress)
    if solver is not None:
        raise Refused(f"{type(mechanism).__name__} needs no solver; pass solver=None.")
    if not isinstance(mechanism, RankedMechanism):
        name = type(mechanism).__name__
        if isinstance(mechanism, ExchangeMechanism) and mechanism.truthful:
            raise Refused(f"{name}: truth is dominant, there is nothing to solve. compare estimates what it brings.")
        if isinstance(mechanism, ExchangeMechanism):
            raise Refused(f"{name}: truth is no equilibrium, and none is known. KDoubleAuction is the exchange that solve knows.")
        raise Refused(f"{name} is not a rule that solve knows.")
    if isinstance(mechanism, DutchClock):
        raise Refused(
            "DutchClock is not a rule that solve knows. With no cost below low it is FirstPrice(reserve=high): solve that."
        )
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    mechanism.statement(market.as_procurement())  # refuses what has no meaning in this market
    return Proposal(strategies={label: Truthful() for label in market.labels}, stated=None, solver=repr(Dominance()))
