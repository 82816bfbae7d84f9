r"""Linear arithmetic over the reals: a point that satisfies some conditions, or the multipliers that refute them.

By Farkas' lemma $g_1 \ge 0, \dots, g_m \ge 0$ have no common point exactly if some non-negative multipliers make
$\sum_k \lambda_k g_k$ a negative constant (zero will do where a strict condition has a positive one). z3 names a small set of
conditions that contradict each other; once no condition can be left out, the multipliers are unique up to scale, and one exact
elimination finds them. z3 is not believed: what it says is used only through the multipliers, or the point, which are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from time import monotonic
from typing import Any

from equilibria.proofs.affine import ONE, Form, Key, Rat, factors, is_affine, key_of, value_at, whole
from equilibria.proofs.order_closure import Multipliers
from equilibria.proofs.tracing import OutOfTime
from equilibria.proofs.trees import Condition

__all__ = ["LinearSolver", "multipliers_of", "refutes"]


class LinearSolver:
    """Decides conditions over some variables with z3."""

    def __init__(self, variables: int) -> None:
        import z3

        self._z3 = z3
        self._variables = [z3.Real(f"x{place}") for place in range(variables)]
        self._terms: dict[tuple[Key, bool], Any] = {}

    def term(self, form: Form, strict: bool) -> Any:
        """A condition for z3."""
        key = (key_of(form), strict)
        found = self._terms.get(key)
        if found is None:
            z3 = self._z3
            total = z3.Sum([self._monomial(i, c) for i, c in form.items()])
            found = self._terms[key] = total > 0 if strict else total >= 0
        return found

    def _monomial(self, place: int, coefficient: Rat) -> Any:
        product = _number(self._z3, coefficient)
        for factor in () if place == ONE else factors(place):
            product = product * self._variables[factor]
        return product

    def _solver(self, seconds: float, linear: bool = True) -> Any:
        solver = self._z3.SolverFor("QF_LRA") if linear else self._z3.Solver()
        solver.set("timeout", max(1, min(int(1000 * seconds), 2**31 - 1)))
        return solver

    def core(self, conditions: Sequence[Condition], deadline: float) -> list[int] | tuple[Rat, ...] | None:
        """Places of conditions that contradict each other, or a point that satisfies all, or None if that is not known."""
        solver = self._solver(deadline - monotonic(), all(is_affine(form) for form, _ in conditions))
        solver.set("core.minimize", True)
        names = [self._z3.Bool(f"c{place}") for place in range(len(conditions))]
        for name, (form, strict) in zip(names, conditions, strict=True):
            solver.assert_and_track(self.term(form, strict), name)
        answer = solver.check()
        if answer == self._z3.unsat:
            return sorted(int(str(name)[1:]) for name in solver.unsat_core())
        if answer == self._z3.sat:
            return self._satisfying(solver.model(), conditions)
        return None

    def point(self, conditions: Sequence[Condition], deadline: float) -> tuple[Rat, ...] | None:
        """A point that satisfies all conditions, or None if there is none.

        Raises:
            OutOfTime: that is not known, or all points that were found are irrational.
        """
        solver = self._solver(deadline - monotonic(), all(is_affine(form) for form, _ in conditions))
        for form, strict in conditions:
            solver.add(self.term(form, strict))
        answer = solver.check()
        if answer == self._z3.unsat:
            return None
        found = self._satisfying(solver.model(), conditions) if answer == self._z3.sat else None
        if found is None:
            raise OutOfTime
        return found

    def _satisfying(self, model: Any, conditions: Sequence[Condition]) -> tuple[Rat, ...] | None:
        """The point of a model; where it is irrational, a rational one nearby if that satisfies the conditions too."""
        values = [model.eval(variable, model_completion=True) for variable in self._variables]
        if all(self._z3.is_rational_value(value) for value in values):
            return tuple(whole(Fraction(value.numerator_as_long(), value.denominator_as_long())) for value in values)
        for digits in (3, 6, 12, 24):
            near = tuple(_near(self._z3, value, digits) for value in values)
            if all((v > 0 if strict else v >= 0) for form, strict in conditions for v in (value_at(form, near),)):
                return near
        return None

    def simple_point(
        self, conditions: Sequence[Condition], denominator: int, most: int, milliseconds: int
    ) -> tuple[Rat, ...] | None:
        """A point whose entries are multiples of one over the denominator and at most `most` in size, or None."""
        z3 = self._z3
        if not all(is_affine(form) for form, _ in conditions):
            return None
        solver = z3.SolverFor("QF_LIA")
        solver.set("timeout", milliseconds)
        places = [z3.Int(f"n{place}") for place in range(len(self._variables))]
        for place in places:
            solver.add(place <= most * denominator, place >= -most * denominator)
        for form, strict in conditions:
            scale = 1
            for coefficient in form.values():
                scale *= Fraction(coefficient).denominator
            total = z3.Sum(
                [int(c * scale) * denominator if i == ONE else int(c * scale) * places[i] for i, c in form.items()]
            )
            solver.add(total > 0 if strict else total >= 0)
        if solver.check() != z3.sat:
            return None
        model = solver.model()
        values = [model.eval(place, model_completion=True).as_long() for place in places]
        return tuple(whole(Fraction(value, denominator)) for value in values)

    def decide(self, conditions: Sequence[Condition], deadline: float) -> Multipliers | tuple[Rat, ...] | None:
        """The multipliers of a contradiction, or a point, or None if that is not known.

        No multipliers at all stand for a contradiction of polynomials for which z3 must be believed.
        """
        core = self.core(conditions, deadline)
        if core is None or isinstance(core, tuple):
            return core
        if not all(is_affine(conditions[place][0]) for place in core):
            # Perhaps the products need not be known as such; else one must believe the solver.
            found = multipliers_of([conditions[place] for place in core])
            return {} if found is None else {core[at]: weight for at, weight in found.items()}
        while (found := multipliers_of([conditions[place] for place in core])) is None:
            # Not minimal: some condition can be left out.
            for place in core:
                rest = [other for other in core if other != place]
                smaller = self.core([conditions[other] for other in rest], deadline)
                if smaller is None:
                    return None
                if isinstance(smaller, list):
                    core = [rest[at] for at in smaller]
                    break
            else:
                return None
        return {core[at]: weight for at, weight in found.items()}


def _near(z3: Any, value: Any, digits: int) -> Rat:
    if not z3.is_rational_value(value):
        value = value.approx(digits)
    return whole(Fraction(value.numerator_as_long(), value.denominator_as_long()))


def _number(z3: Any, number: Rat) -> Any:
    return z3.RealVal(number) if isinstance(number, int) else z3.Q(number.numerator, number.denominator)


def multipliers_of(conditions: Sequence[Condition]) -> Multipliers | None:
    """The multipliers of conditions that contradict each other, where they are unique up to scale; else None."""
    places = sorted({place for form, _ in conditions for place in form if place != ONE})
    count = len(conditions)
    rows = [[Fraction(form.get(place, 0)) for form, _ in conditions] for place in places]
    pivots: list[int] = []
    for column in range(count):
        at = next((r for r in range(len(pivots), len(rows)) if rows[r][column]), None)
        if at is None:
            continue
        top = len(pivots)
        rows[top], rows[at] = rows[at], rows[top]
        head = rows[top][column]
        rows[top] = [entry / head for entry in rows[top]]
        for r, row in enumerate(rows):
            if r != top and row[column]:
                factor = row[column]
                rows[r] = [entry - factor * other for entry, other in zip(row, rows[top], strict=True)]
        pivots.append(column)
    free = [column for column in range(count) if column not in pivots]
    if len(free) != 1:
        return None
    weights = [Fraction(0)] * count
    weights[free[0]] = Fraction(1)
    for row, column in zip(rows, pivots, strict=False):
        weights[column] = -row[free[0]]
    found = {at: whole(weight) for at, weight in enumerate(weights) if weight}
    return found if refutes(conditions, found) else None


def refutes(conditions: Sequence[Condition], weights: Multipliers) -> bool:
    """Whether the weighted sum of the conditions is a contradiction."""
    total: dict[int, Rat] = {}
    strictly = False
    for at, weight in weights.items():
        form, strict = conditions[at]
        if weight < 0:
            return False
        strictly = strictly or (strict and weight > 0)
        for place, coefficient in form.items():
            total[place] = total.get(place, 0) + weight * coefficient
    if any(value for place, value in total.items() if place != ONE):
        return False
    bound = total.get(ONE, 0)
    return bound < 0 or (strictly and bound == 0)
