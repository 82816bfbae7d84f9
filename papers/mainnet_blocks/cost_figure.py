"""Figure (a): what a proof costs each prover, owning and renting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from papers.mainnet_blocks.style import COLOURS, cents
from papers.style import GREY, footnote, plain, save, title

__all__ = ["draw_costs"]


def draw_costs(results: Mapping[str, Any], folder: Path, label: str | None) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt

    provers = sorted(results["costs"]["provers"].items(), key=lambda item: item[1]["q50"])
    edges = np.array(results["costs"]["edges"])
    figure = plt.figure(figsize=(10.0, 1.75 + 0.5 * len(provers)))
    height = figure.get_figheight()
    axes = figure.add_axes((0.225, 0.85 / height, 0.39, 1 - 1.95 / height))
    for row, (name, prover) in enumerate(provers):
        mass = np.array(prover["mass"])
        shape = 0.8 * mass / mass.max()
        for k, end in enumerate(("owning", "renting")):
            x = np.repeat(np.array([cents(results, edge)[k] for edge in edges]), 2)[1:-1]
            y = np.repeat(shape, 2)
            axes.fill_between(x, -row, -row + y, color=COLOURS[end], alpha=0.85, linewidth=0, zorder=3)
        low, high = cents(results, prover["q50"])
        axes.plot([low, high], [-row, -row], color=GREY, linewidth=1.0, zorder=2)
        axes.text(
            -0.02, -row + 0.22, name, transform=axes.get_yaxis_transform(), ha="right", va="center",
            fontweight="bold" if prover["competitive"] else "normal",
        )  # fmt: skip
        spread = f"{prover['q05'] / prover['q50'] - 1:+.0%} to {prover['q95'] / prover['q50'] - 1:+.0%}".replace("-", "−")
        columns = (
            f"{prover['median_seconds']:.1f} s", f"{low:.2f} to {high:.1f} ¢", spread,
            f"{prover['share_of_blocks_won']:.0%}", f"{prover['failure_rate']:.0%}",
        )  # fmt: skip
        for right, text in zip(_COLUMNS.values(), columns, strict=True):
            axes.text(right, -row + 0.22, text, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=8.5)
    for head, right in _COLUMNS.items():
        axes.text(right, 1.15, head, transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=8, color="#555555")
    axes.set_xscale("log")
    axes.set_ylim(-len(provers) + 0.8, 1.0)
    plain(axes)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x", zorder=0)
    axes.set_xlabel("cost of proving the reference block, US cents (logarithmic)")
    first = provers[0][1]
    low, high = cents(results, first["q50"])
    for k, (end, place) in enumerate((("owning", low), ("renting", high))):
        hour = results["unit"]["usd_per_hour"]["lower" if k == 0 else "upper"]
        axes.text(place, 0.93, f"{end} the machine\nat {hour:.2f} USD/h", color=COLOURS[end] if k == 0 else "#9a6a00",
                  fontsize=8, ha="center", va="bottom", fontweight="bold")  # fmt: skip
    between = provers[-1][1]["q50"] / first["q50"]
    hours = results["unit"]["usd_per_hour"]
    spread = first["q95"] / first["q05"]
    title(
        figure,
        f"Which prover matters {between:.0f}×, owning or renting {hours['upper'] / hours['lower']:.0f}×, "
        f"private luck {spread:.1f}×",
        f"Private cost of proving the reference block, {len(provers)} configurations on {results['scenario']['machine']}; "
        "bold: competitive.\nThe public part of a block's difficulty is taken out.",
    )
    footnote(
        figure,
        f"Seconds measured on {results['log']['blocks']} blocks ({results['log']['first_block']} to "
        f"{results['log']['last_block']}), modelled as (a + b·gas) × public difficulty × private part; prices of an hour "
        "published, owning in part assumed.\nspread: 5 % to 95 % quantile against the median. won: share of blocks proved "
        f"fastest. One unit in the other figures: the median of {results['unit']['prover']}, {low:.2f} to {high:.1f} ¢.",
        label,
    )  # fmt: skip
    return save(figure, folder, "a_costs")


_COLUMNS = {"median": 1.17, "owning to renting": 1.45, "spread": 1.69, "won": 1.80, "failed": 1.93}
