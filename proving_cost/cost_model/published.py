"""Published timings of kernels, from `published.toml`."""

from __future__ import annotations

import functools
import math
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from proving_cost.cost_model.subjects import event_of
from proving_cost.cost_model.timings import Timing

__all__ = ["SPREAD", "Use", "published_timings", "read_published"]

Use: TypeAlias = Literal["model", "check", "comparison"]
USES = ("model", "check", "comparison")
SPREAD = 0.05
"""Relative half-width given to a published timing; the deviations that its authors state are below 3 %."""
REQUIRED = ("hardware", "subject", "library", "log2_n", "milliseconds", "source", "date", "use")
OPTIONAL = ("low_factor",)
LARGEST = 1e300
_DATE = re.compile(r"20[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")


@functools.cache
def published_timings(use: Use = "model") -> tuple[Timing, ...]:
    """The shipped timings: those that the model is built on, that check it, or of other libraries."""
    text = files("proving_cost.cost_model").joinpath("published.toml").read_text("utf-8")
    return _parsed(text, "published.toml", use)


def read_published(path: str | Path, use: Use = "model") -> tuple[Timing, ...]:
    """Timings from a file of one's own in the format of `published.toml`.

    Raises:
        InvalidInput: The file cannot be read, or a key is missing, unknown or wrong; file and key are named.
    """
    name = Path(path).name
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, ValueError):
        raise InvalidInput(f"{name}: must be a readable file in UTF-8; got none. Check the path.") from None
    return _parsed(text, name, use)


def _parsed(text: str, name: str, use: Use) -> tuple[Timing, ...]:
    if use not in USES:
        raise InvalidInput(f"use: must be one of {', '.join(USES)}; got {use!r}.")
    try:
        document = tomllib.loads(text)
    except ValueError as error:  # tomllib's own, and a number of thousands of digits
        raise InvalidInput(f"{name}: must be TOML; got an error: {error}. Correct that line.") from None
    except RecursionError:
        raise InvalidInput(f"{name}: must be TOML; got tables nested too deeply. Correct the file.") from None
    every = document.get("series")
    if set(document) != {"series"} or not isinstance(every, list):
        raise InvalidInput(f"{name}: must hold [[series]] only; got {', '.join(document) or 'nothing'}.")
    found: list[Timing] = []
    for index, series in enumerate(every):
        where = f"{name}: series[{index}]"
        _check(series, where)
        timings = _timings(series, where)
        found += timings if series["use"] == use else []
    return tuple(found)


def _check(series: Any, where: str) -> None:
    if not isinstance(series, dict):
        raise InvalidInput(f"{where}: must be a table; got {series!r}. Write it as [[series]].")
    for key in REQUIRED:
        if key not in series:
            raise InvalidInput(f"{where}: must have the key {key!r}; it is missing. The keys are {', '.join(REQUIRED)}.")
    for key, value in series.items():
        if key not in REQUIRED + OPTIONAL:
            raise InvalidInput(f"{where}: must have no key {key!r}. The keys are {', '.join(REQUIRED + OPTIONAL)}.")
        if key in ("hardware", "subject", "library", "source", "date", "use") and (not isinstance(value, str) or not value):
            raise InvalidInput(f"{where}.{key}: must be a non-empty text in quotes; got {value!r}. State it.")
    if series["use"] not in USES:
        raise InvalidInput(f"{where}.use: must be one of {', '.join(USES)}; got {series['use']!r}.")
    sizes, times = series["log2_n"], series["milliseconds"]
    if not _DATE.fullmatch(series["date"]):
        raise InvalidInput(f"{where}.date: must be a year, a month or a day like '2025-07'; got {series['date']!r}.")
    whole = isinstance(sizes, list) and sizes and all(type(x) is int and 0 <= x <= 40 for x in sizes)
    if not whole or sorted(set(sizes)) != sizes:
        raise InvalidInput(f"{where}.log2_n: must be one or more growing whole numbers from 0 to 40; got {sizes!r}.")
    if not isinstance(times, list) or not all(_positive(x) for x in times) or len(times) != len(sizes):
        raise InvalidInput(f"{where}.milliseconds: must be a positive number for each of log2_n; got {times!r}.")
    low = series.get("low_factor", 1.0)
    if not _positive(low) or low < 1:
        raise InvalidInput(f"{where}.low_factor: must be a number, 1 or more; got {low!r}.")


def _positive(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and 0 < x < LARGEST


def _timings(series: dict[str, Any], where: str) -> list[Timing]:
    try:
        event_of(series["subject"], 1)
    except InvalidInput as wrong:
        raise InvalidInput(f"{where}.{wrong}") from None
    low = series.get("low_factor", 1.0)
    out = []
    for lg, milliseconds in zip(series["log2_n"], series["milliseconds"], strict=True):
        top = milliseconds / 1000
        seconds = top / math.sqrt(low)  # the middle, on the logarithmic scale, of what an ambiguous statement may mean
        out.append(
            Timing(
                hardware=series["hardware"], subject=series["subject"], n=1 << lg, seconds=seconds,
                range=Enclosure(top / low * (1 - SPREAD), top * (1 + SPREAD)), library=series["library"],
                source=series["source"], date=series["date"], regime="published",
            )
        )  # fmt: skip
    return out
