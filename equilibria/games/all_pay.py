"""All pay: between buyers alike by the envelope integral, between two that differ along the values that bid alike."""

from __future__ import annotations

from equilibria.all_pay_pair import AllPayBids, AllPayPair, Meeting
from equilibria.games import Progress, Proposal, symmetric
from mechanisms import AllPay, InvalidInput, Market, Mechanism, Refused

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Strategies of an `AllPay`.

    Raises:
        Refused: a procurement, more than two buyers that differ, a single one, negative values, a gap, or nobody who takes part.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    assert isinstance(mechanism, AllPay)
    mechanism.check_market(market)
    if len(market.labels) < 2:
        raise Refused("AllPay needs a rival: alone, a buyer bids the reserve. Add one.")
    alike = symmetric.common_prior(market) is not None
    if not isinstance(solver, AllPayPair) and (alike or solver is not None):
        return symmetric.propose(mechanism, market, solver, progress)
    if len(market.labels) != 2:
        if solver is not None:
            raise InvalidInput(f"an AllPayPair is for two buyers; the market has {len(market.labels)}. Pass solver=None.")
        raise Refused(
            f"AllPay is solved between buyers alike, or between two; these {len(market.labels)} differ. With three or more some "
            "may skip bids between two that they make, and values that bid alike are no longer one curve. Give them one prior."
        )
    reserve = 0.0 if mechanism.reserve is None else float(mechanism.reserve)
    for label, law in zip(market.labels, market.priors, strict=True):
        low, high = law.support
        if low < 0.0:
            raise Refused(f"values must be at least 0, as bids are; {label!r} has {law!r}. Change the support.")
        if reserve >= high:
            raise Refused(f"the reserve {reserve!r} is at least the highest value {high!r} of {label!r}. Lower it.")
        for left, right in zip(law.knots, law.knots[1:], strict=False):
            if not float(law.cdf(left)) < float(law.cdf(right)):
                raise Refused(f"{label!r} has no value between {left!r} and {right!r}; the bound needs a density. Fill the gap.")
    if progress is not None:
        progress("solving", 0.0)
    meeting = Meeting.of(market.priors, reserve)
    stated: dict[str, object] = {"meetings": dict(zip(market.labels, meeting.pairs(), strict=True))}
    notes = ["No other equilibrium has bids that rise without jumps; others were not searched for."]
    for label, law, entry, start in zip(market.labels, market.priors, meeting.entries, meeting.starts, strict=True):
        stays = float(law.cdf(entry))
        if stays > 0.0:
            notes.append(f"{label!r} stays out below {entry:.6g}, with probability {stays:.3g}.")
        if reserve > 0.0 and entry < start:
            stated["entries"] = {label: entry}
            notes.append(f"{label!r} bids the reserve from {entry:.6g} to {start:.6g}.")
    return Proposal(
        strategies={label: AllPayBids(meeting, own) for own, label in enumerate(market.labels)},
        stated=stated,
        solver=repr(AllPayPair()),
        complete=False,
        notes=tuple(notes),
    )
