r"""`tune`: the reserve (or the posted price) that serves the requester best.

With $t(r)$ the expected payment and $q(r)$ the probability that nobody is awarded in the equilibrium with reserve $r$, and $v$
the requester's value, the problem is one of

$$ \max_r\; v\,(1-q(r)) - t(r) \qquad\text{or}\qquad \min_r\; t(r), \qquad\text{both subject to } q(r)\le\bar q. $$

A sale is the mirror image: $\max_r\, t(r)-v\,(1-q(r))$, what selling brings over keeping the item, or $\max_r\, t(r)$, the
revenue.

How to read the result: the numbers at the tuned reserve and at every point of the curve are certified as those of `solve` are.
That no better reserve lies between the points is *estimated*: the objective is a function of which only values are known.
"""

from __future__ import annotations

from typing import get_args

from equilibria.certified_curve import CertifiedCurve
from equilibria.reserve_search import Search, grid, least_reserve
from equilibria.solving import Progress
from equilibria.tuning_record import CurvePoint, Objective, Sensitivity, Tuning
from mechanisms import (
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    PostedPrice,
    Procurement,
    Refused,
    Vickrey,
)

__all__ = ["CurvePoint", "Objective", "Sensitivity", "Tuning", "tune"]

WITHIN = 0.01
"""The share of the optimum that may be lost on the flat interval."""


def tune(
    mechanism: Mechanism,
    market: Market,
    objective: Objective,
    *,
    max_no_award: float | None = None,
    progress: Progress | None = None,
) -> Tuning:
    r"""Find the reserve of a `FirstPrice` or `Vickrey`, or the price of a `PostedPrice`, that serves the requester best.

    $$ \max_r\; v\,(1-q(r)) - t(r) \quad\text{(surplus)}, \qquad \min_r\; t(r) \quad\text{(payment)}, \qquad q(r)\le\bar q, $$

    with $t$ the expected payment and $q$ the probability of no award in the equilibrium with reserve $r$, and $v$ the
    requester's value. In a sale: $\max_r t(r)-v(1-q(r))$ and $\max_r t(r)$, with $t$ the revenue.

    Args:
        mechanism: the rule; a reserve or price that it already has is replaced.
        market: the market, `tasks=1`; `"surplus"` needs a number as its `value`.
        objective: `"surplus"` or `"payment"`.
        max_no_award: $\bar q$, the highest probability of no award allowed, at least 0 and below 1; None for no limit.
            `"payment"` in a procurement needs one.
        progress: called as `progress(what, share)` now and then.

    Returns:
        A `Tuning`: the rule with its reserve, the equilibrium, the curve and its sensitivity. A reserve that does not bind is
        reported as such in its message.

    Raises:
        InvalidInput: an argument is not what it must be.
        Refused: the rule has no reserve to tune, or the objective has no meaning here, and why.
        SolverFailure: the equilibrium at the tuned reserve was not found.

    Notes:
        About 50 equilibria are solved: a few seconds for three provers, up to minutes for ten different ones under first
        price. A maximum narrower than the spacing of the grid (about 3 % of the range, or of the probability of an award)
        may be missed; that is why the result is `"estimated"`, while each solved point is certified.

    Example:
        >>> from mechanisms import Procurement, Uniform, Vickrey
        >>> market = Procurement(costs={name: Uniform(0, 1) for name in "abc"}, value=1.0)
        >>> tuning = tune(Vickrey(), market, "surplus")
        >>> round(tuning.reserve, 4), round(tuning.value_of_objective.midpoint, 5)  # Myerson: 1/2, 17/32
        (0.5, 0.53125)

    References:
        Myerson (1981), Mathematics of Operations Research 6; Riley and Samuelson (1981), American Economic Review 71.
    """
    _check(mechanism, market, objective, max_no_award)
    curve = CertifiedCurve(mechanism, market, objective, progress)
    priors = market.as_procurement().priors
    low, high = curve.range()
    floor = low if max_no_award is None else curve.allowed(least_reserve(priors, max_no_award, low, high), max_no_award)
    value = market.sign * market.value if isinstance(market.value, float) else floor
    points = grid(priors, low, max(high, floor), [floor, value])
    curve.plan(len(points))
    search = Search(score=curve.score, low=low, high=max(high, floor), floor=floor)
    x = search.best(points)
    flat = search.flat(x, WITHIN * abs(search.at(x)), points)
    shape = search.shape(x)
    held, limited = x in (low, floor), x == floor > low
    x, found = curve.confirmed(x, max_no_award)
    unlimited = curve.point(None) if curve.may_go_without() else None
    shown_at = {*points, *flat, x}
    reserves = sorted((point for y, point in curve.points.items() if y in shown_at), key=lambda point: point.reserve or 0.0)
    best = curve.points[x]
    if progress is not None:
        progress("tuning", 1.0)
    return Tuning(
        mechanism=found.mechanism,
        market=market,
        objective=objective,
        max_no_award=max_no_award,
        reserve=market.sign * x + 0.0,
        value_of_objective=best.objective,
        equilibrium=found,
        curve=(*reserves, *([] if unlimited is None else [unlimited])),
        sensitivity=curve.sensitivity(x, flat, shape, held=held),
        status="estimated",
        message=_message(best, unlimited, max_no_award if limited else None, curve.failures),
    )


