r"""Proofs that nobody asked for, made for a reward in the ratio of work.

A rule that pays $\frac wWV$ for the work $w$ does not ask whom the proofs serve. Against the work $R$ of all others $w$ units of
it that nobody asked for gain $V\frac w{w+R}-cw$, which is positive if and only if $w+R<V/c$: as long as the reward of a unit is
above its cost. At the equilibrium that holds of everybody that works. A cap by stake limits what is gained, not this.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_found import Move, best_move
from equilibria.auditing.contest_payoffs import keeps, played, reason_against
from equilibria.auditing.findings import Finding
from equilibria.auditing.kinds import Kind
from equilibria.auditing.wording import short
from mechanisms import Contest, ProportionalMining

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["WashWork"]


@final
class WashWork(Kind):
    """A contestant without requests proves for nobody."""

    name = "wash_work"

    def inapplicable(self, subject: Subject) -> str | None:
        if not isinstance(subject.mechanism, ProportionalMining):
            return "no reward is paid for work as such"
        return reason_against(subject.mechanism, subject.market)

    def look(self, subject: Subject) -> Finding:
        searched = "contestants without requests, each with its best work for nobody"
        return best_move(self.name, subject, _moves(subject), searched, "exact optimisation")


def _moves(subject: Subject) -> Iterator[Move]:
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest) and market.known is not None
    efforts = played(rule, market)
    for label, cost in zip(market.labels, market.known, strict=True):
        work = efforts[label]
        gain = keeps(rule, market, efforts, (label,)) - keeps(rule, market, {**efforts, label: Fraction(0)}, (label,))
        story = (
            f"contestant {label}, cost {short(cost)}, has no requests and makes {short(work)} units of proofs that nobody asked "
            f"for, beside {short(sum(efforts.values()) - work)} of all others"
        )
        yield Move(gain, efforts, story)
