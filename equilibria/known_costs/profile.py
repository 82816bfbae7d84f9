"""What a finder returns: what the certificate states of an equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An equilibrium before it is certified.

    Attributes:
        stated: what the certificate holds under `profile`, as plain JSON values.
        solver: how it was found.
        complete: whether it is the only equilibrium, as far as theory says.
        notes: what else there is to say.
    """

    stated: Mapping[str, object]
    solver: str
    complete: bool
    notes: tuple[str, ...] = ()
