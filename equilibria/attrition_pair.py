r"""Two buyers in a war of attrition: values that wait equally long, and their bids.

A value $y_i$ is a hazard $H=-\log(1-F_i(y_i))$; in it the *clock* $\Psi_i=\int dH/y_i(H)$ has an integrand that tends to $1/h_i$,
so that it is a polynomial on each of few panels, however close the value is to the highest. Values of equal clocks meet, and
with the clock $t$ as variable both bid $b(t)=r+\int_0^ty_1y_2\,dt$.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria._panels import Panels
from equilibria.hazards_of_values import hazard, value
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput

__all__ = ["AttritionPair", "Clock", "PairBids", "Waiting"]

Array = NDArray[np.float64]

LAST = 800.0
"""A hazard beyond those of all doubles below the highest value, nearly; later ones go on in a straight line."""

@dataclass(frozen=True, slots=True)
class AttritionPair:
    r"""Which member of the continuum of equilibria: whose values wait equally long.

    Arguments:
        alike: two levels of at least 0 and below 1, one of each law in market order; the values at these levels bid alike. With
            `(0, 0)` nobody gives up at once, with `(0.3, 0)` the first buyer does with the probability 0.3. None for `(0, 0)`
            where all values are positive, and for the medians, `(0.5, 0.5)`, otherwise.

    Raises:
        InvalidInput: not two such levels.

    Example:
        >>> from equilibria import AttritionPair, solve
        >>> from mechanisms import Sale, Uniform, WarOfAttrition
        >>> market = Sale({"a": Uniform(1, 2), "b": Uniform(1, 3)})
        >>> for level in (0, 0.5):
        ...     equilibrium = solve(WarOfAttrition(), market, AttritionPair((level, 0)))
        ...     print(equilibrium.status, round(equilibrium.expected_payment.midpoint, 9))
        proved 1.476797116
        proved 0.817228125

    References:
        Nalebuff and Riley (1985), Journal of Theoretical Biology 113; Fudenberg and Tirole (1986), Econometrica 54.
    """

    alike: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.alike is None:
            return
        levels = tuple(self.alike) if isinstance(self.alike, tuple | list) else ()
        good = len(levels) == 2 and all(isinstance(q, float | int) and not isinstance(q, bool) and 0 <= q < 1 for q in levels)
        if not good:
            raise InvalidInput(f"alike must be two levels of at least 0 and below 1, such as (0.5, 0.5); got {self.alike!r}.")
        object.__setattr__(self, "alike", (float(levels[0]), float(levels[1])))


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Psi of one law, from the hazard of its start."""

    law: Distribution
    start: float
    panels: Panels

    @classmethod
    def of(cls, law: Distribution, start: float) -> Clock:
        """The clock that starts at a value, which must be positive."""
        first = float(hazard(law, start))
        grades = np.concatenate([first + LAST * 0.5 ** np.arange(64), [first], first + np.arange(1.0, 40.0)])
        knots = [float(hazard(law, k)) for k in law.knots if start < k < law.support[1]]
        edges = np.unique(np.concatenate([grades, [k for k in knots if k > first]]))
        edges = edges[np.concatenate([[True], np.diff(edges) > 1e-15 * (1e-3 + edges[1:])])]
        return cls(law, start, Panels.of(lambda x: 1.0 / np.maximum(value(law, x), start), edges))

    def at(self, values: ArrayLike) -> Array:
        """Psi at values from the start on."""
        return self.panels(np.asarray(hazard(self.law, np.maximum(values, self.start))))

    def hazard(self, times: ArrayLike) -> Array:
        """The hazard that the clock has reached."""
        return self.panels.inverse(np.asarray(times, dtype=np.float64))

    def value(self, times: ArrayLike) -> Array:
        """The value that the clock has reached."""
        return np.maximum(value(self.law, self.hazard(times)), self.start)


@dataclass(frozen=True, eq=False)
class Waiting:
    """How long both wait.

    Arguments:
        clocks: of the two, from values that bid alike.
        reserve: the least bid.
        entries: the least value of each that takes part, at most that of the start of its clock.
    """

    clocks: tuple[Clock, Clock]
    reserve: float
    entries: tuple[float, float]

    @cached_property
    def bids(self) -> Panels:
        """The bid above the reserve as a function of the clock."""
        totals = [clock.panels.totals for clock in self.clocks]
        edges = np.unique(np.concatenate(totals))
        edges = edges[edges <= min(float(each[-1]) for each in totals)]
        edges = edges[np.concatenate([[True], np.diff(edges) > 1e-13 * (1e-3 + edges[1:])])]
        first, second = self.clocks
        return Panels.of(lambda t: first.value(t) * second.value(t), edges)

    def pairs(self) -> tuple[list[float], list[float]]:
        """Values that meet, an odd number, close enough for Taylor series about the singular ends of the laws."""
        from equilibria._meeting_grid import meeting_grid

        return meeting_grid(*self.clocks)


@dataclass(frozen=True, slots=True, eq=False)
class PairBids:
    """The bids of one of two buyers, `own` in market order."""

    waiting: Waiting
    own: int

    @property
    def _clock(self) -> Clock:
        return self.waiting.clocks[self.own]

    @property
    def _out(self) -> float:
        """A bid that is not accepted."""
        return 0.0 if self.waiting.reserve > 0.0 else -1.0

    def __call__(self, values: ArrayLike) -> Array:
        """Bids of an array of values, same shape; one below the reserve for a value that does not take part, infinity at the
        top, NaN outside."""
        v = np.asarray(values, dtype=np.float64)
        law, entry = self._clock.law, self.waiting.entries[self.own]
        low, high = law.support
        inside = np.clip(v, low, high)
        with np.errstate(invalid="ignore"):
            bids = self.waiting.reserve + np.maximum(self.waiting.bids(np.minimum(self._clock.at(inside), 1e300)), 0.0)
        rival = 1 - self.own
        strict = self.waiting.entries[rival] < self.waiting.clocks[rival].start
        out = (inside < entry) | (strict & (inside == entry))
        bids = np.where(out, self._out, np.where(inside == high, np.inf, bids))
        return np.where((v < low) | (v > high), np.nan, bids)

    @property
    def knots(self) -> Array:
        """The start, where pieces of either law meet, and the highest value."""
        rival = self.waiting.clocks[1 - self.own]
        met = self._clock.value(rival.at([k for k in rival.law.knots if rival.start < k < rival.law.support[1]]))
        own = [k for k in self._clock.law.knots if k > self._clock.start]
        return np.unique(np.concatenate([[self._clock.start], met, own]))

    def inverse(self, bids: ArrayLike) -> Array:
        """The lowest value that bids at least each of an array of bids, same shape."""
        b = np.asarray(bids, dtype=np.float64)
        above = b - self.waiting.reserve
        found = self._clock.value(self.waiting.bids.inverse(np.maximum(above, 0.0)))
        entry = self.waiting.entries[self.own]
        low = np.where(b > self._out, entry, self._clock.law.support[0])
        return np.where(np.isnan(b), np.nan, np.where(above > 0.0, found, low))
