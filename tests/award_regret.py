"""What a deviation gains where several bids win, by going through all sets of rivals that may bid lower."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

from mechanisms import (
    Discriminatory,
    Distribution,
    FirstPrice,
    Mechanism,
    Procurement,
    SecretReserve,
    SplitAward,
    UncertainPresence,
)

Strategies = Mapping[str, Callable[[np.ndarray], np.ndarray]]


def award(rule: Mechanism, market: Procurement, i: int, below: Sequence[int]) -> float:
    """What prover i is awarded when exactly these rivals bid lower."""
    if isinstance(rule, SplitAward):
        return (*rule.shares, *[0.0] * len(market.labels))[len(below)]
    able = market.capacities or (1,) * len(market.labels)
    return min(able[i], max(0, market.tasks - sum(able[j] for j in below)))


def regret(rule: Mechanism, market: Procurement | UncertainPresence, strategies: Strategies) -> float:
    """The largest gain over many types and bids; the cdfs of bids are interpolated between 20001 costs."""
    assert isinstance(rule, FirstPrice | Discriminatory | SplitAward | SecretReserve)
    inner = market.market if isinstance(market, UncertainPresence) else market
    assert isinstance(inner, Procurement)
    presence = market.presence if isinstance(market, UncertainPresence) else (1.0,) * len(market.labels)
    reserve, secret = getattr(rule, "reserve", None), inner.value if isinstance(rule, SecretReserve) else None
    cap = min(law.support[1] for law in inner.costs) if reserve is None else float(reserve)
    if isinstance(secret, Distribution):
        cap = min(cap, secret.support[1])
    worst, tables = 0.0, []
    for label, law, q in zip(inner.labels, inner.costs, presence, strict=True):
        low, high = law.support[0], min(cap, law.support[1])
        costs = low + (high - low) * np.sin(np.linspace(0.0, 0.5 * np.pi, 20001)) ** 2
        ends = np.asarray(getattr(strategies[label], "costs", []))  # of pieces: bids may have a kink there
        costs = np.union1d(costs, ends[(ends > low) & (ends < high)])
        tables.append((np.asarray(strategies[label](costs)), q * law.cdf(costs)))

    def wins(i: int, bids: np.ndarray) -> np.ndarray:
        rivals, total = [j for j in range(len(tables)) if j != i], np.zeros_like(bids)
        below = {j: np.interp(bids, *tables[j]) for j in rivals}
        for count in range(len(rivals) + 1):
            for chosen in combinations(rivals, count):
                chances = [below[j] if j in chosen else 1 - below[j] for j in rivals]
                total = total + np.prod(chances, axis=0) * award(rule, inner, i, chosen)
        return total * secret.survival(bids) if isinstance(secret, Distribution) else total

    for i, (label, law) in enumerate(zip(inner.labels, inner.costs, strict=True)):
        types = np.linspace(law.support[0], min(cap, law.support[1]), 61)[:-1]
        bids = np.linspace(min(law.support[0], float(tables[i][0][0]) - 0.05), cap, 1201)
        own = np.asarray(strategies[label](types))
        best = np.max((bids[None, :] - types[:, None]) * wins(i, bids)[None, :], axis=1)
        worst = max(worst, float(np.max(best - (own - types) * wins(i, own))))
    return worst
