"""The table of hardware prices: accelerators and what it takes to own one, each figure with source and date.

A figure is a range in a stated unit with the source, the date and the regime (`measured`, `published` or
`assumed`) it comes from.  A figure that no source gives is absent, and what needs it is refused rather than
guessed.  The table is read strictly: every error names the key.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput

__all__ = ["REGIMES", "Gpu", "PriceTable", "Quote", "Regime"]

Regime = Literal["measured", "published", "assumed"]
REGIMES: tuple[Regime, ...] = get_args(Regime)
_TEXTS = ("source", "date", "regime")
GPU_FIGURES = {
    "rental_usd_per_hour": "USD/h", "purchase_usd": "USD", "watts": "W",
    "multiprocessors": "1", "cores": "1", "clock_ghz": "GHz", "memory_gb_per_s": "GB/s",
}  # fmt: skip
# name -> (unit, lowest allowed, highest allowed)
ASSUMPTIONS = {
    "system_factor": ("1", 1.0, 10.0),
    "residual_fraction": ("1", 0.0, 1.0),
    "life_years": ("year", 0.1, 50.0),
    "capital_rate": ("1/year", 0.0, 1.0),
    "utilisation": ("1", 0.001, 1.0),
    "power_factor": ("1", 1.0, 10.0),
    "pue": ("1", 1.0, 5.0),
    "electricity_usd_per_kwh": ("USD/kWh", 0.0, 10.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A figure from the price table: a range, its unit, where it comes from and when."""

    low: float
    high: float
    unit: str
    source: str
    date: str
    regime: Regime

    @property
    def range(self) -> Enclosure:
        """The range as an enclosure."""
        return Enclosure(self.low, self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One kind of accelerator or processor; a figure that no source gives is None.

    Prices and watts are for one of them.  `multiprocessors` (of a GPU) or `cores` (of a processor), `clock_ghz` and
    `memory_gb_per_s` are what the cost model scales timings by.
    """

    name: str
    rental_usd_per_hour: Quote | None
    purchase_usd: Quote | None
    watts: Quote | None
    multiprocessors: Quote | None = None
    cores: Quote | None = None
    clock_ghz: Quote | None = None
    memory_gb_per_s: Quote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Accelerators and the assumptions of owning them."""

    gpus: Mapping[str, Gpu]
    assumptions: Mapping[str, Quote]

    @classmethod
    def from_toml(cls, path: str | Path | None = None) -> PriceTable:
        """Read a price table; None reads the one that is shipped (`proving_cost/hardware.toml`).

        Raises:
            InvalidInput: The file cannot be read, or a key is missing, unknown or wrong; the key is named.
        """
        gpus, assumptions = _read(path)
        return cls(gpus=MappingProxyType(gpus), assumptions=MappingProxyType(assumptions))

    def gpu(self, name: str) -> Gpu:
        """The accelerator called `name`."""
        if name not in self.gpus:
            raise InvalidInput(
                f"price table: the accelerator must be one of {', '.join(self.gpus)}; got {name!r}. "
                "Add it to a table of your own and read that with PriceTable.from_toml(path)."
            )
        return self.gpus[name]

    def __str__(self) -> str:
        lines = [f"{'accelerator':<12} {'rent USD/h':>14} {'purchase USD':>16} {'watts':>7}"]
        for gpu in self.gpus.values():
            rent, buy, watts = (_range(q) for q in (gpu.rental_usd_per_hour, gpu.purchase_usd, gpu.watts))
            lines.append(f"{gpu.name:<12} {rent:>14} {buy:>16} {watts:>7}")
        for name, quote in self.assumptions.items():
            lines.append(f"{name:<24} {_range(quote):>14} {quote.unit:<8} {quote.regime}")
        return "\n".join(lines)


def _range(quote: Quote | None) -> str:
    if quote is None:
        return "-"
    return f"{quote.low:g}" if quote.low == quote.high else f"{quote.low:g}-{quote.high:g}"


def _read(path: str | Path | None) -> tuple[dict[str, Gpu], dict[str, Quote]]:
    name = "hardware.toml" if path is None else Path(path).name or str(path)
    try:
        shipped = files("proving_cost").joinpath("hardware.toml")
        text = shipped.read_text("utf-8") if path is None else Path(path).read_bytes().decode("utf-8")
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{name}: must be TOML; got an error: {error}. Correct that line.") from None
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{name}: must be TOML in UTF-8; got other bytes. Save it as UTF-8 text."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable file name"
        raise InvalidInput(f"{name}: must be a readable file; got {reason!r}. Check the path.") from None
    except RecursionError:
        raise InvalidInput(f"{name}: must be TOML; got tables nested too deeply. Correct the file.") from None
    _keys(document, f"{name}: the file", required=("gpu", "assumption"), optional=())
    gpus = {}
    for label, figures in _table(document["gpu"], f"{name}: gpu").items():
        where = f'{name}: gpu."{label}"'
        _keys(figures, where, required=(), optional=tuple(GPU_FIGURES))
        known = _table(figures, where)
        quotes = {
            key: _quote(known[key], f"{where}.{key}", unit, 0.0, math.inf) if key in known else None
            for key, unit in GPU_FIGURES.items()
        }
        gpus[label] = Gpu(name=label, **quotes)
    assumptions = {}
    given = _table(document["assumption"], f"{name}: assumption")
    _keys(given, f"{name}: assumption", required=tuple(ASSUMPTIONS), optional=())
    for key, (unit, lowest, highest) in ASSUMPTIONS.items():
        where = f"{name}: assumption.{key}"
        assumptions[key] = _quote(given[key], where, unit, lowest, highest)
    return gpus, assumptions


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{where}: must be a table; got {value!r}. Write it as [section] in the TOML file."
        )
    return value


