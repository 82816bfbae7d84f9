"""Second price with a lone bidder: one that is paid its own bid marks its cost up, one that is paid the reserve is truthful."""

from __future__ import annotations

from equilibria.games import Progress, Proposal
from equilibria.games.dominant import Dominance
from equilibria.games.symmetric import check_priors, common_prior, proposed
from equilibria.strategies import Truthful
from mechanisms import CommitReveal, InvalidInput, Market, Mechanism, Refused, UncertainPresence, Vickrey

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Truth, or the symmetric strategy of a `CommitReveal` that pays a lone prover its own bid.

    Raises:
        Refused: several tasks, no reserve, or, paid one's own bid: provers that differ, a single one, a gap, a reserve that
            excludes all.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.envelope_integral import EnvelopeIntegral

    assert isinstance(mechanism, CommitReveal | Vickrey)
    name, n = type(mechanism).__name__, len(market.labels)
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    if mechanism.reserve is None:
        raise Refused(f"{name} needs a reserve where a prover may be alone: it would be paid any price. Pass reserve=.")
    if not (isinstance(mechanism, CommitReveal) and mechanism.lone == "own_bid"):
        if solver is not None:
            raise InvalidInput(f"solver must be None, as truth is dominant; got {type(solver).__name__}.")
        return Proposal(strategies={label: Truthful() for label in market.labels}, stated=None, solver=repr(Dominance()))
    chosen = EnvelopeIntegral() if solver is None else solver
    if not isinstance(chosen, EnvelopeIntegral):
        raise InvalidInput(f"solver must be an EnvelopeIntegral for {name}; got {type(solver).__name__}. Pass solver=None.")
    presence = set(market.presence) if isinstance(market, UncertainPresence) else {1.0}
    if common_prior(market) is None or len(presence) > 1:
        raise Refused(
            f"{name} is solved between provers alike, with one prior and one presence. Where they differ the one whose lowest "
            "bid is higher would make it with many costs at once, and others undercut it for nothing. Give them one prior, or "
            "pay the reserve to whoever is alone: lone='reserve'."
        )
    if n < 2:
        raise Refused("a second price needs a rival: alone, a prover bids the reserve. Add one.")
    prior, limit = market.as_procurement().priors[0], market.sign * float(mechanism.reserve)
    check_priors(name, market)
    if limit <= prior.support[0]:
        raise Refused("the reserve excludes every type: nobody bids. Move it into the support.")
    if progress is not None:
        progress("solving", 0.0)
    strategy = chosen.lone(prior, n, presence.pop(), min(prior.support[1], limit), limit)
    return proposed(strategy, market, chosen, complete=False)
