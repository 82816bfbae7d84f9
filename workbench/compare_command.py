"""`prover-markets compare`: rules side by side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.running import computed, drawn_to, outputs, shown

if TYPE_CHECKING:
    from equilibria import Progress
    from equilibria.whole_catalogue import Candidate
    from mechanisms import Market, Mechanism

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("market", type=FILE, metavar="MARKET.toml", required=False)
@click.option("--market", "named", type=FILE, metavar="MARKET.toml", help="The market file, if it is not the argument.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="All columns; of every rule of the catalogue that has a meaning here, or of [[mechanism]] and the baselines.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="With --all: how long the audit of one rule may search (1).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the result; FILE ends in .png, .pdf or .svg.")
def compare(
    market: Path | None, named: Path | None, everything: bool, seconds: float | None, as_json: bool, plot: Path | None
) -> None:
    """Put rules side by side.

    The rules are the tables [[mechanism]] of the file; without any, all that have a meaning in the market. With --all also
    bonds, long-run entry, concentration and the audit.
    """
    from mechanisms.errors import InvalidInput
    from workbench.market_files import MarketFile

    if (market is None) == (named is None):
        given = "none" if market is None else "two"
        raise InvalidInput(f"MARKET.toml must be given once, as the argument or as --market; got {given}.")
    if seconds is not None and not everything:
        raise InvalidInput(f"--seconds must be left out without --all; got {seconds}. Only the audit of --all searches.")
    source = market or named
    assert source is not None
    outputs(source, {"--plot": plot})
    file = MarketFile.read(source)
    if file.mechanism is not None and not everything:
        raise file.wrong(
            "mechanism must be an array for compare; got one table. Write [[mechanism]] for each rule, or leave them out."
        )

    def verb(progress: Progress) -> Any:
        from equilibria import compare, every_rule
        from equilibria.whole_catalogue import baselines

        if not everything:
            mechanisms = file.mechanisms or usual_rules(file.market)
            if not mechanisms:
                kind = type(file.market).__name__
                raise InvalidInput(f"mechanism must be named for a market of kind {kind}. Add one, or pass --all.")
            return compare(file.market, mechanisms, progress=progress)
        rules: tuple[Mechanism | Candidate, ...] = (*baselines(file.market), *file.mechanisms)
        if not file.mechanisms:
            rules = every_rule(file.market)
        processes = 1 if os.cpu_count() == 1 else 2
        return compare(file.market, rules, columns="all", seconds=seconds or 1.0, processes=processes, progress=progress)

    found = computed(file, verb)
    if not everything and all(row.equilibrium is None for row in found.rows):
        raise InvalidInput(f"{file.name}: no rule has an equilibrium in this market: {found.rows[0].reason}")
    drawn_to(found, plot)
    shown(found, as_json)


def usual_rules(market: Market) -> tuple[Mechanism, ...]:
    """The rules that have a meaning in a market without being told more than the market says."""
    from mechanisms import (
        CentralProver,
        Contest,
        CurvedShare,
        EqualShare,
        FirstPrice,
        Lottery,
        Optimal,
        PrizeContest,
        ProportionalMining,
        Race,
        Refused,
        Vickrey,
        WeibullRace,
    )
    from mechanisms.one_factor import OneFactor

    if isinstance(market, OneFactor):
        return (FirstPrice(), Vickrey())
    if isinstance(market, Contest) and market.known is not None:
        return (ProportionalMining(), WeibullRace(1), PrizeContest(), EqualShare(), Lottery(), CurvedShare(2))
    rules = []
    for rule in (FirstPrice(), Vickrey(), Optimal(), Race(), CentralProver()):
        if len(market.labels) == 1 and isinstance(rule, FirstPrice | Vickrey):
            continue  # without a reserve nothing limits what one prover asks
        if isinstance(rule, Race) and market.sign < 0:
            continue
        try:
            rule.statement(market.as_procurement())
        except Refused:
            continue
        rules.append(rule)
    return tuple(rules)
