"""Figure `scaling`: the cost of a proof against the batch it is settled with, and where aggregation pays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from papers.style import BLUE, GREEN, GREY, ORANGE, VERMILION, footnote, save, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_scaling"]

COLOURS = {"owning": BLUE, "renting": ORANGE}
INKS = {"owning": BLUE, "renting": "#9a6a00"}
SIDES = {"4": "bottom", "8": "top"}  # of their lines, which are close
LINES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)))


def draw_scaling(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt

    scaling = results["scaling"]
    arity = scaling["arity"]
    figure = plt.figure(figsize=(10.0, 5.0))
    panels = [figure.add_axes((left, 0.2, 0.255, 0.545)) for left in (0.065, 0.4, 0.735)]
    _whole(panels[0], scaling, arity)
    _proving(panels[1], scaling)
    _gas(panels[2], scaling["against_gas"], arity)
    owning = scaling["tenures"]["owning"]
    best, alone, arities = owning["arities"][arity], owning["alone"]["likely"], list(owning["arities"])
    few, many = owning["arities"][arities[0]], owning["arities"][arities[-1]]
    off_tree = 1 - many["node_share"] / few["node_share"]
    off_proof = 1 - many["at_best"]["likely"] / few["at_best"]["likely"]
    title(
        figure,
        f"Gas decides: a batch of {best['best']:.0f} brings a proof from {alone:.2f} to {best['at_best']['likely']:.4f} USD",
        f"{results['terms']['title'].split(', on ')[0]}, on {scaling['hardware']}, joined by a tree of Groth16 proofs and "
        f"wrapped. It pays from a batch of {_first(best['start'])} on, until {best['stop']:,.0f}.\n"
        f"Joining {arities[-1]} proofs at a time in place of {arities[0]} takes {off_tree:.0%} off the tree and {off_proof:.2%} "
        "off the proof at its best batch, most of which is gas and waiting.",
    )
    footnote(
        figure,
        "Bands: all terms at their low, or at their high ends at once. Gas: 0.5 to 5 gwei at 2000 to 4500 USD an ether "
        f"(assumed), likely {scaling['usd_of_gas']['likely']:.2f} USD a verification. Waiting: "
        f"{scaling['waiting_per_batched_proof']:.0e} USD\na proof for each further proof of its batch (assumed). "
        "A node is as many verifier circuits as it joins proofs, "
        "padded to a power of two; the constraints of one are published, the rest of\na node is left out. Proving costs are "
        "structural predictions: nobody has published a timing of this prover on this machine.",
        None,
    )
    return save(figure, folder, "scaling")


def _first(start: float) -> int:
    """The first whole batch beyond the one at which both cost the same."""
    return math.floor(start) + 1


def _whole(axes: Axes, scaling: Mapping[str, Any], arity: str) -> None:
    batches = scaling["batches"]
    for tenure, colour in COLOURS.items():
        found = scaling["tenures"][tenure]
        curve = found["arities"][arity]
        if tenure == "owning":
            axes.fill_between(batches, curve["low"], curve["high"], color=colour, alpha=0.16, linewidth=0)
            axes.axhspan(found["alone"]["low"], found["alone"]["high"], color=GREY, alpha=0.16, linewidth=0)
            axes.axhline(found["alone"]["likely"], color="#555555", linewidth=1.2)
            axes.text(150, 1.6, "settled alone", fontsize=8, color="#555555")
            at = curve["best"]
            axes.plot([at], [curve["at_best"]["likely"]], "o", color=colour, markersize=6, markeredgecolor="white", zorder=6)
            axes.annotate(f"best: {at:.0f}", (at, curve["at_best"]["likely"]), xytext=(0, -13), textcoords="offset points",
                          ha="center", fontsize=8, color=colour, fontweight="bold")  # fmt: skip
            end = (curve["stop"], found["alone"]["likely"])
            axes.plot(*([x] for x in end), "X", color=colour, markersize=7, markeredgecolor="white", zorder=6)
            axes.annotate(f"stops at {end[0]:,.0f}", end, xytext=(-4, 17), textcoords="offset points", ha="right", fontsize=8,
                          color=colour, fontweight="bold")  # fmt: skip
        axes.plot(batches, curve["likely"], color=colour, linestyle="-" if tenure == "owning" else LINES[1], zorder=4)
        proving = curve["proving"]
        axes.fill_between(batches, proving["low"], proving["high"], color=colour, alpha=0.25, linewidth=0)
        axes.plot(batches, proving["likely"], color=colour, linewidth=1.1, linestyle="-" if tenure == "owning" else LINES[1])
    axes.text(1.3, 1.1e-4, "of it proving, renting", fontsize=8, color=INKS["renting"], fontweight="bold")
    axes.text(1.3, 1.3e-6, "of it proving, owning", fontsize=8, color=INKS["owning"], fontweight="bold")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, batches[-1])
    axes.set_ylim(1e-6, 40)
    axes.set_title(f"USD of a proof, arity {arity}")
    axes.set_xlabel("batch")
    axes.grid(True)


def _proving(axes: Axes, scaling: Mapping[str, Any]) -> None:
    batches = np.array(scaling["batches"])
    near = batches <= 1100
    top = 0.0
    for tenure, colour in COLOURS.items():
        for (arity, curve), line in zip(scaling["tenures"][tenure]["arities"].items(), LINES, strict=True):
            values = 1e6 * np.array(curve["proving"]["likely"])[near]
            axes.plot(batches[near], values, color=colour, linestyle=line)
            top = max(top, float(values.max()))
            axes.text(1250, values[-1], arity, color=INKS[tenure], fontsize=8, va=SIDES.get(arity, "center"), fontweight="bold")
    for tenure, height in (("owning", 0.36), ("renting", 0.94)):
        axes.text(0.52, height, tenure, transform=axes.transAxes, color=INKS[tenure], fontsize=8.5, fontweight="bold")
    axes.text(1250, top * 1.035, "arity", fontsize=8, va="bottom")
    axes.set_xscale("log")
    axes.set_xlim(1, 1100)
    axes.set_ylim(0, top * 1.12)
    axes.set_title("of it proving, USD per million, likely")
    axes.set_xlabel("batch")
    axes.grid(True)


def _gas(axes: Axes, found: Mapping[str, Any], arity: str) -> None:
    pays = np.array([x is not None for x in found["start"]])
    gwei = np.array(found["gwei"])[pays]
    start, stop = (np.array([x for x in found[key] if x is not None]) for key in ("start", "stop"))
    best = np.array(found["best"])[pays]
    axes.fill_between(gwei, start, stop, color=GREEN, alpha=0.18, linewidth=0)
    axes.plot(gwei, stop, color=VERMILION)
    axes.plot(gwei, best, color=BLUE)
    axes.plot(gwei, start, color=GREEN)
    axes.axvspan(0.5, 5.0, color=GREY, alpha=0.2, linewidth=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(found["gwei"][0], found["gwei"][-1])
    axes.set_ylim(0.8, 1e6)
    axes.text(1.6, 3.2, "as\nassumed", fontsize=7.6, ha="center", color="#555555")
    places = (("stops paying", VERMILION, (3e-3, 2e4)), ("best batch", BLUE, (0.1, 14.0)), ("starts", GREEN, (0.02, 1.25)))
    for text, colour, at in places:
        axes.text(*at, text, color=colour, fontsize=8.2, fontweight="bold", ha="center")
    lowest = found["lowest_gwei_that_pays"]
    axes.axvline(lowest, color=GREY, linewidth=1.0, linestyle=":")
    axes.text(1.25e-6, 1e3, f"never\npays\nbelow\n{lowest:.0e}", fontsize=8, color="#555555")
    axes.set_title(f"batches that pay, arity {arity}, owning")
    axes.set_xlabel("price of gas, gwei")
    axes.grid(True)
