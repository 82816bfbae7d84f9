"""Draws the four figures from `results.json`; it computes nothing.

`python -m papers.mainnet_blocks.figure`, from the root of the repository, draws into `build/`. The same results
give the same bytes: no dates, fixed fonts and a fixed salt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from papers.mainnet_blocks.cost_figure import draw_costs
from papers.mainnet_blocks.replay_figure import draw_replay
from papers.mainnet_blocks.reserve_figure import draw_reserves
from papers.mainnet_blocks.rules_figure import draw_rules
from papers.style import styled

__all__ = ["BUILD", "NAMES", "RESULTS", "draw"]

HERE = Path(__file__).parent
BUILD = HERE / "build"
RESULTS = HERE / "results.json"
NAMES = ("a_costs", "b_reserve", "c_rules", "d_replay")


def draw(
    results: Mapping[str, Any], folder: Path = BUILD, label: str | None = None, only: Sequence[str] = NAMES
) -> list[Path]:
    """Draw the figures.

    Arguments:
        results: What `compute` made.
        folder: Where to write; made if it is not there.
        label: Which log the results are of, if not the shipped one.
        only: Names of those to draw.

    Returns:
        PDF and PNG of each figure.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with styled():
        for name, figure in zip(NAMES, (draw_costs, draw_reserves, draw_rules, draw_replay), strict=True):
            if name in only:
                paths += figure(results, folder, label)
    return paths


if __name__ == "__main__":
    draw(json.loads(RESULTS.read_text("utf-8")))
