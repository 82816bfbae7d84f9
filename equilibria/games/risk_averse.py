"""Provers that are averse to risk: pay as bid, and second prices, to which attitudes do not matter."""

from __future__ import annotations

from equilibria.games import Progress, Proposal, dominant
from equilibria.games.pay_as_bid import mirrored, stated
from equilibria.strategies import AtLeastCost, BidCdf, Strategy
from mechanisms import FirstPrice, InvalidInput, Market, Mechanism, Refused, RiskAverse, Vickrey

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Strategies in a `RiskAverse` market.

    Raises:
        Refused: the rule is neither `FirstPrice` nor `Vickrey`, more than one task, or no equilibrium of the kind searched for.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.hazard_shooting import HazardShooting

    assert isinstance(market, RiskAverse)
    if isinstance(mechanism, Vickrey):
        return dominant.propose(mechanism, market, solver, progress)
    if not isinstance(mechanism, FirstPrice):
        raise Refused(
            f"solve handles FirstPrice and Vickrey where agents are averse to risk; got {type(mechanism).__name__}. "
            "Use the market within (market.market) for risk-neutral agents."
        )
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    chosen = HazardShooting() if solver is None else solver
    if not isinstance(chosen, HazardShooting):
        raise InvalidInput(f"solver must be a HazardShooting for FirstPrice; got {type(solver).__name__}. Pass solver=None.")
    reserve = None if mechanism.reserve is None else market.sign * float(mechanism.reserve)
    if progress is not None:
        progress("solving", 0.0)
    priors = dict(zip(market.labels, market.as_procurement().priors, strict=True))
    attitudes = dict(zip(market.labels, market.attitudes, strict=True))
    strategies = chosen.strategies(priors, reserve, attitudes)
    return Proposal(
        strategies=mirrored({label: _careful(strategy) for label, strategy in strategies.items()}, market),
        stated=stated(strategies),
        solver=repr(chosen),
        notes=("epsilon is money at the marginal utility that a type has when it wins",),
    )


def _careful(strategy: Strategy) -> Strategy:
    return AtLeastCost(strategy) if isinstance(strategy, BidCdf) else strategy
