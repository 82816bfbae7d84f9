"""Pay as bid, one task.

Provers alike bid by the envelope integral, provers that differ by inverse bids that `SpectralCollocation` finds, or, where
that finds nothing, by conditional bid cdfs from `HazardShooting`; on a grid by the solvers of `discretised`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from equilibria.games import Progress, Proposal
from equilibria.inverse_curves import InverseCurve, stated_curves
from equilibria.strategies import BidCdf, ConstantBid, Mirrored, Strategy
from mechanisms import Distribution, FirstPrice, InvalidInput, Market, Mechanism, Refused, SolverFailure

if TYPE_CHECKING:
    from equilibria.equilibrium import Equilibrium
    from equilibria.spectral_collocation import SpectralCollocation

__all__ = ["mirrored", "propose", "stated"]

KNOTS = 8
"""Knots inside supports, all together, beyond which collocation is not tried."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Bid strategies of a `FirstPrice`.

    Raises:
        Refused: more than one task, or the market has no equilibrium of the kind that is searched for.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.envelope_integral import EnvelopeIntegral
    from equilibria.games import discretised, symmetric
    from equilibria.grid_solver import GridSolver
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.indifference_newton import IndifferenceNewton
    from equilibria.spectral_collocation import SpectralCollocation

    if isinstance(solver, GridSolver | IndifferenceNewton):
        return discretised.propose(mechanism, market, solver, progress)
    assert isinstance(mechanism, FirstPrice)
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    if isinstance(solver, EnvelopeIntegral):
        return symmetric.propose(mechanism, market, solver, progress)
    if solver is None and symmetric.suits(market, None if mechanism.reserve is None else float(mechanism.reserve)):
        try:
            return symmetric.propose(mechanism, market, None, progress)
        except SolverFailure:  # too rough for polynomials: the general solver may do
            pass
    chosen = HazardShooting() if solver is None else solver
    if not isinstance(chosen, HazardShooting | SpectralCollocation):
        raise InvalidInput(
            "solver must be an EnvelopeIntegral, SpectralCollocation or HazardShooting for FirstPrice, or one on a grid; "
            f"got {type(solver).__name__}. Pass solver=None."
        )
    procurement = market.as_procurement()
    reserve = None if mechanism.reserve is None else market.sign * float(mechanism.reserve)
    if progress is not None:
        progress("solving", 0.0)
    priors = dict(zip(procurement.labels, procurement.priors, strict=True))
    spectral = spectral_or_none(priors, reserve) if solver is None else None
    failure = None
    if spectral is not None:
        chosen, strategies = spectral
    else:
        try:
            strategies = chosen.strategies(priors, reserve)
        except SolverFailure as error:
            if isinstance(chosen, HazardShooting):
                raise
            failure, chosen = str(error), HazardShooting()  # which is what there is to show for it
            strategies = chosen.strategies(priors, reserve)
    others = [] if spectral is None else [partial(propose, mechanism, market, HazardShooting(), progress)]
    return Proposal(
        strategies=mirrored(strategies, market), stated=stated(strategies), solver=repr(chosen), failure=failure, others=others
    )


def spectral_or_none(
    priors: Mapping[str, Distribution], reserve: float | None
) -> tuple[SpectralCollocation, dict[str, Strategy]] | None:
    """Strategies by collocation where its residuals are far below what `HazardShooting` certifies, otherwise None."""
    solver = spectral_solver(list(priors.values()))
    try:
        return None if solver is None else (solver, solver.strategies(priors, reserve))
    except SolverFailure:
        return None


def spectral_solver(priors: Sequence[Distribution], near: Equilibrium | None = None) -> SpectralCollocation | None:
    """The collocation that suits these priors, from a neighbour if there is one; None where they have too many knots."""
    from equilibria.spectral_collocation import SpectralCollocation

    if sum(len(prior.knots) - 2 for prior in priors) > KNOTS:
        return None
    if len(priors) <= 4:
        return SpectralCollocation(near=near)
    return SpectralCollocation(degree=8, tolerance=1e-10, near=near)


def mirrored(strategies: Mapping[str, Strategy], market: Market) -> Mapping[str, Strategy]:
    """Strategies of a procurement on the types of the market."""
    if market.sign > 0:
        return strategies
    return {label: Mirrored(strategy) for label, strategy in strategies.items()}


def stated(strategies: Mapping[str, Strategy]) -> dict[str, object]:
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
