"""A cost as a picture: every term with its interval, on a logarithmic axis, by regime."""

from __future__ import annotations

import io
from textwrap import wrap
from typing import TYPE_CHECKING

from workbench.pictures import COLOURS, METADATA, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from proving_cost.cost_model import CostBreakdown, Line, ProofCost

__all__ = ["drawn_cost"]

TERMS = 9  # largest terms of a breakdown that are drawn
FLOOR = 1e-4  # of the total; terms below are drawn together
REGIME_COLOURS = {"measured": COLOURS[2], "published": COLOURS[0], "assumed": COLOURS[1]}
MARKS = {"measured": "o", "published": "s", "assumed": "D"}


def drawn_cost(cost: ProofCost, title: str, ending: str) -> bytes:
    """The picture, in a format of `pictures.METADATA`."""
    from matplotlib import style
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    shown = [part for part in (cost.seconds, cost.owning, cost.renting) if part is not None]
    rows = [len(large) + bool(rest) + 1.2 for large, rest in map(_split, shown)]
    with style.context(["default", STYLE]):
        figure = Figure(figsize=(7.6, 1.1 + 0.27 * sum(rows) + 0.35 * len(rows)), layout="constrained")
        every = figure.subplots(len(shown), 1, height_ratios=rows, squeeze=False)[:, 0]
        for axes, part in zip(every, shown, strict=True):
            _terms(axes, part)
        figure.suptitle("\n".join(wrap(title, 84)), fontsize="medium")
        marks = [
            Line2D([], [], color=REGIME_COLOURS[r], marker=MARKS[r], lw=2, label=r) for r in REGIME_COLOURS
        ]
        figure.legend(handles=marks, frameon=False, fontsize="small", loc="outside lower center", ncols=3)
        content = io.BytesIO()
        figure.savefig(content, format=ending, metadata=METADATA[ending])
    return content.getvalue()


def _terms(axes: Axes, part: CostBreakdown) -> None:
    large, rest = _split(part)
    least = min([x.term.value.lower for x in large if x.term.value.lower > 0], default=1e-9) / 3  # stands for 0
    labels = [_short(x.term.label) for x in large]
    for place, line in enumerate(large):
        regime = line.term.regime
        _interval(axes, place, line.term.value.lower, line.likely, line.term.value.upper, regime, least)
    place = len(large)
    if rest:
        together = (sum(x.term.value.lower for x in rest), sum(x.likely for x in rest), sum(x.term.value.upper for x in rest))
        _interval(axes, place, *together, _weakest(rest), least)
        labels.append(f"{len(rest)} smaller terms")
        place += 1
    axes.axhline(place - 0.5, color="0.8", lw=0.8)
    _interval(axes, place, part.total.lower, part.likely, part.total.upper, _weakest(list(part.lines)), least, wide=True)
    labels.append("total")
    axes.set_yticks(range(len(labels)), labels, fontsize="small")
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(part.label, fontsize="small")
    axes.tick_params(axis="x", labelsize="small")
    axes.grid(axis="x", color="0.9", lw=0.6)
    axes.set_axisbelow(True)


def _split(part: CostBreakdown) -> tuple[list[Line], list[Line]]:
    """The terms that are drawn one by one, the largest first, and those that are drawn together."""
    ordered = sorted(part.lines, key=lambda x: -x.likely)
    least = FLOOR * part.likely if len(ordered) > TERMS else 0.0
    large = [x for x in ordered if x.likely > least][:TERMS]
    return large, ordered[len(large) :]


def _interval(
    axes: Axes, place: int, low: float, likely: float, high: float, regime: str, least: float, *, wide: bool = False
) -> None:
    colour = REGIME_COLOURS[regime]
    axes.plot([max(low, least), max(high, least)], [place, place], color=colour, lw=3 if wide else 1.8, solid_capstyle="butt")
    if low <= 0.0:  # no end on a logarithmic axis
        axes.plot([least], [place], "<", color=colour, ms=5)
    axes.plot([max(likely, least)], [place], MARKS[regime], color=colour, ms=6 if wide else 4.5)


def _weakest(lines: list[Line]) -> str:
    from proving_cost.price_table import REGIMES

    return max((line.term.regime for line in lines), key=REGIMES.index)


def _short(label: str) -> str:
    """The label without what all of them say."""
    words = label.replace(" on average", "").replace("commitments/", "")
    return words if len(words) <= 58 else words[:55] + "..."
