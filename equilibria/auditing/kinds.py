"""What a kind of deviation is.

To add one, write a class with `name`, `inapplicable` and `look` in a file of `equilibria/auditing/` and put an instance of it in
`registry.py`. A property that `verify` decides is one line there: a `ProvedKind`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equilibria.auditing.findings import Finding
    from equilibria.auditing.subject import Subject

__all__ = ["Kind"]


class Kind(ABC):
    """A kind of deviation."""

    name: str

    @abstractmethod
    def inapplicable(self, subject: Subject) -> str | None:
        """Why it has no meaning for a rule in a market, in half a sentence; None if it has one."""

    @abstractmethod
    def look(self, subject: Subject) -> Finding:
        """What is known about it there."""
