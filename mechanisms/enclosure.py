r"""A number with its error: the closed interval that certainly holds it.

Every figure that carries an error (a certified gain, an expected payment, a value of a cdf) is an
`Enclosure`. Whoever makes one rounds outward: the lower end down, the upper end up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from mechanisms.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Enclosure:
    r"""A closed interval $[\underline{x}, \overline{x}]$ that contains the number meant.

    Arguments:
        lower: lower end, finite.
        upper: upper end, finite, at least `lower`.

    Raises:
        InvalidInput: an end is not a finite number, or the ends are in the wrong order.

    Example:
        >>> x = Enclosure(0.25, 0.75)
        >>> x.midpoint, x.width, 0.5 in x, -x
        (0.5, 0.5, True, Enclosure(lower=-0.75, upper=-0.25))
    """

    lower: float
    upper: float

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            end: object = getattr(self, name)
            try:
                number = float("nan") if isinstance(end, bool | str) else float(end)  # type: ignore[arg-type]
            except (TypeError, ValueError, OverflowError):
                number = math.nan
            if not math.isfinite(number):
                raise InvalidInput(f"{name} must be a finite number; got {end!r}. Enclosures are bounded.")
            object.__setattr__(self, name, number + 0.0)
        if self.lower > self.upper:
            raise InvalidInput(
                f"lower must be at most upper; got lower={self.lower!r}, upper={self.upper!r}. Swap them."
            )

    @classmethod
    def around(cls, lower: Fraction, upper: Fraction) -> Enclosure:
        """The least enclosure by doubles of the exact interval from `lower` to `upper`."""
        return cls(round_down(lower), round_up(upper))

    @property
    def midpoint(self) -> float:
        """The middle, rounded to nearest; always inside."""
        return min(max(0.5 * self.lower + 0.5 * self.upper, self.lower), self.upper)

    @property
    def width(self) -> float:
        """Upper end minus lower end, rounded up."""
        width = self.upper - self.lower
        if not math.isfinite(width) or Fraction(width) >= Fraction(self.upper) - Fraction(self.lower):
            return width
        return math.nextafter(width, math.inf)

    def __contains__(self, x: float | Fraction) -> bool:
        """Whether the number lies between the ends, both included (exact, also for a `Fraction`)."""
        return bool(self.lower <= x <= self.upper)

    def __iter__(self) -> Iterator[float]:
        """The two ends, so that `lower, upper = enclosure` reads well."""
        yield self.lower
        yield self.upper

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.upper, -self.lower)

    def __str__(self) -> str:
        return f"[{self.lower!r}, {self.upper!r}]"


def round_down(x: Fraction) -> float:
    """The largest double that is at most the exact `x`."""
    nearest = float(x)
    return nearest if Fraction(nearest) <= x else math.nextafter(nearest, -math.inf)


def round_up(x: Fraction) -> float:
    """The least double that is at least the exact `x`."""
    nearest = float(x)
    return nearest if Fraction(nearest) >= x else math.nextafter(nearest, math.inf)
