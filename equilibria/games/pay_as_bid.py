"""Pay as bid, one task: inverse bids by `SpectralCollocation`, or conditional bid cdfs by `HazardShooting`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from equilibria.games import Progress, Proposal
from equilibria.inverse_curves import InverseCurve, stated_curves
from equilibria.strategies import BidCdf, ConstantBid, Mirrored, Strategy
from mechanisms import Distribution, FirstPrice, InvalidInput, Market, Mechanism, Refused, SolverFailure

if TYPE_CHECKING:
    from equilibria.spectral_collocation import SpectralCollocation

__all__ = ["propose"]

KNOTS = 8
"""Knots inside supports, all together, beyond which collocation is not tried."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Bid strategies of a `FirstPrice`.

    Raises:
        Refused: more than one task, or the market has no equilibrium of the kind that is searched for.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.spectral_collocation import SpectralCollocation

    assert isinstance(mechanism, FirstPrice)
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    chosen = HazardShooting() if solver is None else solver
    if not isinstance(chosen, (HazardShooting, SpectralCollocation)):
        raise InvalidInput(
            f"solver must be a HazardShooting or a SpectralCollocation for FirstPrice; got {type(solver).__name__}. "
            "Pass solver=None."
        )
    procurement = market.as_procurement()
    reserve = None if mechanism.reserve is None else market.sign * float(mechanism.reserve)
    if progress is not None:
        progress("solving", 0.0)
    priors = dict(zip(procurement.labels, procurement.priors, strict=True))
    spectral = spectral_or_none(priors, reserve) if solver is None else None
    if spectral is not None:
        chosen, strategies = spectral
    else:
        strategies = chosen.strategies(priors, reserve)
    return Proposal(strategies=mirrored(strategies, market), stated=_stated(strategies), solver=repr(chosen))


def spectral_or_none(
    priors: Mapping[str, Distribution], reserve: float | None
) -> tuple[SpectralCollocation, dict[str, Strategy]] | None:
    """Strategies by collocation where its residuals are far below what `HazardShooting` certifies, otherwise None."""
    from equilibria.spectral_collocation import SpectralCollocation

    solver = SpectralCollocation() if len(priors) <= 4 else SpectralCollocation(degree=8, tolerance=1e-10)
    if sum(len(prior.knots) - 2 for prior in priors.values()) > KNOTS:
        return None
    try:
        return solver, solver.strategies(priors, reserve)
    except SolverFailure:
        return None


def mirrored(strategies: Mapping[str, Strategy], market: Market) -> Mapping[str, Strategy]:
    """Strategies of a procurement on the types of the market."""
    if market.sign > 0:
        return strategies
    return {label: Mirrored(strategy) for label, strategy in strategies.items()}


def _stated(strategies: Mapping[str, Strategy]) -> dict[str, object]:
    """Strategies as the certificate holds them."""
    for label, strategy in strategies.items():
        if isinstance(strategy, ConstantBid):
            return {"constant": {"label": label, "bid": strategy.bid}}
    curves = {label: strategy for label, strategy in strategies.items() if isinstance(strategy, InverseCurve)}
    if curves:
        return {"inverse_bids": stated_curves(curves)}
    active = {label: strategy for label, strategy in strategies.items() if isinstance(strategy, BidCdf)}
    bids = max((strategy.bids for strategy in active.values()), key=len)
    return {
        "bids": bids.tolist(),
        "strategies": {
            label: {
                "entry": len(bids) - len(strategy.bids),
                "levels": strategy.levels.tolist(),
                "density": strategy.density.tolist(),
            }
            for label, strategy in active.items()
        },
    }
