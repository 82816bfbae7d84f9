"""Enclosures and tables as plain text."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from mechanisms import Enclosure, Mechanism


def ends(value: Enclosure) -> dict[str, float]:
    """An enclosure as plain JSON values."""
    return {"lower": value.lower, "upper": value.upper, "midpoint": value.midpoint}


def shown(value: Enclosure | None) -> str:
    """The midpoint and half the width, to be read by people."""
    if value is None:
        return "-"
    return f"{value.midpoint:.6g}" + (f" ± {0.5 * value.width:.0e}" if value.width > 0.0 else "")


def named(rule: Mechanism) -> str:
    """A rule with the parameters that are not its default ones, numbers rounded: to be read by people."""
    told = []
    for field in dataclasses.fields(rule):
        value = getattr(rule, field.name)
        if value != field.default:
            told.append(f"{field.name}={float(value):.6g}" if isinstance(value, float | Fraction) else f"{field.name}={value!r}")
    return f"{type(rule).__name__}({', '.join(told)})"


def table(rows: list[list[str]]) -> str:
    """Rows of cells as aligned columns, the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    first, rest = widths[0], widths[1:]
    return "\n".join(
        "  ".join([row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], rest, strict=True))])
        for row in rows
    )
