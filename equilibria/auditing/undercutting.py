r"""Keeping rivals out of an undercut auction by undercutting oneself, under one name or in turns under two.

An incumbent of a fee $f$ can hold any fee below $c_2/(1-s)$ honestly. If it can fill the list of displaced provers with its own
bids before a rival answers, nobody else can bid for a term, and it keeps $f(1-s)^k$ after $k$ bids. The gain is what that fee is
above the band. Which sequences of bids do that is searched on the auction itself, breadth first.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, final

from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.outcome_table import grid_of_types
from equilibria.auditing.wording import short
from mechanisms import Procurement, UndercutAuction

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject
    from mechanisms.rules.undercut_auction import UndercutState

__all__ = ["SelfUndercut"]

POINTS = 9


@final
@dataclass(frozen=True, slots=True)
class SelfUndercut(Kind):
    """An incumbent bids against itself until nobody else can bid.

    Arguments:
        name: of the kind.
        names: under how many names.
    """

    name: str
    names: int

    def inapplicable(self, subject: Subject) -> str | None:
        if not isinstance(subject.mechanism, UndercutAuction):
            return "it is no undercut auction"
        if not isinstance(subject.market, Procurement) or len(subject.market.labels) < 2:
            return "it needs a procurement with at least two provers"
        return None

    def look(self, subject: Subject) -> Finding:
        auction, labels = subject.mechanism, subject.market.labels
        assert isinstance(auction, UndercutAuction)
        keep = 1 - Fraction(auction.step)
        types = [grid_of_types(prior, POINTS) for prior in subject.market.priors]
        best: tuple[Fraction, Instance] | None = None
        looked = 0
        for place, label in enumerate(labels):
            own = (label, *(f"{label}+{k}" for k in range(1, self.names)))
            rivals = [j for j in range(len(labels)) if j != place]
            for rival, cost, other in ((j, c, d) for j in rivals for c, d in product(types[place], types[j])):
                looked += 1
                band = other / keep
                found = _blocking(auction, own, labels[rival], other)
                if found is None or found.fee < cost or found.fee <= band:
                    continue
                gain, bids = found.fee - band, len(found.displaced)
                if best is None or gain > best[0]:
                    story = (
                        f"prover {label}, cost {short(cost)}, has the fee {short(Fraction(auction.first_fee))} and bids "
                        f"{bids} times against itself as {' and '.join(own)}: {labels[rival]}, cost {short(other)}, cannot bid, "
                        f"and {label} keeps {short(found.fee)} for a term; honestly it could hold fees below {short(band)}: "
                        f"gains {short(gain)}"
                    )
                    best = gain, Instance(
                        types={label: cost, labels[rival]: other},
                        reports={str(found.incumbent): found.fee},
                        story=story,
                    )
        where = f"all sequences of own bids at {looked} pairs of costs, before a rival answers"
        if best is None:
            return Finding(kind=self.name, status="not_found", how="exhaustive grid", message=f"none among {where}")
        return Finding(
            kind=self.name, status="found", how="exhaustive grid", message=f"the best of {where}", gain=best[0], instance=best[1]
        )


def _blocking(auction: UndercutAuction, own: tuple[str, ...], rival: str, cost: Fraction) -> UndercutState | None:
    """The state after the fewest own bids that leave the incumbent above the band and a rival without a bid; None if none do."""
    start = auction.start()
    states = [auction.bid(start, own[0], auction.highest_bid(start))]
    while states:
        for state in states:
            fee = auction.highest_bid(state)
            if fee < cost:
                return None  # within the band: nothing has to be blocked
            if not auction.accepts(state, rival, fee):
                return state
        following = {}
        for state in states:
            fee = auction.highest_bid(state)
            for name in own:
                if auction.accepts(state, name, fee):
                    after = auction.bid(state, name, fee)
                    following[(after.incumbent, frozenset(after.last))] = after
        states = list(following.values())
    return None
