"""Who takes part, where one takes part or stays out: the largest group of the cheapest in which everybody breaks even."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from equilibria.known_costs.profile import Profile
from equilibria.known_costs.raffle import NOBODY
from mechanisms import Contest, Refused, SolverFailure

__all__ = ["equal_shares", "fixed_speeds", "lottery_chance", "two_steps", "willing"]

MOST_LABELS = 14
"""Contestants among whom every group is tried, where the largest group is none in which the others stay out."""

SEVERAL = "It is the equilibrium in which the cheapest take part; there may be others, with others in their place."


def equal_shares(market: Contest) -> Profile:
    r"""The $k$ cheapest share the prize $R$, $k$ the largest with $c_{(k)}\le R/k$; with one cost, $k=\lfloor R/c\rfloor$."""
    costs, prize = _costs(market), Fraction(market.prize)
    order = sorted(costs, key=lambda label: costs[label])
    count = max((k for k in range(1, len(order) + 1) if costs[order[k - 1]] * k <= prize), default=0)
    return _entered(order[:count], market, "FreeEntry()")


def fixed_speeds(market: Contest, shape: Fraction) -> Profile:
    r"""Racers of given speeds $s_i$: $i$ races where $V s_i^k/\sum_js_j^k\ge c_i$.

    Raises:
        Refused: no group of racers is an equilibrium, or none was found.
        SolverFailure: speeds lie too far apart.
    """
    costs, prize = _costs(market), Fraction(market.prize)
    assert market.speeds is not None
    top = max(market.speeds)
    weights = {label: _power(speed / top, shape) for label, speed in zip(market.labels, market.speeds, strict=True)}
    if not all(weights.values()):
        raise SolverFailure("who races was not found: speeds lie too far apart for doubles. Leave the slowest out.")
    order = sorted(costs, key=lambda label: costs[label] / weights[label])

    def stable(group: Sequence[str]) -> bool:
        total = sum((weights[label] for label in group), Fraction(0))
        if any(prize * weights[label] < costs[label] * total for label in group):
            return False
        outside = (label for label in costs if label not in group)
        return all(prize * weights[label] <= costs[label] * (total + weights[label]) for label in outside)

    for size in range(len(order), -1, -1):
        if stable(order[:size]):
            return _entered(order[:size], market, "FreeEntry()")
    if len(order) <= MOST_LABELS:
        for size in range(len(order), -1, -1):
            for group in combinations(order, size):
                if stable(group):
                    return _entered(group, market, "FreeEntry()")
    found = "is" if len(order) <= MOST_LABELS else "was found to be"
    raise Refused(
        f"no group of racers {found} an equilibrium in pure strategies: somebody always enters or leaves. Change the prize."
    )


def _power(speed: Fraction, shape: Fraction) -> Fraction:
    return speed ** int(shape) if shape.denominator == 1 and shape <= 64 else Fraction(float(speed) ** float(shape))


def two_steps(market: Contest, rate: Fraction, least: Fraction) -> Profile:
    r"""The $m$ cheapest commit, $m$ the largest with $V/m-rd-c_{(m)}\ge0$ at the deposit $d$ of the checker's formula.

    Interior best deposits satisfy $V(D-d)=rD^2$ with the sum $D$ of all, so they are equal; more than $m$ do not break even, and
    $D$ rises in the number of entrants, so whoever would join $m$ would join fewer: if somebody would, no group is stable.

    Raises:
        Refused: deposits have no limit or no lower bound, or no group is an equilibrium.
    """
    if rate == 0:
        raise Refused("deposits that cost nothing to lock have no limit: everybody would deposit more. Pass capital_rate=.")
    costs, prize = _costs(market), Fraction(market.prize)
    order = sorted(costs, key=lambda label: costs[label])

    def rational(count: int) -> bool:
        deposit = max(least, prize * (count - 1) / (rate * count**2))
        return deposit > 0 and prize / count - rate * deposit - costs[order[count - 1]] >= 0

    count = max((m for m in range(1, len(order) + 1) if rational(m)), default=0)
    if count == 0 and least == 0 and costs[order[0]] >= prize:
        raise Refused(NOBODY)
    if count == 0 and least == 0:
        raise Refused("a lone prover would make its deposit ever smaller, and two do not break even. Pass least_deposit=.")
    if 0 < count < len(order):
        pot = max(count * least, prize * (count - 1) / (rate * count))
        cost, spare = costs[order[count]], prize + rate * pot - costs[order[count]]
        free = prize * pot > rate * (pot + least) ** 2  # whether its best deposit is above the least
        if (spare > 0 and spare**2 > 4 * prize * rate * pot) if free else prize * least > (cost + rate * least) * (pot + least):
            raise Refused(
                f"no equilibrium in pure strategies: another would join {count} who commit, and {count + 1} do not all break "
                "even. Change the prize, capital_rate= or least_deposit=."
            )
    return _entered(order[:count], market, "FreeEntry()")


def willing(market: Contest, slash: Fraction) -> Profile:
    """Whoever delivers when called: prize and slash are worth its cost. It is dominant."""
    costs, prize = _costs(market), Fraction(market.prize)
    names = [label for label in costs if costs[label] <= prize + slash]
    ties = [label for label in names if costs[label] == prize + slash]
    notes = (f"To {', '.join(ties)} delivering and failing are worth the same.",) if ties else ()
    return Profile(stated={"entrants": names}, solver="Dominance()", complete=not ties, notes=notes)


def lottery_chance(market: Contest) -> Profile:
    """The chance with which every prover of one cost submits, halved down to far below rounding.

    Raises:
        Refused: costs that differ.
    """
    costs, prize, n = _costs(market), Fraction(market.prize), len(market.labels)
    if len(set(costs.values())) > 1:
        raise Refused(
            "Lottery is solved where all costs are equal: with costs that differ whoever is indifferent depends on all others. "
            "Use equal costs, or EqualShare() for the groups that enter surely."
        )
    cost = next(iter(costs.values()))
    only = ("It is the only symmetric equilibrium; there are others, in which some surely submit and some never do.",)
    if prize <= cost or n * cost <= prize:
        end = "0" if prize <= cost else "1"
        return Profile(stated={"chance": [end, end]}, solver="Halving()", complete=n * cost < prize)
    low, high = _halved(lambda p: _pays(p, n, cost / prize))
    return Profile(stated={"chance": [str(low), str(high)]}, solver="Halving()", complete=False, notes=only)


def _pays(chance: Fraction, provers: int, ratio: Fraction) -> bool:
    """Whether submitting pays: the mean share against the cost over the prize, in long floats."""
    from flint import arb, ctx, fmpq

    precision = ctx.prec
    ctx.prec = 256
    try:
        p = arb(fmpq(chance.numerator, chance.denominator))
        share = (1 - (1 - p) ** provers) / (provers * p)
        return bool(share.mid() >= arb(fmpq(ratio.numerator, ratio.denominator)).mid())
    finally:
        ctx.prec = precision


def _halved(pays: Callable[[Fraction], bool]) -> tuple[Fraction, Fraction]:
    """A bracket of relative width 2^-60 around the chance at which `pays` ends."""
    high = Fraction(1)
    while not pays(high / 2):
        high /= 2
    low = high / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if pays(middle) else (low, middle)
    return low, high


def _costs(market: Contest) -> Mapping[str, Fraction]:
    assert market.known is not None
    return dict(zip(market.labels, market.known, strict=True))


def _entered(names: Sequence[str], market: Contest, solver: str) -> Profile:
    group = [label for label in market.labels if label in set(names)]
    return Profile(stated={"entrants": group}, solver=solver, complete=False, notes=(SEVERAL,))
