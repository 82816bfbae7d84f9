"""Figure (b): expected payment and probability of no award against the reserve, tuned reserves marked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from papers.mainnet_blocks.style import COLOURS, NAMES, cents
from papers.numbers import middle
from papers.style import GREY, footnote, save, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["draw_reserves"]

MARKS = {"payment": "o", "surplus": "D"}
LEAST = 1e-4  # of no award, on the logarithmic axes


def draw_reserves(results: Mapping[str, Any], folder: Path, label: str | None) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt

    name = "competitive" if "competitive" in results["sets"] else "all"
    group = results["sets"][name]
    curves, tuned = group["reserve_curves"], group["tuned"]
    figure = plt.figure(figsize=(10.0, 5.2))
    panels = [figure.add_axes((left, 0.19, 0.265, 0.555)) for left in (0.06, 0.39, 0.72)]
    limits = _limits(curves)
    for rule in ("vickrey", "first_price", "optimal"):
        x, paid, lost = _arrays(curves[rule])
        mine = (x >= limits[0]) & (x <= limits[1])
        colour = COLOURS[rule]
        style: dict[str, Any] = {"color": colour, "zorder": 3}
        panels[0].plot(x[mine], paid[mine], **style)
        seen = mine & (lost > 0)
        panels[1].plot(x[seen], 100 * lost[seen], **style, linestyle=(0, (4, 3)) if rule == "first_price" else "-")
        within = (lost >= LEAST) & (lost <= 0.5)
        panels[2].plot(100 * lost[within], paid[within] / (1 - lost[within]), **style)
        for objective, mark in MARKS.items():
            found = tuned[rule][objective]
            r, p, q = middle(found["reserve"]), middle(found["expected_payment"]), middle(found["no_award"])
            look: dict[str, Any] = {"marker": mark, "color": colour, "markersize": 6.5, "markeredgecolor": "white", "zorder": 5}
            if limits[0] <= r <= limits[1]:
                panels[0].plot([r], [p], **look)
            if q > 0:
                panels[1].plot([r], [100 * q], **look)
                panels[2].plot([100 * q], [p / (1 - q)], **look)
    _label_payment(panels[0], results, curves, limits)
    _label_no_award(panels[1], results, curves, limits)
    _label_frontier(panels[2], results, curves)
    auction, best = tuned["first_price"]["payment"], middle(curves_without(curves["first_price"]))
    saved = 1 - middle(auction["expected_payment"]) / (1 - middle(auction["no_award"])) / best
    reserve = middle(auction["reserve"])
    limit = middle(results["scenario"]["max_no_award"])
    title(
        figure,
        f"A reserve of {reserve:.2f} units saves {saved:.1%} a proof if {limit:.0%} of requests may go without",
        f"The {len(group['provers'])} competitive provers. Amounts in units: the median cost of the cheapest prover "
        f"({cents(results, 1)[0]:.2f} ¢ owning to {cents(results, 1)[1]:.1f} ¢ renting).\n"
        f"Tuned reserves: ● least payment with at most {limit:.0%} of requests without a proof;  ◆ greatest surplus of a "
        f"rollup to which a proof is worth {middle(results['scenario']['reference_value']):.3g} units (assumed).",
    )
    footnote(figure, _note(results), label)
    return save(figure, folder, "b_reserve")


def curves_without(points: Mapping[str, Any]) -> dict[str, float]:
    """The expected payment of a rule without a reserve: the last point of its curve."""
    ends = points["expected_payment"]
    return {"lower": ends["lower"][-1], "upper": ends["upper"][-1]}


def _arrays(points: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Reserve, payment and probability of no award of the points with a reserve."""
    keep = [k for k, reserve in enumerate(points["reserve"]) if reserve is not None]
    paid, lost = (np.mean([points[key]["lower"], points[key]["upper"]], axis=0)[keep] for key in ("expected_payment", "no_award"))
    reserve = np.array([points["reserve"][k] for k in keep])
    order = np.argsort(reserve, kind="stable")
    return reserve[order], paid[order], np.maximum(lost[order], 0.0)


def _limits(curves: Mapping[str, Any]) -> tuple[float, float]:
    x, _, lost = _arrays(curves["first_price"])
    return float(x[lost < 0.98][0]), float(x[-1])


