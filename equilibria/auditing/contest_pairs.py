"""Two contestants who act together: both do less, or one of them makes the efforts of both."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_found import Move, best_move
from equilibria.auditing.contest_payoffs import keeps, played, reason_against
from equilibria.auditing.findings import Finding
from equilibria.auditing.kinds import Kind
from equilibria.auditing.wording import short
from mechanisms import Contest, CurvedShare, DesignatedProver, EqualShare, Lottery, WeibullRace

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["ContestPair"]

SHADES = tuple(Fraction(k, 8) for k in range(8))
"""Shares of the efforts of the equilibrium that both make."""

DEARER = tuple(Fraction(k, 8) for k in range(9, 33))
"""Multiples of a report of a cost."""


@final
class ContestPair(Kind):
    """Two contestants choose together, with transfers between them."""

    name = "coalition"

    def inapplicable(self, subject: Subject) -> str | None:
        if (reason := reason_against(subject.mechanism, subject.market, pure=True)) is not None:
            return reason
        assert isinstance(subject.market, Contest)
        if len(subject.market.labels) < 2:
            return "there is only one contestant"
        if isinstance(subject.mechanism, Lottery) and set(played(subject.mechanism, subject.market).values()) - {0, 1}:
            return "its strategies are mixed"
        return None

    def look(self, subject: Subject) -> Finding:
        return best_move(self.name, subject, _moves(subject), "joint choices of two: both less, or one for both")


def _moves(subject: Subject) -> Iterator[Move]:
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest)
    efforts = played(rule, market)
    whether = isinstance(rule, EqualShare | Lottery | DesignatedProver) or market.speeds is not None
    asked = isinstance(rule, CurvedShare) and rule.payment != "tullock"
    for pair in combinations(market.labels, 2):
        first, second = pair
        before = keeps(rule, market, efforts, pair)
        x, y = efforts[first], efforts[second]
        if asked:  # reports are costs: dearer ones are the smaller efforts
            choices = [(x * s, y * s) for s in DEARER]
        elif whether and not isinstance(rule, WeibullRace):
            choices = [(x, Fraction(0)), (Fraction(0), y), (Fraction(0), Fraction(0))]
        elif whether:
            choices = [(x, Fraction(0)), (Fraction(0), y)]
        else:
            none = Fraction(0)
            choices = [*((x * s, y * s) for s in SHADES), (x + y, none), (none, x + y), (x, none), (none, y)]
        for one, other in choices:
            if (one, other) == (x, y):
                continue
            reports = {**efforts, first: one, second: other}
            yield Move(keeps(rule, market, reports, pair) - before, reports, (
                f"contestants {pair[0]} and {pair[1]}, who would report {short(efforts[pair[0]])} and {short(efforts[pair[1]])}, "
                f"report {short(one)} and {short(other)}"
            ))  # fmt: skip
