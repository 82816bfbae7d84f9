"""Figure `reserve`: costs over a population of provers, the reserve tuned in its market, and how far it holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from papers.markdown import word
from papers.numbers import middle
from papers.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, footnote, save, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_reserve"]

COLOURS = {"low": GREEN, "likely": INK, "high": PURPLE}
LINES: dict[str, Any] = {"low": (0, (1.5, 1.5)), "likely": "-", "high": (0, (5, 2))}
TENURES = {"own": (BLUE, "o"), "rent": (ORANGE, "s")}
STYLES: tuple[Any, ...] = ("-.", "-", (0, (5, 2)), (0, (1.5, 1.5)))
MILLION = 1e6


def draw_reserve(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw it into a folder, as PDF and PNG."""
    import matplotlib.pyplot as plt

    market = results["market"]
    figure = plt.figure(figsize=(10.0, 5.2))
    top = figure.add_axes((0.1, 0.4, 0.25, 0.345))
    bottom = figure.add_axes((0.1, 0.185, 0.25, 0.16), sharex=top)
    panels = [figure.add_axes((left, 0.185, 0.25, 0.56)) for left in (0.41, 0.735)]
    _population(top, market)
    _groups(bottom, market)
    _payment(panels[0], market)
    _if_off(panels[1], market)
    tuned = market["tuned"]["likely"]
    reserve, paid = MILLION * middle(tuned["reserve"]), MILLION * middle(tuned["expected_payment"])
    limit, saved = middle(market["max_no_award"]), 1 - middle(tuned["expected_payment"]) / middle(market["without_reserve"])
    high = market["if_off"]["ends"]["high"]
    lost = high["no_award"][str(market["provers"])]
    title(
        figure,
        f"A reserve of {reserve:.1f} USD per million proofs pays {paid:.1f}; it is no better than the costs it was tuned at",
        f"{results['terms']['title'].split(', on ')[0]}: {word(market['provers'])} provers drawn from a population, at most "
        f"{limit:.0%} of requests without a proof. The reserve takes {saved:.1%} off the payment.\n"
        f"If what all provers share is at its high end (costs {high['factor']:.1f} times those it was tuned at), the same "
        f"reserve leaves {lost:.0%} of requests without a proof.",
    )
    gain = MILLION * market["first_price"]["epsilon"]
    footnote(
        figure,
        "low, likely, high: all that provers share (seconds, prices of machines) at that end; bars: likely, lines: with both "
        "ends. Between provers differ electricity, utilisation, rent, tenure.\nCosts are assumed, payments certified for the "
        "market as modelled, the reserve estimated by search under second price. Under first price at the same reserve the\n"
        f"certified payment is the same to {_digits(market)} digits, and no prover gains more than {gain:.0e} USD per million "
        "by any other bid.",
        None,
    )
    return save(figure, folder, "reserve")


def _digits(market: Mapping[str, Any]) -> int:
    first, second = (middle(x["expected_payment"]) for x in (market["first_price"], market["tuned"]["likely"]))
    return int(-np.log10(max(abs(first / second - 1), 1e-12)))


def _population(axes: Axes, market: Mapping[str, Any]) -> None:
    for end, law in market["population"].items():
        axes.plot(MILLION * np.array(law["quantiles"]), law["levels"], color=COLOURS[end], linestyle=LINES[end])
        reserve = MILLION * middle(market["tuned"][end]["reserve"])
        level = float(np.interp(reserve, MILLION * np.array(law["quantiles"]), law["levels"]))
        axes.plot([reserve], [level], "v", color=COLOURS[end], markersize=7, markeredgecolor="white", zorder=5)
        height = {"low": 0.5, "likely": 0.46, "high": 0.2}[end]
        place = MILLION * float(np.interp(height, law["levels"], law["quantiles"]))
        place, side = (0.85 * place, "right") if end == "low" else (1.08 * place, "left")
        axes.text(place, height - 0.03, end, color=COLOURS[end], fontsize=8.2, fontweight="bold", va="top", ha=side)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.04)
    axes.set_title("share of provers (▾ reserve)")
    axes.tick_params(labelbottom=False)
    axes.grid(True)


