r"""Two buyers in an all-pay auction: values that bid alike, and their bids.

With $\varphi_i(b)$ the value that bids $b$, indifference asks $\varphi_i\,dF_j(\varphi_j)=db$ of both, so that
$dF_1/\varphi_1=dF_2/\varphi_2$: values meet where the *clocks* $\Phi_i(y)=\int_y^{h_i}dF_i/x$ agree, which begin at the highest
values. With the clock $t$ as variable $-db=y_1y_2\,dt$; bids end at the reserve, where no mass of one buyer is left, or where one
of the two that meet just recovers the reserve. In $K=-\log F$ a clock has the integrand $e^{-K}/y$, smooth down to values of 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria._panels import Panels
from equilibria.hazards_of_values import hazard, value
from mechanisms import SolverFailure
from mechanisms.distributions import Distribution

__all__ = ["AllPayBids", "AllPayPair", "MassClock", "Meeting"]

Array = NDArray[np.float64]

LAST = 64.0
"""-log F of values below which next to nobody is."""

MOST = 4001
"""Pairs that a file may hold."""

FAINT = 1e-280
"""A value below which no clock is followed: one over it is no number any more."""

NEXT_TO_NOBODY = 1e-13
"""The chance of lower values up to which, without a reserve, all are said to take part."""


@dataclass(frozen=True, slots=True)
class AllPayPair:
    """The equilibrium of two buyers whose laws differ, by the integrals at whose equal values they bid alike.

    Example:
        >>> from equilibria import solve
        >>> from mechanisms import AllPay, Sale, Uniform
        >>> equilibrium = solve(AllPay(), Sale({"a": Uniform(0, 1), "b": Uniform(0, 2)}))
        >>> equilibrium.solver, equilibrium.status, round(equilibrium.expected_payment.midpoint, 9)
        ('AllPayPair()', 'proved', 0.433333333)

    References:
        Amann and Leininger (1996), Games and Economic Behavior 14.
    """


@dataclass(frozen=True, slots=True, eq=False)
class MassClock:
    """Phi of one law, from its highest value down; its panels are in -log F."""

    law: Distribution
    mirror: Distribution
    panels: Panels

    @classmethod
    def of(cls, law: Distribution) -> MassClock:
        """The clock of a law of values of at least 0."""
        mirror = law.reflected()
        knots = [float(hazard(mirror, -k)) for k in law.knots[1:-1]]
        depths = np.arange(1.0, LAST + 1.0 if law.support[0] == 0.0 else 41.0)
        depths = depths[-value(mirror, depths) > FAINT]
        edges = np.concatenate([[0.0], 0.5 ** np.arange(120.0), depths, knots])
        edges = np.unique(edges[np.isfinite(edges)])
        edges = edges[np.concatenate([[True], np.diff(edges) > 1e-15 * edges[1:]])]

        def pace(x: Array) -> Array:
            return np.exp(-x) / -value(mirror, x)

        return cls(law, mirror, Panels.of(pace, edges))

    def depth(self, values: ArrayLike) -> Array:
        """-log F of values."""
        return hazard(self.mirror, -np.asarray(values, dtype=np.float64))

    def at(self, values: ArrayLike) -> Array:
        """Phi at values."""
        return self.panels(np.minimum(self.depth(values), self.panels.edges[-1]))

    def value(self, times: ArrayLike) -> Array:
        """The value that the clock has reached."""
        low, high = self.law.support
        return np.clip(-value(self.mirror, self.panels.inverse(np.asarray(times, dtype=np.float64))), low, high)


@dataclass(frozen=True, eq=False)
class Meeting:
    """Which values bid alike, and from which on.

    Arguments:
        clocks: of the two.
        reserve: the least bid.
        stop: the clock at which bids end.
        entries: the least value of each that takes part.
    """

    clocks: tuple[MassClock, MassClock]
    reserve: float
    stop: float
    entries: tuple[float, float]

    @classmethod
    def of(cls, laws: Sequence[Distribution], reserve: float) -> Meeting:
        """Follow the values that meet down to where one of them is the lowest, or just recovers the reserve."""
        first, second = (MassClock.of(law) for law in laws)
        stop = float(min(first.panels.totals[-1], second.panels.totals[-1]))
        if reserve > 0.0:
            from scipy.optimize import brentq

            def excess(t: float) -> float:
                y1, y2 = (float(clock.value([t])[0]) for clock in (first, second))
                return min(y2 * float(first.law.cdf(y1)), y1 * float(second.law.cdf(y2))) - reserve

            if excess(stop) < 0.0:  # else the reserve is below what anybody's lowest value expects that is followed
                stop = float(brentq(excess, 0.0, stop, xtol=1e-300, rtol=8.9e-16))
        starts = [float(clock.value([stop])[0]) for clock in (first, second)]
        chances = [float(law.cdf(start)) for law, start in zip(laws, starts, strict=True)]
        entries = [
            law.support[0] if reserve == 0.0 and chance < NEXT_TO_NOBODY else start
            for law, chance, start in zip(laws, chances, starts, strict=True)
        ]
        if reserve > 0.0:
            # the one whose start more than recovers the reserve takes part from lower values on, at the reserve
            k = int(starts[0] * chances[1] < starts[1] * chances[0])
            entries[k] = min(starts[k], max(laws[k].support[0], reserve / chances[1 - k]))
        return cls((first, second), reserve, stop, (entries[0], entries[1]))

    @cached_property
    def starts(self) -> tuple[float, float]:
        """The lowest values that bid more than the reserve."""
        first, second = (float(clock.value([self.stop])[0]) for clock in self.clocks)
        return first, second

    @cached_property
    def falls(self) -> Panels:
        """By how much bids are below the highest, as a function of the clock."""
        edges = np.unique(np.concatenate([clock.panels.totals for clock in self.clocks]))
        edges = np.append(edges[edges < self.stop * (1.0 - 1e-13)], self.stop)
        edges = edges[np.concatenate([[True], np.diff(edges) > 1e-14 * (1e-3 + edges[1:])])]
        first, second = self.clocks
        return Panels.of(lambda t: first.value(t) * second.value(t), edges)

    def pairs(self) -> tuple[list[float], list[float]]:
        """Values that meet, rising, an odd number, close enough for Taylor series about the singular ends of the laws.

        Raises:
            SolverFailure: too many, or too few that doubles tell apart.
        """
        from equilibria._all_pay_grid import all_pay_grid

        found = all_pay_grid(self.clocks, self.stop)
        if not 3 <= len(found[0]) <= MOST or any(min(np.diff(values)) <= 0.0 for values in found):
            raise SolverFailure(
                "values that bid alike are too close together for doubles to tell apart, or too many are needed: nearly all "
                "stay out, or a law has most of its mass at its ends. Lower the reserve, or use smoother laws."
            )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class AllPayBids:
    """The bids of one of two buyers, `own` in market order."""

    meeting: Meeting
    own: int

    @property
    def _clock(self) -> MassClock:
        return self.meeting.clocks[self.own]

    @property
    def _out(self) -> float:
        """A bid that is not accepted."""
        return 0.0 if self.meeting.reserve > 0.0 else -1.0

    def __call__(self, values: ArrayLike) -> Array:
        """Bids of an array of values, same shape; one below the reserve for a value that does not take part, NaN outside."""
        v = np.asarray(values, dtype=np.float64)
        low, high = self._clock.law.support
        inside, falls = np.clip(v, low, high), self.meeting.falls
        above = falls.totals[-1] - falls(np.minimum(self._clock.at(inside), self.meeting.stop))
        bids = self.meeting.reserve + np.maximum(above, 0.0)
        bids = np.where(inside < self.meeting.entries[self.own], self._out, bids)
        return np.where((v < low) | (v > high), np.nan, bids)

    @property
    def knots(self) -> Array:
        """The entry, where pieces of either law meet, and the highest value."""
        rival = self.meeting.clocks[1 - self.own]
        met = self._clock.value(rival.at(np.array(rival.law.knots[1:-1]))) if len(rival.law.knots) > 2 else np.array([])
        entry = self.meeting.entries[self.own]
        mine = np.array([k for k in self._clock.law.knots if k > entry])
        return np.unique(np.concatenate([[entry], mine, met[met > entry]]))

    def inverse(self, bids: ArrayLike) -> Array:
        """The value that makes a bid; the lowest that takes part for the reserve, NaN above the highest bid."""
        b = np.asarray(bids, dtype=np.float64)
        falls = self.meeting.falls
        down = falls.totals[-1] - (b - self.meeting.reserve)
        found = self._clock.value(falls.inverse(np.clip(down, 0.0, falls.totals[-1])))
        entry, low = self.meeting.entries[self.own], self._clock.law.support[0]
        found = np.where(b > self.meeting.reserve, found, np.where(b > self._out, entry, low))
        return np.where(np.isnan(b) | (down < -1e-15 * (1.0 + falls.totals[-1])), np.nan, found)
