"""Plain values as TOML, for market files: nothing in the standard library writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["market_text", "toml_value"]

BARE = re.compile(r"[A-Za-z0-9_-]+")


def market_text(tables: Mapping[str, Mapping[str, object]], comment: str = "") -> str:
    """A market file.

    Arguments:
        tables: what each table holds, as `spec()` returns it.
        comment: written above, a line each.

    Raises:
        InvalidInput: a value is no number, text, list or mapping of such.

    Example:
        >>> print(market_text({"mechanism": {"kind": "posted_price", "price": 2.0}}, "An example."), end="")
        # An example.
        <BLANKLINE>
        [mechanism]
        kind = "posted_price"
        price = 2.0
    """
    parts = [f"# {line}".rstrip() + "\n" for line in comment.splitlines()]
    for name, table in tables.items():
        parts.append(f"\n[{_key(name)}]\n" if parts else f"[{_key(name)}]\n")
        for key, value in table.items():
            if isinstance(value, Mapping) and "kind" not in value:
                parts += [f"{_key(key)}.{_key(inner)} = {toml_value(entry)}\n" for inner, entry in value.items()]
            elif value is not None:
                parts.append(f"{_key(key)} = {toml_value(value)}\n")
    return "".join(parts)


def toml_value(value: object) -> str:
    """One value on one line.

    Example:
        >>> toml_value({"kind": "uniform", "low": 0.0, "two words": [True, "a"]})
        '{kind = "uniform", low = 0.0, "two words" = [true, "a"]}'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {toml_value(entry)}" for key, entry in value.items() if entry is not None) + "}"
    raise InvalidInput(f"value must be a number, text, a list or a mapping; got {shown(value)}. TOML has no other.")


def _key(name: object) -> str:
    text = str(name)
    return text if BARE.fullmatch(text) else toml_value(text)
