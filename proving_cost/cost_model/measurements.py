r"""Measurement files: timings made by `calibrate` on a processor, or by a suite on a GPU.

A file is JSON, `<hardware>-<date>.json`:

    {"format": "prover-markets measurements 1",
     "hardware": "CPU",                        one of the price table, as `find_device` takes it
     "machine": "AMD EPYC, 2 processors",      in words; no host name
     "date": "2026-11-24", "commit": "21c7f29" or null, "command": "...",
     "versions": {"python": "3.11.9", ...},
     "points": [{"subject": "ntt/goldilocks",  see `subjects`
                 "n": 1048576,                 size of the call; operations in it, for a stream
                 "seconds": 0.15,              median of the repetitions
                 "spread": 0.02,               half the distance of the quartiles, relative to the median
                 "repetitions": 5,
                 "joules": 31.5 or null,       of one call, of the accelerator
                 "library": "prover-markets",
                 "fraction_of_floor": 0.42,    least time for its work over the time (`gpu.roofline`)
                 "bytes_moved": 5.4e8,         by this implementation, in one call
                 "checked_against": "..."}],   what its values were compared with
     "card": {"name": "NVIDIA H200", "driver": "580.159.04", "capability": "9.0", "multiprocessors": 132,
              "memory_bytes": 150754820096,
              "clocks_mhz": {"multiprocessors": 1980, ...},              as found, at work
              "ceilings": {"iadd3_per_second": 1.67e13, ...}},           measured in the same run
     "left_out": ["msm/bn254/g1 2^24: ..."]}                             what was not measured, and why

All from `joules` on may be left out.  A file that differs is refused in one line that names the file and the key.
Files in `proving_cost/measurements/` are shipped; of two for one machine, subject and size, the later date counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from proving_cost.cost_model.measured_card import Card, parse_card
from proving_cost.cost_model.subjects import event_of
from proving_cost.cost_model.timings import Timing

__all__ = ["FORMAT", "MeasurementFile", "Point", "read_measurements", "shipped_measurements"]

FORMAT = "prover-markets measurements 1"
LEAST_SPREAD = 0.02
"""Relative half-width below which no timing is trusted: machines differ by more from day to day."""
KEYS = ("format", "hardware", "machine", "date", "commit", "command", "versions", "points")
POINT = ("subject", "n", "seconds", "spread", "repetitions")
KEYS_MAY = ("card", "left_out")
POINT_MAY = ("joules", "library", "fraction_of_floor", "bytes_moved", "checked_against")
NUMBERS_MAY = ("joules", "fraction_of_floor", "bytes_moved")
LARGEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One line of a measurement file."""

    subject: str
    n: int
    seconds: float
    spread: float
    repetitions: int
    joules: float | None = None
    library: str = "prover-markets"
    fraction_of_floor: float | None = None
    bytes_moved: float | None = None
    checked_against: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementFile:
    """Timings of one machine on one day."""

    name: str
    hardware: str
    machine: str
    date: str
    commit: str | None
    command: str
    versions: Mapping[str, str]
    points: tuple[Point, ...]
    card: Card | None = None
    left_out: tuple[str, ...] = ()

    def timings(self) -> tuple[Timing, ...]:
        """The points as timings."""
        return tuple(
            Timing(
                hardware=self.hardware, subject=p.subject, n=p.n, seconds=p.seconds,
                range=Enclosure(
                    p.seconds * (1 - min(0.9, max(p.spread, LEAST_SPREAD))), p.seconds * (1 + max(p.spread, LEAST_SPREAD))
                ),
                joules=p.joules, library=p.library, source=f"{self.name} ({self.machine})", date=self.date,
                regime="measured",
            )
            for p in self.points
        )  # fmt: skip

    def to_json(self) -> str:
        """The file's text."""
        points = [
            {key: value for key in (*POINT, *POINT_MAY) if (value := getattr(p, key)) is not None} for p in self.points
        ]
        head = {key: getattr(self, key) for key in KEYS[1:-2]}
        data: dict[str, Any] = {"format": FORMAT, **head, "versions": dict(self.versions), "points": points}
        if self.card is not None:
            data["card"] = self.card.to_json()
        if self.left_out:
            data["left_out"] = list(self.left_out)
        return json.dumps(data, indent=1) + "\n"


def read_measurements(path: str | Path) -> MeasurementFile:
    """Read a measurement file.

    Raises:
        InvalidInput: It cannot be read, or a key is missing, unknown or wrong; file and key are named.
    """
    name = Path(path).name or str(path)
    try:
        text = Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"{name}: must be text in UTF-8; got other bytes. Check that it is the right file.") from None
    except (OSError, ValueError) as wrong:
        reason = getattr(wrong, "strerror", None) or "not a usable file name"
        raise InvalidInput(f"{name}: must be a readable file; got {reason!r}. Check the path.") from None
    return parse_measurements(text, name)


