"""Numbers as `results.json` holds them: 10 significant digits, each with its regime.

An enclosure is rounded outward, so that what is written still holds the number; everything else to nearest.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, Literal

from mechanisms import Enclosure

__all__ = ["Regime", "bounds", "at_most", "curve", "enclosure", "measure", "middle", "quotient", "rounded", "text_of"]

Regime = Literal["certified", "measured", "published", "assumed", "estimated"]
DIGITS = 10
_DOWN = Context(prec=DIGITS, rounding=ROUND_FLOOR)
_UP = Context(prec=DIGITS, rounding=ROUND_CEILING)


def _ends(value: Enclosure) -> tuple[float, float]:
    """Ends at 10 digits, rounded outward."""
    return float(_DOWN.plus(Decimal(value.lower))) + 0.0, float(_UP.plus(Decimal(value.upper))) + 0.0


def bounds(value: Enclosure, regime: Regime = "certified") -> dict[str, Any]:
    """One enclosure."""
    lower, upper = _ends(value)
    return {"lower": lower, "upper": upper, "regime": regime}


def at_most(value: float) -> float:
    """An upper bound at 10 digits, rounded up."""
    return float(_UP.plus(Decimal(value))) + 0.0


def measure(value: float, regime: Regime) -> dict[str, Any]:
    """One number without an error."""
    return {"value": value, "regime": regime}


def enclosure(entry: Mapping[str, Any]) -> Enclosure:
    """What `bounds` wrote, read back."""
    return Enclosure(entry["lower"], entry["upper"])


def curve(values: Iterable[Enclosure]) -> dict[str, list[float]]:
    """Enclosures along a curve; the regime is the curve's."""
    ends = [_ends(value) for value in values]
    return {"lower": [lower for lower, _ in ends], "upper": [upper for _, upper in ends]}


def quotient(above: Enclosure, below: Enclosure) -> Enclosure:
    """An enclosure of the quotient of two positive numbers, rounded outward."""
    return Enclosure(math.nextafter(above.lower / below.upper, -math.inf), math.nextafter(above.upper / below.lower, math.inf))


def middle(entry: Mapping[str, Any]) -> float:
    """The number that an entry of the results stands for: its value, or the middle of its ends."""
    return float(entry["value"]) if "value" in entry else 0.5 * (float(entry["lower"]) + float(entry["upper"]))


def rounded(value: Any) -> Any:
    """Every float in a document to 10 significant digits, to nearest (what is so rounded already stays)."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") + 0.0
    if isinstance(value, Mapping):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value


def text_of(document: Mapping[str, Any]) -> str:
    """A document as JSON text: one key a line, lists of numbers on one line; the same document, the same text."""
    return _lines(rounded(document), 0) + "\n"


def _lines(value: Any, indent: int) -> str:
    pad = " " * (indent + 1)
    if isinstance(value, dict) and value:
        flat = all(not isinstance(entry, dict | list) for entry in value.values()) and "regime" in value
        if flat:
            return json.dumps(value, allow_nan=False)
        entries = (f"{pad}{json.dumps(key)}: {_lines(entry, indent + 1)}" for key, entry in value.items())
        return "{\n" + ",\n".join(entries) + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        return "[\n" + ",\n".join(pad + _lines(entry, indent + 1) for entry in value) + "\n" + " " * indent + "]"
    return json.dumps(value, allow_nan=False)
