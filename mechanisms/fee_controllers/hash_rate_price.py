r"""A price that is high when provers are away: $p=a\,\frac{M+1}{h+\varepsilon}$, hash rate $h$, moving average $M$.

The state that a controller keeps is the average $M$; the price is read off it and the hash rate. With $h$ answering the price
with elasticity $\eta$, the deviations of $\ln h$ and $\ln M$ at the fixed point $M=h$ follow

$$ \begin{pmatrix}m'\\ k'\end{pmatrix}=\begin{pmatrix}1-w&w\\ \eta A&-\eta B\end{pmatrix}\begin{pmatrix}m\\k\end{pmatrix},
\qquad A=\frac{M}{M+1},\quad B=\frac{h}{h+\varepsilon}, $$

with determinant $-\eta((1-w)B+wA)\le0$: both eigenvalues are real, of opposite sign. The positive one is below 1 since
$A\le B$ for $\varepsilon\le1$, and the negative one above $-1$ if and only if $\eta\,((2-w)B+wA)<2-w$: that is the threshold.
In a large network it is $1-w/2$. The network always overshoots, as the price answers the hash rate of the same round in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.controller import FeeController, Money, Stability

__all__ = ["HashRatePrice"]

SCALE = 10**40
"""Digits to which the root in an eigenvalue is enclosed."""


@final
@dataclass(frozen=True, slots=True)
class HashRatePrice(FeeController):
    r"""The price of ZKPool's model.

    The controlled quantity is the moving average $M$ of the hash rate, the signal is the hash rate $h$ of the round:
    $M'=M+w(h-M)$. `price` is what is paid.

    Arguments:
        weight: the weight $w$ of the newest hash rate in the average, in (0, 1]; no source states it.
        scale: $a$.
        floor: $\varepsilon$, in the unit of the hash rate, in (0, 1].

    Raises:
        InvalidInput: naming the argument that is wrong.

    Example:
        >>> rule = HashRatePrice(weight="1/10")
        >>> [float(round(rule.price(99, rate), 4)) for rate in (99, 49.5, 0)]
        [3.5353, 7.0706, 350000.0]
        >>> rule.stability_at(99, "1/2").status, rule.stability_at(99, 2).status
        ('overshoots', 'unstable')

    References:
        aoraki-labs/proof-market-price-model: price = 3.5 (MA + 1) / (current + 0.001).
    """

    kind = "hash_rate_price"

    weight: Fraction
    scale: Fraction = Fraction(7, 2)
    floor: Fraction = Fraction(1, 1000)

    def __post_init__(self) -> None:
        for name in ("weight", "scale", "floor"):
            amount = exact_amount(getattr(self, name), name, positive=True)
            if name != "scale" and amount > 1:
                raise InvalidInput(f"{name} must lie in (0, 1]; got {shown(getattr(self, name))}.")
            object.__setattr__(self, name, amount)

    def price(self, average: Money, rate: Money) -> Fraction:
        """What a unit of work is paid, at an average and a hash rate."""
        return self.scale * (exact_amount(average, "average") + 1) / (exact_amount(rate, "rate") + self.floor)

    def step(self, fee: Money, signal: Money) -> Fraction:
        """The next average hash rate; `fee` is the average before, the signal is the hash rate of the round."""
        average = exact_amount(fee, "fee")
        return average + self.weight * (exact_amount(signal, "signal") - average)

    def stability(self, response: Money) -> Stability:
        """`stability_at` for a large network, whose hash rate makes both A and B equal to 1."""
        return self._jury(Fraction(1), Fraction(1), response)

    def stability_at(self, rate: Money, response: Money) -> Stability:
        """The stability where the hash rate and its average have this value.

        Arguments:
            rate: the hash rate at the fixed point; positive.
            response: the elasticity of the hash rate with respect to the price.
        """
        h = exact_amount(rate, "rate", positive=True)
        return self._jury(h / (h + 1), h / (h + self.floor), response)

    def work_income(self, average: Money, rate: Money) -> Fraction:
        r"""Price times hash rate, $a(M+1)\frac{h}{h+\varepsilon}$: it hardly depends on how much of its power a network shows."""
        return self.price(average, rate) * exact_amount(rate, "rate")

    def _jury(self, a: Fraction, b: Fraction, response: Money) -> Stability:
        w, eta = self.weight, exact_amount(response, "response")
        threshold = (2 - w) / ((2 - w) * b + w * a)
        trace, determinant = (1 - w) - eta * b, -eta * ((1 - w) * b + w * a)
        multiplier = _dominant(trace, determinant)
        if eta in (0, threshold):
            return Stability(multiplier, threshold, "neutral" if eta else "stable")
        return Stability(multiplier, threshold, "unstable" if eta > threshold else "overshoots")


def _dominant(trace: Fraction, determinant: Fraction) -> Fraction | Enclosure:
    """The eigenvalue of greatest modulus, of two real ones of opposite sign."""
    if determinant == 0:
        return trace
    side = 1 if trace >= 0 else -1
    root = isqrt(int((trace**2 - 4 * determinant) * SCALE**2))
    low, high = sorted((trace + side * Fraction(r, SCALE)) / 2 for r in (root, root + 1))
    return Enclosure.around(low, high)
