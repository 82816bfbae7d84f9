r"""The smallest safe bond of a winner whose cost turns out high.

A winner that is paid on delivery walks away if its cost $C$ exceeds its fee $P$ by more than the slash, so what deters it is
$S=(C-P)^+$, here with $C$ the highest cost of a prover that may win and $P$ the average fee of an award: the cost that it bid on
may have been an estimate, or the machine breaks. Where the fee is paid on assignment, $S=\max(C,P)$. One assignment at a time,
a slash that surely follows, nothing gained by sabotage, no future business: `smallest_bond` takes all of these.
"""

from __future__ import annotations

from fractions import Fraction

from equilibria.collateral.bond_sizing import smallest_bond
from equilibria.columns.cell import Cell, Place, nothing
from equilibria.columns.money import regime_of
from equilibria.whole_catalogue import competitive
from mechanisms import Bond, CentralProver, Contest, Exchange, Race, Refused
from mechanisms.rules import CurvedShare, EqualShare, PrizeContest, ProportionalMining, WeibullRace

__all__ = ["bond"]

WORK_FIRST = (Race, ProportionalMining, WeibullRace, PrizeContest, EqualShare)
"""Rules that pay for proofs that are there: nobody is trusted with a request."""


def bond(place: Place) -> Cell:
    """The least slash that a winner does not walk away from."""
    if isinstance(place.mechanism, WORK_FIRST):
        return nothing("proofs are made before the award: there is nothing to abandon")
    if isinstance(place.mechanism, CurvedShare):
        return nothing("the work is shared: no prover is trusted with a whole request")
    if place.market.sign < 0 or isinstance(place.market, Exchange):
        return nothing("bonds are of provers in a procurement or a contest")
    found = place.equilibrium
    assert found is not None
    awarded = 1 - Fraction(found.no_award.lower)
    if awarded <= 0 or not found.expected_payment.lower >= 0:
        return nothing("nobody is surely awarded")
    price = Fraction(found.expected_payment.lower) / awarded
    cost = highest_cost(place)
    size = smallest_bond(Bond(slash=Fraction(0)), cost=cost, price=price)
    early = max(cost, price)
    note = f"highest cost {float(cost):.4g} of who may win against the average fee {float(price):.4g}, paid on delivery"
    return Cell(value=size.bond.slash, regime=regime_of(place), note=f"{note}; paid on assignment {float(early):.4g}")


def highest_cost(place: Place) -> Fraction:
    """Of a prover that may have the lowest cost, or of the only one."""
    market, found = place.market, place.equilibrium
    assert found is not None
    if isinstance(market, Contest) and market.known is not None:
        active = [cost for label, cost in zip(market.labels, market.known, strict=True) if _active(found.shares.get(label))]
        return max(active or market.known)
    supports = {label: prior.support for label, prior in zip(market.labels, market.priors, strict=True)}
    if not supports:
        raise Refused("the market has no law for each prover")
    if isinstance(place.mechanism, CentralProver):
        label = place.mechanism.label or min(market.labels, key=lambda name: market.prior(name).mean())
        return Fraction(supports[label][1])
    return Fraction(max(supports[label][1] for label in competitive(market)))


def _active(share: object) -> bool:
    return share is not None and (share > 0 if isinstance(share, Fraction) else getattr(share, "upper", 0.0) > 0.0)
