"""Properties by name."""

from __future__ import annotations

from equilibria.proofs.obligations import Property
from equilibria.proofs.properties.dsic import DSIC
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["PROPERTIES", "property_of"]

PROPERTIES: dict[str, Property] = {"dsic": DSIC()}
"""What a name stands for where no parameters are given."""


def property_of(given: object) -> Property:
    """A property, or what its name stands for.

    Raises:
        InvalidInput: it is neither.
    """
    if isinstance(given, Property):
        return given
    if isinstance(given, str) and given in PROPERTIES:
        return PROPERTIES[given]
    raise InvalidInput(f"property must be a Property or one of {', '.join(PROPERTIES)}; got {shown(given)}.")
