"""The figure of an equilibrium: every strategy over the types of its agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from equilibria.equilibrium import Equilibrium

POINTS = 801

STYLES = ("-", "--", "-.", ":")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Told apart without red and green."""


def strategy_figure(equilibrium: Equilibrium) -> Figure:
    """See `Equilibrium.plot`."""
    from matplotlib.figure import Figure

    market = equilibrium.market
    figure = Figure(figsize=(5.0, 3.6), layout="constrained")
    axes = figure.add_subplot()
    ends = [end for prior in market.priors for end in prior.support]
    axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color="0.8", linewidth=1, label="truth")
    for i, (label, prior) in enumerate(zip(market.labels, market.priors, strict=True)):
        types = np.linspace(*prior.support, POINTS)
        bids = equilibrium.strategies[label](types)
        axes.plot(types, bids, STYLES[i // len(COLOURS) % len(STYLES)], color=COLOURS[i % len(COLOURS)], label=label)
    axes.set_xlabel("cost" if market.sign > 0 else "value")
    axes.set_ylabel("bid")
    axes.set_title(f"{equilibrium.mechanism!r}: epsilon {equilibrium.epsilon:.2g} ({equilibrium.status})", fontsize="medium")
    axes.legend(frameon=False, fontsize="small")
    return figure