def _groups(axes: Axes, market: Mapping[str, Any]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    for row, group in enumerate(market["groups"]):
        colour, mark = TENURES[group["tenure"]]
        for ends, width in ((("least", "most"), 1.0), (("low", "high"), 3.4)):
            x = [MILLION * group[end] for end in ends]
            axes.plot(x, [row, row], color=colour, linewidth=width, solid_capstyle="butt")
        axes.plot([MILLION * group["median"]], [row], mark, color="white", markeredgecolor=colour, markersize=5, zorder=4)
    labels = [f"{g['hardware'][3:]} {g['tenure']}, {g['share']:.0%}" for g in market["groups"]]
    axes.set_yticks(range(len(labels)), labels, fontsize=7.4)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, axis="x")
    axes.set_xlabel("cost, USD per million proofs")


def _payment(axes: Axes, market: Mapping[str, Any]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    for end, found in market["tuned"].items():
        curve = found["curve"]
        x, y = MILLION * np.array(curve["reserve"]), MILLION * np.array(curve["expected_payment"])
        axes.plot(x, y, color=COLOURS[end], linestyle=LINES[end])
        at, paid = MILLION * middle(found["reserve"]), MILLION * middle(found["expected_payment"])
        axes.plot([at], [paid], "v", color=COLOURS[end], markersize=7, markeredgecolor="white", zorder=5)
        left = -32 if end == "low" else -7  # clear of the curve at likely costs
        axes.annotate(f"{end}: {at:.1f} → {paid:.1f}", (at, paid), xytext=(left, 4), textcoords="offset points", ha="right",
                      color=COLOURS[end], fontsize=8.2, fontweight="bold")  # fmt: skip
    reserve = MILLION * middle(market["tuned"]["likely"]["reserve"])
    first = MILLION * middle(market["first_price"]["expected_payment"])
    axes.plot([reserve], [first], "D", color="none", markeredgecolor=VERMILION, markersize=9, zorder=6)
    axes.text(0.03, 0.97, "▾ second price, tuned\n◇ first price, same reserve", transform=axes.transAxes, va="top", fontsize=8)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0, 1.2 * axes.get_ylim()[1])
    axes.set_title("expected payment, USD per million")
    axes.set_xlabel("reserve, USD per million proofs")
    axes.grid(True)


def _if_off(axes: Axes, market: Mapping[str, Any]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    found = market["if_off"]
    factors = np.array(found["factors"])
    for (n, lost), line in zip(found["no_award"].items(), STYLES, strict=False):
        mine = n == str(market["provers"])
        colour, width = (VERMILION, 2.2) if mine else (GREY, 1.3)
        axes.plot(factors, 100 * np.array(lost), color=colour, linewidth=width, linestyle=line, label=f"{n} provers")
    axes.legend(loc="upper left", fontsize=8, handlelength=2.6)
    for end, shift, side in (("low", (0, 7), "center"), ("high", (-6, 6), "right")):
        one = found["ends"][end]
        at = (one["factor"], 100 * one["no_award"][str(market["provers"])])
        axes.plot(*([x] for x in at), "o", color=COLOURS[end], markersize=6.5, markeredgecolor="white", zorder=5)
        axes.annotate(f"costs {end}", at, xytext=shift, ha=side, textcoords="offset points", fontsize=8.2, fontweight="bold",
                      color=COLOURS[end])  # fmt: skip
    axes.axhline(100 * middle(market["max_no_award"]), color=GREY, linestyle=":", linewidth=1.0)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([0.25, 0.5, 1, 2, 4]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(0.35, 4)
    axes.set_ylim(-2, 102)
    axes.set_title("requests without a proof, %")
    axes.set_xlabel("true costs over those it was tuned at")
    axes.grid(True)
