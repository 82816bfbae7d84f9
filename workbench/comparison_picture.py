"""A full comparison as one picture: what each rule pays, and where it goes; beside it what one has to fear."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from mechanisms import Refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from equilibria import Comparison
    from equilibria.columns.cell import Cell
    from equilibria.comparing import ComparisonRow

__all__ = ["draw_comparison"]

USEFUL, WASTED, KEPT, PRICE = "#0072B2", "#D55E00", "#56B4E9", "#000000"
BESIDE = ("no_proof", "censorship", "hhi", "bond", "staying", "audit")
"""Columns written beside the bars, where the comparison has them."""

WIDEST = 2.5
"""Prices up to which the axis reaches, in multiples of the median price: what is longer is cut, and its number written."""


def draw_comparison(comparison: Comparison, figure: Figure) -> None:
    """Bars for the rules whose amounts are known or estimated, the least price for each award first; words on their right.

    Raises:
        Refused: there is no such rule.
    """
    from equilibria.text_table import named
    from workbench.pictures import _literal

    amounts = {id(row): _amounts(row) for row in comparison.rows}
    rows = [row for row in comparison.rows if not any(map(math.isnan, amounts[id(row)]))]
    if not rows:
        raise Refused("no rule of this comparison has amounts to draw: none has an equilibrium. Its rows say why.")
    rows.sort(key=lambda row: _paid_per_award(*amounts[id(row)]))
    beside = [name for name in BESIDE if name in comparison.columns]
    figure.set_size_inches(11.5, 1.4 + 0.34 * len(rows))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(6, 0.85 * len(beside) + 0.1))
    places = np.arange(len(rows))
    price, wasted, spent, kept, _ = np.array([amounts[id(row)] for row in rows]).T
    end = WIDEST * float(np.median(price))
    useful = spent - wasted
    left.barh(places, np.minimum(useful, end), color=USEFUL, height=0.62, label="cost of the proof used")
    left.barh(
        places, np.clip(end - useful, 0, wasted), left=useful, color=WASTED, height=0.62, label="cost of proofs thrown away"
    )
    gains = np.clip(np.minimum(kept, end - spent), 0.0, None)
    left.barh(places, gains, left=spent, color=KEPT, height=0.62, label="prover surplus")
    shown = price <= end
    left.plot(price[shown], places[shown], "|", color=PRICE, markersize=13, markeredgewidth=2, label="price paid")
    for at, (paid, whole) in enumerate(zip(price, spent, strict=True)):
        if max(whole, paid) > end:
            cut = f"{max(whole, paid):.3g} →"
            left.text(end * 0.995, at, cut, ha="right", va="center", color="white", fontsize="small")
    left.set_xlim(0, end)
    left.set_yticks(places, [_literal(named(row.mechanism), 46) for row in rows], fontsize="small")
    left.invert_yaxis()
    left.set_xlabel("per request; the least price for each award first")
    left.tick_params(axis="y", length=0)
    figure.legend(frameon=False, fontsize="small", loc="outside upper left", ncols=4)
    right.set_xlim(-0.5, max(len(beside), 1) - 0.5)
    right.set_xticks(range(len(beside)), [_heading(comparison, name) for name in beside], fontsize="small")
    right.xaxis.tick_top()
    right.tick_params(length=0)
    for spine in right.spines.values():
        spine.set_visible(False)
    for at, row in enumerate(rows):
        for k, name in enumerate(beside):
            right.text(k, at, _short(row.cells[name]), ha="center", va="center", fontsize="small")
        if at % 2:
            for axes in (left, right):
                axes.axhspan(at - 0.5, at + 0.5, color="0.95", zorder=0, linewidth=0)


def _amounts(row: ComparisonRow) -> tuple[float, float, float, float, float]:
    """Price, waste, cost, surplus and chance of no award, of the equilibrium or as estimated; NaN where there is none."""

    def amount(column: str, name: str) -> float:
        if row.equilibrium is not None:
            return float(getattr(row.equilibrium, name).midpoint)
        cell = row.cells.get(column)
        return math.nan if cell is None or not isinstance(cell.value, Fraction) else float(cell.value)

    return (
        amount("price_paid", "expected_payment"), amount("redundancy", "redundant_cost"),
        amount("resource_cost", "resource_cost"), amount("prover_surplus", "prover_surplus"), amount("no_award", "no_award"),
    )  # fmt: skip


def _paid_per_award(price: float, wasted: float, spent: float, kept: float, nobody: float) -> float:
    """What an award costs on average, by which rules that seldom award are no cheaper."""
    return math.inf if nobody >= 1.0 else price / (1.0 - nobody)


def _heading(comparison: Comparison, name: str) -> str:
    if name == "audit":
        return "deviations\nfound"
    return comparison.columns[name].title.replace(" ", "\n", 1)


def _short(cell: Cell) -> str:
    text = str(cell)
    return text.split(" / ")[0] if " / " in text else text
