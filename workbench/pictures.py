"""Results as pictures; the same result gives the same bytes."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mechanisms.errors import InvalidInput, Refused
from workbench.numerals import about
from workbench.reading import printable, shown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from equilibria import Comparison, Equilibrium, Tuning
    from mechanisms import Market

# What each format writes into the file about when and by what it was made: nothing.
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}
# Okabe and Ito: told apart by readers of every colour vision; line styles tell apart what the colours do not.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":")
STYLE = {"svg.hashsalt": "prover-markets", "axes.spines.top": False, "axes.spines.right": False, "savefig.dpi": 200}


def picture_format(path: Path) -> str:
    """The format that the ending of a file name asks for.

    Raises:
        InvalidInput: an ending that is not known.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in METADATA:
        known = ", ".join(f".{name}" for name in METADATA)
        raise InvalidInput(f"--plot must name a file that ends in one of {known}; got {shown_name(path)}.")
    return ending


def drawn(result: Equilibrium | Tuning | Comparison, ending: str) -> bytes:
    """The picture of a result, in a format of `METADATA`."""
    from matplotlib import style
    from matplotlib.figure import Figure

    from equilibria import Comparison, Equilibrium

    with style.context(["default", STYLE]):
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        if isinstance(result, Equilibrium):
            (_shares if result.shares else _strategies)(result, figure.subplots())
        elif isinstance(result, Comparison):
            _bars(result, figure)
        else:
            _curve(result, figure)
        content = io.BytesIO()
        figure.savefig(content, format=ending, metadata=METADATA[ending])
    return content.getvalue()


def _shares(equilibrium: Equilibrium, axes: Axes) -> None:
    """Shares of the award, where all costs are known."""
    labels = list(equilibrium.market.labels)
    middles = [float(x) if isinstance(x, Fraction) else x.midpoint for x in equilibrium.shares.values()]
    axes.barh(np.arange(len(labels)), middles, color=COLOURS[0])
    axes.set_yticks(np.arange(len(labels)), [_literal(label) for label in labels])
    axes.invert_yaxis()
    axes.set_xlabel("share")
    axes.set_title(_literal(f"{equilibrium.mechanism!r}"), fontsize="medium")


def _strategies(equilibrium: Equilibrium, axes: Axes) -> None:
    from mechanisms.one_factor import OneFactor

    market = equilibrium.market
    lines = []
    supports = [market.support] * len(market.labels) if isinstance(market, OneFactor) else [p.support for p in market.priors]
    for k, (label, (low, high)) in enumerate(zip(market.labels, supports, strict=True)):
        costs = np.linspace(low, high, 801)
        style = STYLES[k // len(COLOURS) % len(STYLES)]
        lines += axes.plot(costs, equilibrium.strategy(label)(costs), style, color=COLOURS[k % len(COLOURS)])
    low, high = min(ends[0] for ends in supports), max(ends[1] for ends in supports)
    known, bidder = ("value", "buyer") if market.sign < 0 else ("cost", "prover")
    lines += axes.plot([low, high], [low, high], color="0.7", linewidth=0.8, zorder=0)
    axes.set_xlabel(f"{known} of the {bidder}")
    axes.set_ylabel("bid")
    _legend(axes, lines, [*market.labels, f"bid = {known}"])
    axes.set_title(_literal(f"{equilibrium.mechanism!r}"), fontsize="medium")


def _bars(comparison: Comparison, figure: Figure) -> None:
    if comparison.columns and comparison.market.sign > 0:
        from workbench.comparison_picture import draw_comparison

        draw_comparison(comparison, figure)
        return
    axes = figure.subplots()
    rows = [row for row in comparison.rows if row.equilibrium is not None]
    found = [row.equilibrium for row in rows if row.equilibrium is not None]
    if not found:
        raise Refused("no rule of this comparison has amounts to draw: none has an equilibrium. Its rows say why.")
    places = np.arange(len(found))
    if comparison.market.sign < 0:
        axes.barh(places, [e.expected_payment.midpoint for e in found], color=COLOURS[0])
    else:
        redundant = np.array([e.redundant_cost.midpoint for e in found])
        useful = np.array([e.resource_cost.midpoint for e in found]) - redundant
        surplus = np.array([e.prover_surplus.midpoint for e in found])
        axes.barh(places, useful, color=COLOURS[0], label="cost of the proof used")
        axes.barh(places, redundant, left=useful, color=COLOURS[1], label="cost of proofs thrown away")
        axes.barh(places, surplus, left=useful + redundant, color=COLOURS[5], label="prover surplus")
        figure.legend(frameon=False, fontsize="small", loc="outside upper center", ncols=3)
    axes.set_yticks(places, [_literal(repr(row.mechanism)) for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel(_money(comparison.market))


def _curve(tuning: Tuning, figure: Figure) -> None:
    points = [point for point in tuning.curve if point.reserve is not None]
    reserves = [point.reserve for point in points]
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    series = {_money(tuning.market): [point.expected_payment.midpoint for point in points]}
    if tuning.objective == "surplus":
        series = {"requester's surplus": [point.objective.midpoint for point in points]} | series
    for k, (name, numbers) in enumerate(series.items()):
        top.plot(reserves, numbers, STYLES[k], color=COLOURS[k], label=name)
    top.plot(tuning.reserve, tuning.value_of_objective.midpoint, "o", color="black", label="tuned")
    bottom.plot(reserves, [point.no_award.midpoint for point in points], color=COLOURS[2])
    if tuning.max_no_award is not None:
        bottom.axhline(tuning.max_no_award, color="0.5", linewidth=0.8, linestyle=":")
    for axes in (top, bottom):
        axes.axvline(tuning.reserve, color="black", linewidth=0.8, linestyle="--")
        axes.axvspan(*tuning.sensitivity.flat, color="0.9", zorder=0, linewidth=0)
    top.set_ylabel("per request")
    title = f"{type(tuning.mechanism).__name__}, best at {about(tuning.reserve)}; grey: at most 1 % of the best is lost"
    top.set_title(title, fontsize="medium")
    top.legend(frameon=False, fontsize="small")
    bottom.set_ylabel("no award")
    bottom.set_xlabel("price" if tuning.mechanism.kind == "posted_price" else "reserve price")


def _money(market: Market) -> str:
    return "expected revenue" if market.sign < 0 else "expected payment per request"


def _legend(axes: Axes, lines: list[Any], labels: list[str]) -> None:
    axes.legend(lines, [_literal(label, 30) for label in labels], frameon=False, fontsize="small")


def _literal(text: str, longest: int = 80) -> str:
    """A text that is drawn as it stands: no formulas, and no label hidden because it begins with a line."""
    shown = printable(text, longest).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown
