"""Draws the four figures from `results.json`; it computes nothing.

`python -m papers.proving_costs.figure`, from the root of the repository, draws into `build/`.  The same results give
the same bytes: no dates, fixed fonts and a fixed salt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mechanisms import Enclosure
from papers.proving_costs.reserve_figure import draw_reserve
from papers.proving_costs.scaling_figure import draw_scaling
from papers.proving_costs.validation_figure import draw_validation
from papers.style import styled
from proving_cost.cost_model import CostBreakdown, Line, ProofCost
from proving_cost.hardware import Term

__all__ = ["BUILD", "NAMES", "RESULTS", "draw"]

HERE = Path(__file__).parent
BUILD = HERE / "build"
RESULTS = HERE / "results.json"
NAMES = ("validation", "terms", "scaling", "reserve")


def draw(results: Mapping[str, Any], folder: Path = BUILD, only: Sequence[str] = NAMES) -> list[Path]:
    """Draw the figures.

    Arguments:
        results: What `compute` made.
        folder: Where to write; made if it is not there.
        only: Names of those to draw.

    Returns:
        PDF and PNG of each figure.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with styled():
        for name, figure in zip(NAMES, (draw_validation, draw_terms, draw_scaling, draw_reserve), strict=True):
            if name in only:
                paths += figure(results, folder)
    return paths


def draw_terms(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """The terms of one proof, as `prover-markets cost --plot` draws them."""
    from workbench.cost_picture import drawn_cost

    terms = results["terms"]
    parts = {name: None if terms[name] is None else _breakdown(terms[name]) for name in ("seconds", "owning", "renting")}
    seconds = parts["seconds"]
    assert seconds is not None  # a proof always has seconds
    cost = ProofCost(
        hardware=terms["hardware"], gpus=1, seconds=seconds, joules=None, owning=parts["owning"], renting=parts["renting"],
        missing=(),
    )  # fmt: skip
    paths = []
    for ending in ("pdf", "png"):
        path = folder / f"terms.{ending}"
        path.write_bytes(drawn_cost(cost, terms["title"], ending))
        paths.append(path)
    return paths


def _breakdown(part: Mapping[str, Any]) -> CostBreakdown:
    """A breakdown as `CostBreakdown.to_json` wrote it."""
    lines = tuple(
        Line(
            term=Term(
                label=x["label"], formula=x["formula"], unit=x["unit"], value=Enclosure(x["low"], x["high"]),
                source=x["source"], regime=x["regime"],
            ),
            likely=x["likely"], how=x["how"],
        )
        for x in part["terms"]
    )  # fmt: skip
    return CostBreakdown(label=part["label"], unit=part["unit"], lines=lines)


if __name__ == "__main__":
    draw(json.loads(RESULTS.read_text("utf-8")))
