"""How the figures of all papers look: colours that colour-blind readers can tell apart, and files without dates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLACK", "BLUE", "GREEN", "GREY", "INK", "ORANGE", "PURPLE", "VERMILION", "footnote", "plain", "save", "styled", "title",
]  # fmt: skip

# Okabe and Ito's palette
BLUE, VERMILION, GREEN, PURPLE, ORANGE, BLACK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000"
INK, GREY = "#222222", "#8a8a8a"
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the same everywhere
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "figure.dpi": 100.0,
    "savefig.dpi": 200.0,
    "pdf.fonttype": 42,  # fonts embedded as they are
    "svg.hashsalt": "papers",
    "axes.unicode_minus": True,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw without a display, in this style whatever the user's settings."""
    import matplotlib

    matplotlib.use("Agg")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]  # its keys are literals, ours a dict's
        yield


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as PDF and PNG without dates or versions of software in them."""
    import matplotlib.pyplot as plt

    paths = [folder / f"{name}.pdf", folder / f"{name}.png"]
    figure.savefig(paths[0], metadata={"CreationDate": None, "Producer": None, "Creator": None})
    figure.savefig(paths[1], metadata={"Software": None})
    plt.close(figure)
    return paths


def title(figure: Figure, finding: str, subtitle: str) -> None:
    """The finding in one bold line, and what is shown under it, flush left."""
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.13 / height, finding, fontsize=12.5, fontweight="bold", va="top", ha="left")
    figure.text(0.012, 1 - 0.42 / height, subtitle, fontsize=9.0, color="#555555", va="top", ha="left", linespacing=1.35)


def footnote(figure: Figure, text: str, label: str | None) -> None:
    """What the figure rests on, and which log if not the shipped one."""
    if label is not None:
        text = f"{label}. {text}"
    height = figure.get_figheight()
    figure.text(0.012, 0.09 / height, text, fontsize=7.2, color="#666666", va="bottom", ha="left", linespacing=1.35)


def plain(axes: Axes, which: str = "x", places: int = 0) -> None:
    """Plain decimal numbers on a logarithmic axis, no minor labels."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.{places}f}" if x >= 1 or places else f"{x:g}"))
    axis.set_minor_formatter(NullFormatter())
