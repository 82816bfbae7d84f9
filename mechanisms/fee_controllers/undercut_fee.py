r"""A perpetual auction in which a new fee must be a step below the current one: $f'=(1-s)f$ while some cost allows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.controller import FeeController, Money, Stability

__all__ = ["UndercutFee"]


@final
@dataclass(frozen=True, slots=True)
class UndercutFee(FeeController):
    r"""The perpetual undercut of Taiko's prover markets.

    The signal is the cost of the cheapest challenger: it bids $(1-s)f$ where that is at least its cost, and stays away
    otherwise.

    Arguments:
        cut: the step $s$, in [1/10000, 1).

    Raises:
        InvalidInput: the step is out of its range.

    Notes:
        There is no fixed point but a band: against a challenger of cost $c$ every fee below $c/(1-s)$ stays. So the incumbent
        of cost $c_1$ holds any fee in $[c_1, c_2/(1-s))$, $c_2$ the least cost of the others, and a deviation within the band
        never dies out.

    Example:
        >>> rule = UndercutFee()
        >>> rule.bids_to_reach(10, 1), rule.bids_made(10, 1), rule.band(1, "6/5")
        (45, 44, (Fraction(1, 1), Fraction(24, 19)))

    References:
        taikoxyz/taiko-mono 4de24bc908 (95 %) and ee4300e44f (500 basis points).
    """

    kind = "undercut_fee"

    cut: Fraction = Fraction(1, 20)

    def __post_init__(self) -> None:
        cut = exact_amount(self.cut, "cut", positive=True)
        if not Fraction(1, 10_000) <= cut < 1:
            raise InvalidInput(f"cut must lie in [1/10000, 1); got {shown(self.cut)}. It is a share of the fee.")
        object.__setattr__(self, "cut", cut)

    def step(self, fee: Money, signal: Money) -> Fraction:
        """The next fee; the signal is the cost of the cheapest challenger."""
        current, cost = exact_amount(fee, "fee"), exact_amount(signal, "signal")
        lower = current * (1 - self.cut)
        return lower if lower >= cost else current

    def bids_to_reach(self, fee: Money, cost: Money) -> int:
        r"""The least number of steps after which the fee is at most the cost, $\lceil\ln(f/c)/\ln\frac1{1-s}\rceil$, exactly."""
        return self._count(fee, cost, strict=False)

    def bids_made(self, fee: Money, cost: Money) -> int:
        """How many bids a challenger of this cost makes until the fee rests: the last one is at least the cost."""
        lower = exact_amount(fee, "fee", positive=True) * (1 - self.cut)
        return 0 if lower < exact_amount(cost, "cost", positive=True) else self._count(fee, cost, strict=True) - 1

    def band(self, incumbent: Money, others: Money | Iterable[Money]) -> tuple[Fraction, Fraction] | None:
        r"""The fees $[c_1, c_2/(1-s))$ that an incumbent can hold; None if there are none.

        Arguments:
            incumbent: its cost.
            others: the cost of the challenger, or of each of them.
        """
        costs = [others] if isinstance(others, str | int | float | Fraction) else list(others)
        if not costs:
            raise InvalidInput("others must hold the cost of a challenger; got none. Without one any fee can be held.")
        low = exact_amount(incumbent, "incumbent")
        high = min(exact_amount(cost, f"others[{k}]") for k, cost in enumerate(costs)) / (1 - self.cut)
        return (low, high) if low < high else None

    def stability(self, response: Money) -> Stability:
        """Neutral whatever the response: every fee of the band stays where it is."""
        exact_amount(response, "response")
        return Stability(Fraction(1), Fraction(0), "neutral")

    def _count(self, fee: Money, cost: Money, *, strict: bool) -> int:
        """The least number of steps after which the fee is at most (below, if strict) the cost."""
        start, end = exact_amount(fee, "fee", positive=True), exact_amount(cost, "cost", positive=True)
        rate = 1 - self.cut

        def there(count: int) -> bool:
            reached = start * rate**count
            return reached < end if strict else reached <= end

        if there(0):
            return 0
        low, high = 0, 1
        while not there(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if there(middle) else (middle, high)
        return high
