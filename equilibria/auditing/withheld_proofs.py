r"""Contestants that commit to a proof, or are called for one, and do not deliver it.

**Two steps.** Whoever committed a deposit $d$ of the sum $D$ and does not reveal saves the cost $c$ of the proof and loses
$V\frac dD$ and the punishment $\pi$. In an equilibrium it keeps $V\frac dD-c-rd\ge0$ with $r\ge0$, so that not revealing gains
$c-V\frac dD-\pi\le-rd-\pi\le0$. Nor does a commitment pay that is never meant to be revealed: it loses $rd+\pi$.

**A designated prover** that is called and does not deliver saves $c$ and loses the prize and the slash, so it withholds if and
only if $c>V+s$; its proof is then left to the committee.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_found import Move, best_move
from equilibria.auditing.contest_payoffs import keeps, played, reason_against, solved
from equilibria.auditing.findings import Finding
from equilibria.auditing.kinds import Kind
from equilibria.auditing.wording import short
from mechanisms import Contest, DesignatedProver, TwoStepSubmission

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["WithheldProof"]


@final
class WithheldProof(Kind):
    """A contestant does not deliver the proof that it committed to, or is called for."""

    name = "non_reveal"

    def inapplicable(self, subject: Subject) -> str | None:
        if not isinstance(subject.mechanism, TwoStepSubmission | DesignatedProver):
            return "nothing is committed and revealed, and nobody is called"
        return reason_against(subject.mechanism, subject.market)

    def look(self, subject: Subject) -> Finding:
        market, rule = subject.market, subject.mechanism
        assert isinstance(market, Contest) and market.known is not None
        if isinstance(rule, DesignatedProver):
            worth = Fraction(market.prize) + Fraction(rule.slash)
            dear = [label for label, cost in zip(market.labels, market.known, strict=True) if cost > worth]
            if dear:
                searched = "provers to whom prize and slash are not worth a proof"
                return best_move(self.name, subject, _withheld(subject, dear), searched, "exact optimisation")
            why = f"the prize and the slash, {short(worth)}, are worth a proof to everybody that is called"
        else:
            why = "whoever committed has a part of the prize above the cost of its proof, and committing without one only costs"
        certificate = solved(rule, market).certificate
        return Finding(kind=self.name, status="absent", how="proof", message=why, certificate=certificate)


def _withheld(subject: Subject, labels: list[str]) -> Iterator[Move]:
    """What those gain over delivering who do not."""
    market, rule = subject.market, subject.mechanism
    assert isinstance(market, Contest)
    reports = played(rule, market)
    for label in labels:
        away, there = {**reports, label: Fraction(0)}, {**reports, label: Fraction(1)}
        gain = keeps(rule, market, away, (label,)) - keeps(rule, market, there, (label,))
        story = f"prover {label} does not deliver when it is called, and leaves the proof to whoever stands behind it"
        yield Move(gain, away, story)
