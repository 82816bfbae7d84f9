r"""A reference fee that is the exponential average of what was paid: $f'=f+w(s-1)f$, with the payment $s$ as a multiple of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.controller import FeeController, Money, Stability, loop

__all__ = ["MovingAverage"]

LEAST_WEIGHT = Fraction(1, 10_000)
"""Lighter payments would take longer than any market lives to move the average."""


@final
@dataclass(frozen=True, slots=True)
class MovingAverage(FeeController):
    r"""The average fee of Taiko's markets, which bounds the next bid.

    The signal $s$ is the fee of an assignment as a multiple of the average, at most the cap. A payment of amount $x$ makes
    $f'=(1-w)f+wx$; `after` says it in money.

    Arguments:
        weight: the weight $w$ of one payment, in [1/10000, 1]; 1/100 for $(99f+x)/100$, 1/1024 for the first designs.
        cap: the greatest fee as a multiple of the average.

    Raises:
        InvalidInput: naming the argument that is wrong.

    Notes:
        An average of 0 caps nothing and moves by no multiple: the first fee is unbounded under the rule as it was written,
        which a hard bound has to repair. If every fee is $\varphi$ times the average the average is multiplied by
        $1+w(\varphi-1)$: at the cap of 2 it doubles every 70 assignments, without any cost behind it.

    Example:
        >>> rule = MovingAverage()
        >>> rule.step(100, 2), rule.after(100, 150)
        (Fraction(101, 1), Fraction(201, 2))
        >>> rule.half_life, rule.doubling
        (69, 70)

    References:
        taikoxyz/taiko-mono 4de24bc908 (weight 1/100, cap 2) and b4c31cd856 (1/1024).
    """

    kind = "moving_average"

    weight: Fraction = Fraction(1, 100)
    cap: Fraction = Fraction(2)

    def __post_init__(self) -> None:
        for name in ("weight", "cap"):
            object.__setattr__(self, name, exact_amount(getattr(self, name), name, positive=True))
        if not LEAST_WEIGHT <= self.weight <= 1:
            raise InvalidInput(f"weight must lie in [1/10000, 1]; got {shown(self.weight)}. It is the weight of one payment.")
        if self.cap < 1:
            raise InvalidInput(f"cap must be at least 1; got {shown(self.cap)}. Below, the average can only fall.")

    def step(self, fee: Money, signal: Money) -> Fraction:
        """The next average; the signal is a payment as a multiple of the average."""
        multiple = exact_amount(signal, "signal")
        if multiple > self.cap:
            raise InvalidInput(f"signal must be at most the cap {self.cap}; got {shown(signal)}. No higher fee is allowed.")
        return exact_amount(fee, "fee") * (1 + self.weight * (multiple - 1))

    def after(self, fee: Money, payment: Money) -> Fraction:
        """The next average after a payment in money, whatever the cap."""
        return (1 - self.weight) * exact_amount(fee, "fee") + self.weight * exact_amount(payment, "payment")

    def stability(self, response: Money) -> Stability:
        """With the gain w; the response is how much payments, over the average, fall when the average rises."""
        return loop(self.weight, response)

    @property
    def half_life(self) -> int:
        """Payments of a new constant amount until at most half of the old deviation is left."""
        return _powers(1 - self.weight, lambda x: 2 * x <= 1)

    @property
    def doubling(self) -> int | None:
        """Assignments at the cap until the average has at least doubled; None if it never does."""
        growth = 1 + self.weight * (self.cap - 1)
        return None if growth == 1 else _powers(growth, lambda x: x >= 2)


def _powers(base: Fraction, reached: Callable[[Fraction], bool]) -> int:
    """The least count with `reached(base**count)`."""
    low, high = 0, 1
    while not reached(base**high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(base**middle) else (middle, high)
    return high
