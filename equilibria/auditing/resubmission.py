r"""A hash that is submitted again, as the contracts of the two-step submission are read: its deposit enters the total twice.

A prover of deposit $d$ of the sum $D$ that submits its hash again is paid $V\frac d{D+d}$ in place of $V\frac dD$: it dilutes
everybody, itself too, and nobody is paid what is lost. Were the second deposit credited to it, it would have a larger deposit,
which is of the kind `cost`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_payoffs import keeps, played, reason_against, with_name
from equilibria.auditing.findings import Finding
from equilibria.auditing.kinds import Kind
from equilibria.auditing.wording import short
from mechanisms import Contest, TwoStepSubmission

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["Resubmission"]


@final
class Resubmission(Kind):
    """A prover submits its hash again; what that costs it, and the others."""

    name = "resubmission"

    def inapplicable(self, subject: Subject) -> str | None:
        if not isinstance(subject.mechanism, TwoStepSubmission):
            return "no hash is submitted"
        return reason_against(subject.mechanism, subject.market)

    def look(self, subject: Subject) -> Finding:
        market, rule = subject.market, subject.mechanism
        assert isinstance(market, Contest)
        efforts = played(rule, market)
        losses: list[tuple[Fraction, Fraction, str]] = []
        for label in (label for label in market.labels if efforts[label]):
            wide, again = with_name(market, label)
            reports = {**efforts, again: efforts[label]}
            others = [other for other in market.labels if other != label]
            own, rest = (
                (keeps(rule, market, efforts, members) - keeps(rule, wide, reports, members)).low
                for members in ((label,), others)
            )
            losses.append((rest / own, own, label))  # own is positive: the share of a positive deposit falls
        if not losses:
            message = "nobody commits in the equilibrium"
        else:
            harm, own, label = max(losses, key=lambda one: one[0])
            message = (
                f"none gains, of {len(losses)} that commit: {label} loses {short(own)} of its own part by its second deposit, "
                f"and the others {short(harm * own)}"
            )
        return Finding(kind=self.name, status="not_found", how="exact optimisation", message=message)
