"""Figure `validation`: predictions beside published timings that the model was not given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from papers.markdown import word
from papers.style import BLUE, GREEN, GREY, VERMILION, footnote, save, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_validation"]

KERNELS = {"MSM G1": BLUE, "MSM G2": VERMILION, "NTT": GREEN}
MARKS = {"structural": "D", "extrapolated": "s", "interpolated": "o"}
SPLITS = {
    "one GPU": "one GPU left out",
    "one processor": "one processor left out",
    "one curve": "one curve left out",
    "largest sizes": "largest sizes left out",
    "every other size": "every other size left out",
    "later publications": "later publications",
}
RATIOS = (0.38, 2.6)


def draw_validation(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    splits = results["validation"]
    figure = plt.figure(figsize=(10.0, 5.4))
    whole = figure.add_axes((0.07, 0.2, 0.31, 0.585))
    for name in SPLITS:
        _points(whole, splits[name]["points"], ratio=False)
    ends = (5e-6, 10.0)
    whole.plot(ends, ends, color=GREY, linewidth=1.0, zorder=1)
    whole.set_xscale("log")
    whole.set_yscale("log")
    whole.set_xlim(*ends)
    whole.set_ylim(*ends)
    whole.set_xlabel("timed, s")
    whole.set_ylabel("predicted, s")
    whole.set_title("all predictions; line: as timed")
    whole.grid(True)
    for place, (name, text) in enumerate(SPLITS.items()):
        axes = figure.add_axes((0.45 + 0.185 * (place % 3), 0.535 - 0.335 * (place // 3), 0.165, 0.25))
        _points(axes, splits[name]["points"], ratio=True)
        _panel(axes, text, splits[name]["errors"]["all"], first=place % 3 == 0, last=place > 2)
    marks = [Line2D([], [], color=c, marker="o", linestyle="", markersize=5, label=k) for k, c in KERNELS.items()]
    marks += [
        Line2D([], [], color="#555555", marker=m, linestyle="", markersize=5, markerfacecolor="none", label=how)
        for how, m in MARKS.items()
    ]
    marks.append(Line2D([], [], color="#555555", marker="D", linestyle="", markersize=5, label="filled: inside its interval"))
    figure.legend(handles=marks, loc="lower center", bbox_to_anchor=(0.5, 0.065), ncols=7, fontsize=8, handletextpad=0.1,
                  columnspacing=1.3)  # fmt: skip
    gpu, sizes = (splits[name]["errors"]["all"] for name in ("one GPU", "every other size"))
    curve = splits["one curve"]["errors"]["MSM G1"]
    title(
        figure,
        f"On a GPU never timed, half of the predictions err by more than {gpu['median']:.0%}, "
        f"one in ten by more than {gpu['p90']:.0%}",
        "Predicted against published seconds, split by what the model was not given. Between two timed sizes: "
        f"{sizes['median']:.0%} and {sizes['p90']:.0%}; an MSM in G1\nover a curve never timed on the machine: "
        f"{curve['median']:.0%} and {curve['p90']:.0%}. Small panels: predicted over timed, on the timed seconds.",
    )
    gpus, processors = (word(len(set(splits[name]["points"]["hardware"]))) for name in ("one GPU", "one processor"))
    more = word(splits["later publications"]["errors"]["all"]["timings"])
    footnote(
        figure,
        "An error is |ln(predicted/timed)|: 0.1 is shown as 10 %. held: share of timings inside the predicted interval. "
        f"{gpus.capitalize()} GPUs and {processors} processors, each kind\nof one maker and with one library, timed by one "
        f"publication; later publications add {more} timings.",
        None,
    )
    return save(figure, folder, "validation")


def _points(axes: Axes, points: Mapping[str, Any], *, ratio: bool) -> None:
    timed, predicted = np.array(points["timed"]), np.array(points["predicted"])
    y = predicted / timed if ratio else predicted
    kinds = list(zip(points["kernel"], points["how"], points["held"], strict=True))
    for kind in sorted(set(kinds)):
        mine = np.array([other == kind for other in kinds])
        colour, held = KERNELS[kind[0]], kind[2]
        axes.plot(
            timed[mine], y[mine], MARKS[kind[1]], color=colour, markersize=3.4, markerfacecolor=colour if held else "white",
            markeredgewidth=0.9, alpha=0.85, zorder=3 if held else 4,
        )  # fmt: skip


def _panel(axes: Axes, text: str, errors: Mapping[str, Any], *, first: bool, last: bool) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

    axes.axhline(1.0, color=GREY, linewidth=1.0, zorder=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(5e-6, 10.0)
    axes.set_ylim(*RATIOS)
    axes.yaxis.set_major_locator(FixedLocator([0.5, 0.7, 1.0, 1.4, 2.0]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}" if first else ""))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator([1e-5, 1e-3, 1e-1]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(True)
    axes.set_title(text, fontsize=8.5)
    if last:
        axes.set_xlabel("timed, s", fontsize=8.5)
    axes.text(
        0.03, 0.97,
        f"median {errors['median']:.0%}, 90 % {errors['p90']:.0%}\nof {errors['timings']} timings, {errors['held']:.0%} held",
        transform=axes.transAxes, ha="left", va="top", fontsize=7.6, linespacing=1.25,
    )  # fmt: skip
