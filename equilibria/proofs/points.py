r"""Points of cells: where a traced rule is compared with the original, and where a counterexample is told."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from time import monotonic

from equilibria.proofs.affine import Rat, value_at, whole
from equilibria.proofs.linear_solver import LinearSolver
from equilibria.proofs.order_closure import OrderClosure, bits, constant_value, edge_of
from equilibria.proofs.trees import Condition

__all__ = ["OrderedCell", "satisfied", "simplest"]

SIMPLE = ((1, 3), (2, 2), (4, 2), (8, 4), (20, 20))  # denominators and sizes to try
MILLISECONDS = 25


def satisfied(conditions: Sequence[Condition], point: Sequence[Rat]) -> bool:
    """Whether a point satisfies all conditions."""
    return all((value > 0 if strict else value >= 0) for form, strict in conditions for value in (value_at(form, point),))


def simplest(solver: LinearSolver, conditions: Sequence[Condition], point: tuple[Rat, ...], deadline: float) -> tuple[Rat, ...]:
    """A point that satisfies the conditions like the given one, with small denominators if there is such a one."""
    for denominator, _ in SIMPLE:
        rounded = tuple(whole(Fraction(round(value * denominator), denominator)) for value in point)
        if satisfied(conditions, rounded):
            point = rounded
            break
    for denominator, most in SIMPLE:
        if monotonic() > deadline:
            break
        found = solver.simple_point(conditions, denominator, most, MILLISECONDS)
        if found is not None and satisfied(conditions, found):
            return found
    return point


class OrderedCell:
    """The points of a path whose conditions are an order of variables and constants, up to a few that are not."""

    def __init__(self, variables: int) -> None:
        self.closure = OrderClosure()
        self.places = [self.closure.atom(((place, 1),)) for place in range(variables)]
        self.closure.atom(())

    def assume(self, high: dict[int, Rat], low: dict[int, Rat], strict: bool) -> bool:
        """Adds a condition; False if it contradicts the others."""
        edge = edge_of(high, low)
        if isinstance(edge, bool):
            return edge
        upper, lower = self.closure.atom(edge[0]), self.closure.atom(edge[1])
        if self.closure.refutes(upper, lower, strict):
            return False
        self.closure.assume(upper, lower, strict, ())
        return True

    def point(self, parts: Sequence[Fraction]) -> tuple[Rat, ...]:
        """A point in which the variables, from the lowest, lie parts (in turn) of the way from what is below to what is above."""
        closure = self.closure
        values: dict[int, Rat] = {}
        for atom in range(len(closure.keys)):
            value = constant_value(closure.keys[atom])
            if value is not None and atom < len(closure.up):
                values[atom] = value
        known = dict(values)
        rising = sorted(self.places, key=lambda place: closure.down[place].bit_count())
        for number, place in enumerate(rising):
            part = parts[number % len(parts)]
            below = [values[other] for other in bits(closure.down[place]) if other in values]
            above = [known[other] for other in bits(closure.up[place]) if other in known]
            equal = [
                values[other] for other in bits(closure.down[place] & closure.up[place]) if other in values and other != place
            ]
            if equal:
                values[place] = equal[0]
                continue
            low = max(below, default=None)
            high = min(above, default=None)
            if low is None:
                low = 0 if high is None else high - 1
            values[place] = whole(low + (high - low) * part) if high is not None else whole(low + 2 * part)
        return tuple(values[place] for place in self.places)
