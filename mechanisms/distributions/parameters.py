"""Checks of the parameters of distributions, each made once, at construction.

Every message begins with the name of the parameter, so that `from_spec` can put the path of the table in
front of it: `low must be ...` becomes `costs.alice.low must be ...`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from mechanisms.errors import InvalidInput

# Costs up to this, and at least its inverse apart, keep masses, densities and their ratios within doubles.
GREATEST = 1e150


def finite(value: object, name: str) -> float:
    """`value` as a finite double; booleans, text, NaN and infinities are refused by name."""
    number = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise InvalidInput(f"{name} must be a finite number; got {shown(value)}. Give an int or a float.")
    return number + 0.0


def positive(value: object, name: str) -> float:
    """`value` as a finite double above zero."""
    number = finite(value, name)
    if number <= 0.0:
        raise InvalidInput(f"{name} must be positive; got {number!r}. Give a number above 0.")
    return number


def ordered(low: object, high: object) -> tuple[float, float]:
    """The two ends of a support, checked: finite, `low < high`, and representable."""
    first, last = finite(low, "low"), finite(high, "high")
    if first >= last:
        advice = "Swap them." if first > last else "A cost that is known has no distribution."
        raise InvalidInput(f"low must be less than high; got low={first!r}, high={last!r}. {advice}")
    representable((first, last), ("low", "high"))
    return first, last


def finite_tuple(values: object, name: str) -> tuple[float, ...]:
    """A sequence of finite doubles as a tuple, each entry named by its index when it is wrong."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidInput(f"{name} must be a list of numbers; got {shown(values)}. Give [x0, x1, ...].")
    return tuple(finite(value, f"{name}[{index}]") for index, value in enumerate(values))


def strictly_increasing(values: tuple[float, ...], name: str) -> None:
    """Refuses a tuple of fewer than two entries or one that does not increase, naming the index."""
    if len(values) < 2:
        raise InvalidInput(f"{name} must have at least two entries; got {len(values)}. Give both ends.")
    for index in range(1, len(values)):
        if not values[index - 1] < values[index]:
            raise InvalidInput(
                f"{name} must be strictly increasing; got {name}[{index - 1}]={values[index - 1]!r}, "
                f"{name}[{index}]={values[index]!r}. Sort them and merge ties."
            )


def representable(values: Sequence[float], names: Sequence[str]) -> None:
    """Refuses increasing costs so large or so close that densities would leave the range of doubles."""
    for name, value in zip(names, values, strict=True):
        if abs(value) > GREATEST:
            raise InvalidInput(f"{name} must lie within 1e150 of 0; got {value!r}. Use a larger unit.")
    for name, left, right in zip(names[1:], values[:-1], values[1:], strict=True):
        if right - left < 1.0 / GREATEST:
            raise InvalidInput(
                f"{name} must be at least 1e-150 above its neighbour; got {right!r} after {left!r}. "
                "Use a smaller unit."
            )


def between(value: object, name: str, least: float, greatest: float) -> float:
    """`value` as a double in a closed range, outside which special functions lose their digits."""
    number = finite(value, name)
    if not least <= number <= greatest:
        raise InvalidInput(
            f"{name} must lie in [{least:g}, {greatest:g}]; got {number!r}. "
            "Beyond it the distribution is not computed to full accuracy."
        )
    return number


def unit_levels(cdf: tuple[float, ...], points: tuple[float, ...]) -> None:
    """Refuses cdf levels that do not match the points or do not run from 0 to 1."""
    if len(cdf) != len(points):
        raise InvalidInput(
            f"cdf must have one entry for each of the {len(points)} points; got {len(cdf)}. "
            "Give the probability of a cost at or below each point."
        )
    if cdf[0] != 0.0 or cdf[-1] != 1.0:
        raise InvalidInput(
            f"cdf must begin with 0 and end with 1; got cdf[0]={cdf[0]!r}, cdf[{len(cdf) - 1}]={cdf[-1]!r}. "
            "Add the ends of the support to points."
        )


def frozen_array(values: Iterable[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A read-only array for kernels, kept beside the tuple that is the parameter."""
    array = np.array(tuple(values), dtype=np.float64)
    array.setflags(write=False)
    return array


def shown(value: object) -> str:
    """`repr`, shortened, so that a message stays one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
