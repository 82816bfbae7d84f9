r"""How often there is no proof in time, and what it costs to keep it so.

The market says nothing of failures, so each prover is assumed to fail with probability 1/20, independently of all else, and to
prove in time otherwise, without a fallback. What is enclosed is the probability of no proof *given* that: nobody is awarded,
or whoever is fails; in a race, all fail.

The price of censorship is that of `censorship` at mean costs that everybody knows, with the smallest safe bond of the same row
at stake: the attacker wins and does not deliver, or bribes.
"""

from __future__ import annotations

from fractions import Fraction

from equilibria.columns.bonds import WORK_FIRST, bond
from equilibria.columns.cell import Cell, Place, nothing
from equilibria.columns.money import regime_of
from equilibria.resilience.price_of_censorship import DRAWN, EVERYBODY, censorship
from equilibria.resilience.proofs_in_time import RACES, liveness
from mechanisms import (
    Bond,
    CentralProver,
    Contest,
    DesignatedProver,
    Procurement,
    Race,
    Refused,
)

__all__ = ["no_proof", "price_of_censorship"]

FAILURES = Fraction(1, 20)
"""Probability that a prover does not deliver, assumed where nobody has measured it."""


def no_proof(place: Place) -> Cell:
    """The probability of no proof in time."""
    found = place.equilibrium
    assert found is not None
    rule, market = place.mechanism, _alone(place) if isinstance(place.mechanism, CentralProver) else place.market
    behind = isinstance(rule, DesignatedProver) and rule.committee > 0
    told = liveness(
        rule, market, deadline=1, proving_time=1, failures=FAILURES, equilibrium=None if market is not place.market else found,
        no_award=None if rule.kind in RACES or isinstance(rule, DesignatedProver) else found.no_award,
        fallback=0 if behind else None,
    )  # fmt: skip
    note = f"each prover fails with probability {FAILURES} (assumed); {told.tolerance} of {len(market.labels)} may fail"
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
    market = place.market
    if isinstance(market, Contest) and market.known is not None and isinstance(place.mechanism, EVERYBODY + DRAWN):
        attack = censorship(
            place.mechanism, dict(zip(market.labels, market.known, strict=True)), prize=Fraction(market.prize)
        )  # fmt: skip
        return Cell(value=attack.cost, regime="certified", note=f"{attack.attack.replace('_', ' ')}, no bond at stake")
    if not isinstance(market, Procurement):
        return nothing("an attack is priced at mean costs of private ones, or where all costs are known")
    costs = {label: Fraction(law.mean()) for label, law in zip(market.labels, market.priors, strict=True)}
    rule, terms, at_stake = place.mechanism, None, ""
    if isinstance(rule, CentralProver):
        [cost] = (Fraction(law.mean()) for law in _alone(place).priors)
        if not isinstance(market.value, float):
            return nothing("what the central prover asks is not known")
        return Cell(value=max(Fraction(market.value) - cost, Fraction(0)), regime="certified", note="bribe what it earns")
    if isinstance(rule, Race) and rule.prize is None:
        rule = Race(rule.prize_for(market))
    if not isinstance(rule, WORK_FIRST):
        slash = bond(place).value
        if isinstance(slash, Fraction):
            terms, at_stake = Bond(slash=slash), f", {float(slash):.4g} at stake"
    attack = censorship(rule, costs, bond=terms)
    note = f"{attack.attack.replace('_', ' ')}, at mean costs known to all{at_stake}"
    if terms is not None:
        closed = censorship(rule, costs, bond=terms, open_entry=False)
        note += f"; {float(closed.cost):.4g} if the attacker may not bid ({closed.attack.replace('_', ' ')})"
    return Cell(value=attack.cost, regime="certified", note=note)
