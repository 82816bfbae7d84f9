"""The record that `optimal` returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from equilibria.equilibrium import Certificate
from equilibria.optima.constraints import Constraint
from mechanisms import Enclosure, Market, Mechanism

Route = Literal[
    "myerson", "symmetric_border", "border_cuts", "bic_program", "dsic_program", "general_program", "graded_menu",
    "myerson_satterthwaite",
]  # fmt: skip
Status = Literal["optimal", "bounded", "infeasible"]
Table: TypeAlias = Mapping[str, Mapping[Any, Fraction]]
"""By label and type."""
Rule: TypeAlias = Callable[[Sequence[Any]], tuple[list[Any], list[Any]]]
"""From reports in the market's order to how much each is awarded, and what it is paid (pays, in a sale)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptimalMechanism:
    r"""The best mechanism for an objective, and what certifies that there is no better one.

    Attributes:
        market: the market.
        objective: what is optimised; a mapping for a weighted sum.
        constraints: what it is subject to, as given.
        route: how it was found: the cheapest exact route that applies.
        status: `"optimal"`, or `"bounded"` where only an interval of the value is certified, or `"infeasible"` where no mechanism
            meets the constraints (the certificate proves that).
        message: one sentence: the route and why.
        value: an enclosure of the optimum; None if infeasible.
        exact_value: the optimum, where it is a rational that was found.
        mechanism: the rule as one to run, verify and simulate; None where no rule of the catalogue is it. It is run in
            `rule_market`.
        rule_market: the market with the requester's value that makes `mechanism` optimal for the objective.
        rule: the same as a plain function of the reports, where it is known profile by profile.
        allocation: expected tasks by label (by grade, of a `GradedSale`) and type, where types are finitely many.
        payments: expected payment by label and type, likewise.
        virtual: ironed virtual cost (virtual value, in a sale) by label and type: what one more task awarded to the type costs
            the requester (brings the seller), rents included.
        reserves: by label, the highest cost (lowest value) that may be awarded; None for one that never is; a
            float where it is only approximate.
        shadow_prices: what relaxing a constraint by one unit would bring, by constraint.
        certificate: the file that proves the optimum (`check`).
    """

    market: Market
    objective: str | Mapping[str, Fraction]
    constraints: tuple[Constraint, ...] = ()
    route: Route
    status: Status
    message: str
    value: Enclosure | None
    exact_value: Fraction | None
    mechanism: Mechanism | None = None
    rule_market: Market | None = None
    rule: Rule | None = None
    allocation: Table = field(default_factory=dict)
    payments: Table = field(default_factory=dict)
    virtual: Table = field(default_factory=dict)
    reserves: Mapping[str, Fraction | float | None] = field(default_factory=dict)
    shadow_prices: Mapping[str, Fraction] = field(default_factory=dict)
    certificate: Certificate

    def to_dict(self) -> dict[str, object]:
        """The numbers under their attribute names, as plain JSON values; exact ones as strings."""
        value = self.value
        record: dict[str, object] = {
            "objective": self.objective if isinstance(self.objective, str) else _shown(self.objective),
            "subject_to": [str(constraint) for constraint in self.constraints],
            "route": self.route,
            "status": self.status,
            "message": self.message,
            "value": None if value is None else {"lower": value.lower, "upper": value.upper, "midpoint": value.midpoint},
            "exact_value": None if self.exact_value is None else str(self.exact_value),
            "mechanism": None if self.mechanism is None else self.mechanism.spec(),
        }
        for name in ("allocation", "payments", "virtual"):
            record[name] = {label: _shown(row) for label, row in getattr(self, name).items()}
        record["reserves"] = {label: str(p) if isinstance(p, Fraction) else p for label, p in self.reserves.items()}
        record["shadow_prices"] = _shown(self.shadow_prices)
        return record

    def __repr__(self) -> str:
        exact = "" if self.exact_value is None else f", exact_value={self.exact_value}"
        about = "none" if self.value is None else f"{self.value.midpoint:.9g}"
        return f"OptimalMechanism({self.objective!r}, {self.route}, {self.status}, value={about}{exact})"

    def __str__(self) -> str:
        lines = [f"{self.objective}: {self.message}"]
        if self.value is not None:
            lines.append(f"  value    {self.value}")
        if self.exact_value is not None:
            lines.append(f"  exactly  {self.exact_value}")
        for label, price in self.reserves.items():
            lines.append(f"  reserve of {label}: {'never awarded' if price is None else price}")
        lines += [f"  shadow price of {name}: {price}" for name, price in self.shadow_prices.items()]
        return "\n".join(lines)


def _shown(row: Mapping[Any, Fraction]) -> dict[str, object]:
    return {str(key): str(entry) for key, entry in row.items()}
