r"""Myerson's optimum for any prior with a density: what the optimal rule comes to, in ball arithmetic.

That awarding to the lowest ironed virtual cost that the value covers is optimal is Myerson's theorem (1981), which holds for
every law; that the lowest cost maximises welfare is plain. So the optimum of an objective is what one rule pays and costs:

| objective | rule | value |
|---|---|---|
| `payment` (procurement) | optimal rule without a value | payment |
| `revenue`, `payment` (sale) | optimal rule at value 0 | payment |
| `surplus` | optimal rule at value $V$ | $V(1-q)-$ payment; in a sale, payment $-V(1-q)$ |
| `welfare` | second price at reserve $V$ | $V(1-q)-$ cost; in a sale, minus that with mirrored amounts |
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from flint import arb

from equilibria.checking.document import Rejected, field, number, string
from equilibria.checking.joint_integrals import long_series
from equilibria.checking.optimal_rule import optimal
from equilibria.checking.order_statistics import vickrey
from equilibria.checking.priors import Prior
from equilibria.checking.single_task import single_task

ACCURACIES = (1e-10, 1e-11)
"""Radii of integrals to aim at, relative to the extent of the costs, one after the other until the value is tight."""
TIGHT = 1e-9
"""Relative width at which it is."""


def smooth_optimum(tree: Mapping[str, object]) -> tuple[Fraction, Fraction, str]:
    """Bounds of the optimum, and the sentence about it.

    Raises:
        Rejected: the objective has no meaning in the market, or a bound cannot be derived.
    """
    with long_series():
        sign, priors, market = single_task(tree)
        objective = string(field(tree, "objective", "certificate"), "objective")
        value = None if market.get("value") is None else sign * number(market["value"], "market.value")
        lower = upper = Fraction(0)
        for accuracy in ACCURACIES:
            found = _value(priors, sign, objective, value, accuracy)
            if not found.is_finite():
                raise Rejected("the value is not finite")
            lower, upper = (_rational(end) for end in (found.lower(), found.upper()))
            if upper - lower <= Fraction(TIGHT) * max(abs(lower), abs(upper)):
                break
    return lower, upper, f"no truthful mechanism has a better {objective}; the optimum is enclosed"


def _value(priors: Mapping[str, Prior], sign: int, objective: str, value: float | None, accuracy: float) -> arb:
    """The optimum of an objective, as a ball."""
    if objective == ("revenue" if sign < 0 else "payment") or (sign < 0 and objective == "payment"):
        if sign > 0 and len(priors) == 1:  # the only prover is paid its highest cost
            return arb(next(iter(priors.values())).high)
        return sign * optimal(priors, None if sign > 0 else 0.0, accuracy)[0]
    if objective not in ("surplus", "welfare"):
        raise Rejected(f"objective {objective[:40]!r} has no meaning in this market")
    if value is None and sign > 0:
        raise Rejected(f"objective {objective!r} needs market.value")
    least = value or 0.0
    if objective == "surplus":
        payment, _, lost = optimal(priors, least, accuracy)
        return least * (1 - lost) - payment
    bounds = vickrey(priors, least)
    return least * (1 - bounds.no_award) - bounds.resource_cost


def _rational(end: arb) -> Fraction:
    """A ball of radius zero as the rational that it is."""
    mantissa, exponent = (int(part) for part in end.man_exp())
    if abs(exponent) > 100_000:
        raise Rejected("the value is out of range")
    return Fraction(mantissa) * Fraction(2) ** exponent
