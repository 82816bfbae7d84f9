r"""Kinds that `verify` decides: proved for all reports, or a counterexample, improved on a small grid.

A proof over wider reports than the costs that agents may have is a proof for the market; a counterexample counts only if whoever
appears in it may have the type that it has there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.outcome_table import Deviation, OutcomeTable, best_of
from equilibria.proofs.properties.registry import PROPERTIES
from mechanisms import BlockSpace, Refused

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject
    from equilibria.proofs.verdict import Counterexample, Verdict
    from mechanisms import Market

__all__ = ["ProvedKind", "registered"]

SHARE = 0.6  # of the time for the proof, the rest for the grid


def registered(name: str, **parameters: object) -> Any:
    """A property of `verify` with parameters, or None if there is none of this name."""
    return replace(PROPERTIES[name], **parameters) if name in PROPERTIES else None  # type: ignore[type-var]  # all are dataclasses


@final
@dataclass(frozen=True, slots=True)
class ProvedKind(Kind):
    """A kind that is the failure of a property.

    Arguments:
        name: of the kind.
        property: that has to fail, or its name; None to search only.
        search: lists the deviations on a grid, to find a greater gain, or any where nothing is proved; None for none.
        further: how many further names the search reports under.
        accepts: whether a counterexample to the property is of the kind; None if all are.
        unmet: why the kind has no meaning in a market, or None; for what `verify` does not say itself.
    """

    name: str
    property: Any
    search: Callable[[OutcomeTable], Iterator[Deviation]] | None = None
    further: int = 0
    unmet: Callable[[Subject], str | None] | None = None
    accepts: Callable[[Counterexample], bool] | None = None

    def inapplicable(self, subject: Subject) -> str | None:
        if self.property is None and self.search is None:
            return "verify has no property for it"
        fees = isinstance(subject.market, BlockSpace) and getattr(self.property, "subject", "") == "fee_market"
        if not fees and (reason := subject.reason_against_proof) is not None:
            return reason
        return None if self.unmet is None else self.unmet(subject)

    def look(self, subject: Subject) -> Finding:
        if self.property is None:
            return self._searched(subject, None, "verify has no property for it")
        verdict = self._verdict(subject, subject.wide, SHARE * subject.left)
        if isinstance(verdict, str):
            return self._searched(subject, None, verdict)
        if verdict.status == "proved" and verdict.certificate is not None:
            return Finding(
                kind=self.name,
                status="absent",
                how="proof",
                message=f"{verdict.reason.partition(', whatever')[0]}: proved for all {subject.domain}",
                certificate=verdict.certificate,
            )
        if verdict.status == "proved":
            return self._searched(subject, None, verdict.message)
        found, undecided = verdict.counterexample, verdict.reason
        if found is not None and subject.wide is not subject.certain and not self._happens(subject, found):
            narrow = self._verdict(subject, subject.certain, SHARE * subject.left)
            found, undecided = None, f"beyond the costs that anybody has, {undecided}"
            if not isinstance(narrow, str):
                if narrow.status == "proved":
                    undecided = f"proved for reports within the supports; {undecided}"
                found = narrow.counterexample
        if found is not None and self.accepts is not None and not self.accepts(found):
            found, undecided = None, f"it fails in another way: {undecided}"
        return self._searched(subject, found, undecided)

    def _verdict(self, subject: Subject, market: Market, seconds: float) -> Verdict | str:
        from equilibria.proofs.verifying import verify

        try:
            return verify(subject.mechanism, market, self.property, timeout=seconds)
        except Refused as reason:
            return str(reason)

    @staticmethod
    def _happens(subject: Subject, found: Counterexample) -> bool:
        """Whether everybody may have the type that it has, or, if it does not deviate, report it."""
        last = found.reports[-1]
        members = {label for label in found.types if last[label] != found.types[label]}
        members |= {label.rpartition("+")[0] for label in last if label not in found.types}
        return all(subject.is_type(label, number) for label, number in found.types.items()) and not any(
            subject.absences_are_reports and not subject.reveals(found.types[label])
            for label in members & set(found.types)
        )

    def _searched(self, subject: Subject, known: Counterexample | None, undecided: str) -> Finding:
        best, grid, complete = None, "", False
        if self.search is not None:
            table = OutcomeTable(subject, self.further)
            best, count, complete = best_of(self.search(table), max(subject.deadline, monotonic() + 0.5))
            complete = complete and table.complete
            grid = f"{count} deviations on {table.description}"
        if best is not None and (known is None or best.gain > known.gain):
            labels = subject.setting.labels
            reports = dict(zip(labels, best.reports, strict=False))
            for place, report in enumerate(best.reports[len(labels) :], 1):
                reports[f"{labels[best.members[0]]}+{place}"] = report
            return Finding(
                kind=self.name,
                status="found",
                how="exhaustive grid" if complete else "search",
                message=f"the best of {grid}",
                gain=best.gain,
                instance=Instance(types=dict(zip(labels, best.types, strict=True)), reports=reports, story=best.story),
            )
        if known is not None:
            return Finding(
                kind=self.name,
                status="found",
                how="counterexample replayed",
                message="an exact counterexample" + (f"; none better among {grid}" if grid else ""),
                gain=known.gain,
                instance=Instance(types=known.types, reports=known.reports[-1], story=known.story),
            )
        where = f"none among {grid}" if grid else "nothing else was searched"
        return Finding(
            kind=self.name,
            status="not_found",
            how="exhaustive grid" if complete else "search",
            message=f"{where}; no proof ({undecided.rstrip('.')})",
        )
