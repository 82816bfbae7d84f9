"""Read a certificate: strict JSON, a digest over every digit, and typed access that names what is wrong.

A certificate is one JSON object. Numbers in it are the doubles nearest to what is written. The digest is the SHA-256 of a
canonical form (keys sorted, no white space) in which every number stands *as it was written*, so two spellings of one
double have different digests and no digit can be changed unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence

FORMAT = "prover-markets/certificate"
VERSION = 1


class Rejected(Exception):
    """The certificate is malformed, was altered, or states something that does not hold; the message says which."""


class _Written(str):
    """A number as it is spelled in the file."""

    __slots__ = ()


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table: dict[str, object] = {}
    for key, value in pairs:
        if key in table:
            raise Rejected(f"key {key!r} occurs twice in one object; each may occur once")
        table[key] = value
    return table


def _refuse_constant(name: str) -> object:
    raise Rejected(f"{name} is not a number that a certificate may hold")


def parse(text: str) -> dict[str, object]:
    """Parse JSON, keeping the spelling of every number.

    Args:
        text: a JSON object.

    Raises:
        Rejected: not JSON, not an object, a duplicate key, NaN or an infinity.
    """
    try:
        tree = json.loads(
            text,
            parse_float=_Written,
            parse_int=_Written,
            parse_constant=_refuse_constant,
            object_pairs_hook=_no_duplicates,
        )
    except (ValueError, RecursionError) as error:
        raise Rejected(f"not JSON: {error}") from None
    if not isinstance(tree, dict):
        raise Rejected(f"a certificate must be a JSON object; got {type(tree).__name__}")
    return tree


def _canonical(node: object) -> str:
    if isinstance(node, _Written):
        return str(node)
    if isinstance(node, Mapping):
        return "{" + ",".join(f"{json.dumps(key)}:{_canonical(node[key])}" for key in sorted(node)) + "}"
    if isinstance(node, list):
        numbers_only = all(type(item) is _Written for item in node)
        return "[" + ",".join(node if numbers_only else map(_canonical, node)) + "]"
    return json.dumps(node)


def digest(tree: Mapping[str, object]) -> str:
    """SHA-256 (hexadecimal) of the canonical form of a parsed certificate without its own `sha256` field."""
    body = {key: value for key, value in tree.items() if key != "sha256"}
    return hashlib.sha256(_canonical(body).encode()).hexdigest()


def sealed(document: Mapping[str, object]) -> str:
    """The text of a certificate: `document` as JSON, one line a key, with its digest added."""
    texts = {key: _spelled(value) for key, value in document.items() if key != "sha256"}
    # what `digest` makes of the parsed text, at once
    plain = "{" + ",".join(f"{json.dumps(key)}:{texts[key][1]}" for key in sorted(texts)) + "}"
    texts["sha256"] = _spelled(hashlib.sha256(plain.encode()).hexdigest())
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {text}" for key, (text, _) in texts.items()) + "\n}\n"


def _spelled(node: object) -> tuple[str, str]:
    """A value as JSON, for the file and in canonical form; the numbers of long lists are spelled once."""
    if isinstance(node, Mapping) and any(isinstance(value, list) for value in node.values()):
        texts = {key: _spelled(value) for key, value in node.items()}
        first = ", ".join(f"{json.dumps(key)}: {text}" for key, (text, _) in texts.items())
        last = ",".join(f"{json.dumps(key)}:{texts[key][1]}" for key in sorted(texts))
        return "{" + first + "}", "{" + last + "}"
    text = json.dumps(node, allow_nan=False)
    if '"' not in text:  # numbers and lists of them
        return text, text.replace(", ", ",")
    return text, json.dumps(node, sort_keys=True, separators=(",", ":"))


def field(node: object, key: str, where: str) -> object:
    """`node[key]`, or a rejection that names the place."""
    if not isinstance(node, Mapping):
        raise Rejected(f"{where} must be an object; got {type(node).__name__}")
    if key not in node:
        raise Rejected(f"{where}.{key} is missing")
    return node[key]


def only(node: Mapping[str, object], keys: Iterable[str], where: str) -> None:
    """Refuse keys that the checker does not read: they might mean something that it does not confirm."""
    allowed = set(keys)
    for key in node:
        if key not in allowed:
            raise Rejected(f"{where}.{key} is not known to the checker")


def mapping(node: object, where: str) -> Mapping[str, object]:
    """`node` as an object."""
    if not isinstance(node, Mapping):
        raise Rejected(f"{where} must be an object; got {type(node).__name__}")
    return node


def number(node: object, where: str) -> float:
    """`node` as a finite double."""
    if isinstance(node, bool) or not isinstance(node, (_Written, int, float)):
        raise Rejected(f"{where} must be a number; got {node!r:.40}")
    try:
        value = float(node)
    except (ValueError, OverflowError):
        raise Rejected(f"{where} must be a number; got {node!r:.40}") from None
    if not math.isfinite(value):
        raise Rejected(f"{where} must be finite; got {node!r:.40}")
    return value


def numbers(node: object, where: str, length: int | None = None) -> list[float]:
    """`node` as a list of finite doubles, of the given length if any."""
    if isinstance(node, (str, bytes)) or not isinstance(node, Sequence):
        raise Rejected(f"{where} must be a list of numbers; got {type(node).__name__}")
    if length is not None and len(node) != length:
        raise Rejected(f"{where} must have {length} entries; got {len(node)}")
    try:  # at once, but for what is no number
        values = [float(item) for item in node if type(item) in (float, int, _Written)]
        if len(values) == len(node) and all(map(math.isfinite, values)):
            return values
    except (ValueError, OverflowError):
        pass
    return [number(item, f"{where}[{index}]") for index, item in enumerate(node)]


def integer(node: object, where: str) -> int:
    """`node` as an integer."""
    value = number(node, where)
    if value != int(value):
        raise Rejected(f"{where} must be an integer; got {value!r}")
    return int(value)


def string(node: object, where: str) -> str:
    """`node` as a string (and not a number)."""
    if isinstance(node, _Written) or not isinstance(node, str):
        raise Rejected(f"{where} must be a string; got {node!r:.40}")
    return node
