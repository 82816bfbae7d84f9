r"""Who pays what: straight from the equilibrium, so every cell is as certain as that is.

The *budget* is what the requester pays less what provers get, $t-(c+s)$ with $t$ the payment, $c$ what all provers spend and
$s$ their surplus: 0 where every payment reaches a prover, positive where some of it is kept or burned.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from equilibria.columns.cell import PROFILES, Cell, Place, Regime, nothing
from equilibria.requester_surplus import requester_surplus
from equilibria.simulating import Estimate
from mechanisms import Enclosure

__all__ = ["budget", "quantity", "requester"]

REGIMES: dict[str, Regime] = {
    "proved": "proved", "certified": "certified", "estimated": "estimated", "not_converged": "certified",
}  # fmt: skip
"""By status of the equilibrium: where it is proved, what it pays is an enclosure that holds without an epsilon."""


def regime_of(place: Place) -> Regime:
    """How the numbers of an equilibrium are known."""
    assert place.equilibrium is not None
    return REGIMES[place.equilibrium.status]


def quantity(name: str) -> Callable[[Place], Cell]:
    """The cells of an attribute of the equilibrium."""

    def cell(place: Place) -> Cell:
        if place.equilibrium is None:
            return _estimated(getattr(place.simulation, name))
        return Cell(value=getattr(place.equilibrium, name), regime=regime_of(place))

    return cell


def _estimated(estimate: Estimate) -> Cell:
    note = f"{estimate}, in {PROFILES} simulated rounds of true reports, which are dominant"
    return Cell(value=Fraction(estimate.mean), regime="estimated", note=note)


def budget(place: Place) -> Cell:
    """What is paid and reaches no prover."""
    found = place.equilibrium
    if found is None:
        played = place.simulation
        reached = played.resource_cost.mean + played.prover_surplus.mean
        error = sum(one.standard_error for one in (played.expected_payment, played.resource_cost, played.prover_surplus))
        return _estimated(Estimate(played.expected_payment.mean - reached, error))
    paid, spent, kept = found.expected_payment, found.resource_cost, found.prover_surplus
    sign = place.market.sign
    ends = [sign * Fraction(end) for end in paid]
    low = min(ends) - Fraction(spent.upper) - Fraction(kept.upper)
    high = max(ends) - Fraction(spent.lower) - Fraction(kept.lower)
    return Cell(value=Enclosure.around(low, high), regime=regime_of(place), note="payment less what provers get")


def requester(place: Place) -> Cell:
    """What the requester keeps: the value of a proof in the market of the comparison, less the payment."""
    found, value = place.equilibrium, place.compared.value
    assert found is not None
    if not isinstance(value, float):
        return nothing("the market has no number as value")
    if place.market is place.compared:
        kept = requester_surplus(found)
        assert kept is not None
        return Cell(value=kept, regime=regime_of(place))
    worth = [Fraction(value) * (1 - Fraction(end)) for end in found.no_award]
    low, high = min(worth) - Fraction(found.expected_payment.upper), max(worth) - Fraction(found.expected_payment.lower)
    return Cell(value=Enclosure.around(low, high), regime=regime_of(place))
