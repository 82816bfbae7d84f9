"""Pay as bid where several bids win: equal provers by the envelope integral, others by `AwardCollocation`."""

from __future__ import annotations

from itertools import compress

from equilibria._award_odds import AwardOdds
from equilibria.games import Progress, Proposal, second_price, symmetric
from equilibria.games.pay_as_bid import mirrored
from equilibria.inverse_curves import stated_curves
from equilibria.strategies import Strategy, Truthful
from mechanisms import (
    CommitReveal,
    Discriminatory,
    Distribution,
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    Refused,
    SecretReserve,
    SortedMechanism,
    SplitAward,
    UncertainPresence,
    Vickrey,
)

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Strategies of a `Discriminatory` or a `SplitAward`.

    Raises:
        Refused: the market has no equilibrium of the kind that is searched for, and why.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.award_collocation import AwardCollocation
    from equilibria.envelope_integral import EnvelopeIntegral

    unsure = isinstance(market, UncertainPresence)
    if unsure and isinstance(mechanism, Vickrey | CommitReveal):
        return second_price.propose(mechanism, market, solver, progress)
    if not isinstance(mechanism, Discriminatory | SplitAward | SecretReserve | FirstPrice):
        raise Refused(
            "solve handles FirstPrice, Discriminatory, SplitAward, SecretReserve, Vickrey and CommitReveal where presence is "
            f"uncertain; got {type(mechanism).__name__}. Use one of these."
        )
    if isinstance(mechanism, SortedMechanism):
        mechanism.check_market(market)
    elif isinstance(mechanism, FirstPrice) and market.tasks != 1:
        raise Refused(f"FirstPrice awards one task; the market has tasks={market.tasks}. Use Discriminatory().")
    unit = isinstance(mechanism, Discriminatory) and market.capacities is None and not unsure
    if isinstance(solver, EnvelopeIntegral) and not unit:
        raise InvalidInput(f"{type(mechanism).__name__} has no EnvelopeIntegral where awards differ. Pass solver=None.")
    if unit and (isinstance(solver, EnvelopeIntegral) or (solver is None and symmetric.common_prior(market) is not None)):
        return symmetric.propose(mechanism, market, solver, progress)
    chosen = AwardCollocation() if solver is None else solver
    if not isinstance(chosen, AwardCollocation):
        raise InvalidInput(
            f"solver must be an AwardCollocation for {type(mechanism).__name__}, or an EnvelopeIntegral where provers are alike; "
            f"got {type(solver).__name__}. Pass solver=None."
        )
    if progress is not None:
        progress("solving", 0.0)
    procurement = market.as_procurement()
    priors = dict(zip(procurement.labels, procurement.priors, strict=True))
    secret = mechanism.value(market) if isinstance(mechanism, SecretReserve) else None
    reserve = None if isinstance(mechanism, SecretReserve) else getattr(mechanism, "reserve", None)
    limit = None if reserve is None else market.sign * float(reserve)
    if secret is not None:
        _check_secret(secret)
        limit = secret.support[1]
    able = [limit is None or prior.support[0] < limit for prior in priors.values()]
    if limit is not None and not any(able):
        raise Refused("the reserve excludes every type: nobody bids. Move it into the support.")
    active = dict(compress(priors.items(), able))
    odds = _odds(mechanism, market, able)
    presence = tuple(compress(market.presence, able)) if isinstance(market, UncertainPresence) else None
    top = _highest_bid(active, odds, limit, presence, secret=secret is not None)
    curves = chosen.strategies(active, odds, top, presence, secret)
    strategies: dict[str, Strategy] = {label: Truthful() for label in priors}
    return Proposal(
        strategies=mirrored(strategies | dict(curves), market),
        stated={"inverse_bids": stated_curves(curves)},
        solver=repr(chosen),
        complete=False,
        notes=("Other equilibria were not searched for.",),
    )


def _odds(mechanism: Mechanism, market: Market, able: list[bool]) -> AwardOdds:
    """Awards among those who can bid."""
    n = sum(able)
    if isinstance(mechanism, SplitAward):
        return AwardOdds.of_shares(mechanism.shares, n)
    return AwardOdds.of_capacities(market.tasks, tuple(compress(market.capacities or (1,) * len(able), able)))


def _check_secret(law: Distribution) -> None:
    """Refuses a secret reserve whose law the solver does not follow."""
    for left, right in law.gaps:
        raise Refused(f"the requester's value has no mass between {left:.6g} and {right:.6g}: bids jump there. Fill the gap.")


def _highest_bid(
    priors: dict[str, Distribution], odds: AwardOdds, limit: float | None, presence: tuple[float, ...] | None, *, secret: bool
) -> float:
    """The highest bid that may win, where the theory that is used here says it.

    Raises:
        Refused: it does not say, or there is no equilibrium.
    """
    labels, laws = list(priors), list(priors.values())
    for label, law in priors.items():
        for left, right in law.gaps:
            raise Refused(
                f"the costs of {label!r} have no mass between {left:.6g} and {right:.6g}: bids jump there, which this solver "
                "does not search. Fill the gap."
            )
    least = min(law.support[1] for law in laws)
    alike = all(law == laws[0] for law in laws) and bool((odds.awards == odds.awards[0]).all())
    if limit is not None and not secret and presence is not None and set(presence) == {presence[0]} != {1.0} and alike:
        return limit  # the highest cost, which may be alone, asks for the reserve
    for i, label in enumerate(labels):
        taken = sum(size for j, size in enumerate(odds.sizes) if j != i)
        if len(labels) == 1 or odds.award(i, taken) == odds.awards[i, 0]:
            raise Refused(f"{label!r} is awarded as much whatever it bids up to the reserve: nobody competes with it.")
    if limit is not None and limit < least:
        return limit
    ending = [law.support[1] == least and (presence or [1.0] * len(laws))[j] == 1.0 for j, law in enumerate(laws)]
    for i, label in enumerate(labels):
        if odds.award(i, sum(size for j, size in enumerate(odds.sizes) if j != i and ending[j])) == 0.0:
            continue
        if secret:
            raise Refused(
                f"{label!r} is awarded something even behind all whose costs surely end at {least:.6g}: the highest bid is not "
                "known beforehand. Let the requester's value end lower."
            )
        raise Refused(
            f"{label!r} is awarded something even behind all whose costs surely end at {least:.6g}, where the first support "
            "ends: how bids end is not searched here. Let more supports end there, or set a lower reserve."
        )
    return least
