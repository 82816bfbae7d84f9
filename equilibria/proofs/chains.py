r"""Shows that an affine form is at least zero by adding up chains of a closure.

A form $\sum_i a_i x_i + a_0$ is non-negative if its negative terms can be paid by its positive ones: every $-a_j x_j$ by some
$a_i x_i$ with $x_i \ge x_j$ known, or by a constant above $x_j$; what is left over of the positive ones counts with a constant
below them. That is a small transport problem, solved greedily: what it misses is asked of the solver.
"""

from __future__ import annotations

from collections.abc import Iterator

from equilibria.proofs.affine import ONE, Form, Rat, combined, key_of
from equilibria.proofs.order_closure import Multipliers, OrderClosure, bits, constant_value, edge_of

__all__ = ["chained"]


def chained(closure: OrderClosure, form: Form) -> Multipliers | None:
    """Weights of conditions whose sum is the form less a constant of at least zero; None if no chains are seen."""
    edge = edge_of(form, {})
    if isinstance(edge, bool):
        return {} if edge else None
    if len(form) <= 2:
        high, low = closure.atom(edge[0]), closure.atom(edge[1])
        if edge[0] != key_of(form) or len(form) == 1:
            if closure.entails(high, low, False):
                return _scaled(closure.proof(high, low, False), edge[2])
            return None
    for one, other in _landmarks(closure, form):
        if closure.entails(one, other, False):
            return closure.proof(one, other, False)
    return _transported(closure, form)


def _landmarks(closure: OrderClosure, form: Form) -> Iterator[tuple[int, int]]:
    """Pairs of atoms, one of which is no variable, whose difference is the form."""
    for number in range(len(closure.up)):
        key = closure.keys[number]
        if len(key) < 2:
            continue
        atom = dict(key)
        below = closure.index.get(key_of(combined(atom, -1, form)))
        if below is not None and below < len(closure.up):
            yield number, below
        above = closure.index.get(key_of(combined(atom, 1, form)))
        if above is not None and above < len(closure.up):
            yield above, number


def _transported(closure: OrderClosure, form: Form) -> Multipliers | None:
    supply = {closure.atom(((place, 1),)): a for place, a in form.items() if place != ONE and a > 0}
    demand = {closure.atom(((place, 1),)): -a for place, a in form.items() if place != ONE and a < 0}
    rest = form.get(ONE, 0)
    weights: Multipliers = {}

    def pay(high: int, low: int, amount: Rat) -> None:
        for condition, weight in closure.proof(high, low, False).items():
            weights[condition] = weights.get(condition, 0) + amount * weight

    payers = {low: [high for high in supply if closure.entails(high, low, False)] for low in demand}
    for low in sorted(demand, key=lambda low: len(payers[low])):
        needed = demand[low]
        for high in payers[low]:
            amount = min(needed, supply[high])
            if amount:
                pay(high, low, amount)
                supply[high] -= amount
                needed -= amount
        if needed:
            limit = _nearest(closure, closure.up[low], min)
            if limit is None:
                return None
            pay(limit[1], low, needed)
            rest -= needed * limit[0]
    for high, left in supply.items():
        if left:
            limit = _nearest(closure, closure.down[high], max)
            if limit is None:
                return None
            pay(high, limit[1], left)
            rest += left * limit[0]
    return weights if rest >= 0 else None


def _nearest(closure: OrderClosure, mask: int, extreme: object) -> tuple[Rat, int] | None:
    """The nearest constant among some atoms."""
    known = [(value, number) for number in bits(mask) if (value := constant_value(closure.keys[number])) is not None]
    return extreme(known) if known else None  # type: ignore[operator]  # min or max


def _scaled(weights: Multipliers, factor: Rat) -> Multipliers:
    return weights if factor == 1 else {place: weight * factor for place, weight in weights.items()}