def _label_payment(axes: Axes, results: Mapping[str, Any], curves: Mapping[str, Any], limits: tuple[float, float]) -> None:
    axes.set_title("expected payment per request")
    axes.set_xlabel("reserve, units")
    axes.set_ylabel("units")
    axes.grid(True)
    axes.set_xlim(*limits)
    ends = sorted(((middle(curves_without(curves[rule])), rule) for rule in ("first_price", "vickrey", "optimal")), reverse=True)
    top = ends[0][0]
    for place, (value, rule) in enumerate(ends):
        axes.text(
            limits[1] - 0.01, 0.34 - 0.09 * place, f"{NAMES[rule]}: {value:.3f}", color=COLOURS[rule],
            ha="right", fontsize=8.2, fontweight="bold",
        )  # fmt: skip
    axes.text(limits[1] - 0.01, 0.43, "without a reserve", ha="right", fontsize=7.8, color="#555555")
    axes.set_ylim(0, top * 1.12)


def _label_no_award(axes: Axes, results: Mapping[str, Any], curves: Mapping[str, Any], limits: tuple[float, float]) -> None:
    axes.set_title("requests without a proof, %")
    axes.set_xlabel("reserve, units")
    axes.set_yscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(100 * LEAST, 130)
    _percent(axes, "y")
    axes.grid(True)
    limit = 100 * middle(results["scenario"]["max_no_award"])
    axes.axhline(limit, color=GREY, linewidth=1.0, linestyle=":")
    axes.text(limits[1], limit * 1.15, f"limit {limit:.3g} %", ha="right", fontsize=7.8, color="#555555")
    for rule, text, share, offset, side in (
        ("optimal", "optimal, at its\nhighest reserve", 0.08, 7, "left"),
        ("vickrey", "first-price and\nsecond-price\nalike", 0.0004, -10, "right"),
    ):
        x, _, lost = _arrays(curves[rule])
        k = int(np.argmin(np.abs(lost - share)))
        axes.annotate(
            text, (x[k], 100 * share), xytext=(offset, 0), textcoords="offset points", color=COLOURS[rule],
            ha=side, va="center", fontsize=8.2, fontweight="bold",
        )  # fmt: skip


def _label_frontier(axes: Axes, results: Mapping[str, Any], curves: Mapping[str, Any]) -> None:
    axes.set_title("price per proof delivered, units")
    axes.set_xlabel("requests without a proof, %")
    axes.set_xscale("log")
    axes.set_xlim(100 * LEAST, 50)
    _percent(axes, "x")
    axes.grid(True)
    top = max(middle(curves_without(curves[rule])) for rule in ("first_price", "vickrey", "optimal"))
    axes.set_ylim(None, top + 0.12 * (top - axes.get_ylim()[0]))
    for rule in ("first_price", "vickrey", "optimal"):
        _, paid, lost = _arrays(curves[rule])
        prices = paid / (1 - lost)
        near = int(np.argmin(np.abs(lost - 2.2 * LEAST)))
        above = rule == "vickrey"
        axes.annotate(
            NAMES[rule].removesuffix(" auction"), (100 * LEAST * 1.3, prices[near]), xytext=(0, 6 if above else -9),
            textcoords="offset points", color=COLOURS[rule], fontsize=8.2, fontweight="bold",
            va="bottom" if above else "top",
        )  # fmt: skip


def _percent(axes: Axes, which: str) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def _note(results: Mapping[str, Any]) -> str:
    name = "competitive" if "competitive" in results["sets"] else "all"
    curves = results["sets"][name]["reserve_curves"]
    worst = max(max(points["epsilon"]) for points in curves.values())
    text = (
        "Certified for the market as modelled: no prover gains more than "
        f"{worst:.0e} units by any other bid at any cost; which reserve is best is estimated. The optimal rule has no "
        "reserve of its own:\nit is drawn as the requester's value rises, against the highest cost that it still awards."
    )
    if name == "competitive":
        both = (results["sets"][key]["rules"] for key in ("all", "competitive"))
        prices = [[middle(rules[rule]["expected_payment"]) for rule in ("first_price", "vickrey", "optimal")] for rules in both]
        change = max(abs(a / b - 1) for a, b in zip(*prices, strict=True))
        slow = len(results["sets"]["all"]["provers"]) - len(results["sets"]["competitive"]["provers"])
        text += f" Adding the other {slow} provers moves no price by more than {change:.1%}."
    return text