def _keys(value: object, where: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    table = _table(value, where)
    for key in required:
        if key not in table:
            raise InvalidInput(
                f"{where}: must have the key {key!r}; it is missing. The keys are {', '.join(required)}."
            )
    for key in table:
        if key not in required and key not in optional:
            raise InvalidInput(
                f"{where}: must have no other keys than {', '.join(required + optional)}; got {key!r}. "
                "Remove or rename it."
            )


def _quote(value: object, where: str, unit: str, lowest: float, highest: float) -> Quote:
    _keys(value, where, required=("low", "high", *_TEXTS), optional=("unit",))
    table = _table(value, where)
    ends = []
    for key in ("low", "high"):
        end = table[key]
        if isinstance(end, bool) or not isinstance(end, int | float) or not math.isfinite(end):
            raise InvalidInput(
                f"{where}.{key}: must be a finite number in {unit}; got {end!r}. Write it in digits."
            )
        if not lowest <= end <= highest:
            raise InvalidInput(
                f"{where}.{key}: must lie in [{lowest:g}, {highest:g}] {unit}; got {end!r}. Check the unit."
            )
        ends.append(float(end))
    if ends[0] > ends[1]:
        raise InvalidInput(f"{where}: low must be at most high; got {ends[0]:g} > {ends[1]:g}. Swap them.")
    for key in _TEXTS:
        if not isinstance(table[key], str) or not table[key]:
            raise InvalidInput(
                f"{where}.{key}: must be a non-empty text in quotes; got {table[key]!r}. State it."
            )
    if table.get("unit", unit) != unit:
        raise InvalidInput(f"{where}.unit: must be {unit!r}; got {table['unit']!r}. Convert the figure.")
    regime = table["regime"]
    if regime not in REGIMES:
        raise InvalidInput(
            f"{where}.regime: must be one of {', '.join(REGIMES)}; got {regime!r}. Choose one of them."
        )
    return Quote(
        low=ends[0],
        high=ends[1],
        unit=unit,
        source=str(table["source"]),
        date=str(table["date"]),
        regime=regime,
    )
