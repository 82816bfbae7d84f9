"""A full comparison on the terminal: two tables, and what is behind their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from workbench.reading import printable

if TYPE_CHECKING:
    from equilibria import Comparison

__all__ = ["full_comparison"]

HALVES = 7
"""Columns of the first table: who pays what. The second one has the rest."""


def full_comparison(comparison: Comparison) -> RenderableType:
    """Rules with all columns that were asked for."""
    from equilibria.text_table import named
    from workbench.tables import _table

    names = list(comparison.columns)
    parts: list[RenderableType] = [Text(f"{comparison.message}; ~ is an estimate, - has its reason below")]
    for half in (names[:HALVES], names[HALVES:]):
        if not half:
            continue
        table = _table("rule", *(comparison.columns[name].title for name in half))
        for row in comparison.rows:
            table.add_row(Text(printable(named(row.mechanism))), *(str(row.cells[name]) for name in half))
        parts.append(table)
    parts += [Text(printable(line, 1200)) for line in comparison.reasons]
    parts += [Text(f"{column.title}: {column.about}") for column in comparison.columns.values()]
    for row in comparison.rows:
        rule = named(row.mechanism)
        parts.append(Text(printable(f"{rule}: {row.ground or 'as given'}", 400)))
        for name, cell in row.cells.items():
            if cell.value is not None and cell.note and name in ("bond", "staying", "repays", "audit"):
                parts.append(Text(printable(f"  {comparison.columns[name].title}: {cell.note}", 600)))
            parts += [Text(printable(f"    {line}", 600)) for line in cell.lines if "has no meaning" not in line]
    return Group(*parts)
