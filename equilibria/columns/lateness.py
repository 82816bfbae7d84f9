r"""How often there is no proof in time, and what it costs to keep it so.

The market says nothing of failures, so each prover is assumed to fail with probability 1/20, independently of all else, and to
prove in time otherwise, without a fallback. What is enclosed is the probability of no proof *given* that: nobody is awarded,
or whoever is fails; in a race, all fail; where the work is shared, anybody. Without an equilibrium, and in an exchange, it is
that of a request that is awarded.

The price of censorship is that of `censorship` at mean costs that everybody knows, with the smallest safe bond of the same row
at stake: the attacker wins and does not deliver, or bribes. Where users compete it is that of the one with the highest mean, with
mean values and costs, or what an equilibrium bids at them.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

from equilibria.columns.bonds import WORK_FIRST, bond
from equilibria.columns.cell import Cell, Place, nothing
from equilibria.columns.money import regime_of
from equilibria.resilience.expected_censorship import expected_censorship
from equilibria.resilience.price_of_censorship import censorship
from equilibria.resilience.proofs_in_time import liveness
from mechanisms import (
    BlockSpace,
    Bond,
    CentralProver,
    Contest,
    Exchange,
    FeeMechanism,
    Optimal,
    Procurement,
    Race,
    Refused,
    Sale,
)

__all__ = ["no_proof", "price_of_censorship"]

FAILURES = Fraction(1, 20)
"""Probability that a prover does not deliver, assumed where nobody has measured it."""


def no_proof(place: Place) -> Cell:
    """The probability of no proof in time."""
    found, market = place.equilibrium, place.market
    alone = _alone(place) if isinstance(place.mechanism, CentralProver) else None
    told = liveness(
        place.mechanism, alone or market, deadline=1, proving_time=1, failures=FAILURES,
        equilibrium=None if alone else found, no_award=found.no_award if alone and found else None,
        fallback=0 if getattr(place.mechanism, "committee", 0) else None,
    )  # fmt: skip
    provers = len(market.provers if isinstance(market, Exchange) else (alone or market).labels)
    note = f"each prover fails with probability {FAILURES} (assumed); {told.tolerance} of {provers} may fail"
    if isinstance(market, Exchange) or found is None:
        return Cell(value=told.late, regime=told.status, note=f"of a request that is awarded: {note}")
    return Cell(value=told.late, regime=regime_of(place), note=note)


def _alone(place: Place) -> Procurement:
    """The market of the central prover."""
    market = place.market
    if not isinstance(market, Procurement):
        raise Refused("a central prover is one of a Procurement")
    asked = place.mechanism.label if isinstance(place.mechanism, CentralProver) else None
    label = asked or min(market.labels, key=lambda name: market.prior(name).mean())
    return Procurement({label: market.prior(label)}, market.value)


def price_of_censorship(place: Place) -> Cell:
    """The least cost of keeping one request unproved."""
    market, rule = place.market, place.mechanism
    if isinstance(market, Contest):
        attack = censorship(rule, market)
        return Cell(value=attack.cost, regime="certified", note=f"{attack.attack.replace('_', ' ')}, no bond at stake")
    if isinstance(market, Exchange | BlockSpace | Sale):
        return _where_users_compete(place, market)
    if not isinstance(market, Procurement):
        return nothing("an attack is priced at mean costs of independent ones, or where all costs are known")
    costs = {label: Fraction(law.mean()) for label, law in zip(market.labels, market.priors, strict=True)}
    if isinstance(rule, CentralProver):
        [(label, law)] = [(name, prior) for name, prior in zip(_alone(place).labels, _alone(place).priors, strict=True)]
        if not isinstance(market.value, float):
            return nothing("what the central prover asks is not known")
        attack = censorship(rule, {label: Fraction(law.mean())}, prize=max(Fraction(market.value), Fraction(0)))
        return Cell(value=attack.cost, regime="certified", note="bribe what it earns")
    if isinstance(rule, Race) and rule.prize is None:
        rule = Race(rule.prize_for(market))
    terms, at_stake = None, ""
    if not isinstance(rule, WORK_FIRST):
        at_stake = ", no bond at stake"
        slash = bond(place).value if place.equilibrium is not None else None
        if isinstance(slash, Fraction):
            terms, at_stake = Bond(slash=slash), f", {float(slash):.4g} at stake"
    if isinstance(rule, Optimal):
        if place.equilibrium is None:
            return nothing("no equilibrium")
        mean = expected_censorship(place.equilibrium, bond=terms)
        return Cell(value=mean, regime=regime_of(place), note=f"bribe, in the mean over costs{at_stake}")
    attack = censorship(rule, costs, bond=terms)
    note = f"{attack.attack.replace('_', ' ')}, at mean costs known to all{at_stake}"
    if terms is not None:
        with suppress(Refused):  # what the winner keeps may not be known
            closed = censorship(rule, costs, bond=terms, open_entry=False)
            note += f"; {float(closed.cost):.4g} if the attacker may not bid ({closed.attack.replace('_', ' ')})"
    return Cell(value=attack.cost, regime="certified", note=note)


def _where_users_compete(place: Place, market: Exchange | BlockSpace | Sale) -> Cell:
    """At mean values and costs, the request of the user who has the highest."""
    rule, found = place.mechanism, place.equilibrium
    means = {label: Fraction(law.mean()) for label, law in zip(market.labels, market.priors, strict=True)}
    target = max(market.users if isinstance(market, Exchange) else market.labels, key=lambda label: means[label])
    if isinstance(rule, FeeMechanism):
        bids = {label: rule.bid(mean) for label, mean in means.items()}
    elif found is not None and found.strategies:
        bids = {label: Fraction(float(found.strategy(label)(float(mean)))) for label, mean in means.items()}
    else:
        bids = means
    attack = censorship(rule, bids, market=market, target=target)
    if attack.attack == "none_needed":
        return nothing(f"at mean values the request of {target} is not served")
    how = attack.attack.replace("_", " ")
    regime = "certified" if found is None or bids is means else regime_of(place)
    return Cell(value=attack.cost, regime=regime, note=f"{how}, at mean values, no bond at stake")
