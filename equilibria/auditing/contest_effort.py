"""Another effort than that of the equilibrium: what the equilibrium's certificate excludes."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from equilibria.auditing.contest_payoffs import reason_against, solved
from equilibria.auditing.findings import Finding
from equilibria.auditing.kinds import Kind
from mechanisms import Contest

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["OtherEffort"]


@final
class OtherEffort(Kind):
    """A contestant makes another effort, deposit, report of its cost, or changes whether it takes part."""

    name = "cost"

    def inapplicable(self, subject: Subject) -> str | None:
        return reason_against(subject.mechanism, subject.market)

    def look(self, subject: Subject) -> Finding:
        assert isinstance(subject.market, Contest)
        found = solved(subject.mechanism, subject.market)
        exact = "no other effort of anybody gains against the efforts of the equilibrium: epsilon is 0, exactly"
        near = (
            "no other effort gains at the equilibrium, which lies within the enclosures; at any efforts within them nobody "
            f"gains more than {found.epsilon:.3g}"
        )
        return Finding(
            kind=self.name,
            status="absent",
            how="proof",
            message=near if found.epsilon else exact,
            certificate=found.certificate,
        )
