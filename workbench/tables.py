"""Results as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from workbench.numerals import about, at_least, at_most
from workbench.reading import printable

if TYPE_CHECKING:
    from equilibria import Comparison, Equilibrium, Tuning
    from mechanisms import Enclosure, Market

QUANTITIES = ("expected_payment", "resource_cost", "redundant_cost", "prover_surplus", "no_award")
CURVE_ROWS = 12  # of a curve, about; --json has all
PIPE_WIDTH = 400  # columns when the output is no terminal: no table is cut


def show(content: RenderableType) -> None:
    """Prints tables and text to standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPE_WIDTH)
    with console.capture() as text:
        console.print(content)
    click.echo(text.get(), nl=False)


def rendered(result: Equilibrium | Tuning | Comparison) -> RenderableType:
    """What a verb returned, as tables."""
    from equilibria import Comparison, Equilibrium

    if isinstance(result, Equilibrium):
        return solved(result)
    return compared(result) if isinstance(result, Comparison) else tuned(result)


def solved(equilibrium: Equilibrium) -> RenderableType:
    """What is certified of an equilibrium, and a few bids of each prover."""
    bounds = _table("", "about", "at least", "at most")
    for name in QUANTITIES:
        value: Enclosure = getattr(equilibrium, name)
        bounds.add_row(_words(name, equilibrium.market), about(value), at_least(value.lower), at_most(value.upper))
    bounds.add_row("epsilon", "", "0", at_most(equilibrium.epsilon, 3))
    bounds.add_row("epsilon, of the prover surplus", "", "0", at_most(equilibrium.relative_epsilon, 3))
    heading = f"{equilibrium.mechanism!r}: {equilibrium.message}"
    return Group(Text(heading), bounds, _shares(equilibrium) if equilibrium.shares else _bids(equilibrium))


def _shares(equilibrium: Equilibrium) -> Table:
    """Share, effort and surplus of each contestant, where all costs are known."""
    table = _table("prover", "share", "effort", "surplus")
    columns = (equilibrium.shares, equilibrium.efforts, equilibrium.surplus)
    for label in equilibrium.market.labels:
        table.add_row(Text(printable(label)), *(about(_middle(column[label])) for column in columns))
    return table


def _middle(value: Fraction | Enclosure) -> float:
    return float(value) if isinstance(value, Fraction) else value.midpoint


def _bids(equilibrium: Equilibrium) -> Table:
    """Bids at three quantiles of each prior."""
    from mechanisms.one_factor import OneFactor

    market = equilibrium.market
    known = "value" if market.sign < 0 else "cost"
    if isinstance(market, OneFactor):
        known = "signal"
    levels = (0.05, 0.5, 0.95)
    of = " of the range" if isinstance(market, OneFactor) else ""
    table = _table("buyer" if market.sign < 0 else "prover", *(f"{known} at {p:.0%}{of} → bid" for p in levels))
    for label in market.labels:
        if isinstance(market, OneFactor):  # no law of one agent alone: shares of the range of signals instead
            low, high = market.support
            costs = low + (high - low) * np.array(levels)
        else:
            costs = market.prior(label).quantile(np.array(levels))
        bids = equilibrium.strategy(label)(costs)
        table.add_row(
            Text(printable(label)), *(f"{about(c, 5)} → {about(b, 5)}" for c, b in zip(costs, bids, strict=True))
        )
    return table


def tuned(tuning: Tuning) -> RenderableType:
    """The tuned reserve, some of the curve around it, and how much hangs on it."""
    places = [point.reserve for point in tuning.curve]
    best = places.index(tuning.reserve)
    every = max(1, len(places) // CURVE_ROWS)
    payment = _words("expected_payment", tuning.market)
    table = _table("reserve", *([tuning.objective] * (tuning.objective != "payment")), payment, "no award", "epsilon at most")
    for k, point in enumerate(tuning.curve):
        if k % every and k != best and k != len(places) - 1:
            continue
        at = "none" if point.reserve is None else about(point.reserve)
        cells = [about(point.objective)] if tuning.objective != "payment" else []
        cells += [about(point.expected_payment), about(point.no_award), at_most(point.epsilon, 2)]
        table.add_row(f"{at} (tuned)" if k == best else at, *cells, style="bold" if k == best else None)
    low, high = tuning.sensitivity.flat
    lines = [f"at most 1 % of the best is lost from {about(low)} to {about(high)}"]
    if tuning.sensitivity.reserve_per_value is not None:
        lines.append(f"the best reserve moves by {about(tuning.sensitivity.reserve_per_value, 3)} per unit of value")
    return Group(Text(f"{tuning.mechanism!r}: {tuning.message}"), table, *map(Text, lines))


def compared(comparison: Comparison) -> RenderableType:
    """Rules side by side; a rule without an equilibrium says why."""
    if comparison.columns:
        from workbench.comparison_table import full_comparison

        return full_comparison(comparison)
    valued = any(row.requester_surplus is not None for row in comparison.rows)
    names = [_words(name, comparison.market) for name in QUANTITIES]
    table = _table("rule", *names, *(["requester surplus"] * valued), "epsilon at most")
    reasons = []
    for row in comparison.rows:
        rule = Text(printable(repr(row.mechanism)))
        found = row.equilibrium
        if found is None:
            table.add_row(rule, *["-"] * (len(table.columns) - 1))
            reasons.append(Text(f"{rule}: {row.reason}"))
            continue
        cells = [about(getattr(found, name)) for name in QUANTITIES]
        if valued:
            cells.append("-" if row.requester_surplus is None else about(row.requester_surplus))
        table.add_row(rule, *cells, at_most(found.epsilon, 2))
    return Group(table, *reasons)


def checked(valid: bool, message: str, stated: Mapping[str, object]) -> RenderableType:
    """The verdict on a certificate, and what a valid one states."""
    if not valid:
        return Text(message)
    table = _table("stated, and true", "at least", "at most")
    for name, entry in stated.items():
        if isinstance(entry, dict):
            table.add_row(name.replace("_", " "), at_least(entry["lower"]), at_most(entry["upper"]))
        elif isinstance(entry, float):
            table.add_row(name.replace("_", " "), "0", at_most(entry, 3))
    return Group(Text(message), table) if table.row_count else Text(message)


def verdicts(rows: Sequence[tuple[str, str, str]]) -> RenderableType:
    """Properties of a rule: name, status, reason."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("property", "verdict", "because"):
        table.add_column(name, overflow="fold")
    for property_, status, reason in rows:
        table.add_row(property_.replace("_", " "), status, Text(printable(reason, 500)))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _words(name: str, market: Market) -> str:
    return "revenue" if name == "expected_payment" and market.sign < 0 else name.replace("_", " ")
