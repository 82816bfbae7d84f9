"""A kind of deviation that means one thing of reports and another of efforts."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from equilibria.auditing.kinds import Kind
from mechanisms import Contest

if TYPE_CHECKING:
    from equilibria.auditing.findings import Finding
    from equilibria.auditing.subject import Subject

__all__ = ["ByMarket"]


@final
class ByMarket(Kind):
    """The kind for markets of reports, and that for contests; both have one name."""

    def __init__(self, of_reports: Kind, of_efforts: Kind) -> None:
        self.name, self.of_reports, self.of_efforts = of_reports.name, of_reports, of_efforts

    def _of(self, subject: Subject) -> Kind:
        return self.of_efforts if isinstance(subject.market, Contest) else self.of_reports

    def inapplicable(self, subject: Subject) -> str | None:
        return self._of(subject).inapplicable(subject)

    def look(self, subject: Subject) -> Finding:
        return self._of(subject).look(subject)
