"""The public inputs that a verifier is told, checked the same way in every proof system."""

from __future__ import annotations

import numpy as np

from proving_cost.fields import PrimeField

__all__ = ["public_inputs"]


def public_inputs(said: object, count: int, field: PrimeField) -> tuple[int, ...] | None:
    """The inputs in order, as Python integers; None if they are not so many residues.

    Arguments:
        said: A list, a tuple, a range or an array of one axis, of integers in [0, p).  Nothing without an order passes,
            nothing that is not reduced, and no number that is no integer.
        count: How many there must be.
        field: The field that they are elements of.
    """
    if not isinstance(said, (list, tuple, range, np.ndarray)) or (isinstance(said, np.ndarray) and said.ndim != 1):
        return None
    values = list(said)
    if len(values) != count or not all(_is_whole(v) and 0 <= v < field.modulus for v in values):
        return None
    return tuple(int(v) for v in values)


def _is_whole(value: object) -> bool:
    return type(value) is int or (isinstance(value, np.integer) and value.dtype.kind in "iu")
