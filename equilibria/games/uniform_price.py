"""A uniform price for several tasks: with one task to offer each, truth is dominant; with more, whoever is awarded a part of
what it can make sets the price, and marks its cost up."""

from __future__ import annotations

from equilibria.games import Progress, Proposal
from equilibria.games.dominant import Dominance
from equilibria.games.symmetric import check_priors, proposed
from equilibria.strategies import Truthful
from mechanisms import InvalidInput, Market, Mechanism, Refused, UniformPrice

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Truth for everybody, or the symmetric strategy where all have one capacity.

    Raises:
        Refused: a solver was given where truth is dominant, or there is no price in this market, or capacities or laws differ.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.envelope_integral import EnvelopeIntegral

    assert isinstance(mechanism, UniformPrice)
    mechanism.check_market(market)
    if market.capacities is None or max(market.capacities) == 1:
        if solver is not None:
            raise Refused("UniformPrice needs no solver where all have one task to offer; pass solver=None.")
        return Proposal(strategies={label: Truthful() for label in market.labels}, stated=None, solver=repr(Dominance()))
    chosen = EnvelopeIntegral() if solver is None else solver
    if not isinstance(chosen, EnvelopeIntegral):
        raise InvalidInput(f"solver must be an EnvelopeIntegral for UniformPrice; got {type(solver).__name__}. Pass solver=None.")
    size, n = market.capacities[0], len(market.labels)
    if any(other != size for other in market.capacities):
        raise Refused(
            "UniformPrice is solved where all capacities are equal: else provers mark their costs up differently, or not at all, "
            "and bids of one begin where those of another are already made. Give all one capacity, or use Discriminatory()."
        )
    check_priors("UniformPrice with capacities", market)
    if n < 2:
        raise Refused("a uniform price needs a rival: alone, a prover bids the reserve. Add one.")
    prior, limit = market.as_procurement().priors[0], None
    if mechanism.reserve is not None:
        limit = market.sign * float(mechanism.reserve)
        if limit <= prior.support[0]:
            raise Refused("the reserve excludes every type: nobody bids. Move it into the support.")
    if progress is not None:
        progress("solving", 0.0)
    reach = prior.support[1] if limit is None else min(prior.support[1], limit)
    strategy = chosen.part(prior, n, size, market.tasks, reach, limit)
    return proposed(strategy, market, chosen, complete=False)
