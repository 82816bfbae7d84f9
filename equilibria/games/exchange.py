"""The k-double auction between like users and like provers: inverse strategies from a collocation or along a path."""

from __future__ import annotations

from equilibria.games import Progress, Proposal
from equilibria.inverse_bids import InverseBids
from mechanisms import Distribution, Exchange, InvalidInput, KDoubleAuction, Market, Mechanism, Refused

__all__ = ["propose"]

FAMILY = (
    "the equilibria with smooth strategies are a two-parameter family: one passes through every value v, cost c and price p "
    "with c < p < v (Satterthwaite and Williams 1989)"
)
SYMMETRIC = "equilibria in which all on one side use one smooth strategy are a family that a point identifies"
NO_TRADE = "reports at which nobody ever trades are an equilibrium as well"
MOST_AGENTS = 12
SHARE = {
    0.0: "the prover makes a take-it-or-leave-it offer, and truth is dominant for the user",
    1.0: "the user makes a take-it-or-leave-it offer, and truth is dominant for the prover",
}


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Strategies of a `KDoubleAuction`.

    Raises:
        Refused: no exchange, more than two agents, or types that would bunch.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.phase_path import PhasePath
    from equilibria.regular_collocation import RegularCollocation

    assert isinstance(mechanism, KDoubleAuction)
    if not isinstance(market, Exchange):
        raise Refused(f"KDoubleAuction needs an Exchange, with users and provers; got {type(market).__name__}.")
    if not market.unit:
        raise Refused("KDoubleAuction trades one proof per user and per prover; this exchange has capacities or demands.")
    first = (market.priors[0], market.priors[market.buyers])
    m, n = market.buyers, len(market.labels) - market.buyers
    for side, labels, law in (("users", market.users, first[0]), ("provers", market.provers, first[1])):
        if len(labels) > MOST_AGENTS:
            raise Refused(f"solve handles at most {MOST_AGENTS} {side}; this exchange has {len(labels)}. Leave some out.")
        for label in labels:
            if market.prior(label) != law:
                raise Refused(
                    f"all {side} must have the same law, as symmetric strategies are looked for; {label!r} has "
                    f"{market.prior(label)!r} and {labels[0]!r} has {law!r}. Give them one law, or leave one on each side."
                )
    if solver is not None and not isinstance(solver, PhasePath | RegularCollocation):
        raise InvalidInput(
            f"solver must be a RegularCollocation or a PhasePath for KDoubleAuction; got {type(solver).__name__}. "
            "Pass solver=None."
        )
    value, cost = first
    if value.support[1] <= cost.support[0]:
        raise Refused(
            f"no trade is ever worth while: the highest value {value.support[1]!r} is at most the lowest cost "
            f"{cost.support[0]!r}. Widen a support."
        )
    for label, prior in zip(market.labels, market.priors, strict=True):
        for left, right in prior.gaps:
            raise Refused(f"{label!r} has no type between {left!r} and {right!r}; strategies jump there. Fill the gap.")
    if progress is not None:
        progress("solving", 0.0)
    k = float(mechanism.k)
    found, chosen, which = None, solver, ""
    if m + n > 2 and isinstance(solver, RegularCollocation):
        raise InvalidInput(f"RegularCollocation is for one user and one prover; got {m} and {n}. Pass a PhasePath or None.")
    if m + n == 2 and not isinstance(solver, PhasePath):
        chosen = solver if isinstance(solver, RegularCollocation) else RegularCollocation()
        found = chosen.strategies(value, cost, k)
        which = "this one is regular: its slopes are finite and positive at both ends of the bids"
    if found is None and isinstance(solver, RegularCollocation):
        raise Refused(
            "no regular equilibrium was found: there may be none, or the densities vary too much. "
            "Pass PhasePath() for the member of the family through a point."
        )
    if found is None:
        chosen = solver if isinstance(solver, PhasePath) else PhasePath()
        found = chosen.strategies(value, cost, k, m, n)
        which = "this one passes through the point that the solver names"
    _refuse_bunching(found, value, cost)
    for strategy in found:
        for array in (strategy.bids, strategy.types, strategy.slopes, strategy.curvatures):
            array.setflags(write=False)
    strategies = {label: found[market.index(label) >= market.buyers] for label in market.labels}
    stated = {
        "bids": found[0].bids.tolist(),
        "strategies": {label: strategies[label].stated() for label in (market.users[0], market.provers[0])},
    }
    notes = (SHARE[k],) if k in SHARE else (FAMILY if m + n == 2 else SYMMETRIC, which, NO_TRADE)
    return Proposal(strategies=strategies, stated=stated, solver=repr(chosen), complete=False, notes=notes)


def _refuse_bunching(found: tuple[InverseBids, InverseBids], value: Distribution, cost: Distribution) -> None:
    user, prover = found
    ends = (
        ("lowest value", value.support[0], user.types[0], user.types[0] < value.support[0]),
        ("highest cost", cost.support[1], prover.types[-1], prover.types[-1] > cost.support[1]),
    )
    for what, end, needed, outside in ends:
        if outside:
            raise Refused(
                f"the {what} must leave room for types that do not trade: smooth strategies would need types down to "
                f"{float(needed):.6g}, and the support ends at {end!r}. Types at that end would all make the same bid. Widen "
                "the support."
            )
