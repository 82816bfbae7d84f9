"""The card that a measurement file is of: what it is, how it was found, and what it does at best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mechanisms.errors import InvalidInput

__all__ = ["Card", "parse_card"]

TEXTS, WHOLE, TABLES = ("name", "driver", "capability"), ("multiprocessors", "memory_bytes"), ("clocks_mhz", "ceilings")
LARGEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card, as it was when it was measured.

    Attributes:
        name: As its driver calls it.
        driver: Version of the driver.
        capability: Compute capability.
        multiprocessors: How many it has.
        memory_bytes: Its memory.
        clocks_mhz: Clocks found at work, by name.
        ceilings: What it does at best, by name with the unit (`gpu.calibration.Ceilings`).
    """

    name: str
    driver: str | None = None
    capability: str | None = None
    multiprocessors: int | None = None
    memory_bytes: int | None = None
    clocks_mhz: Mapping[str, float]
    ceilings: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """What is known, as a JSON object."""
        known = {key: value for key in (*TEXTS, *WHOLE) if (value := getattr(self, key)) is not None}
        return {**known, "clocks_mhz": dict(self.clocks_mhz), "ceilings": dict(self.ceilings)}


def parse_card(data: object, where: str) -> Card:
    """A card from its JSON object.

    Raises:
        InvalidInput: A key is missing, unknown or wrong; `where` and the key are named.
    """
    every = (*TEXTS, *WHOLE, *TABLES)
    if not isinstance(data, dict):
        raise InvalidInput(f"{where}: must be a JSON object; got {type(data).__name__}.")
    for key in ("name", *TABLES):
        if key not in data:
            raise InvalidInput(f"{where}: must have the key {key!r}; it is missing. The keys are {', '.join(every)}.")
    for key, value in data.items():
        if key not in every:
            raise InvalidInput(f"{where}: must have no key {key!r}. The keys are {', '.join(every)}.")
        if key in TEXTS and (not isinstance(value, str) or not value):
            raise InvalidInput(f"{where}.{key}: must be a non-empty text; got {value!r}.")
        if key in WHOLE and (type(value) is not int or value < 1):
            raise InvalidInput(f"{where}.{key}: must be a whole number, 1 or more; got {value!r}.")
        if key in TABLES and not (isinstance(value, dict) and all(map(_positive, value.values()))):
            raise InvalidInput(f"{where}.{key}: must map names to finite numbers above 0; got {value!r}.")
    tables = {key: {name: float(number) for name, number in data[key].items()} for key in TABLES}
    return Card(**{key: data.get(key) for key in (*TEXTS, *WHOLE)}, **tables)  # type: ignore[arg-type]


def _positive(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and 0 < x < LARGEST
