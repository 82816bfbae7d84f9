"""Markets whose agents stand on two sides: the laws of both, checked, in one order."""

from __future__ import annotations

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["merged_sides"]


def merged_sides(**sides: object) -> dict[str, Distribution]:
    """The laws of all sides by label, side after side.

    Raises:
        InvalidInput: a side is no table of distributions, is empty, or shares a label with another.
    """
    laws: dict[str, Distribution] = {}
    for name, side in sides.items():
        if not isinstance(side, dict) or not side:
            raise InvalidInput(
                f"{name} must be a dict from labels to distributions with at least one entry; got {shown(side)}. "
                f"Give for example {name}={{'alice': Uniform(0, 1)}}."
            )
        for label, law in side.items():
            if not isinstance(label, str) or not label.strip():
                raise InvalidInput(f"{name} must have non-empty strings as labels; got {shown(label)}. Name the agent.")
            if not isinstance(law, Distribution):
                raise InvalidInput(f"{name}.{label} must be a distribution; got {shown(law)}. For example Uniform(0, 1).")
            if label in laws:
                raise InvalidInput(f"{name}.{label} must be a label of its own; another side has {label!r} too. Rename it.")
            laws[label] = law
    return laws
