"""What is known about a property of a rule."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from equilibria.equilibrium import Certificate
from mechanisms.errors import InvalidInput

__all__ = ["Counterexample", "Status", "Verdict"]

Status = Literal["proved", "refuted", "within", "unknown", "crashes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """Exact numbers at which a property fails, replayed on the original rule.

    Attributes:
        types: the true type of every agent.
        reports: what is reported in each application of the rule that is compared, the truthful one first; an identity that an
            agent adds is called `a+1`.
        allocations: what each agent gets in each of them.
        payments: what each agent pays (is paid, a prover) in each of them.
        gain: by how much the property fails, in money (in shares, for monotonicity).
        story: one sentence.
        float_gain: the same replayed on the rule in floats, where that has an outcome.
    """

    types: Mapping[str, Fraction]
    reports: tuple[Mapping[str, Fraction], ...]
    allocations: tuple[Mapping[str, Fraction], ...]
    payments: tuple[Mapping[str, Fraction], ...]
    gain: Fraction
    story: str
    float_gain: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; rationals as strings."""

        def plain(numbers: Mapping[str, Fraction]) -> dict[str, str]:
            return {label: str(number) for label, number in numbers.items()}

        return {
            "story": self.story,
            "gain": str(self.gain),
            "types": plain(self.types),
            "reports": [plain(reports) for reports in self.reports],
            "allocations": [plain(allocation) for allocation in self.allocations],
            "payments": [plain(payments) for payments in self.payments],
            "float_gain": self.float_gain,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """Whether a rule has a property, and why one may believe it.

    Attributes:
        rule: its name.
        property: its name.
        status: `"proved"`, `"refuted"`, `"within"` (it fails, but by no more than `epsilon`), `"unknown"`, `"crashes"` (the
            rule raises an exception at reports that may be made).
        message: one sentence.
        epsilon: by how much the property may fail: 0 where it is proved, what was asked for where it is within; None else.
        counterexample: where it fails.
        certificate: where it is proved (or within), what `check` needs to confirm it.
        regions: outcomes of the rule's decision tree, 0 where it was not finished.
        cases: combinations of them that the proof goes through.
    """

    rule: str
    property: str
    status: Status
    message: str
    epsilon: Fraction | None = None
    counterexample: Counterexample | None = None
    certificate: Certificate | None = None
    regions: int = 0
    cases: int = 0
    notes: tuple[str, ...] = field(default=())

    @builtins.property
    def reason(self) -> str:
        """The message without the status that it begins with."""
        return self.message.partition(": ")[2] or self.message

    def __bool__(self) -> bool:
        raise InvalidInput("a Verdict is no truth value: five things may be known. Compare .status with 'proved'.")

    def to_dict(self) -> dict[str, object]:
        """The verdict as plain JSON values, without its certificate."""
        return {
            "rule": self.rule,
            "property": self.property,
            "status": self.status,
            "message": self.message,
            "epsilon": None if self.epsilon is None else str(self.epsilon),
            "counterexample": None if self.counterexample is None else self.counterexample.to_dict(),
            "regions": self.regions,
            "cases": self.cases,
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        return f"Verdict({self.rule}, {self.property}, {self.status})"

    def __str__(self) -> str:
        return f"{self.rule}, {self.property}: {self.message}"
