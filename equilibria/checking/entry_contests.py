r"""Contests in which one takes part or stays out: races of given speeds, equal shares, lotteries, deposits, designated provers.

A set of entrants is an equilibrium if and only if no entrant is better off outside and nobody outside is better off within.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from math import comb

from flint import arb

from equilibria.checking.document import Rejected, field, only, string
from equilibria.checking.known_values import (
    KnownContest,
    Solution,
    Value,
    Values,
    ball,
    difference,
    parameter,
    plus,
    product,
    quotient,
    rational,
    total,
)

ZERO, ONE = Fraction(0), Fraction(1)

WHOLE = 64
"""Whole exponents up to this are taken exactly."""

SUMMED = 512
"""Provers up to which a geometric series is summed."""


def _entrants(profile: Mapping[str, object], market: KnownContest) -> set[str]:
    only(profile, ("entrants",), "profile")
    names = field(profile, "entrants", "profile")
    if not isinstance(names, list):
        raise Rejected("profile.entrants must be a list of labels")
    labels = [string(name, "profile.entrants") for name in names]
    if len(set(labels)) != len(labels) or set(labels) - set(market.costs):
        raise Rejected("profile.entrants must be labels of market.costs, each once")
    return set(labels)


def _spent(market: KnownContest, proofs: Values, shares: Values) -> tuple[Value, Value]:
    """The cost of all proofs, and that of the proofs that are not the one used."""
    cost = {label: product(market.costs[label], proofs[label]) for label in proofs}
    idle = {label: product(market.costs[label], difference(proofs[label], shares[label])) for label in proofs}
    return total(cost), total(idle)


def certify_race(market: KnownContest, profile: Mapping[str, object], shape: Fraction) -> Solution:
    """Racers of given speeds, each with the cost of a race: $P(i)=s_i^k/\\sum_js_j^k$; without speeds, equal shares."""
    inside = _entrants(profile, market)
    speeds = market.speeds or dict.fromkeys(market.costs, ONE)
    whole = shape.denominator == 1 and shape <= WHOLE
    top = max(speeds.values())  # only ratios count, and those of equal speeds are exact
    weights: Values = {
        label: (speed / top) ** int(shape) if whole or speed == top else ball(speed / top) ** ball(shape)
        for label, speed in speeds.items()
    }
    everything = total({label: weights[label] for label in inside})
    zero: Values = dict.fromkeys(market.costs, ZERO)
    shares, surplus, proofs = dict(zero), dict(zero), dict(zero)
    for label, cost in market.costs.items():
        sum_with = everything if label in inside else plus(everything, weights[label])
        share = quotient(weights[label], sum_with)
        utility = difference(product(market.prize, share), cost)
        if not (ball(utility) >= 0 if label in inside else ball(utility) <= 0):
            raise Rejected(f"profile.entrants: {label!r} would rather {'stay out' if label in inside else 'take part'}")
        if label in inside:
            shares[label], surplus[label], proofs[label] = share, utility, ONE
    spent, idle = _spent(market, proofs, shares)
    return Solution(
        shares=shares,
        efforts=proofs,
        surplus=surplus,
        gain=ZERO,
        payment=market.prize if inside else ZERO,
        cost=spent,
        redundant=idle,
        no_award=ZERO if inside else ONE,
    )


def certify_two_steps(market: KnownContest, profile: Mapping[str, object], rule: Mapping[str, object]) -> Solution:
    r"""Deposits share the prize: among $m$ entrants everybody deposits $d=\max(\underline d,V(m-1)/(rm^2))$.

    An entrant's utility $Vd/(d+D)-rd-c$ is concave in its deposit. Somebody outside faces $D=md$, and its best deposit is
    $\max(\underline d,\sqrt{VD/r}-D)$, worth $(\sqrt V-\sqrt{rD})^2-c$ where the second is the larger.
    """
    inside = _entrants(profile, market)
    rate, least, count, prize = parameter(rule, "capital_rate"), parameter(rule, "least_deposit"), len(inside), market.prize
    for name in ("wrong_proof", "no_proof"):
        if parameter(rule, name) < 0:
            raise Rejected(f"mechanism.{name} must be at least 0")
    if rate <= 0 or least < 0:
        raise Rejected("mechanism.capital_rate must be positive, or deposits have no limit, and least_deposit at least 0")
    deposit = max(least, prize * (count - 1) / (rate * count**2)) if count else least
    if deposit <= 0:
        raise Rejected("profile.entrants: without a least deposit a lone prover's smaller one wins as well")
    pot = count * deposit
    zero: Values = dict.fromkeys(market.costs, ZERO)
    shares, surplus, efforts, proofs = dict(zero), dict(zero), dict(zero), dict(zero)
    for label, cost in market.costs.items():
        if label in inside:
            utility = prize / count - rate * deposit - cost
            if utility < 0:
                raise Rejected(f"profile.entrants: {label!r} would rather stay out")
            shares[label], surplus[label], efforts[label], proofs[label] = Fraction(1, count), utility, deposit, ONE
            continue
        at_least = prize * least / (pot + least) - rate * least
        best = ball(at_least) if least > 0 else arb(0)
        if prize * pot / rate > (pot + least) ** 2:
            best = (ball(prize).sqrt() - ball(rate * pot).sqrt()) ** 2
        if not best <= ball(cost):
            raise Rejected(f"profile.entrants: {label!r} would rather take part")
    spent, idle = _spent(market, proofs, shares)
    return Solution(
        shares=shares,
        efforts=efforts,
        surplus=surplus,
        gain=ZERO,
        payment=prize if inside else ZERO,
        cost=plus(spent, rate * pot),
        redundant=idle,
        no_award=ZERO if inside else ONE,
    )


def certify_lottery(market: KnownContest, profile: Mapping[str, object]) -> Solution:
    r"""$n$ provers of one cost submit with the probability $p$: submitting earns $R\,f(p)-c$ with $f(p)=\frac{1-(1-p)^n}{np}$.

    $f=\frac1n\sum_{k<n}(1-p)^k$ falls from 1 to $1/n$, so there is one symmetric equilibrium.
    """
    only(profile, ("chance",), "profile")
    ends = field(profile, "chance", "profile")
    if not isinstance(ends, list) or len(ends) != 2:
        raise Rejected("profile.chance must be two rationals")
    low, high = (rational(end, "profile.chance") for end in ends)
    prize, n, costs = market.prize, len(market.costs), set(market.costs.values())
    if len(costs) != 1:
        raise Rejected("market.costs must be equal for this rule")
    [cost] = costs
    if not 0 <= low <= high <= 1:
        raise Rejected("profile.chance must lie between 0 and 1")
    gain: Value | Callable[[Values], Value] = ZERO
    chance: Value = low
    if low == high == 0:
        if prize > cost:
            raise Rejected("profile.chance: submitting alone pays")
    elif low == high == 1:
        if prize < n * cost:
            raise Rejected("profile.chance: not all would submit")
    else:
        if not 0 < low <= high < 1:
            raise Rejected("profile.chance must lie strictly between 0 and 1, or be 0 or 1")
        above, below = (ball(prize) * _mean_share(end, n) - ball(cost) for end in (low, high))
        exact = low == high and prize * (1 - (1 - low) ** n) == n * low * cost if n <= 64 else False
        if not exact and not (above >= 0 and below <= 0):
            raise Rejected("profile.chance does not surely hold the chance at which submitting earns nothing")
        if not exact:
            chance = ball(low).union(ball(high))
            gain = partial(_tempted, prize, cost, n)
    silent: Value = (1 - chance) ** n
    served = difference(ONE, silent)
    share = product(Fraction(1, n), served)
    surplus = difference(product(prize, share), product(cost, chance)) if isinstance(chance, Fraction) else ZERO
    shares: Values = dict.fromkeys(market.costs, share)
    proofs: Values = dict.fromkeys(market.costs, chance)
    spent, idle = _spent(market, proofs, shares)
    return Solution(
        shares=shares,
        efforts=proofs,
        surplus=dict.fromkeys(market.costs, surplus),
        gain=gain,
        payment=product(prize, served),
        cost=spent,
        redundant=idle,
        no_award=silent,
    )


def _tempted(prize: Fraction, cost: Fraction, provers: int, chances: Values) -> Value:
    """The most that submitting, or not, gains where everybody submits with a chance within intervals around the equilibrium's."""
    least, most = arb(1), arb(0)
    for chance in map(ball, chances.values()):
        least, most = least.min(chance.lower()), most.max(chance.upper())
    if not (least > 0 and most < 1):
        raise Rejected("states.efforts must lie strictly between 0 and 1 where chances are enclosed")
    pays, loses = (ball(prize) * _mean_share(end, provers) - ball(cost) for end in (least, most))
    return pays.max(-loses)


