"""Figure (d): the log replayed block by block, beside what the model expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papers.mainnet_blocks.style import COLOURS
from papers.numbers import middle
from papers.style import GREY, footnote, save, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_replay"]

Row = tuple[str, str, str, str]  # set, rule, text, colour


def draw_replay(results: Mapping[str, Any], folder: Path, label: str | None) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt

    replay = results["replay"]
    few = "competitive" if "competitive" in replay else "all"
    counts = {name: len(results["sets"][name]["provers"]) for name in replay}
    figure = plt.figure(figsize=(10.0, 5.4))
    both = "both" if counts[few] == 2 else f"all {counts[few]}"
    near = [
        (few, "first_price", "first-price", COLOURS["first_price"]),
        (few, "first_price_reserve", "first-price, reserve", COLOURS["first_price"]),
        (few, "vickrey", "second-price", COLOURS["vickrey"]),
        (few, "vickrey_reserve", "second-price, reserve", COLOURS["vickrey"]),
        (few, "optimal", "optimal, always awards", COLOURS["optimal"]),
        (few, "central_at_cost", "one prover, paid its cost", COLOURS["central_at_cost"]),
    ]
    far = [
        (few, "first_price", "first-price", COLOURS["first_price"]),
        (few, "central_prover", "central prover, asks the value", COLOURS["central_prover"]),
        (few, "everybody_proves", f"{both} prove, paid their costs", COLOURS["race"]),
        (few, "race", f"race of {counts[few]}, prize paid", COLOURS["race"]),
        ("all", "everybody_proves", f"all {counts['all']} prove, paid their costs", COLOURS["race"]),
    ]
    if few == "all":
        far = far[:-1]
    left = figure.add_axes((0.165, 0.195, 0.33, 0.56))
    right = figure.add_axes((0.705, 0.195, 0.255, 0.56))
    _draw_rows(left, results, near)
    _draw_rows(right, results, [row for row in far if row[1] in replay[row[0]]["rules"]])
    left.set_title(f"auctions of the {counts[few]} competitive provers" if few != "all" else "auctions")
    right.set_title("other ways to buy a proof")
    right.set_xscale("log")
    _log_ticks(right)
    for axes in (left, right):
        axes.axvline(1.0, color=GREY, linewidth=1.0, zorder=1)
        axes.set_xlabel("paid over the lowest cost of the block")
    past, model = (middle(_row(results, few, "first_price")[when]) for when in ("ex_post", "ex_ante"))
    title(
        figure,
        f"Replaying {replay[few]['replayed']} real blocks pays {past:.3f} times the lowest cost; the model says {model:.3f}",
        "● and bar: the log, ex post: mean of the ratios of the blocks, and 5 % to 95 % of them; bids are the certified "
        "strategies at each block's private costs.\n◇ the model, ex ante: expected payment over expected lowest cost, "
        "certified. The axis on the right is logarithmic.",
    )
    footnote(figure, _note(results, few), label)
    return save(figure, folder, "d_replay")


def _row(results: Mapping[str, Any], name: str, rule: str) -> dict[str, Any]:
    row = results["replay"][name]["rules"][rule]
    return {"ex_post": {"value": row["ex_post"]["mean"]}, "ex_ante": row["ex_ante"], "spread": row["ex_post"]}


def _draw_rows(axes: Axes, results: Mapping[str, Any], rows: Sequence[Row]) -> None:
    for k, (name, rule, _, colour) in enumerate(rows):
        found = _row(results, name, rule)
        past, model, spread = middle(found["ex_post"]), middle(found["ex_ante"]), found["spread"]
        axes.plot([spread["q05"], spread["q95"]], [-k, -k], color=colour, linewidth=5, alpha=0.3, zorder=2, solid_capstyle="butt")
        axes.plot([past], [-k], marker="o", color=colour, markersize=8, markeredgecolor="white", zorder=4)
        axes.plot([model], [-k - 0.27], marker="D", markerfacecolor="white", markeredgecolor=colour, markersize=5, zorder=4)
        digits = 3 if past < 3 else 1
        text = f"{past:.{digits}f}"
        axes.annotate(
            text, (past, -k), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=8.2, color=colour,
            fontweight="bold",
        )  # fmt: skip
        axes.annotate(
            f"{model:.{digits}f}", (model, -k - 0.27), xytext=(6, 0), textcoords="offset points", va="center",
            fontsize=7.6, color="#555555",
        )  # fmt: skip
    axes.set_yticks([-k for k in range(len(rows))])
    axes.set_yticklabels([text for _, _, text, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-len(rows) + 0.45, 0.55)
    axes.grid(True, axis="x")
    axes.set_axisbelow(True)
    for tick, row in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_color(row[3] if row[3] != COLOURS["race"] else "#8a3a66")


def _log_ticks(axes: Axes) -> None:
    from matplotlib.ticker import FixedLocator

    from papers.style import plain

    low, high = axes.get_xlim()
    axes.set_xlim(0.85, 1.35 * high)
    axes.xaxis.set_major_locator(FixedLocator([x for x in (1, 2, 5, 10, 20, 50, 100, 200, 500) if low <= x <= 1.35 * high]))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    plain(axes)


def _note(results: Mapping[str, Any], few: str) -> str:
    row = results["replay"][few]["rules"]["first_price_reserve"]
    lost = row["ex_post"]["no_award"]
    reference = middle(results["scenario"]["reference_value"])
    return (
        f"With the reserve that leaves {middle(row['no_award']):.1%} of requests without a proof in the model, "
        f"{lost:.1%} of the blocks stay without one in the log (the model takes costs to be\n"
        "independent and trims their tails). Measured: costs and second-price ratios. Modelled: bids of the first-price auction "
        f"and the optimal rule.\nAssumed: that difficulty is public, and a value of {reference:.3g} units for the central "
        "prover. Seconds lost to failed proofs are not in the log, so what all provers spend ex post is a lower bound."
    )
