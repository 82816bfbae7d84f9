r"""A fee that a rule moves from round to round, by what it sees.

A controller maps a fee and a signal to the next fee, $f'=\Phi(f,s)$, exactly on rationals. What the signal is, the rule says:
how many batches came late, how full a block was, what was paid. Closing the loop takes the signal's answer to the fee. Where
the signal falls by $r$ when the logarithm of the fee rises by 1, and a unit of signal raises the logarithm of the next fee by
$g$ at the fixed point,

$$ \frac{d\ln f'}{d\ln f}=1-gr , $$

so the fixed point is stable for $0<gr<2$, and the fee does not overshoot for $gr\le1$.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal, final

from mechanisms.amounts import exact_amount
from mechanisms.enclosure import Enclosure

__all__ = ["FeeController", "Money", "Stability", "loop"]

Money = Fraction | int | float | str
Status = Literal["stable", "overshoots", "neutral", "unstable", "unknown"]


@final
@dataclass(frozen=True, slots=True)
class Stability:
    """How a deviation from the fixed point goes on.

    Arguments:
        multiplier: of a small deviation of the logarithm of the fee, from round to round.
        threshold: the answer $r$ of the signal below which the fixed point is stable.
        status: `"stable"` (dies out from one side), `"overshoots"` (dies out, swinging), `"neutral"`, `"unstable"`, or
            `"unknown"` where the enclosure of the multiplier does not decide.
    """

    multiplier: Fraction | Enclosure
    threshold: Fraction | Enclosure
    status: Status


class FeeController(ABC):
    """A rule $f'=\\Phi(f,s)$; abstract, its subclasses are final."""

    __slots__ = ()

    kind: ClassVar[str]

    @abstractmethod
    def step(self, fee: Money, signal: Money) -> Fraction:
        """The next fee after one signal, exactly."""

    @abstractmethod
    def stability(self, response: Money) -> Stability:
        """How deviations go on if the signal falls by `response` when the logarithm of the fee rises by 1."""

    def response(self, fee: Money, signals: Iterable[Money]) -> tuple[Fraction, ...]:
        """The fees after each of several signals, exactly; the step response for a constant signal."""
        path = []
        current = exact_amount(fee, "fee")
        for signal in signals:
            current = self.step(current, signal)
            path.append(current)
        return tuple(path)


def loop(gain: Fraction | Enclosure, response: Money) -> Stability:
    r"""The stability of $1-gr$ with the threshold $2/g$.

    Example:
        >>> loop(Fraction(1, 8), 4).multiplier, loop(Fraction(1, 8), 4).threshold
        (Fraction(1, 2), Fraction(16, 1))
    """
    r = exact_amount(response, "response")
    if isinstance(gain, Fraction):
        multiplier = 1 - gain * r
        return Stability(multiplier, 2 / gain, _status(multiplier, multiplier))
    low, high = Fraction(gain.lower), Fraction(gain.upper)
    ends = (1 - high * r, 1 - low * r)
    if r == 0:
        return Stability(Fraction(1), Enclosure.around(2 / high, 2 / low), "neutral")
    return Stability(Enclosure.around(*ends), Enclosure.around(2 / high, 2 / low), _status(*ends))


def _status(least: Fraction, most: Fraction) -> Status:
    if least == most and abs(least) == 1:
        return "neutral"
    if least >= 0 and most < 1:
        return "stable"
    if least > -1 and most < 0:
        return "overshoots"
    return "unstable" if most < -1 or least > 1 else "unknown"
