"""Figure (c), the picture of the README: what a rollup pays under each rule, what proving costs, what is thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from papers.mainnet_blocks.claims import TENFOLD
from papers.mainnet_blocks.style import COLOURS, NAMES, cents
from papers.numbers import middle
from papers.style import GREY, INK, footnote, plain, save, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_rules"]

WINE = "#8a3a66"
WASTE: dict[str, Any] = {"facecolor": "#f3d0e0", "hatch": "////", "edgecolor": "#c08aa8", "linewidth": 0.0}
ORDER = ("optimal", "first_price", "vickrey", "race", "central_prover")


def draw_rules(results: Mapping[str, Any], folder: Path, label: str | None) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt

    sets = results["sets"]
    names = [name for name in ("all", "competitive") if name in sets]
    figure = plt.figure(figsize=(10.0, 7.6))
    limits = _limits(results)
    _legend(figure, 0.012, 0.872)
    lefts = (0.155, 0.605) if len(names) == 2 else (0.155,)
    for left, name in zip(lefts, names, strict=True):
        first = left == lefts[0]
        width = 0.375 if len(names) == 2 else 0.8
        above = figure.add_axes((left, 0.475, width, 0.32))
        below = figure.add_axes((left, 0.125, width, 0.265))
        count = len(sets[name]["provers"])
        above.set_title(f"all {count} provers" if name == "all" else f"only the {count} competitive provers", pad=8)
        _draw_rows(above, results, name, limits, first)
        _draw_values(below, results, name, first)
    price = middle(sets[names[-1]]["rules"]["first_price"]["expected_payment"])
    comparisons = results["comparisons"]
    everybody = middle(comparisons["everybody_proves"]["ratio"])
    central = middle(comparisons["central_at_cost"]["ratio"])
    low, high = cents(results, price)
    title(
        figure,
        f"Proof of a block by auction: {low:.2f} to {high:.1f} ¢. If all {len(sets['all']['provers'])} prove: "
        f"{everybody:.0f}×. One prover at cost: {central - 1:+.0%}".replace("-", "−"),
        "What the rollup pays for a proof, and what proving costs, for one Ethereum block under each rule. One unit is the "
        f"median cost of the cheapest prover,\n{cents(results, 1)[0]:.2f} ¢ (owned machine) to {cents(results, 1)[1]:.1f} ¢ "
        "(rented). Logarithmic axes. Auctions without a reserve above, with the best reserve for each value below.",
    )
    worst = max(rule.get("epsilon", 0.0) for name in names for rule in sets[name]["rules"].values())
    footnote(
        figure,
        "Costs from measured proving times and published prices; payments certified for the market as modelled (no prover "
        f"gains more than {worst:.0e} units by any other bid);\nthe value of a proof to the rollup is assumed. A race over all "
        "has no break-even prize where some never win: shown is what all of them spend, a lower bound on paying them.",
        label,
    )  # fmt: skip
    return save(figure, folder, "c_rules")


def _limits(results: Mapping[str, Any]) -> tuple[float, float]:
    amounts = [next(iter(results["sets"].values()))["value_curves"]["value"][-1]]
    for group in results["sets"].values():
        race = group["rules"]["race"]
        amounts += [middle(race[key]) for key in ("expected_payment", "resource_cost") if key in race]
    return 0.8, 1.6 * max(amounts)


def _draw_rows(axes: Axes, results: Mapping[str, Any], name: str, limits: tuple[float, float], first: bool) -> None:
    """One row a rule: what is paid, what the proof that is used costs, and what is spent on proofs thrown away."""
    group = results["sets"][name]
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(-len(ORDER) + 0.15, 0.75)
    for row, rule in enumerate(ORDER):
        found, y = group["rules"][rule], -row
        spent, wasted = middle(found["resource_cost"]), middle(found["redundant_cost"])
        useful = spent - wasted
        axes.plot([useful] * 2, [y - 0.2, y + 0.2], color=INK, linewidth=2.6, zorder=4, solid_capstyle="butt")
        if wasted > 0:
            axes.barh(y, wasted, left=useful, height=0.3, zorder=2, **WASTE)
            text = f"{spent:.3g} spent, {wasted / spent:.0%} of it thrown away"
            axes.text(useful * 1.04, y - 0.2, text, fontsize=7.8, va="top", color=WINE)
        if rule == "central_prover":
            _draw_central(axes, group["value_curves"]["value"], y)
        elif "expected_payment" in found:
            _draw_paid(axes, middle(found["expected_payment"]), y, COLOURS[rule])
        else:
            text = f"no prize keeps all in the race; at least {spent:.3g}"
            axes.text(useful * 1.04, y + 0.2, text, fontsize=7.8, va="bottom", color=WINE, fontweight="bold")
    axes.set_yticks([-row for row in range(len(ORDER))])
    axes.set_yticklabels([NAMES[rule] for rule in ORDER] if first else [""] * len(ORDER))
    for tick, rule in zip(axes.get_yticklabels(), ORDER, strict=True):
        tick.set_color(COLOURS[rule] if rule != "race" else WINE)
        tick.set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    _ticks(axes, "x", limits)
    axes.grid(True, axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel("units per block")


def _draw_paid(axes: Axes, paid: float, y: float, colour: str) -> None:
    axes.plot([paid], [y], marker="o", color=colour, markersize=8, markeredgecolor="white", zorder=5)
    text = f"pays {paid:.3f}" if paid < 3 else f"pays {paid:.1f}"
    left = paid > 0.4 * axes.get_xlim()[1]
    axes.annotate(
        text, (paid, y), xytext=(-8 if left else 8, 0), textcoords="offset points", ha="right" if left else "left",
        va="center", color=colour, fontweight="bold", fontsize=8.8,
    )  # fmt: skip


def _draw_central(axes: Axes, values: list[float], y: float) -> None:
    colour = COLOURS["central_prover"]
    axes.plot([values[0], values[-1]], [y, y], color=colour, linewidth=2.2, zorder=3, solid_capstyle="butt")
    axes.plot([values[-1]], [y], marker=">", color=colour, markersize=6, zorder=4)
    text = f"pays what the proof is worth ({values[0]:.3g} to {values[-1]:.3g} assumed)"
    axes.text(values[0], y - 0.2, text, fontsize=7.8, va="top")


def _legend(figure: Figure, left: float, top: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], marker="o", linestyle="", color=GREY, markersize=8, label="paid by the rollup"),
        Line2D([], [], marker="|", linestyle="", color=INK, markersize=10, markeredgewidth=2.6, label="cost of the proof used"),
        Patch(label="cost of proofs thrown away", **WASTE),
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(left, top), ncols=3, fontsize=8.5, handletextpad=0.5,
        borderaxespad=0.0,
    )  # fmt: skip


def _draw_values(axes: Axes, results: Mapping[str, Any], name: str, first: bool) -> None:
    """What each rule pays as the value of a proof rises."""
    group = results["sets"][name]
    curves = group["value_curves"]
    values = np.array(curves["value"])
    prizes = [values[-1], middle(group["rules"]["race"].get("expected_payment", {"value": 0.0}))]
    ends_of_y = (0.8, 1.6 * float(max(prizes)))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(values[0], values[-1])
    axes.set_ylim(*ends_of_y)
    for rule in ("vickrey", "first_price", "optimal"):
        ends = curves[rule]["expected_payment"]
        axes.plot(values, np.mean([ends["lower"], ends["upper"]], axis=0), color=COLOURS[rule], zorder=4)
    ends = curves["central_prover"]["expected_payment"]
    axes.plot(values, np.mean([ends["lower"], ends["upper"]], axis=0), color=COLOURS["central_prover"], zorder=3)
    bold: dict[str, Any] = {"fontsize": 8, "fontweight": "bold"}
    race, start = group["rules"]["race"], values[0] * 1.05
    if "expected_payment" in race:
        prize = middle(race["expected_payment"])
        axes.axhline(prize, color=COLOURS["race"], linewidth=1.8, zorder=2)
        axes.text(start, prize * 1.06, f"race, prize {prize:.1f}", color=WINE, va="bottom", **bold)
    price = middle(group["rules"]["first_price"]["expected_payment"])
    tenfold = TENFOLD * price
    axes.axhline(tenfold, color=GREY, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    axes.text(start, tenfold * 1.08, "ten times the auction", color="#555555", fontsize=8, va="bottom")
    axes.text(values[-1] * 0.93, price * 1.12, "the three auctions", ha="right", va="bottom", **bold)
    centre = float(np.sqrt(values[0] * values[-1]))
    axes.text(values[-1] * 0.93, centre * 0.92, "central prover asks the value", ha="right", va="top", **bold)
    axes.plot([tenfold], [tenfold], marker="o", markersize=7, markerfacecolor="white", markeredgecolor=INK, zorder=6)
    axes.annotate(f"from {tenfold:.1f}", (tenfold, tenfold), xytext=(8, -10), textcoords="offset points", fontsize=8)
    _ticks(axes, "x", (values[0], values[-1]))
    _ticks(axes, "y", ends_of_y)
    axes.grid(True)
    axes.set_xlabel("value of a proof to the rollup, units (assumed)")
    if first:
        axes.set_ylabel("expected payment\nper block, units")


def _ticks(axes: Axes, which: str, limits: tuple[float, float]) -> None:
    from matplotlib.ticker import FixedLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator([x for x in (1, 2, 5, 10, 20, 50, 100, 200, 500) if limits[0] <= x <= limits[1]]))
    axis.set_minor_locator(FixedLocator([]))
    plain(axes, which)
