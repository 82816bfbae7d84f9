r"""What has to be promised to provers that may all prove, where the work comes before the award.

If the others do not prove, prover $i$ that does gets the whole prize, or what a cap leaves of it:

* a race, a lottery, equal shares, two steps: $b_i=(V-c_i)^+$ (less the capital cost of the least deposit, in two steps);
* mining, or work for a share of the prize: $b_i=(\min(V,\bar t_i)-c_i)^+$, a request being one unit of work;
* a contest of efforts: the least effort wins, so $b_i=V$, times the first share of the prize; no proof, no prize;
* a race with bought speeds, whose prize lapses at the deadline $D$: with the speed $e$ the chance of a proof in time is
  $p(e)=1-e^{-(eD)^k}$, and no speed is worth its cost if $p(e)V+(1-p(e))b\le b+ce$ for all $e$, that is
  $b=\bigl(V-c\,\inf_e e/p(e)\bigr)^+$. With $x=eD$ the infimum is $\inf_x x/(1-e^{-x^k})/D$: $1/D$ for $k=1$, 0 for $k<1$, and
  for $k>1$ where $e^{y}-1=ky$, $y=x^k$. With given speeds $b=(V-c/p)^+$. A prize that never lapses is $D=\infty$.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from equilibria.resilience.attacks import everybody
from mechanisms import (
    Contest,
    EqualShare,
    Lottery,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Race,
    Refused,
    TwoStepSubmission,
    WeibullRace,
)

__all__ = ["GRAIN", "WORK_FIRST", "promises"]

WORK_FIRST = (Race, Lottery, EqualShare, TwoStepSubmission, ProportionalMining, PrizeContest, WeibullRace)
"""Rules under which whoever proves is paid."""

GRAIN = 10**12
"""Costs that are not rational are rounded to multiples of its inverse."""

MOST = 10**301
"""No prize is so many times as much as a cost, as amounts lie between 1e-150 and 1e150."""

STEPS = 80
"""Halvings of the interval of the best speed."""


def promises(
    mechanism: Mechanism, costs: Mapping[str, Fraction], prize: Fraction, contest: Contest | None, deadline: Fraction | None
) -> dict[str, Fraction]:
    """What each prover must be promised, by label; those who would not prove are left out.

    Arguments:
        mechanism: one of `WORK_FIRST`, or `CurvedShare` with payments by work.
        costs: each prover's cost; of any size where costs do not matter.
        prize: what the winner is paid.
        contest: for stakes and speeds; None for neither.
        deadline: when the prize of a `WeibullRace` lapses; None for never.

    Raises:
        Refused: a cap on rewards without stakes.
    """
    if isinstance(mechanism, PrizeContest):
        if mechanism.shares == (mechanism.shares[0],) * len(costs):
            return {}  # nobody works for a prize that the last gets too
        return dict.fromkeys(costs, prize * Fraction(mechanism.shares[0]))
    if isinstance(mechanism, TwoStepSubmission):
        capital = Fraction(mechanism.capital_rate) * Fraction(mechanism.least_deposit)
        return everybody(costs, prize - capital)
    if isinstance(mechanism, WeibullRace):
        kept = {label: prize - _least(mechanism, label, cost, contest, deadline) for label, cost in costs.items()}
        return {label: amount for label, amount in kept.items() if amount > 0}
    if isinstance(mechanism, ProportionalMining) and mechanism.stake_divisor is not None:
        if contest is None:
            raise Refused("a stake_divisor needs stakes; got costs alone. Pass a Contest with stakes in their place.")
        caps = mechanism.caps(contest)
        assert caps is not None
        kept = {label: min(prize, cap) - costs[label] for label, cap in zip(contest.labels, caps, strict=True)}
        return {label: amount for label, amount in kept.items() if amount > 0}
    return everybody(costs, prize)


def _least(
    race: WeibullRace, label: str, cost: Fraction, contest: Contest | None, deadline: Fraction | None
) -> Fraction:
    """The least cost of a proof in time, per chance of it; rounded down."""
    shape = Fraction(race.shape)
    if contest is not None and contest.speeds is not None:
        if deadline is None:
            return cost
        speed = contest.speeds[contest.index(label)]
        return cost * _below(lambda arb: -1 / (-(_ball(arb, speed * deadline) ** _ball(arb, shape))).expm1())
    if deadline is None or shape < 1:
        return Fraction(0)
    if shape == 1:
        return cost / deadline
    return cost / deadline * _below(lambda arb: _fastest(arb, shape))


def _fastest(arb: Any, shape: Fraction) -> Any:
    r"""A ball that holds $\inf_x x/(1-e^{-x^k})$ for $k>1$: the value where $e^y-1-ky$, which falls and then rises, is 0."""
    k = _ball(arb, shape)
    bits = 1 + shape.numerator.bit_length() - shape.denominator.bit_length()  # above log2(k), and so above ln(k)
    low, high = Fraction(0), Fraction(2 * bits + 2)  # e^y > 1 + k y there, for (e^bits)^2 > e^bits (bits + 1)
    for _ in range(STEPS):
        middle = (low + high) / 2
        rises = _ball(arb, middle).exp() - 1 - k * _ball(arb, middle)
        if rises > 0:
            high = middle
        elif rises < 0:
            low = middle
        else:
            break
    if low == 0:  # k is so near 1 that nothing else is sure: y/(1 - e^-y) is at least 1
        return _ball(arb, high) ** (1 / k - 1)
    y = _ball(arb, low).union(_ball(arb, high))
    return y ** (1 / k) / (1 - (-y).exp())


def _below(value: Any) -> Fraction:
    from flint import arb, ctx

    precision, ctx.prec = ctx.prec, 128
    try:
        least = value(arb).lower()
        if not least < MOST:  # so much, or a ball without end
            return Fraction(MOST if least >= MOST else 0)
        if not least * GRAIN > 1:
            return Fraction(0)
        mantissa, exponent = (int(part) for part in least.man_exp())
        return Fraction(math.floor(mantissa * Fraction(2) ** exponent * GRAIN), GRAIN)
    finally:
        ctx.prec = precision


def _ball(arb: Any, number: Fraction) -> Any:
    return arb(number.numerator) / arb(number.denominator)
