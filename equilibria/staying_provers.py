r"""How many equal provers stay, when each has a capital cost to earn back.

With $n$ of them each has the surplus $u_n$ of the rule's equilibrium, which falls in $n$; as long as $u_n$ is above what capital
costs for each contest another enters. The number that stays is $\max\{n:u_n\ge K\}$. With $V$ the prize and $c$ the cost,
$u_n=V/n^2$ where efforts share a prize in their ratio ($V-c$ in place of $V$ where the winner delivers), so $\sqrt{V/K}$ stay;
with an exponent $\alpha$ it is $V(n-\alpha(n-1))/n^2$; an equal split has $V/n-c$, and $V/(c+K)$ stay: the whole prize is spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from equilibria.equilibrium import Equilibrium
from equilibria.solving import solve
from mechanisms import Contest, Enclosure, InvalidInput, Mechanism, Refused
from mechanisms.amounts import exact_amount

__all__ = ["LongRun", "long_run_entry"]

MOST = 1024
"""Provers beyond which nothing is solved: there the market is as good as free."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LongRun:
    """Who stays.

    Attributes:
        provers: how many.
        equilibrium: among them; None if nobody stays.
        profit: of each, its surplus less the capital cost; 0 if nobody stays.
    """

    provers: int
    equilibrium: Equilibrium | None
    profit: Fraction | Enclosure


def long_run_entry(
    rule: Mechanism, prize: Fraction | float | str, cost: Fraction | float | str, capital: Fraction | float | str
) -> LongRun:
    """How many equal provers a rule can keep.

    Arguments:
        rule: a rule of a `Contest` in which all have equal chances.
        prize: of each contest.
        cost: of each prover, what it is borne for as the rule says.
        capital: what a prover's machines cost it for each contest (owning them, whether they win or not), positive.

    Returns:
        The largest number in which everybody takes part and earns its capital cost back. With an exponent above 1 numbers for
        which there is no equilibrium in pure strategies are taken to be too large.

    Raises:
        InvalidInput: an amount that is not positive, or so little capital that more than 1024 provers would stay.

    Example:
        >>> from mechanisms import ProportionalMining
        >>> found = long_run_entry(ProportionalMining(), prize=1, cost=1, capital="1/100")
        >>> found.provers, found.profit
        (10, Fraction(0, 1))
    """
    least = exact_amount(capital, "capital", positive=True)

    def earned(count: int) -> Equilibrium | None:
        try:
            found = solve(rule, Contest(prize, {f"prover {i + 1}": cost for i in range(count)}))
        except Refused:
            return None
        stays = all(_least(share) > 0 for share in found.shares.values())
        return found if stays and all(_least(kept) >= least for kept in found.surplus.values()) else None

    exact_amount(cost, "cost", positive=True)
    known: dict[int, Equilibrium | None] = {count: earned(count) for count in (1, 2)}
    low = max((count for count, found in known.items() if found is not None), default=0)
    if low < 2:
        return _long_run(low, known.get(low), least)
    high = 4
    while (found := earned(high)) is not None:
        low, known[high] = high, found
        high *= 2
        if high > MOST:
            raise InvalidInput(f"capital must keep the number of provers below {MOST}; got {capital!r}. Use a larger one.")
    while high - low > 1:
        middle = (low + high) // 2
        found = earned(middle)
        known[middle] = found
        low, high = (low, middle) if found is None else (middle, high)
    return _long_run(low, known[low], least)


def _long_run(count: int, found: Equilibrium | None, capital: Fraction) -> LongRun:
    if found is None:
        return LongRun(provers=0, equilibrium=None, profit=Fraction(0))
    kept = next(iter(found.surplus.values()))
    if isinstance(kept, Fraction):
        return LongRun(provers=count, equilibrium=found, profit=kept - capital)
    ends = (Fraction(kept.lower) - capital, Fraction(kept.upper) - capital)
    return LongRun(provers=count, equilibrium=found, profit=Enclosure.around(*ends))


def _least(value: Fraction | Enclosure) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(value.lower)
