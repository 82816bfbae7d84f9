"""What an audit found: one finding for each kind of deviation, with its instance, and how it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, final

from equilibria.equilibrium import Certificate
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

if TYPE_CHECKING:
    from mechanisms import Market, Mechanism

__all__ = ["Audit", "Finding", "How", "Instance"]

Status = Literal["absent", "found", "not_found"]
How = Literal["proof", "counterexample replayed", "exhaustive grid", "exact optimisation", "backward induction", "search"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Exact numbers at which a deviation pays.

    Attributes:
        types: the true cost or value of every agent; of one who does not deviate, what it reports.
        reports: what is reported in the deviation, by label; a further name of `a` is called `a+1`.
        story: one sentence.
    """

    types: Mapping[str, Fraction]
    reports: Mapping[str, Fraction]
    story: str

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; rationals as strings."""
        return {
            "story": self.story,
            "types": {label: str(number) for label, number in self.types.items()},
            "reports": {label: str(number) for label, number in self.reports.items()},
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known about one kind of deviation.

    Attributes:
        kind: its name.
        status: `"absent"` (certified: nobody gains), `"found"`, or `"not_found"` within what was searched, which proves nothing.
        how: how this is known.
        message: one sentence, which says what was searched.
        gain: what the instance gains, exactly, in money; of an expected gain, in expectation, or, if the message says so, the
            lower of two certain bounds of that. None where none was found. It is the greatest found and no bound on others,
            unless the message says so.
        instance: where it was found.
        certificate: of an absence, what `check` needs to confirm it.
    """

    kind: str
    status: Status
    how: How
    message: str
    gain: Fraction | None = None
    instance: Instance | None = None
    certificate: Certificate | None = None

    def __post_init__(self) -> None:
        if self.status == "absent" and self.certificate is None:
            raise InvalidInput(f"a finding may say absent only with a certificate; {self.kind} has none. Say not_found.")

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; rationals as strings; the certificate is left out."""
        return {
            "kind": self.kind,
            "status": self.status,
            "how": self.how,
            "message": self.message,
            "gain": None if self.gain is None else str(self.gain),
            "instance": None if self.instance is None else self.instance.to_dict(),
            "certified": self.certificate is not None,
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Audit:
    """The deviations from a rule in a market.

    Attributes:
        mechanism: the rule.
        market: who reports.
        findings: one for each kind that has a meaning here.
        left_out: why the other kinds have none, by name.
    """

    mechanism: Mechanism
    market: Market
    findings: tuple[Finding, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that are deviations."""
        return tuple(finding for finding in self.findings if finding.status == "found")

    @property
    def message(self) -> str:
        """One sentence."""
        names = {
            status: [finding.kind for finding in self.findings if finding.status == status]
            for status in ("found", "absent", "not_found")
        }
        words = {"found": "pays", "absent": "certified absent", "not_found": "not found, and not excluded"}
        return "; ".join(f"{words[status]}: {', '.join(kinds)}" for status, kinds in names.items() if kinds)

    def finding(self, kind: str) -> Finding:
        """The finding of a kind.

        Raises:
            InvalidInput: it was not asked for, or has no meaning here.
        """
        for finding in self.findings:
            if finding.kind == kind:
                return finding
        if kind in self.left_out:
            raise InvalidInput(f"kind {kind!r} has no meaning here: {self.left_out[kind]}.")
        raise InvalidInput(f"kind must be one of {', '.join(f.kind for f in self.findings)}; got {shown(kind)}.")

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, without certificates."""
        return {
            "mechanism": self.mechanism.spec(),
            "market": self.market.spec(),
            "message": self.message,
            "findings": [finding.to_dict() for finding in self.findings],
            "left_out": dict(self.left_out),
        }

    def __repr__(self) -> str:
        return f"Audit({self.mechanism!r}: {self.message})"

    def __str__(self) -> str:
        rows = [("kind", "status", "gain", "how")]
        for one in self.findings:
            gain = "-" if one.gain is None else f"{float(one.gain):.6g}"
            rows.append((one.kind, one.status.replace("_", " "), gain, one.how))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        stories = [f"{one.kind}: {one.instance.story}" for one in self.findings if one.instance is not None]
        return "\n".join([repr(self.mechanism), *lines, *stories])
