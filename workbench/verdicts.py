"""What a certificate states, in the names and shapes of an equilibrium."""

from __future__ import annotations

import math
from collections.abc import Mapping


def stated(states: Mapping[str, object]) -> dict[str, object]:
    """The statements of a checked certificate as plain numbers; what is not a number is left out.

    Example:
        >>> stated({"epsilon": "1e-9", "no_award": ["0.25", "0.75"]})
        {'epsilon': 1e-09, 'no_award': {'lower': 0.25, 'upper': 0.75, 'midpoint': 0.5}}
    """
    record: dict[str, object] = {}
    for name, entry in states.items():
        if entry is None:
            record[name] = None
        elif isinstance(entry, list) and len(entry) == 2:
            lower, upper = map(_number, entry)
            if lower is not None and upper is not None:
                record[name] = {"lower": lower, "upper": upper, "midpoint": 0.5 * lower + 0.5 * upper}
        elif (value := _number(entry)) is not None:
            record[name] = value
    return record


def _number(entry: object) -> float | None:
    """Numbers arrive as they are spelled in the file."""
    try:
        value = float(entry) if isinstance(entry, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
