"""A war of attrition: between buyers alike the bids are an integral; two that differ have a continuum of equilibria."""

from __future__ import annotations

from equilibria.attrition_bids import Attrition, AttritionBids
from equilibria.attrition_pair import AttritionPair, PairBids
from equilibria.games import Progress, Proposal
from equilibria.games.symmetric import common_prior
from mechanisms import Distribution, InvalidInput, Market, Mechanism, Refused, WarOfAttrition

__all__ = ["propose"]

ENDLESS = "Bids have no upper bound: the highest values wait as long as it takes."


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The symmetric strategy of a `WarOfAttrition`, or one of the equilibria of two buyers.

    Raises:
        Refused: a procurement, more than two buyers that differ, a single one, negative values, or a reserve that nobody spends.
        InvalidInput: the solver is not one for this game.
    """
    assert isinstance(mechanism, WarOfAttrition)
    if solver is not None and not isinstance(solver, Attrition | AttritionPair):
        raise InvalidInput(
            f"solver must be an AttritionPair for a war of attrition of two buyers, else None; got {type(solver).__name__}."
        )
    mechanism.check_market(market)
    prior, n = common_prior(market), len(market.labels)
    if n < 2:
        raise Refused("a war of attrition needs a rival: alone, a buyer wins without waiting. Add one.")
    if n > 2 and isinstance(solver, AttritionPair):
        raise InvalidInput(f"an AttritionPair is for two buyers; the market has {n}. Pass solver=None.")
    if n > 2 and prior is None:
        raise Refused(
            f"solve handles a war of attrition between buyers alike, or between two; these {n} have different laws. Give them "
            "one prior: where they differ there is a continuum of equilibria, theory selects none, and with more than two the "
            "hazard of the highest of the others' bids, which indifference fixes, does not separate into one equation a buyer."
        )
    low = min(each.support[0] for each in market.priors)
    if low < 0.0:
        raise Refused(f"values must be at least 0: nobody waits for a prize that is worth {low!r}. Change the support.")
    reserve = 0.0 if mechanism.reserve is None else float(mechanism.reserve)
    for label, each in zip(market.labels, market.priors, strict=True):
        if reserve >= each.support[1]:
            nobody = f"the reserve {reserve!r} is at least the highest value {each.support[1]!r}"
            raise Refused(f"{nobody}: nobody takes part. Lower it." if prior else f"{nobody} of {label!r}. Lower it.")
    if prior is None or isinstance(solver, AttritionPair):
        return _pair(market, reserve, solver if isinstance(solver, AttritionPair) else AttritionPair())
    return _alike(market, prior, reserve)


def _alike(market: Market, prior: Distribution, reserve: float) -> Proposal:
    n, (low, high) = len(market.labels), prior.support
    entry = low
    if reserve > 0.0:
        from scipy.optimize import brentq

        entry = float(brentq(lambda v: v * float(prior.cdf(v)) ** (n - 1) - reserve, low, high, xtol=1e-300, rtol=8.9e-16))
    note = "This is the only symmetric equilibrium in increasing strategies; "
    others = "two buyers have a continuum of asymmetric ones: see AttritionPair."
    note += others if n == 2 else "asymmetric ones were not searched for."
    return Proposal(
        strategies=dict.fromkeys(market.labels, AttritionBids(prior=prior, buyers=n, reserve=reserve, entry=entry)),
        stated={"ends": [entry, high], "worth": [entry, high]},
        solver=repr(Attrition()),
        complete=False,
        notes=(note, ENDLESS),
    )


def _pair(market: Market, reserve: float, solver: AttritionPair) -> Proposal:
    from equilibria.attrition_start import waiting

    laws, (first, second) = market.priors, market.labels
    alike = solver.alike or ((0.0, 0.0) if all(law.support[0] > 0.0 for law in laws) else (0.5, 0.5))
    found = waiting(laws, alike, reserve)
    meetings = found.pairs()
    entries = dict(zip(market.labels, found.entries, strict=True))
    notes = [
        f"One of a continuum of equilibria: values y of {first!r} and z of {second!r} that wait equally long have "
        f"int dH/x up to y = int dH/x up to z + k, H = -log(1 - F), with any k; here k is such that the levels {alike[0]:g} and "
        f"{alike[1]:g} do. AttritionPair(alike=...) picks another; theory selects none.",
        ENDLESS,
    ]
    for label, law, entry, clock in zip(market.labels, laws, found.entries, found.clocks, strict=True):
        stays = float(law.cdf(entry))
        if stays > 0.0:
            notes.append(f"{label!r} stays out below {entry:.6g}, with probability {stays:.3g}.")
        if entry < clock.start:
            notes.append(f"{label!r} bids the reserve from {entry:.6g} to {clock.start:.6g}.")
    return Proposal(
        strategies={label: PairBids(found, own) for own, label in enumerate(market.labels)},
        stated={"entries": entries, "meetings": dict(zip(market.labels, meetings, strict=True))},
        solver=repr(AttritionPair(alike)),
        complete=False,
        notes=tuple(notes),
    )
