"""An attack on a request, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mechanisms import DesignatedProver, Refused

__all__ = ["Amount", "Censorship", "bribed", "cheapest", "everybody", "with_committee", "withheld"]

Amount = Fraction | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Censorship:
    """The least cost of an attack, and the attack.

    Arguments:
        cost: what the attacker pays in all, exactly (rounded up where a surplus is only enclosed); proved for the attacks of
            this package.
        attack: whether it wins and does not deliver, bribes, or outbids; `"none_needed"` if nobody would prove anyway.
        bribes: what each prover (or the miner) is promised, by label.
        forfeited: what the attacker loses of its own bond; negative where it is paid the slash of the prover that it bribed.
        paid: what its own bids pay.
        bids: how many bids it adds.
    """

    cost: Fraction
    attack: Literal["win_and_withhold", "bribe", "outbid", "none_needed"]
    bribes: Mapping[str, Fraction]
    forfeited: Fraction
    paid: Fraction = Fraction(0)
    bids: int = 0

    def __str__(self) -> str:
        if self.attack == "outbid":
            return f"outbid: {self.cost} = paid for {self.bids} bids"
        parts = [f"{label} {amount}" for label, amount in self.bribes.items()]
        return f"{self.attack}: {self.cost} = forfeited {self.forfeited} + bribes ({', '.join(parts) or 'none'})"


def bribed(bribes: Mapping[str, Fraction], called: Fraction = Fraction(0)) -> Censorship:
    """Bribes, less what the attacker collects of a slash."""
    total = sum(bribes.values(), Fraction(0)) - called
    return Censorship(cost=total, attack="bribe" if bribes else "none_needed", bribes=bribes, forfeited=-called)


def withheld(lost: Fraction, bribes: Mapping[str, Fraction]) -> Censorship:
    """Winning without delivering, and bribing whoever may prove after that."""
    return Censorship(cost=lost + sum(bribes.values()), attack="win_and_withhold", bribes=bribes, forfeited=lost)


def everybody(costs: Mapping[str, Fraction], price: Fraction) -> dict[str, Fraction]:
    """What each would keep that proves for a price, if it would at all."""
    return {label: price - cost for label, cost in costs.items() if price > cost}


def cheapest(attacks: list[Censorship]) -> Censorship:
    """The cheapest; of equal ones the last: nothing to do, or a bribe, before taking part."""
    return min(reversed(attacks), key=lambda attack: attack.cost)


def with_committee(
    mechanism: DesignatedProver, costs: Mapping[str, Fraction], prize: Fraction, rescue: dict[str, Fraction]
) -> dict[str, Fraction]:
    """Who may prove after a default, with the committee: in the dearest draw, whose members cost least and lose the slash.

    Raises:
        Refused: a committee larger than all others.
    """
    if mechanism.committee > len(costs) - 1:
        raise Refused(f"the committee has {mechanism.committee} members and there are {len(costs) - 1} others. Make it smaller.")
    called = sorted(costs, key=lambda label: costs[label])[: mechanism.committee + 1] if mechanism.committee else []
    members = everybody({label: costs[label] for label in called}, prize + Fraction(mechanism.slash))
    none = Fraction(0)
    return {label: max(members.get(label, none), rescue.get(label, none)) for label in members | rescue}