def shipped_measurements() -> tuple[MeasurementFile, ...]:
    """The files in `proving_cost/measurements`, by name."""
    folder = files("proving_cost").joinpath("measurements")
    if not folder.is_dir():
        return ()
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    return tuple(parse_measurements(f.read_text("utf-8"), f.name) for f in found)


def latest(measured: Iterable[MeasurementFile]) -> tuple[Timing, ...]:
    """All timings, the latest for each machine, subject and size."""
    best: dict[tuple[str, str, int], Timing] = {}
    for one in measured:
        for timing in one.timings():
            key = (timing.hardware, timing.subject, timing.n)
            if key not in best or best[key].date <= timing.date:
                best[key] = timing
    return tuple(best.values())


def parse_measurements(text: str, name: str) -> MeasurementFile:
    """A measurement file from its text; `name` is for messages.

    Raises:
        InvalidInput: As `read_measurements`.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as wrong:  # a ValueError that says no line: a number of thousands of digits
        at = f"line {wrong.lineno}: {wrong.msg}" if isinstance(wrong, json.JSONDecodeError) else None
        reason = at or ("nested too deeply" if isinstance(wrong, RecursionError) else "a number is too long")
        raise InvalidInput(f"{name}: must be JSON; got an error, {reason}. Write it again with the calibration.") from None
    _keys(data, name, KEYS, KEYS_MAY)
    if data["format"] != FORMAT:
        raise InvalidInput(f"{name}: format must be {FORMAT!r}; got {data['format']!r}.")
    for key in ("hardware", "machine", "command"):
        _text(data[key], f"{name}: {key}")
    if not _is_day(data["date"]):
        raise InvalidInput(f"{name}: date must be a day like '2026-11-24'; got {data['date']!r}.")
    if data["commit"] is not None:
        _text(data["commit"], f"{name}: commit")
    versions = data["versions"]
    if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
        raise InvalidInput(f"{name}: versions must map names to texts; got {versions!r}.")
    points = data["points"]
    if not isinstance(points, list) or not points:
        raise InvalidInput(f"{name}: points must be a list with a point or more; got {points!r}.")
    parsed = tuple(_point(point, f"{name}: points[{index}]") for index, point in enumerate(points))
    seen: set[tuple[str, int]] = set()
    for index, p in enumerate(parsed):
        if (p.subject, p.n) in seen:
            raise InvalidInput(f"{name}: points[{index}]: {p.subject!r} at n = {p.n} is there twice. Keep one.")
        seen.add((p.subject, p.n))
    given = {key: data[key] for key in ("hardware", "machine", "date", "commit", "command")}
    card = None if data.get("card") is None else parse_card(data["card"], f"{name}: card")
    left_out = data.get("left_out", [])
    if not isinstance(left_out, list) or not all(isinstance(x, str) and x for x in left_out):
        raise InvalidInput(f"{name}: left_out must be a list of non-empty texts; got {left_out!r}.")
    return MeasurementFile(
        name=name, versions=dict(versions), points=parsed, card=card, left_out=tuple(left_out), **given
    )  # fmt: skip


def _keys(data: Any, where: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    if not isinstance(data, dict):
        raise InvalidInput(f"{where}: must be a JSON object; got {type(data).__name__}.")
    for key in required:
        if key not in data:
            raise InvalidInput(f"{where}: must have the key {key!r}; it is missing. The keys are {', '.join(required)}.")
    for key in data:
        if key not in required + optional:
            raise InvalidInput(f"{where}: must have no key {key!r}. The keys are {', '.join(required + optional)}.")


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{where} must be a non-empty text; got {value!r}.")
    return value


def _point(data: Any, where: str) -> Point:
    _keys(data, where, POINT, POINT_MAY)
    subject = _text(data["subject"], f"{where}.subject")
    for key, least in (("n", 1), ("repetitions", 1)):
        if type(data[key]) is not int or data[key] < least:
            raise InvalidInput(f"{where}.{key} must be a whole number, {least} or more; got {data[key]!r}.")
    numbers = {}
    for key in ("seconds", "spread", *NUMBERS_MAY):
        value = data.get(key)
        if key in NUMBERS_MAY and value is None:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
        if not number or not value >= 0 or (value == 0 and key != "spread"):
            least_word = "0 or more" if key == "spread" else "above 0"
            raise InvalidInput(f"{where}.{key} must be a finite number, {least_word}; got {value!r}.")
        numbers[key] = float(value)
    try:
        event_of(subject, data["n"])
    except InvalidInput as wrong:
        raise InvalidInput(f"{where}.{wrong}") from None
    library = _text(data.get("library", "prover-markets"), f"{where}.library")
    checked = data.get("checked_against")
    if checked is not None:
        _text(checked, f"{where}.checked_against")
    return Point(
        subject=subject, n=data["n"], repetitions=data["repetitions"], library=library, checked_against=checked, **numbers
    )
