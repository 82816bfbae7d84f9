"""The rules that a spec may name: those of `mechanisms.rules`, and those that a user registers."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.mechanism import Mechanism

__all__ = ["catalogue", "register"]

Rule = TypeVar("Rule", bound=type[Mechanism])

_REGISTERED: dict[str, type[Mechanism]] = {}


def catalogue() -> tuple[type[Mechanism], ...]:
    """Every rule that a spec may name, at present."""
    from mechanisms.rules import RULES

    return (*RULES, *_REGISTERED.values())


def register(rule: Rule) -> Rule:
    """Let specs name a rule that stands in a file of one's own.

    Arguments:
        rule: a frozen dataclass that extends `Mechanism`, with a `kind` of its own. Registered once more under the same name, as
            when its file is run again, it replaces the earlier one.

    Returns:
        The rule, so that this is also a decorator.

    Raises:
        InvalidInput: it is none, has no kind, or the kind is taken.

    Notes:
        `verify`, `audit` and `compare` take any rule, registered or not. In this repository a rule is registered by its line in
        `mechanisms/rules/__init__.py` instead.

    Example:
        >>> from dataclasses import dataclass
        >>> @register
        ... @dataclass(frozen=True, slots=True)
        ... class Nothing(Mechanism):
        ...     kind = "nothing"
        >>> from mechanisms import mechanism_from_spec
        >>> mechanism_from_spec({"kind": "nothing"})
        Nothing()
    """
    from mechanisms.rules import RULES

    if not isinstance(rule, type) or not issubclass(rule, Mechanism) or not dataclasses.is_dataclass(rule):
        raise InvalidInput(f"rule must be a dataclass that extends Mechanism; got {shown(rule)}. Register the class.")
    kind = getattr(rule, "kind", None)
    if not isinstance(kind, str) or not kind.isidentifier():
        raise InvalidInput(f"kind of {rule.__name__} must be a word such as 'first_price'; got {shown(kind)}. Give it one.")
    taken = next((other for other in RULES if other.kind == kind), _REGISTERED.get(kind))
    if taken is not None and taken.__qualname__ != rule.__qualname__:
        raise InvalidInput(f"kind of {rule.__name__} must be new; got {kind!r}, which is {taken.__name__}. Choose another.")
    if taken in RULES and taken is not rule:
        raise InvalidInput(f"{rule.__name__} must have a name and a kind of its own; got those of the catalogue. Rename it.")
    if taken is not rule or kind in _REGISTERED:
        _REGISTERED[kind] = rule
    return rule
