"""The best of some joint or single deviations from the efforts of an equilibrium, as a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_payoffs import Range, played
from equilibria.auditing.findings import Finding, How, Instance
from equilibria.auditing.wording import short
from mechanisms import Contest
from mechanisms.enclosure import round_down

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["Move", "best_move"]


@final
@dataclass(frozen=True, slots=True)
class Move:
    """One deviation.

    Arguments:
        gain: over the equilibrium.
        reports: what everybody reports, by label.
        story: who does what; the gain is added.
    """

    gain: Range
    reports: Mapping[str, Fraction]
    story: str


def best_move(kind: str, subject: Subject, moves: Iterable[Move], searched: str, how: How = "search") -> Finding:
    """The move of the greatest gain that is certainly one, or that there is none.

    Arguments:
        kind: of the finding.
        subject: what is audited.
        moves: all that are tried.
        searched: what they are, after "the best of" or "none among".
        how: how they were searched.
    """
    market, count, best = subject.market, 0, None
    assert isinstance(market, Contest)
    for move in moves:
        count += 1
        if move.gain.low > 0 and (best is None or move.gain.low > best.gain.low):
            best = move
    searched = f"{count} {searched}"
    known = market.known or ()
    if best is None:
        return Finding(kind=kind, status="not_found", how=how, message=f"none among {searched}")
    exact = best.gain.exact
    short_enough = exact and best.gain.low.denominator < 10**12
    gain = best.gain.low if short_enough else Fraction(round_down(best.gain.low))
    near = "" if exact else "; the gain is a certain lower bound"
    rational = all(isinstance(e, Fraction) for e in _efforts(subject))
    near += "" if rational else "; rivals play rationals within the enclosures of their efforts"
    return Finding(
        kind=kind,
        status="found",
        how=how,
        message=f"the best of {searched}{near}",
        gain=gain,
        instance=Instance(
            types=dict(zip(market.labels, known, strict=True)),
            reports=best.reports,
            story=f"{best.story}: gains {short(gain)}",
        ),
    )


def _efforts(subject: Subject) -> list[object]:
    from equilibria.auditing.contest_payoffs import solved

    return list(solved(subject.mechanism, subject.market).efforts.values())


def in_words(efforts: Mapping[str, Fraction], labels: Iterable[str]) -> str:
    """Efforts of some contestants, for stories."""
    return ", ".join(short(efforts[label]) for label in labels)


__all__ += ["in_words", "played"]
