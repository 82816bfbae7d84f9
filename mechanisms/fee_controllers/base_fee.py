r"""A base fee that follows how full blocks are: $f'=f\,\bigl(1+\frac{u-1}{d}\bigr)$, with use $u$ as a multiple of the target."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.controller import FeeController, Money, Stability, loop

__all__ = ["BaseFee"]


@final
@dataclass(frozen=True, slots=True)
class BaseFee(FeeController):
    r"""The base fee of EIP-1559, from block to block.

    The signal $u$ is what a block holds over the target, from 0 to the elasticity.

    Arguments:
        denominator: $d$, at least 1.
        elasticity: the greatest use of a block as a multiple of the target, above 1.

    Raises:
        InvalidInput: naming the argument that is wrong.

    Notes:
        The gain is $g=1/d$: with demand of elasticity $r$ at the target the multiplier is $1-r/8$, stable for $r<16$ and
        without overshooting for $r\le8$. The chain rounds to whole units; this does not.

    Example:
        >>> rule = BaseFee()
        >>> rule.response(64, [2, 2, 0])
        (Fraction(72, 1), Fraction(81, 1), Fraction(567, 8))
        >>> rule.stability(20).status
        'unstable'

    References:
        EIP-1559; Roughgarden (2021), Transaction fee mechanism design, EC.
    """

    kind = "base_fee"

    denominator: Fraction = Fraction(8)
    elasticity: Fraction = Fraction(2)

    def __post_init__(self) -> None:
        for name in ("denominator", "elasticity"):
            object.__setattr__(self, name, exact_amount(getattr(self, name), name, positive=True))
        if self.denominator < 1:
            raise InvalidInput(f"denominator must be at least 1; got {shown(self.denominator)}.")
        if self.elasticity <= 1:
            raise InvalidInput(f"elasticity must be above 1; got {shown(self.elasticity)}.")

    def step(self, fee: Money, signal: Money) -> Fraction:
        """The next base fee; the signal is the use of the block over the target."""
        use = exact_amount(signal, "signal")
        if use > self.elasticity:
            raise InvalidInput(f"signal must be at most the elasticity {self.elasticity}; got {shown(signal)}.")
        return exact_amount(fee, "fee") * (1 + (use - 1) / self.denominator)

    def stability(self, response: Money) -> Stability:
        """With the gain 1/d; the response is the elasticity of demand at the target."""
        return loop(1 / self.denominator, response)