def _mean_share(chance: Value, provers: int) -> arb:
    if provers <= SUMMED:  # a sum of positive terms loses nothing where the chance is small
        others = 1 - ball(chance)
        return sum((others**k for k in range(provers)), arb(0)) / provers
    return (1 - (1 - ball(chance)) ** provers) / (provers * ball(chance))


def certify_designated(market: KnownContest, profile: Mapping[str, object], rule: Mapping[str, object]) -> Solution:
    """Whoever is called delivers where prize and slash are worth its cost, whatever the others do."""
    willing = _entrants(profile, market)
    size, slash, n = parameter(rule, "committee"), parameter(rule, "slash"), len(market.costs)
    if size.denominator != 1 or not 0 <= size <= n - 1 or slash < 0:
        raise Rejected("mechanism.committee must be a whole number below that of provers, and slash at least 0")
    m, failing = int(size), n - len(willing)
    for label, cost in market.costs.items():
        if (label in willing) == (market.prize + slash < cost):
            raise Rejected(f"profile.entrants: {label!r} would rather {'fail' if label in willing else 'deliver'} when called")
    zero: Values = dict.fromkeys(market.costs, ZERO)
    shares, surplus, proofs = dict.fromkeys(market.costs, ZERO), dict(zero), dict(zero)
    paid = ZERO
    for label, cost in market.costs.items():
        others = failing - (label not in willing)
        on_call = Fraction(1, n) + (Fraction(others, n) * Fraction(m, n - 1) if m else ZERO)
        worth = market.prize - cost if label in willing else -slash
        surplus[label] = worth * on_call
        paid += on_call * (market.prize if label in willing else -slash)
        if label in willing:
            proofs[label] = on_call
            shares[label] = Fraction(1, n)
            if m and failing:
                part = sum((_draws(k, m - 1, len(willing) - 1, n - 2) / (1 + k) for k in range(m)), ZERO)
                shares[label] += Fraction(failing, n) * Fraction(m, n - 1) * part
    chances: Values = dict(shares)
    spent, idle = _spent(market, proofs, chances)
    nobody = Fraction(failing, n) * Fraction(comb(failing - 1, m), comb(n - 1, m)) if failing else ZERO
    return Solution(
        shares=chances,
        efforts=proofs,
        surplus=surplus,
        gain=ZERO,
        payment=paid,
        cost=spent,
        redundant=idle,
        no_award=nobody,
    )


def _draws(hits: int, drawn: int, good: int, pool: int) -> Fraction:
    """The chance of so many hits when `drawn` are drawn out of `pool`, of which `good` are hits."""
    return Fraction(comb(good, hits) * comb(pool - good, drawn - hits), comb(pool, drawn)) if hits <= drawn else ZERO
