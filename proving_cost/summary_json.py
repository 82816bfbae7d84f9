"""Summaries as JSON: one text for one summary, and a reader that names the key at fault.

The text is deterministic: keys in the order of the records, numbers rounded to 10 significant digits, so that
the last bits of a linear solve on another machine do not show.  The reader follows the type hints of the
records in `summary`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from mechanisms.errors import InvalidInput
from proving_cost.replay import STATISTICS
from proving_cost.summary import PROBABILITIES, Summary

__all__ = ["read_summary", "write_summary"]

SCHEMA = 1
DIGITS = 10


def write_summary(summary: Summary) -> str:
    """The JSON text of a summary."""
    document = {"schema": SCHEMA, "probabilities": list(PROBABILITIES), **asdict(summary)}
    return _lines(_rounded(document)) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") + 0.0
    if isinstance(value, Mapping):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    return value


def _lines(value: Any, indent: int = 0) -> str:
    """JSON with one key a line, but lists of numbers on one line."""
    pad = " " * (indent + 1)
    if isinstance(value, dict) and value:
        entries = (f"{pad}{json.dumps(key)}: {_lines(entry, indent + 1)}" for key, entry in value.items())
        return "{\n" + ",\n".join(entries) + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        return (
            "[\n" + ",\n".join(pad + _lines(entry, indent + 1) for entry in value) + "\n" + " " * indent + "]"
        )
    return json.dumps(value, allow_nan=False)


def read_summary(text: str, where: str) -> Summary:
    """The summary in a JSON text; see `Summary.from_json`."""
    try:
        document = json.loads(text, parse_constant=lambda name: math.nan)
    except (ValueError, RecursionError) as error:
        got = (
            f"line {error.lineno}: {error.msg}"
            if isinstance(error, json.JSONDecodeError)
            else type(error).__name__
        )
        raise InvalidInput(
            f"{where}: must be JSON; got an error ({got}). Derive the summary again."
        ) from None
    if not isinstance(document, dict):
        _fail(where, "be a JSON object", document)
    for key, wanted in (("schema", SCHEMA), ("probabilities", list(PROBABILITIES))):
        if key not in document:
            raise InvalidInput(
                f"{where}: must have the key {key!r}; it is missing. Derive the summary again."
            )
        if document[key] != wanted or isinstance(document[key], bool):
            _fail(f"{where}: {key}", f"be {str(wanted)[:60]}", document[key])
    body = {key: entry for key, entry in document.items() if key not in ("schema", "probabilities")}
    summary: Summary = _decode(Summary, body, where + ": ")
    _check(summary, where)
    return summary


def _fail(where: str, must: str, got: object) -> NoReturn:
    shown = repr(got)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    raise InvalidInput(f"{where.rstrip(': ')} must {must}; got {shown}. Derive the summary again.")


def _decode(kind: Any, value: Any, where: str) -> Any:
    """`value` as the type `kind`; `where` is the path of keys so far."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record(kind, value, where)
    if origin in (UnionType, Union):
        return (
            None if value is None else _decode(next(a for a in arguments if a is not NoneType), value, where)
        )
    if origin is Literal:
        if value not in arguments:
            _fail(where, f"be one of {', '.join(arguments)}", value)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            _fail(where, "be a list", value)
        return tuple(_decode(arguments[0], entry, f"{where}[{i}]") for i, entry in enumerate(value))
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            _fail(where, "be a table", value)
        return {key: _decode(arguments[1], entry, _join(where, key)) for key, entry in value.items()}
    if kind is str:
        if not isinstance(value, str):
            _fail(where, "be a text", value)
        return value
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        _fail(where, "be a whole number" if kind is int else "be a number", value)
    if kind is int:
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        _fail(where, "be a finite number", value)
    return number


def _join(where: str, key: str) -> str:
    return f"{where}{key}" if where.endswith(": ") else f"{where}.{key}"


def _record(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        _fail(where, "be a table", value)
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    for name in names:
        if name not in value:
            raise InvalidInput(
                f"{_join(where, name)} must be given; the key is missing. Derive the summary again from its "
                "log."
            )
    for key in value:
        if key not in names:
            raise InvalidInput(
                f"{_join(where, key)} must not be there; the keys are {', '.join(names)}. Remove it."
            )
    return kind(**{name: _decode(hints[name], value[name], _join(where, name)) for name in names})


def _check(summary: Summary, where: str) -> None:
    """What the types do not say."""
    count, labels = len(PROBABILITIES), tuple(summary.provers)
    if not labels:
        _fail(f"{where}: provers", "have at least one prover", {})
    for label, prover in summary.provers.items():
        at = f"{where}: provers.{label}"
        seconds = prover.seconds
        if not label:
            _fail(at, "have a non-empty label", label)
        if len(seconds) != count or seconds[0] <= 0 or any(x >= y for x, y in pairwise(seconds)):
            _fail(f"{at}.seconds", f"be {count} positive numbers, strictly increasing", seconds)
        for name in ("a_seconds", "b_seconds_per_mgas", "n", "mean_seconds"):
            if getattr(prover, name) <= 0:
                _fail(f"{at}.{name}", "be positive", getattr(prover, name))
        for name in ("residual_sd", "private_sd"):
            if getattr(prover, name) < 0:
                _fail(f"{at}.{name}", "be 0 or more", getattr(prover, name))
        if not 0 <= prover.trimmed_share <= 1:
            _fail(f"{at}.trimmed_share", "lie in [0, 1]", prover.trimmed_share)
        failures = prover.failures
        if not 0 <= failures.failed <= failures.attempts or failures.attempts == 0:
            _fail(f"{at}.failures.failed", f"lie in [0, attempts = {failures.attempts}]", failures.failed)
    quantiles = summary.difficulty.quantiles
    if len(quantiles) != count or any(x > y for x, y in pairwise(quantiles)):
        _fail(f"{where}: difficulty.quantiles", f"be {count} numbers, nondecreasing", quantiles)
    for name in ("seconds_per_gas", "residual", "private"):
        matrix = getattr(summary.correlations, name)
        square = len(matrix) == len(labels) and all(len(row) == len(labels) for row in matrix)
        if not square or any(abs(value) > 1 + 1e-9 for row in matrix for value in row):
            _fail(
                f"{where}: correlations.{name}",
                f"be a {len(labels)} x {len(labels)} matrix in [-1, 1]",
                matrix,
            )
    replay = summary.replay
    if tuple(replay.wins) != labels:
        _fail(f"{where}: replay.wins", "name the provers in their order", list(replay.wins))
    for i, group in enumerate(replay.sets):
        at = f"{where}: replay.sets[{i}]"
        if not set(group.provers) <= set(labels) or group.central not in group.provers:
            _fail(f"{at}.provers", "be provers of the summary, with the central one", group.provers)
        unknown = [name for name in group.statistics if name not in STATISTICS]
        if unknown:
            _fail(f"{at}.statistics", f"be among {', '.join(STATISTICS)}", unknown[0])
    if not set(replay.competitive) <= set(labels):
        _fail(f"{where}: replay.competitive", "be provers of the summary", replay.competitive)
