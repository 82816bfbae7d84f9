"""A war of attrition between buyers alike: the bids are an integral; who takes part is searched for."""

from __future__ import annotations

from equilibria.attrition_bids import Attrition, AttritionBids
from equilibria.games import Progress, Proposal
from equilibria.games.symmetric import common_prior
from mechanisms import InvalidInput, Market, Mechanism, Refused, WarOfAttrition

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The symmetric strategy of a `WarOfAttrition`.

    Raises:
        Refused: a procurement, buyers that differ, a single one, negative values, or a reserve that nobody spends.
        InvalidInput: the solver is not one for this game.
    """
    assert isinstance(mechanism, WarOfAttrition)
    if solver is not None and not isinstance(solver, Attrition):
        raise InvalidInput(f"a war of attrition needs no solver; got {type(solver).__name__}. Pass solver=None.")
    mechanism.check_market(market)
    prior, n = common_prior(market), len(market.labels)
    if prior is None:
        raise Refused(
            "solve handles a war of attrition between buyers alike; these have different laws. Give them one prior: where they "
            "differ there is a continuum of equilibria, and theory selects none."
        )
    if n < 2:
        raise Refused("a war of attrition needs a rival: alone, a buyer wins without waiting. Add one.")
    low, high = prior.support
    if low < 0.0:
        raise Refused(f"values must be at least 0: nobody waits for a prize that is worth {low!r}. Change the support.")
    reserve = 0.0 if mechanism.reserve is None else float(mechanism.reserve)
    if reserve >= high:
        raise Refused(f"the reserve {reserve!r} is at least the highest value {high!r}: nobody takes part. Lower it.")
    entry = low
    if reserve > 0.0:
        from scipy.optimize import brentq

        entry = float(brentq(lambda v: v * float(prior.cdf(v)) ** (n - 1) - reserve, low, high, xtol=1e-300, rtol=8.9e-16))
    note = "This is the only symmetric equilibrium in increasing strategies; "
    note += "two buyers have a continuum of asymmetric ones." if n == 2 else "asymmetric ones were not searched for."
    return Proposal(
        strategies=dict.fromkeys(market.labels, AttritionBids(prior=prior, buyers=n, reserve=reserve, entry=entry)),
        stated={"ends": [entry, high], "worth": [entry, high]},
        solver=repr(Attrition()),
        complete=False,
        notes=(note, "Bids have no upper bound: the highest values wait as long as it takes."),
    )
