"""`prover-markets audit`: what self-interested agents would do to a rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.one_line_errors import INVALID

if TYPE_CHECKING:
    from rich.console import RenderableType

    from equilibria import Audit

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("market", type=FILE, metavar="MARKET.toml")
@click.option("--kind", "kinds", multiple=True, metavar="NAME", help="Look for this kind; may be repeated. All by default.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, metavar="S", help="Seconds for all (60).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def audit(market: Path, kinds: tuple[str, ...], timeout: float, as_json: bool) -> int:
    """Look for what provers, users and coalitions gain by deviating from [mechanism].

    Each kind is certified absent, found, or not found in what was searched. Status 0: nothing found; 1: a deviation was found.
    """
    from equilibria import audit
    from workbench.market_files import MarketFile
    from workbench.progress import DelayedProgress

    file = MarketFile.read(market)
    with DelayedProgress() as progress:
        found = audit(
            file.one_rule(),
            file.market,
            kinds=[kind.replace("-", "_") for kind in kinds] or None,
            timeout=timeout,
            progress=progress,
        )
    if as_json:
        from workbench.json_text import json_text

        click.echo(json_text(found.to_dict()))
    else:
        from workbench.tables import show

        show(audited(found))
    return INVALID if found.found else 0


def audited(found: Audit) -> RenderableType:
    """The findings as a table, and the stories of those that are deviations."""
    from rich.console import Group
    from rich.text import Text

    from workbench.numerals import about
    from workbench.reading import printable
    from workbench.tables import _table

    table = _table("kind", "status", "gain", "how", "what was searched or proved")
    stories = []
    for one in found.findings:
        words = [one.kind.replace("_", " "), one.status.replace("_", " ")]
        gain = "-" if one.gain is None else about(float(one.gain))
        table.add_row(words[0], words[1], gain, one.how, Text(printable(one.message, 400)))
        if one.instance is not None:
            stories.append(Text(printable(f"{words[0]}: {one.instance.story}", 1000)))
    return Group(Text(printable(repr(found.mechanism))), table, *stories)
