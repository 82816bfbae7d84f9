"""A kind of deviation that means one thing of reports and another of efforts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from equilibria.auditing.kinds import Kind
from mechanisms import Contest

if TYPE_CHECKING:
    from equilibria.auditing.findings import Finding
    from equilibria.auditing.subject import Subject

__all__ = ["ByMarket"]


@final
@dataclass(frozen=True)  # no slots: `name` of the base is no field
class ByMarket(Kind):
    """The kind for markets of reports, and that for contests; both have one name."""

    of_reports: Kind
    of_efforts: Kind

    @property
    def name(self) -> str:  # type: ignore[override]  # the name of both
        return self.of_reports.name

    def _of(self, subject: Subject) -> Kind:
        return self.of_efforts if isinstance(subject.market, Contest) else self.of_reports

    def inapplicable(self, subject: Subject) -> str | None:
        return self._of(subject).inapplicable(subject)

    def look(self, subject: Subject) -> Finding:
        return self._of(subject).look(subject)
