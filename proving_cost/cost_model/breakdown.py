r"""A cost as the sum of visible terms, with two intervals.

`total` adds the lower ends and the upper ends: it holds whatever the terms' errors have to do with each other, and is
attained if every term is at the same end at once.  `typical` is narrower and assumes more: with $x_i$ the likely value
of term $i$ and $\sigma_i$ the distance of its upper (or lower) end from it in logarithms,

$$ \text{likely} \cdot \exp\!\left(\pm\Big(\textstyle\sum_{i \in S} p_i\sigma_i
     + \sqrt{\sum_{i \notin S} p_i^2 \sigma_i^2}\Big)\right), \qquad p_i = x_i / \textstyle\sum_j x_j , $$

where $S$ are the terms that share an error (those by structure share the factor of the machine, and so do all that are
a price times the same seconds) and the others err independently.  It is cut to the total.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from mechanisms.enclosure import Enclosure
from proving_cost.cost_model.structure import How
from proving_cost.hardware import Term

__all__ = ["CostBreakdown", "Line"]

VANISHING = 1e-3
"""What an end of zero is taken for, in likely values: a logarithm needs something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A term with its likely value, how it was found, and whether its error is shared with other terms."""

    term: Term
    likely: float
    how: How | Literal["computed"] = "computed"
    shared: bool = True

    def to_json(self) -> dict[str, Any]:
        """The line as plain data."""
        t = self.term
        return {
            "label": t.label, "formula": t.formula, "unit": t.unit, "likely": self.likely, "low": t.value.lower,
            "high": t.value.upper, "source": t.source, "regime": t.regime, "how": self.how,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBreakdown:
    """Terms in one unit, and their sum.

    Attributes:
        label: Of what, e.g. `"seconds on H200"`.
        unit: `s`, `J` or `USD`.
        lines: The terms.
    """

    label: str
    unit: str
    lines: tuple[Line, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms without their likely values."""
        return tuple(line.term for line in self.lines)

    @property
    def total(self) -> Enclosure:
        """The sum of the terms, end by end."""
        return Enclosure(sum(t.value.lower for t in self.terms), sum(t.value.upper for t in self.terms))

    @property
    def likely(self) -> float:
        """The sum of the likely values."""
        return float(sum(line.likely for line in self.lines))

    @property
    def typical(self) -> Enclosure:
        """The narrower interval: independent errors where the terms share none."""
        total = self.likely
        if total <= 0:
            return self.total
        ends = []
        for upper in (False, True):
            together, apart = 0.0, 0.0
            for line in self.lines:
                end = line.term.value.upper if upper else line.term.value.lower
                if line.likely <= 0:
                    continue
                spread = abs(math.log(end) - math.log(line.likely)) if end > 0 else -math.log(VANISHING)
                share = line.likely / total
                if line.shared:
                    together += share * spread
                else:
                    apart += (share * spread) ** 2
            ends.append(total * math.exp((1 if upper else -1) * (together + math.sqrt(apart))))
        low, high = self.total
        return Enclosure(min(max(ends[0], low), total), max(min(ends[1], high), total))

    def share(self, label: str) -> float:
        """Part of the likely total in terms whose label begins so."""
        total = self.likely
        return sum(line.likely for line in self.lines if line.term.label.startswith(label)) / total if total else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data: the terms and the totals."""
        return {
            "unit": self.unit, "likely": self.likely, "low": self.total.lower, "high": self.total.upper,
            "typical": list(self.typical), "terms": [line.to_json() for line in self.lines],
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"CostBreakdown({self.label!r}, {len(self.lines)} terms, likely={self.likely:.4g} {self.unit})"

    def text(self, smallest: float = 0.0) -> str:
        """A table of the terms, one a line.

        Arguments:
            smallest: Terms whose upper end is below this share of the likely total are added up in one line.
        """
        least = smallest * self.likely
        shown = [line for line in self.lines if line.term.value.upper >= least]
        rest = [line for line in self.lines if line.term.value.upper < least]
        rows = [(line.term.label, line.likely, *line.term.value, line) for line in shown]
        if rest:
            sums = (sum(x) for x in zip(*((line.likely, *line.term.value) for line in rest), strict=True))
            rows.append((f"{len(rest)} terms below {smallest:.2%}", *sums, None))
        rows.append(("total", self.likely, *self.total, None))
        wide = max(len(row[0]) for row in rows)
        lines = [
            self.label,
            f"{'term':<{wide}}  {'likely':>10}  {'low':>10}  {'high':>10} {self.unit:<4} {'regime':<9} {'how':<12} formula",
        ]
        for label, likely, low, high, line in rows:
            how = f" {line.term.regime:<9} {line.how:<12} {line.term.formula}" if line is not None else ""
            lines.append(f"{label:<{wide}}  {likely:10.4g}  {low:10.4g}  {high:10.4g} {self.unit:<4}{how}".rstrip())
        low, high = self.typical
        lines.append(f"{'typical':<{wide}}  {'':>10}  {low:10.4g}  {high:10.4g} {self.unit}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()
