"""Enclosures and tables as plain text."""

from __future__ import annotations

from mechanisms import Enclosure


def ends(value: Enclosure) -> dict[str, float]:
    """An enclosure as plain JSON values."""
    return {"lower": value.lower, "upper": value.upper, "midpoint": value.midpoint}


def shown(value: Enclosure | None) -> str:
    """The midpoint and half the width, to be read by people."""
    if value is None:
        return "-"
    return f"{value.midpoint:.6g}" + (f" ± {0.5 * value.width:.0e}" if value.width > 0.0 else "")


def table(rows: list[list[str]]) -> str:
    """Rows of cells as aligned columns, the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    first, rest = widths[0], widths[1:]
    return "\n".join(
        "  ".join([row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], rest, strict=True))])
        for row in rows
    )
