"""The page of the documentation: no verdict on it is typed."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from papers.markdown import table
from papers.property_table.cell import Cell
from papers.property_table.claims import CELLS, CITED, IMPOSSIBLE

__all__ = ["PAGE", "page_of", "row_of"]

PAGE = Path(__file__).parents[2] / "docs" / "property_table.md"
HEAD = ("property", "published", "by", "our verdict", "reproduced by")
TOP = """# Published properties, and what we find

What is said of the mechanisms of the field, beside what this toolkit computes. The claims are data, in
`papers/property_table/claims.py`; the verdicts come from `verify`, `audit`, `solve` or a closed form. No verdict is typed:
`python -m papers.property_table` writes this page.

*By*: C the authors of the mechanism, M the literature, from memory, S its source code, X a text that was read, 2 a summary of
one. A claim marked D is one that this toolkit must reproduce, and names the test that does. All others are claims, whatever our
verdict is.

*Verdicts*: `proved` holds for all reports of the market in which the claim is tried (two or three agents a side, uniform on
[0, 1] or [0, 16]), with a certificate, and says nothing of more agents; `refuted` and `found` come with an exact instance;
`certified` numbers are enclosed; `not found` excludes nothing; `measured` is a sample. A proof and a claim that differ are
shown so: splitting a capacity does not pay under VCG in this market, where each proof is priced apart; a false name does.
"""


def row_of(cell: Cell) -> list[str]:
    """The line of one cell."""
    text = cell.verdict().replace("|", "\\|")
    return [cell.aspect, cell.published, cell.mark, text, f"`{cell.test}`" if cell.test else ""]


def page_of() -> str:
    """The page as Markdown; evaluates all verdicts."""
    parts = [TOP]
    for rule, cells in groupby(CELLS, key=lambda cell: cell.rule):
        parts.append(f"## {rule}\n\n{table(HEAD, [row_of(cell) for cell in cells])}\n")
    proved, cited = ("\n".join(f"- {what} ({who})" for what, who in listed) for listed in (IMPOSSIBLE, CITED))
    parts.append(
        "## What no rule can do\n\nExpected failures, each a linear program without a solution, or a bound that is attained: "
        f"see [impossibilities](impossibilities.md).\n\n{proved}\n\nPublished, and not proved here:\n\n{cited}\n"
    )
    return "\n".join(parts)
