r"""Provers that hold proofs back to raise the fee, and show less power than they have.

A controller that pays more when proofs are late pays for lateness. A group that proves everything takes the income $f_tX$ of
each round; in the first $r$ rounds it delivers one round late, which the controller answers by raising the fee, and then in
time:

$$ \Pi(r)=X\sum_{t<H}\delta^{\,t+[t<r]}f_t,\qquad f_{t+1}=\Phi(f_t,s_t),\qquad
s_t=\begin{cases}s^{\text{late}}&t<r\\s^{\text{honest}}&t\ge r.\end{cases} $$

Everything is exact, and all $r$ are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms import InvalidInput
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.fee_controllers.controller import FeeController, Money
from mechanisms.fee_controllers.hash_rate_price import HashRatePrice

__all__ = ["Withholding", "hiding_gain", "withhold"]

MOST_ROUNDS = 60


@final
@dataclass(frozen=True, slots=True)
class Withholding:
    """The most profitable number of late rounds.

    Arguments:
        rounds: how many; 0 if being late does not pay.
        gain: over always being in time, in money.
        honest: the income of always being in time.
        fees: the fee of each round under the best number.
    """

    rounds: int
    gain: Fraction
    honest: Fraction
    fees: tuple[Fraction, ...]


def withhold(
    controller: FeeController,
    fee: Money,
    *,
    late: Money,
    honest: Money,
    horizon: int,
    discount: Money = 1,
    volume: Money = 1,
) -> Withholding:
    r"""What a group that proves everything gains by being late on purpose.

    Arguments:
        controller: moves the fee.
        fee: of the first round, in money.
        late: the signal of a round that is held back.
        honest: the signal of a round in time.
        horizon: rounds that are counted, $H$; at most 60.
        discount: worth of money one round later, $\delta$, in [0, 1].
        volume: proofs in a round, $X$.

    Raises:
        InvalidInput: naming the argument that is wrong.

    Notes:
        Users do not react here. About a second for 60 rounds; exact fees grow by ten digits a batch.

    Example:
        >>> from mechanisms.fee_controllers.batch_fee import BatchFee
        >>> found = withhold(BatchFee(), "1/10", late=12, honest=0, horizon=30, discount="99/100")
        >>> found.rounds, round(float(found.gain / found.honest), 3)
        (29, 0.407)
    """
    if isinstance(horizon, bool) or not isinstance(horizon, int) or not 1 <= horizon <= MOST_ROUNDS:
        raise InvalidInput(f"horizon must be a whole number from 1 to {MOST_ROUNDS}; got {shown(horizon)}.")
    rate, amount = exact_amount(discount, "discount"), exact_amount(volume, "volume")
    if rate > 1:
        raise InvalidInput(f"discount must lie in [0, 1]; got {shown(discount)}. Money now is worth more.")
    start = exact_amount(fee, "fee")
    incomes: list[Fraction] = []
    paths: list[tuple[Fraction, ...]] = []
    for rounds in range(horizon + 1):
        fees = (start, *controller.response(start, [late if t < rounds else honest for t in range(horizon - 1)]))
        incomes.append(amount * sum((rate ** (t + (t < rounds)) * f for t, f in enumerate(fees)), Fraction(0)))
        paths.append(fees)
    best = max(range(horizon + 1), key=lambda rounds: incomes[rounds])
    return Withholding(best, incomes[best] - incomes[0], incomes[0], paths[best])


def hiding_gain(rule: HashRatePrice, average: Money, rate: Money, shown_rate: Money, cost: Money) -> Fraction:
    r"""What a network gains in a round by showing less of its power: $(p(h')-c)h'-(p(h)-c)h$.

    Arguments:
        rule: prices work.
        average: the moving average of the hash rate.
        rate: the power that there is, $h$.
        shown_rate: the power that is shown, $h'$, at most that.
        cost: of a unit of work, $c$.

    Raises:
        InvalidInput: more is shown than there is.

    Notes:
        Price times power hardly depends on the power shown, so nearly all of the cost that is saved is gained.

    Example:
        >>> float(round(hiding_gain(HashRatePrice(weight=1), 99, 99, "99/2", 2), 3))
        98.996
    """
    there, less, c = exact_amount(rate, "rate"), exact_amount(shown_rate, "shown_rate"), exact_amount(cost, "cost")
    if less > there:
        raise InvalidInput(f"shown_rate must be at most rate={there}; got {shown(shown_rate)}. Nobody shows power it lacks.")
    return rule.work_income(average, less) - rule.work_income(average, there) + c * (there - less)
