r"""How far a rule in use is from the optimum, with both ends certified.

The optimum comes from `optimal`; the rule is evaluated at its equilibrium by `solve`, or, where types are finitely many and truth
is dominant, exactly by going through all profiles of types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from equilibria.equilibrium import Equilibrium
from equilibria.optima.ladder import optimal
from equilibria.optima.objectives import Objective, read_objective
from equilibria.optima.optimal_mechanism import OptimalMechanism
from mechanisms import (
    Discrete,
    Enclosure,
    Exchange,
    InvalidInput,
    Market,
    Mechanism,
    Optimal,
    PostedPrice,
    Procurement,
    Refused,
    UniformPrice,
    Vickrey,
)

TRUTHFUL = (Vickrey, Optimal, PostedPrice, UniformPrice)
MOST_PROFILES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptimalityGap:
    """What a rule attains, what is possible, and the difference.

    Attributes:
        mechanism: the rule.
        market: the market.
        objective: what is measured.
        attained: the objective at the rule's equilibrium.
        optimum: the optimal mechanism.
        absolute: how much is lost, in money.
        relative: the same as a share of the optimum; None if the optimum may be 0.
        exact: the loss, where both ends are exact.
        equilibrium: the equilibrium at which the rule was evaluated; None where truth is dominant and types are finitely many.
    """

    mechanism: Mechanism
    market: Market
    objective: str
    attained: Enclosure
    optimum: OptimalMechanism
    absolute: Enclosure
    relative: Enclosure | None
    exact: Fraction | None
    equilibrium: Equilibrium | None

    def __repr__(self) -> str:
        share = "" if self.relative is None else f", relative={self.relative.midpoint:.6g}"
        return f"OptimalityGap({self.mechanism!r}, {self.objective!r}, absolute={self.absolute.midpoint:.6g}{share})"

    def __str__(self) -> str:
        lines = [f"{self.mechanism!r}, {self.objective}", f"  attained  {self.attained}", f"  possible  {self.optimum.value}"]
        lines.append(f"  lost      {self.absolute if self.exact is None else self.exact}")
        return "\n".join(lines)


def optimality_gap(mechanism: Mechanism, market: Market, objective: Objective | None = None) -> OptimalityGap:
    r"""Enclose what a rule loses against the optimal mechanism.

    Args:
        mechanism: the rule in use.
        market: the market.
        objective: what is measured. None takes the revenue of a sale, the requester's surplus of a procurement with a value, and
            otherwise the least payment of a procurement.

    Raises:
        Refused: the rule has no equilibrium that is known here, or does not always buy although the objective is the payment.

    Example:
        A second price without a reserve earns 1/3 from two uniform buyers, and the optimum is 5/12:

        >>> from mechanisms import Sale, Uniform, Vickrey
        >>> gap = optimality_gap(Vickrey(), Sale({"a": Uniform(0, 1), "b": Uniform(0, 1)}))
        >>> round(gap.absolute.midpoint, 12), round(gap.relative.midpoint, 12)
        (0.083333333333, 0.2)

    References:
        Bulow and Klemperer, Auctions versus negotiations, American Economic Review 86 (1996).
    """
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule such as Vickrey(); got {type(mechanism).__name__}.")
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement or a Sale; got {type(market).__name__}.")
    if objective is None:
        objective = "revenue" if market.sign < 0 else "surplus" if isinstance(market.value, float) else "payment"
    if isinstance(objective, Mapping):
        raise Refused("optimality_gap measures one objective; got weights. Name one.")
    read_objective(objective, market)
    if isinstance(market, Exchange):
        raise Refused("optimality_gap compares rules of procurements and sales; got an Exchange.")
    best = optimal(market, objective)
    assert best.value is not None
    finite = all(isinstance(prior, Discrete) for prior in market.priors)
    lower, upper, equilibrium = _enumerated(mechanism, market, objective) if finite else _solved(mechanism, market, objective)
    most = best.exact_value
    low, high = (most, most) if most is not None else (Fraction(best.value.lower), Fraction(best.value.upper))
    sign = -1 if isinstance(market, Procurement) and objective == "payment" else 1
    ends = sorted((sign * (low - upper), sign * (high - lower))) if sign > 0 else sorted((lower - high, upper - low))
    if equilibrium is None or equilibrium.epsilon == 0.0:  # of an exact equilibrium, so that nothing is gained on the optimum
        ends = [max(end, Fraction(0)) for end in ends]
    exact = ends[0] if ends[0] == ends[1] else None
    relative = None
    if low > 0 or high < 0:
        shares = [end / abs(bound) for end in ends for bound in (low, high)]
        relative = Enclosure.around(min(shares), max(shares))
    return OptimalityGap(
        mechanism=mechanism,
        market=market,
        objective=objective,
        attained=Enclosure.around(lower, upper),
        optimum=best,
        absolute=Enclosure.around(*ends),
        relative=relative,
        exact=exact,
        equilibrium=equilibrium,
    )


def _solved(mechanism: Mechanism, market: Market, objective: str) -> tuple[Fraction, Fraction, Equilibrium | None]:
    from equilibria.solving import solve

    sold = None if market.tasks == 1 else _all_tasks(mechanism, market, objective)
    found = solve(mechanism, market)
    paid, spent, lost = (
        [Fraction(end) for end in enclosure] for enclosure in (found.expected_payment, found.resource_cost, found.no_award)
    )
    if objective == "payment" and market.sign > 0 and lost[1] > 0:
        raise _not_always(mechanism)
    if objective in ("revenue", "payment"):
        return paid[0], paid[1], found
    value = market.sign * Fraction(market.value if isinstance(market.value, float) else 0)
    worth = sorted(value * (1 - chance) for chance in lost) if sold is None else [value * sold] * 2
    less = spent if objective == "welfare" else sorted(market.sign * end for end in paid)
    return worth[0] - less[1], worth[1] - less[0], found


def _all_tasks(mechanism: Mechanism, market: Market, objective: str) -> int:
    """The number of tasks, if all are awarded whatever the types are."""
    reserve, able = getattr(mechanism, "reserve", None), sum(market.capacities or (1,) * len(market.labels))
    priors = market.as_procurement().priors
    everybody = reserve is None or all(prior.support[1] <= market.sign * reserve for prior in priors)
    if objective != "revenue" and not (everybody and able >= market.tasks):
        raise Refused(
            f"{mechanism!r} may leave some of the {market.tasks} tasks without a winner, and how many is not enclosed. Use a "
            "reserve that excludes no type, or one task."
        )
    return market.tasks


def _enumerated(mechanism: Mechanism, market: Market, objective: str) -> tuple[Fraction, Fraction, Equilibrium | None]:
    """The objective under truth, over all profiles of finitely many types."""
    if not isinstance(mechanism, TRUTHFUL) or max(market.capacities or (1,)) > 1:
        allowed = ", ".join(rule.__name__ for rule in TRUTHFUL)
        raise Refused(
            f"{type(mechanism).__name__} has no equilibrium that is computed on finitely many types: bids would be drawn from "
            f"lotteries. Use a law with a density, or one of {allowed}, in which truth is dominant."
        )
    laws = [law for law in market.priors if isinstance(law, Discrete)]
    profiles = prod(len(law.values) for law in laws)
    if profiles > MOST_PROFILES:
        raise Refused(f"the market has {profiles} profiles of types; at most {MOST_PROFILES} are gone through. Use fewer types.")
    total = Fraction(0)
    value = Fraction(market.value if isinstance(market.value, float) else 0)
    for places in product(*(range(len(law.values)) for law in laws)):
        chance = prod((law.probabilities[k] for law, k in zip(laws, places, strict=True)), start=Fraction(1))
        types = [law.values[k] for law, k in zip(laws, places, strict=True)]
        outcome = mechanism.outcome(market, dict(zip(market.labels, types, strict=True)))
        paid, awarded = sum(outcome.payments.values()), sum(outcome.allocation.values())
        if objective == "payment" and market.sign > 0 and awarded < market.tasks:
            raise _not_always(mechanism)
        if objective in ("revenue", "payment"):
            total += chance * paid
        elif objective == "surplus":
            total += chance * market.sign * (value * awarded - paid)
        else:
            spent = sum(x * t for x, t in zip(outcome.allocation.values(), types, strict=True))
            total += chance * market.sign * (value * awarded - spent)
    return total, total, None


def _not_always(mechanism: Mechanism) -> Refused:
    return Refused(
        f"{mechanism!r} does not always buy, so its payment cannot be compared with the least payment of rules that do. Use the "
        "objective 'surplus', with a value of the market."
    )
