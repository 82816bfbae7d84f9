"""Events as JSON objects, and back: only what the closed forms cover is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from mechanisms.errors import InvalidInput
from proving_cost.fields import field_named
from proving_cost.ledger.events import EVENTS, Event, FriFold, Hash, Histogram, Ntt, SumcheckRound

__all__ = ["event_from_json", "event_to_json"]


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as a JSON object; `event` names its kind."""
    return {"event": event.kind, **asdict(event)}


def event_from_json(data: Mapping[str, Any]) -> Event:
    """The inverse of `event_to_json`.

    Raises:
        InvalidInput: The kind is unknown, or a key is missing, unknown, of the wrong type, or a value that the
            closed form of the kind does not cover.
    """
    kind = data.get("event")
    cls = EVENTS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise InvalidInput(f"event: must be one of {', '.join(EVENTS)}; got {kind!r}.")
    values = {k: v for k, v in data.items() if k != "event"}
    must_be = _types(cls)
    keys = ", ".join(must_be)
    for key in values:
        if key not in must_be:
            raise InvalidInput(f"{key}: not a key of event {kind!r}, which has {keys}.")
    for f in fields(cls):
        if f.name not in values and f.default is MISSING:
            raise InvalidInput(f"{f.name}: missing from event {kind!r}, which has {keys}.")
    event = cls(**{key: _checked(key, value, must_be[key]) for key, value in values.items()})
    _check_sizes(event)
    return event


def _types(cls: type[Event]) -> Mapping[str, Any]:
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls)}


def _checked(key: str, value: object, must_be: Any) -> Any:
    """The value of a key, if it is one."""
    if must_be == Histogram:
        return _histogram(value)
    if get_origin(must_be) is Literal:
        if value not in get_args(must_be):
            raise InvalidInput(f"{key}: must be one of {', '.join(get_args(must_be))}; got {value!r}.")
    elif type(value) is not must_be or (isinstance(value, int) and value < 0):
        raise InvalidInput(f"{key}: must be of type {must_be.__name__}, not negative; got {value!r}.")
    if key == "field":
        field_named(str(value))
    return value


def _check_sizes(event: Event) -> None:
    """Whether the closed form is one of these sizes and this instance."""
    match event:
        case Ntt(n=n) if not _is_power_of_two(n):
            raise InvalidInput(f"n: a transform is of a power of two; got {n}.")
        case SumcheckRound(size=size) | FriFold(size=size) if not _is_power_of_two(size):
            raise InvalidInput(f"size: must be a power of two; got {size}.")
        case FriFold(arity=arity) if not (_is_power_of_two(arity) and 2 <= arity <= event.size):
            raise InvalidInput(f"arity: must be a power of two between 2 and the size {event.size}; got {arity}.")
        case Hash():
            event.operations()


def _is_power_of_two(n: int) -> bool:
    return n > 0 and n & (n - 1) == 0


def _histogram(value: object) -> Histogram:
    message = "scalar_bits: must be a list of pairs [bit length, how many], not negative"
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"{message}; got {value!r}.")
    for pair in value:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or any(type(v) is not int or v < 0 for v in pair):
            raise InvalidInput(f"{message}; got {pair!r}.")
    return tuple((int(b), int(k)) for b, k in value)
