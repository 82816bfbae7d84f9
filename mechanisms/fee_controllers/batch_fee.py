r"""A fee that rises when more batches are verified late than early: $f'=f\,q^{\max(-m,\min(m,s))}$."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.controller import FeeController, Money, Stability, loop

__all__ = ["BatchFee"]


@final
@dataclass(frozen=True, slots=True)
class BatchFee(FeeController):
    r"""The multiplicative controller of Polygon zkEVM's proof of efficiency.

    The signal $s$ is the number of batches verified later than the target less the number verified earlier, in one
    verification.

    Arguments:
        factor: the multiplier $q$ for each batch, above 1.
        most_batches: the greatest exponent $m$.
        least: the lower bound of the fee, in tokens; positive.
        most: the upper bound.

    Raises:
        InvalidInput: naming the argument that is wrong.

    Notes:
        The contract rounds to $10^{-18}$ of a token; this does not. The gain is $g=\ln q$, so the loop is stable for a response
        below $2/\ln q$: a signal of at most twelve batches would have to turn from late to early within a few hundredths of a
        change of the fee for it to swing.

    Example:
        >>> rule = BatchFee()
        >>> [round(float(rule.step(1, signal)), 6) for signal in (12, -12, 40)]
        [1.024266, 0.976309, 1.024266]
        >>> rule.step(1000, 12)
        Fraction(1000, 1)

    References:
        0xPolygonHermez/zkevm-contracts, PolygonZkEVM.sol, _updateBatchFee.
    """

    kind = "batch_fee"

    factor: Fraction = Fraction(1002, 1000)
    most_batches: int = 12
    least: Fraction = Fraction(1, 10**9)
    most: Fraction = Fraction(1000)

    def __post_init__(self) -> None:
        for name in ("factor", "least", "most"):
            object.__setattr__(self, name, exact_amount(getattr(self, name), name, positive=True))
        if self.factor <= 1:
            raise InvalidInput(f"factor must be above 1; got {shown(self.factor)}. It raises the fee for each late batch.")
        if self.least > self.most:
            raise InvalidInput(f"least must be at most most; got {shown(self.least)} and {shown(self.most)}. Swap them.")
        if isinstance(self.most_batches, bool) or not isinstance(self.most_batches, int) or not 1 <= self.most_batches <= 1000:
            raise InvalidInput(f"most_batches must be a whole number from 1 to 1000; got {shown(self.most_batches)}.")

    def step(self, fee: Money, signal: Money) -> Fraction:
        """The next fee; the signal is a whole number of batches, late less early."""
        if isinstance(signal, bool) or not isinstance(signal, int):
            raise InvalidInput(f"signal must be a whole number of batches, late less early; got {shown(signal)}.")
        exponent = max(-self.most_batches, min(self.most_batches, signal))
        return min(max(exact_amount(fee, "fee") * self.factor**exponent, self.least), self.most)

    def stability(self, response: Money) -> Stability:
        r"""With the gain $\ln q$; the response is in batches per unit of the logarithm of the fee."""
        from flint import arb, fmpq

        ball = arb(fmpq(self.factor.numerator, self.factor.denominator)).log()
        gain = Enclosure(math.nextafter(float(ball.lower()), 0.0), math.nextafter(float(ball.upper()), math.inf))
        return loop(gain, response)
