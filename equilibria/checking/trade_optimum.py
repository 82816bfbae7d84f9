r"""Trade of one user and one prover with piecewise-linear laws: the stated wedges prove the optimum, in rational arithmetic only.

Let $\phi(v)=v-(1-F)/f$ and $\psi(c)=c+G/g$ be the virtual types. The rule of a wedge $s$ in $[0,1/2]$ trades where
$(1-2s)(v-c)+s(\phi-\psi)\ge0$, so for $s<1/2$ it maximises $E[((v-c)+\mu(\phi-\psi))q]$ with $\mu=s/(1-2s)$ profile by profile. A
truthful mechanism in which nobody loses has a profit of at most $E[(\phi-\psi)q]$, with equality under this rule and critical
values as payments, if better types trade more often. Hence:

- without a deficit, gains are at most those of the rule of any $s<1/2$ plus $\mu$ times its profit (the first stated wedge), and
  the rule of a wedge without a deficit reaches its gains (the second);
- no mechanism keeps more than the rule of $s=1/2$;
- efficient trade is the rule of $s=0$; if its profit is negative, no truthful mechanism trades efficiently without a deficit.

Where a law has a gap, in which no type lies, those beyond it keep its length times how often the type before it trades; that
much less is the profit of a rule, and there may be no rule that reaches a bound.

Integrals are exact: for one cost the inner integral over values is quadratic between its corners, and Simpson's rule exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.finite_agents import rationals
from equilibria.checking.linear_optimum import Corners, read_corners

HALF = Fraction(1, 2)
Segment = tuple[Fraction, Fraction, Fraction, Fraction]
"""Ends, density, and the constant of the virtual type."""


def trade_optimum(tree: Mapping[str, object]) -> tuple[Fraction, Fraction, str] | str:
    """Bounds of the optimum and the sentence about it, or only the sentence if no mechanism meets the constraints.

    Raises:
        Rejected: not such a market, or the wedges do not prove what is stated.
    """
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "users", "provers"), "market")
    if market.get("kind") != "exchange":
        raise Rejected("market.kind must be 'exchange'")
    sides = [mapping(field(market, side, "market"), f"market.{side}") for side in ("users", "provers")]
    if len(sides[0]) != 1 or len(sides[1]) != 1:
        raise Rejected("the exchange must have one user and one prover")
    values, costs = (read_corners(next(iter(side.values())), "market") for side in sides)
    user = [(x0, x1, d, (1 - p0) / d + x0) for x0, x1, p0, d in _rising(values)]
    prover = [(x0, x1, d, p0 / d - x0) for x0, x1, p0, d in _rising(costs)]
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("wedges",), "mechanism")
    wedges = rationals(field(mechanism, "wedges", "mechanism"), "mechanism.wedges")
    asked = mapping(field(tree, "subject_to", "certificate"), "subject_to")
    only(asked, ("named",), "subject_to")
    named = field(asked, "named", "subject_to")
    if not isinstance(named, list) or len(wedges) != 2 or not all(0 <= wedge <= HALF for wedge in wedges):
        raise Rejected("subject_to.named must be a list, and mechanism.wedges two numbers from 0 to 1/2")
    names = {string(name, "subject_to.named") for name in named}
    budget = bool(names & {"no_deficit", "budget_balance"})
    if not names <= {"dsic", "bic", "ex_post_ir", "interim_ir", "no_deficit", "budget_balance", "efficient"}:
        raise Rejected("subject_to.named holds a constraint that the checker does not know")
    objective = string(field(tree, "objective", "certificate"), "objective")
    if objective == "revenue" and "efficient" not in names:
        if wedges != [HALF, HALF]:
            raise Rejected("the most profit is that of the wedge 1/2")
        _confirm(user, prover, HALF)
        if _kept(user, prover, HALF):
            raise Rejected("a law has a gap at which there is trade, so the rule of the wedge 1/2 keeps less")
        profit = _integrals(user, prover, HALF)[1]
        return profit, profit, f"no truthful mechanism keeps more than exactly {profit}"
    if objective != "welfare":
        raise Rejected(f"objective {objective[:40]!r} has no meaning with these constraints")
    if not budget or "efficient" in names:
        if wedges != [0, 0]:
            raise Rejected("efficient trade is that of the wedge 0")
        gains, profit = _integrals(user, prover, Fraction(0))
        profit -= _kept(user, prover, Fraction(0))
        if budget and profit < 0:
            return f"no truthful mechanism trades efficiently without a deficit: it lacks {-profit}"
        return gains, gains, f"no mechanism has larger gains from trade than exactly {gains}"
    if "budget_balance" in names and names & {"dsic", "ex_post_ir"}:
        raise Rejected("a budget that balances in every profile is proved for truth in expectation only")
    if wedges[0] == HALF:
        raise Rejected("the first wedge must be below 1/2 to prove a bound")
    _confirm(user, prover, wedges[1])
    lower, profit = _integrals(user, prover, wedges[1])
    if profit < _kept(user, prover, wedges[1]):
        raise Rejected("the mechanism of the second wedge runs a deficit")
    gains, profit = _integrals(user, prover, wedges[0])
    upper = gains + wedges[0] / (1 - 2 * wedges[0]) * profit
    shown = f"exactly {lower}" if lower == upper else f"about {float(upper)!r}"
    return lower, upper, f"no truthful mechanism without a deficit has larger gains from trade than {shown}"


def _rising(corners: Corners) -> list[Segment]:
    return [(x0, x1, p0, (p1 - p0) / (x1 - x0)) for (x0, p0), (x1, p1) in pairwise(corners) if p0 < p1]


def _confirm(user: Sequence[Segment], prover: Sequence[Segment], wedge: Fraction) -> None:
    """Refuse a wedge under which a better type may trade less often."""
    for side, sign in ((user, -1), (prover, 1)):
        for before, after in pairwise(side):
            if before[1] + sign * wedge * before[3] > after[0] + sign * wedge * after[3]:
                raise Rejected("under the wedge a better type would trade less often")


def _kept(user: Sequence[Segment], prover: Sequence[Segment], wedge: Fraction) -> Fraction:
    """What types beyond gaps of the laws keep, under the rule of a wedge."""
    kept = Fraction(0)
    for before, after in pairwise(user):
        better = (after[3] - after[0]) * after[2]
        for c0, c1, g, m in prover:
            least = before[1] - wedge * (before[3] + m)
            kept += (after[0] - before[1]) * better * g * min(max(least - c0, Fraction(0)), c1 - c0)
    for before, after in pairwise(prover):
        better = (after[3] + after[0]) * after[2]
        for v0, v1, f, k in user:
            least = after[0] + wedge * (k + after[3])
            kept += (after[0] - before[1]) * better * f * min(max(v1 - least, Fraction(0)), v1 - v0)
    return kept


def _integrals(user: Sequence[Segment], prover: Sequence[Segment], wedge: Fraction) -> tuple[Fraction, Fraction]:
    """Expected gains, and expected virtual gains, of the rule of a wedge."""
    gains = profit = Fraction(0)
    for v0, v1, f, k in user:
        for c0, c1, g, m in prover:
            shift = wedge * (k + m)
            inner = [v - shift for v in (v0, v1)]
            for left, right in pairwise(sorted({c0, c1, *(c for c in inner if c0 < c < c1)})):
                for place, share in ((left, 1), ((left + right) / 2, 4), (right, 1)):
                    start = min(max(v0, place + shift), v1)
                    length = v1 - start
                    excess = length * ((v1 + start) / 2 - place)
                    weight = f * g * (right - left) * Fraction(share, 6)
                    gains += weight * excess
                    profit += weight * (2 * excess - (k + m) * length)
    return gains, profit
