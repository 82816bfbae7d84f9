"""Malformed ledgers: every wrong key is named with its phase, and nothing else is raised."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from mechanisms.errors import InvalidInput
from proving_cost.ledger import Event, Ledger
from proving_cost.ledger.event_json import event_to_json
from proving_cost.ledger.ledger import DEEPEST, FORMAT
from tests.ledger_cases import EXAMPLES


def in_phase(row: object) -> str:
    return json.dumps({"format": FORMAT, "phases": {"commit": {"phases": {"inner": {"events": [row]}}}}})


WRONG_TYPES: dict[str, tuple[object, ...]] = {
    "str": (None, 1, ["goldilocks"], "no such name"),
    "int": (None, -1, 1.0, True, "8"),
    "bool": (None, 0, "true"),
    "Histogram": (None, 3, "12", [1], [[1]], [[1, 2, 3]], [[1, -2]], [[1, 2.0]], [[True, 1]], [["1", 1]]),
}
FREE = {"curve", "purpose", "instance"}  # any text
EACH_KEY = [
    pytest.param(event, f.name, value, id=f"{event.kind}-{f.name}-{value}")
    for event in EXAMPLES
    for f in fields(event)
    for value in WRONG_TYPES.get(str(f.type), WRONG_TYPES["str"])
    if not (f.name in FREE and isinstance(value, str))
]


@pytest.mark.parametrize(("event", "key", "value"), EACH_KEY)
def test_each_wrong_key_is_named_with_its_phase(event: Event, key: str, value: object) -> None:
    row = {**event_to_json(event), "count": 1}
    assert Ledger.from_json(in_phase(row)).events() == {event: 1}
    with pytest.raises(InvalidInput, match=f"^phase commit/inner: {key}: must "):
        Ledger.from_json(in_phase({**row, key: value}))


ROW = {"event": "ntt", "field": "goldilocks", "n": 8, "count": 1}
FOLD = {"event": "fri_fold", "field": "goldilocks", "size": 8, "arity": 2, "count": 1}
BAD_ROWS: dict[str, tuple[object, str]] = {
    "no object": ("ntt", "an event must be an object; got 'ntt'"),
    "no count": ({**ROW, "count": None}, "`count` of an event must be a whole number, 0 or more; got None"),
    "negative count": ({**ROW, "count": -1}, "`count` of .*; got -1"),
    "true count": ({**ROW, "count": True}, "`count` of .*; got True"),
    "half a count": ({**ROW, "count": 0.5}, "`count` of .*; got 0.5"),
    "no kind": ({"n": 8, "count": 1}, "event: must be one of ntt, msm, .*, bytes; got None"),
    "unknown kind": ({**ROW, "event": "fft"}, "event: must be one of .*; got 'fft'"),
    "list of kinds": ({**ROW, "event": ["ntt"]}, r"event: must be one of .*; got \['ntt'\]"),
    "unknown key": ({**ROW, "size": 8}, "size: not a key of event 'ntt', which has field, n, coset, inverse"),
    "missing key": ({"event": "ntt", "n": 8, "count": 1}, "field: missing from event 'ntt', which has field, n,"),
    "missing size": ({"event": "ntt", "field": "goldilocks", "count": 1}, "n: missing from event 'ntt'"),
    "transform of 12": ({**ROW, "n": 12}, "n: a transform is of a power of two; got 12"),
    "transform of 0": ({**ROW, "n": 0}, "n: a transform is of a power of two; got 0"),
    "fold of 12": ({**FOLD, "size": 12}, "size: must be a power of two; got 12"),
    "fold by 0": ({**FOLD, "arity": 0}, "arity: must be a power of two between 2 and the size 8; got 0"),
    "fold by 6": ({**FOLD, "arity": 6}, "arity: must .*; got 6"),
    "fold beyond": ({**FOLD, "arity": 16}, "arity: must .*; got 16"),
    "hash": ({"event": "hash", "instance": "poseidon2/goldilocks/9", "count": 1}, "instance: must be one of poseidon2/"),
}


@pytest.mark.parametrize(("row", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_bad_rows_are_refused(row: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^phase commit/inner: {message}"):
        Ledger.from_json(in_phase(row))


def nested(depth: int) -> str:
    phases: dict[str, Any] = {}
    for _ in range(depth):
        phases = {"phases": {"p": phases}}
    return json.dumps({"format": FORMAT, **phases})


BAD_FILES = {
    "empty": ("", "^ledger: must be JSON; got an error at line 1"),
    "cut": ('{"format":\n"x', "^ledger: must be JSON; got an error at line 2"),
    "list": ("[]", "^ledger: `format` must be 'prover-markets ledger 1'; got 'list'"),
    "no format": ("{}", "^ledger: `format` must be .*; got None"),
    "other format": ('{"format": "ledger 2"}', "^ledger: `format` must be .*; got 'ledger 2'"),
    "more keys": (json.dumps({"format": FORMAT, "event": []}), "^phase root: must hold `events` and `phases` only"),
    "events": (json.dumps({"format": FORMAT, "events": {}}), "^phase root: `events` must be a list and `phases` an object"),
    "phases": (json.dumps({"format": FORMAT, "phases": []}), "^phase root: `events` must be a list and `phases` an object"),
    "a phase": (json.dumps({"format": FORMAT, "phases": {"a": 3}}), "^phase a: must hold"),
    "digits": (f'{{"format": {"1" * 5000}}}', "^ledger: must be JSON with numbers and depth within reason"),
    "brackets": ("[" * 100_000, "^ledger: must be JSON with numbers and depth within reason"),
    "deep": (nested(DEEPEST + 1), "^phase p: must not be nested more than 100 deep"),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files_are_refused(text: str, message: str) -> None:
    assert Ledger.from_json(nested(DEEPEST)) == Ledger()
    with pytest.raises(InvalidInput, match=message):
        Ledger.from_json(text)
