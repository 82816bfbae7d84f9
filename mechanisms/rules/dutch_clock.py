r"""A reverse Dutch clock with a ramp and a lock: the price offered rises, and the first prover to lock it is paid it.

From the start $t_0$ on the price is

$$ p(t)=\begin{cases} \underline p & t\le t_0\\ \underline p+(t-t_0)(\bar p-\underline p)/r & t_0<t\le t_0+r\\
\bar p & t_0+r<t\le t_0+l\\ 0 & \text{later.}\end{cases} $$

A prover that waits for the price $b$ does what one that bids $b$ sealed does: the lowest $\max(b_i,\underline p)\le\bar p$ wins
and is paid that. It is a first-price auction with the reserve $\bar p$ in which bids below $\underline p$ are all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

import numpy as np

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import AskingPrice, Number, OfReport, Statement

__all__ = ["DutchClock"]


@final
@dataclass(frozen=True, slots=True)
class DutchClock(RankedMechanism):
    """The price climbs from `low` to `high` until a prover locks the request; a report is the price at which a prover locks.

    Arguments:
        low: price at the start, in money; at least 0.
        high: price at the end of the ramp, the highest report accepted; at least `low`.
        ramp: how long the price climbs, positive.
        lock: how long from the start the request may be delivered at its price, at least `ramp`; then the price is 0.
        start: when the price begins to climb, at least 0.
        tick: smallest unit of money, to which prices are rounded down; times are then whole and rounded up. None for a
            continuous clock.

    Raises:
        InvalidInput: an amount or a time is not finite or out of order.
        Refused: in a sale, whose clock falls: `FirstPrice` is its sealed form.

    Notes:
        The sealed form is that of a continuous clock, and leaves out what happens after locking. Whole numbers stay exact, of
        any length. Reports below `low` tie with it; equal ones: the first in market order wins. One prover alone waits for
        `high`.

    Example:
        >>> clock = DutchClock(100, 1000, ramp=600, lock=2500, tick=1)
        >>> [int(clock.price_at(t)) for t in (0, 1, 300, 600, 601, 2500, 2501)]
        [100, 101, 550, 1000, 1000, 1000, 0]
        >>> int(clock.time_at_price(101))
        1
        >>> from mechanisms import DutchClock, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1000), "bob": Uniform(0, 1000)})
        >>> dict(clock.outcome(market, {"alice": 550, "bob": 600}).payments)
        {'alice': Fraction(550, 1), 'bob': Fraction(0, 1)}

    References:
        Boundless, `Offer.sol` of its market contracts (price as a function of time); Vickrey (1961), Journal of Finance 16, for
        the equivalence.
    """

    kind = "dutch_clock"

    low: float | Fraction
    high: float | Fraction
    ramp: float | Fraction
    lock: float | Fraction
    start: float | Fraction = 0
    tick: float | Fraction | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high", "ramp", "lock", "start", "tick"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                self._check_amount(name, optional=name == "tick")
        for name, least in (("low", 0), ("start", 0), ("high", self.low), ("lock", self.ramp)):
            if getattr(self, name) < least:
                raise InvalidInput(f"{name} must be at least {shown(least)}; got {shown(getattr(self, name))}. Raise it.")
        for name in ("ramp", "tick"):
            if getattr(self, name) is not None and getattr(self, name) <= 0:
                raise InvalidInput(f"{name} must be positive; got {shown(getattr(self, name))}.")

    def price_at(self, time: float | Fraction) -> Any:
        """The price at a time, exact on whole numbers and `Fraction`."""
        number = float if isinstance(time, float) else Fraction
        low, high, ramp, start = (number(x) for x in (self.low, self.high, self.ramp, self.start))
        since = number(time) - start
        if since <= 0:
            return low
        if since > ramp:
            return high if since <= number(self.lock) else number(0)
        rise = since * (high - low) / ramp
        return low + (rise if self.tick is None else math.floor(rise / number(self.tick)) * number(self.tick))

    def time_at_price(self, price: float | Fraction) -> Any:
        """The first time from 0 on at which the price is `price` or more, exact on whole numbers and `Fraction`.

        Raises:
            InvalidInput: the price is never reached.
        """
        number = float if isinstance(price, float) else Fraction
        low, high, start = (number(x) for x in (self.low, self.high, self.start))
        if not number(price) <= high:
            raise InvalidInput(f"price must be at most {shown(self.high)}, the highest of this clock; got {shown(price)}.")
        if price <= low:
            return number(0)
        rise = number(price) - low
        if self.tick is None:
            return start + rise * number(self.ramp) / (high - low)
        tick = number(self.tick)
        return number(math.ceil(start + math.ceil(rise / tick) * tick * number(self.ramp) / (high - low)))

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        provers, low = len(market.labels), number(self.low)
        if number is float:

            def asked(report: Any) -> Any:
                return np.maximum(report, low)
        else:

            def asked(report: Any) -> Any:
                return max(report, low)

        return Statement(
            score=(_minus(asked),) * provers,
            outside=-number(self.high),
            payment=AskingPrice((asked,) * provers),
        )

    def mirrored(self) -> Self:
        raise Refused("DutchClock climbs to buy; the clock of a sale falls. Use FirstPrice, its sealed form, with a reserve.")


def _minus(asked: OfReport) -> OfReport:
    return lambda report: -asked(report)
