"""All pay: between buyers alike by the envelope integral, between others along the values that bid alike."""

from __future__ import annotations

from equilibria.all_pay_pair import AllPayBids, AllPayPair, Meeting
from equilibria.curve_bids import CurveBids
from equilibria.drop_out_newton import DropOutNewton
from equilibria.games import Progress, Proposal, symmetric
from mechanisms import AllPay, InvalidInput, Market, Mechanism, Refused
from mechanisms.distributions import Distribution

__all__ = ["propose"]

CONTENT = 1e-3
"""The largest certified gain, as a share of the surplus, of strategies of several buyers that count as converged."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Strategies of an `AllPay`.

    Raises:
        Refused: a procurement, a single buyer, negative values, a gap, or nobody who takes part.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    assert isinstance(mechanism, AllPay)
    mechanism.check_market(market)
    if len(market.labels) < 2:
        raise Refused("AllPay needs a rival: alone, a buyer bids the reserve. Add one.")
    alike = symmetric.common_prior(market) is not None
    if not isinstance(solver, AllPayPair | DropOutNewton) and (alike or solver is not None):
        return symmetric.propose(mechanism, market, solver, progress)
    if isinstance(solver, AllPayPair) and len(market.labels) != 2:
        raise InvalidInput(f"an AllPayPair is for two buyers; the market has {len(market.labels)}. Pass solver=None.")
    reserve = 0.0 if mechanism.reserve is None else float(mechanism.reserve)
    _check_laws(market, reserve)
    if progress is not None:
        progress("solving", 0.0)
    if isinstance(solver, DropOutNewton) or len(market.labels) != 2:
        return _several(market, reserve, DropOutNewton() if solver is None else solver, progress)
    return _pair(market, reserve)


def _check_laws(market: Market, reserve: float) -> None:
    """Refuse laws for which there is no bound."""
    for label, law in zip(market.labels, market.priors, strict=True):
        low, high = law.support
        if low < 0.0:
            raise Refused(f"values must be at least 0, as bids are; {label!r} has {law!r}. Change the support.")
        if reserve >= high:
            raise Refused(f"the reserve {reserve!r} is at least the highest value {high!r} of {label!r}. Lower it.")
        for left, right in zip(law.knots, law.knots[1:], strict=False):
            if not float(law.cdf(left)) < float(law.cdf(right)):
                raise Refused(f"{label!r} has no value between {left!r} and {right!r}; the bound needs a density. Fill the gap.")


def _pair(market: Market, reserve: float) -> Proposal:
    """Two buyers."""
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


def _several(market: Market, reserve: float, solver: object, progress: Progress | None) -> Proposal:
    """Any number of buyers."""
    assert isinstance(solver, DropOutNewton)
    laws: list[Distribution] = []
    for law in market.priors:
        if law not in laws:
            laws.append(law)
    owns = [laws.index(law) for law in market.priors]
    found = solver.followed(
        laws, [owns.count(g) for g in range(len(laws))], reserve,
        None if progress is None else lambda share: progress("solving", share),
    )  # fmt: skip
    bids, values = found.curves()
    strategies, notes, entries = {}, ["Other equilibria were not searched for."], {}
    for label, law, g in zip(market.labels, market.priors, owns, strict=True):
        lowest = float(values[g].ends[0])
        entry = found.entry(g, lowest)
        strategies[label] = CurveBids(bids, values[g], law.support[0], entry, 0.0 if reserve > 0.0 else -1.0)
        stays = float(law.cdf(entry))
        if stays > 0.0:
            notes.append(f"{label!r} stays out below {entry:.6g}, with probability {stays:.3g}.")
        if entry < lowest:
            entries[label] = entry
            notes.append(f"{label!r} bids the reserve from {entry:.6g} to {lowest:.6g}.")
        for first, last in found.gaps(g, bids):
            notes.append(f"{label!r} makes no bids from {first:.6g} to {last:.6g}.")
    stated: dict[str, object] = {
        "bids": bids.stated(), "values": {label: values[g].stated() for label, g in zip(market.labels, owns, strict=True)}
    }  # fmt: skip
    if entries:
        stated["entries"] = entries
    return Proposal(
        strategies=strategies, stated=stated, solver=repr(solver), complete=False, failure=found.failure, content=CONTENT,
        notes=tuple(notes),
    )  # fmt: skip
