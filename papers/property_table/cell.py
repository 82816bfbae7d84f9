"""One cell of the table: what is published of a mechanism, and what is computed of it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

__all__ = ["Cell"]


@final
@dataclass(frozen=True, slots=True)  # in the order of the columns of the page, not by keyword: there are many
class Cell:
    """A property of a mechanism.

    Arguments:
        rule: the mechanism, as its source calls it.
        aspect: the property.
        published: what is said of it, `"-"` for nothing.
        mark: who says so: C its authors, M the literature from memory, S its source code, X a text that was read, 2 a summary of
            one; D that this toolkit must reproduce it.
        ours: computes the verdict of this toolkit; where there is none, the reason, in half a sentence.
        test: the test that reproduces the cell, as `file.py::test`.
        slow: whether the verdict takes more than about a third of a second.
    """

    rule: str
    aspect: str
    published: str
    mark: str
    ours: Callable[[], str] | str
    test: str = ""
    slow: bool = False

    @property
    def derived(self) -> bool:
        """Whether a test has to reproduce it."""
        return "D" in self.mark

    def verdict(self) -> str:
        """What this toolkit computes, in a few words."""
        return f"no verdict: {self.ours}" if isinstance(self.ours, str) else self.ours()