def _check(mechanism: Mechanism, market: Market, objective: Objective, max_no_award: float | None) -> None:
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule such as FirstPrice(); got {type(mechanism).__name__}.")
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement or a Sale; got {type(market).__name__}.")
    if objective not in get_args(Objective):
        raise InvalidInput(f"objective must be 'surplus' or 'payment'; got {objective!r}.")
    if not isinstance(mechanism, FirstPrice | Vickrey | PostedPrice):
        why = "it sets its own reserves" if mechanism.kind == "optimal" else "it has no reserve"
        raise Refused(f"{type(mechanism).__name__} cannot be tuned: {why}. Tune FirstPrice, Vickrey or PostedPrice.")
    if max_no_award is not None:
        number = isinstance(max_no_award, int | float) and not isinstance(max_no_award, bool)
        if not number or not 0.0 <= max_no_award < 1.0:
            raise InvalidInput(
                f"max_no_award must be a probability, at least 0 and below 1; got {max_no_award!r}. Pass None for no limit."
            )
    if objective == "payment" and max_no_award is None and isinstance(market, Procurement):
        raise Refused(
            "the least payment needs max_no_award: a reserve below every cost awards nobody, and nobody awarded costs "
            "nothing. Pass for example max_no_award=0.01, or tune for 'surplus' with a value."
        )
    if objective == "surplus" and market.value is None:
        raise Refused(
            "the requester's surplus needs the market's value. Give value=, or tune for 'payment' with max_no_award."
        )
    if objective == "surplus" and not isinstance(market.value, float):
        raise Refused(
            "the requester's surplus is tuned for one number as value; this market's is a distribution, and a requester "
            "who knows its value sets another reserve for each. Tune with value= one number at a time, or with the "
            "distribution's mean() if the reserve is set before the value is known."
        )


def _message(best: CurvePoint, unlimited: CurvePoint | None, limit: float | None, failures: int) -> str:
    """What was found, and what of it is certified."""
    if best.no_award.lower == 1.0:
        found = "it is best to award nobody"
    elif limit is not None:
        found = f"the limit on no award, {limit:.6g}, decides"
    elif unlimited is not None and abs(best.objective.midpoint - unlimited.objective.midpoint) <= 1e-9 * abs(
        best.objective.midpoint
    ):
        found = "the best reserve does not bind, none serves as well"
    else:
        found = "the best reserve is inside the limits"
    left_out = f" Reserves that could not be solved and were passed over: {failures}." if failures else ""
    return f"{found}; every number is certified, that no reserve between those solved is better is estimated.{left_out}"
