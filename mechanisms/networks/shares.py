"""Basis points, in which several networks write their shares."""

from __future__ import annotations

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["BASIS_POINTS", "basis_points"]

BASIS_POINTS = 10_000


def basis_points(value: object, name: str, most: int) -> int:
    """`value` as a whole number of basis points.

    Raises:
        InvalidInput: it is none from 0 to `most`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidInput(f"{name} must be a whole number from 0 to {most}; got {shown(value)}. It counts basis points.")
    return value
