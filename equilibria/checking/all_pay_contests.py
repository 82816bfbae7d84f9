r"""The limit of ever more decisive lotteries: the highest effort wins, all pay, and strategies are mixed.

With $w_i=V/c_i$, what a win is worth in units of one's effort, utility is $V(P(\text{win})-e/w_i)$.

**Two, $w_1\ge w_2\ge$ all others.** Let $F_1(e)=e/w_2$ and $F_2(e)=1-w_2/w_1+e/w_1$ on $[0,w_2]$. Against $F_2$ the first has
$V(1-w_2/w_1)$ at every $e\le w_2$, against $F_1$ the second has 0, and neither has more above $w_2$. An outsider has
$V(F_1F_2-e/w_j)\le V(e/w_2-e/w_j)\le0$. **All alike:** $F(e)=(e/w)^{1/(n-1)}$ gives $V(F^{n-1}-e/w)=0$ at every $e\le w$.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equilibria.checking.document import Rejected, field, only, string
from equilibria.checking.known_values import KnownContest, Solution, Values

ZERO = Fraction(0)


def certify_all_pay(market: KnownContest, profile: Mapping[str, object]) -> Solution:
    """Chances to win, mean efforts, and the part of them that losers make."""
    only(profile, ("active",), "profile")
    names = field(profile, "active", "profile")
    if not isinstance(names, list) or len(names) < 2:
        raise Rejected("profile.active must be a list of two labels or more")
    active = [string(name, "profile.active") for name in names]
    worth = {label: market.prize / cost for label, cost in market.costs.items()}
    if len(set(active)) != len(active) or set(active) - set(worth):
        raise Rejected("profile.active must be labels of market.costs, each once")
    zero: Values = dict.fromkeys(worth, ZERO)
    shares, efforts, surplus = dict(zero), dict(zero), dict(zero)
    wasted = ZERO
    if len({worth[label] for label in active}) == 1 and all(worth[label] <= worth[active[0]] for label in worth):
        # whoever stays out has at most V (F^n - e/w) <= 0
        n, w = len(active), worth[active[0]]
        for label in active:
            shares[label], efforts[label] = Fraction(1, n), w / n
            wasted += market.costs[label] * (w / n - w / (2 * n - 1))
    else:
        if len(active) != 2:
            raise Rejected("profile.active must be two labels, or contestants of one cost")
        first, second = sorted(active, key=lambda label: -worth[label])
        if any(worth[label] > worth[second] for label in worth if label != first):
            raise Rejected("profile.active must be those to whom effort costs least")
        w1, w2 = worth[first], worth[second]
        shares |= {first: 1 - w2 / (2 * w1), second: w2 / (2 * w1)}
        efforts |= {first: w2 / 2, second: w2**2 / (2 * w1)}
        surplus[first] = market.prize * (1 - w2 / w1)
        wasted = (market.costs[first] + market.costs[second]) * w2**2 / (6 * w1)
    spent = sum((market.costs[label] * effort for label, effort in efforts.items() if isinstance(effort, Fraction)), ZERO)
    return Solution(
        shares=shares,
        efforts=efforts,
        surplus=surplus,
        gain=ZERO,
        payment=market.prize,
        cost=spent,
        redundant=wasted,
        no_award=ZERO,
    )
