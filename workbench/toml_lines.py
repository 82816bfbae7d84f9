"""Where each key of a TOML text stands.

`tomllib` gives values without places. This scanner walks a text that `tomllib` has accepted, so it need not notice
errors, and records the line of every key: of tables, arrays of tables, dotted keys, entries of arrays and inline
tables. Strings of all four kinds and comments are stepped over.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Keys and array indices from the top of the file to a value."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_STRING = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|'[^']*\'''', re.DOTALL
)  # a closing run may hold up to two quotes that belong to the string
_BARE = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key and array entry of a valid TOML text.

    Arguments:
        text: accepted by `tomllib.loads`.

    Returns:
        Lines by path. A table that has a header of its own stands at it, any other where it is first mentioned.

    Example:
        >>> key_lines('[market.costs.a]\\nkind = "uniform"')["market", "costs", "a", "kind"]
        2
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.mentioned | scanner.stated


def shown_path(path: KeyPath) -> str:
    """A path as error messages write it: `market.value.parts[0].weight`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    breaks: list[int] = field(default_factory=list)
    stated: dict[KeyPath, int] = field(default_factory=dict)
    mentioned: dict[KeyPath, int] = field(default_factory=dict)
    lengths: dict[KeyPath, int] = field(default_factory=dict)  # of arrays of tables, so far

    def __post_init__(self) -> None:
        self.breaks = [match.start() for match in re.finditer("\n", self.text)]

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match is not None, "the text was accepted by tomllib"
        self.at = match.end()
        return match.group()

    def line(self) -> int:
        return bisect_right(self.breaks, self.at - 1) + 1 if self.at else 1

    def key(self) -> list[str]:
        """A key, dotted or not, with the white space around it."""
        parts = []
        while True:
            self.skip(_SPACE)
            part = self.skip(_KEY)
            parts.append(tomllib.loads(f"k = {part}")["k"] if part[0] in "\"'" else part)
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def header(self) -> KeyPath:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        line = self.line()
        self.at += brackets
        parts = self.key()
        self.at += brackets
        path: KeyPath = ()
        for part in parts[:-1]:
            path = (*path, part)
            self.mentioned.setdefault(path, line)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        path = (*path, parts[-1])
        if brackets == 2:
            self.stated.setdefault(path, line)
            count = self.lengths[path] = self.lengths.get(path, 0) + 1
            path = (*path, count - 1)
        self.stated[path] = line
        return path

    def pair(self, table: KeyPath) -> None:
        line = self.line()
        path = table
        for part in self.key():
            path = (*path, part)
            self.mentioned.setdefault(path, line)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: KeyPath) -> None:
        sign = self.text[self.at]
        if sign in "\"'":
            self.skip(_STRING)
        elif sign in "[{":
            self.at += 1
            self.skip(_BLANK)
            index = 0
            while self.text[self.at] not in "]}":
                if sign == "[":
                    self.mentioned[*path, index] = self.line()
                    self.value((*path, index))
                    index += 1
                else:
                    self.pair(path)
                self.skip(_BLANK)
                if self.text[self.at] == ",":
                    self.at += 1
                    self.skip(_BLANK)
            self.at += 1
        else:
            self.skip(_BARE)
