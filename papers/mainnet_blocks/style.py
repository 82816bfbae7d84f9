"""What the figures of this paper share: the colour and the name of each rule, and units as cents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from papers.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION

__all__ = ["COLOURS", "NAMES", "cents"]

COLOURS = {
    "first_price": BLUE,
    "vickrey": VERMILION,
    "optimal": GREEN,
    "race": PURPLE,
    "central_prover": BLACK,
    "central_at_cost": BLACK,
    "everybody_proves": PURPLE,
    "owning": BLUE,
    "renting": ORANGE,
}
NAMES = {
    "first_price": "first-price auction",
    "vickrey": "second-price auction",
    "optimal": "optimal auction",
    "race": "race",
    "central_prover": "central prover",
}


def cents(results: Mapping[str, Any], units: float) -> tuple[float, float]:
    """An amount in units as US cents, owning and renting."""
    usd = results["unit"]["usd"]
    return 100.0 * units * usd["lower"], 100.0 * units * usd["upper"]
