r"""The decision tree of a rule, every leaf of which was compared with the rule itself at a point of its cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

from equilibria.proofs.affine import ONE, Form, Rat, combined, constant, exact, is_affine, value_at, variable
from equilibria.proofs.linear_solver import LinearSolver
from equilibria.proofs.points import OrderedCell, satisfied, simplest
from equilibria.proofs.replaying import Raised, exactly
from equilibria.proofs.rules import Rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.symbols import Symbol, Untraceable
from equilibria.proofs.tracing import OutOfTime, Tracer
from equilibria.proofs.trees import Branch, Condition, Crash, Dead, FirstMax, Leaf, Sign, Tree

__all__ = ["Crashes", "TracedRule", "running", "traced"]

PARTS = tuple(
    tuple(Fraction(part, 10) for part in parts)
    for parts in (
        (4, 7, 2, 9, 3), (5,), (3,), (8,), (1,), (9,), (2, 7), (8, 3), (1, 1, 8), (1, 9, 9), (5, 1, 8, 2, 9), (2, 2, 9, 9),
    )
)  # where in its cell a leaf is tried, before a solver looks for a point


class Crashes(Exception):
    """The rule raises an exception at some reports."""

    def __init__(self, message: str, point: tuple[Rat, ...], labels: tuple[str, ...]) -> None:
        super().__init__(message)
        self.message, self.point, self.labels = message, point, labels


@dataclass(frozen=True, slots=True)
class TracedRule:
    """A decision tree for a number of agents, how many outcomes it has, and whether all its forms are affine."""

    setting: Setting
    tree: Tree
    leaves: int
    affine: bool


def traced(rule: Rule, setting: Setting, deadline: float) -> TracedRule:
    """Traces a rule, and compares every leaf with it.

    Raises:
        Crashes: it raises an exception at some reports.
        Untraceable: it has no tree of affine comparisons, and why.
        OutOfTime: before it was complete.
    """

    with rule.watched(symbolic=True):
        tree = Tracer(running(rule, setting), setting, deadline).tree()
    with rule.watched(symbolic=False):
        comparison = _Comparison(rule, setting, deadline)
        simplified = comparison.simplified(tree)
    return TracedRule(setting, simplified, comparison.leaves, comparison.affine)


def running(rule: Rule, setting: Setting) -> Callable[[list[Any]], Leaf]:
    """The rule as a function of symbols."""

    def run(reports: list[Any]) -> Leaf:
        shares, payments = rule.outcome(reports, setting)
        return Leaf(tuple(map(_form, shares)), tuple(map(_form, payments)))

    return run


def _form(value: object) -> Form:
    if isinstance(value, Symbol):
        return value.form
    number = exact(value)
    assert number is not None  # read_outcome has seen it
    return constant(number)


class _Comparison:
    """Walks a tree, comparing its leaves and removing cases that no reports reach."""

    def __init__(self, rule: Rule, setting: Setting, deadline: float) -> None:
        self.rule, self.setting, self.deadline = rule, setting, deadline
        self.leaves = 0
        self.affine = True
        self._cell = OrderedCell(setting.agents)
        self._parts = list(PARTS)
        self._path: list[Condition] = []
        self._hard: list[Condition] = []  # those of the path that are no order of variables and constants
        self._solver: LinearSolver | None = None
        for place, (low, high) in enumerate(setting.bounds):
            self._path += setting.within(place, variable(place))
            if low is not None:
                self._cell.assume(variable(place), constant(low), False)
            if high is not None:
                self._cell.assume(constant(high), variable(place), False)

    @property
    def solver(self) -> LinearSolver:
        if self._solver is None:
            self._solver = LinearSolver(self.setting.agents)
        return self._solver

    def simplified(self, tree: Tree | None) -> Tree:
        """The tree without cases that no reports reach."""
        if monotonic() > self.deadline:
            raise OutOfTime
        if not isinstance(tree, Branch):
            return self._compared(tree)
        mark, length, hard = self._cell.closure.mark(), len(self._path), len(self._hard)
        for child, case in enumerate(tree.operands()):
            if not isinstance(tree.children[child], Dead):
                conditions = _conditions(case)
                self.affine = self.affine and all(is_affine(form) for form, _ in conditions)
                self._path += conditions
                self._hard += [condition for condition in conditions if not _is_simple(condition[0])]
                possible = all(self._cell.assume(dict(high), dict(low), strict) for high, low, strict in case)
                tree.children[child] = self.simplified(tree.children[child]) if possible else Dead()
                self._cell.closure.unwind(mark)
                del self._path[length:]
                del self._hard[hard:]
        alive = [place for place, child in enumerate(tree.children) if not isinstance(child, Dead)]
        if not alive:
            return Dead()
        if len(alive) == 1:
            return _known(tree.children[alive[0]])
        if isinstance(tree, FirstMax) and len(alive) < len(tree.children):
            return FirstMax([tree.children[place] for place in alive], tuple(tree.forms[place] for place in alive))
        assert isinstance(tree, Sign) or len(alive) == len(tree.children)
        return tree

    def _point(self) -> tuple[Rat, ...] | None:
        for number, parts in enumerate(self._parts):
            point = self._cell.point(parts)
            if satisfied(self._hard, point):
                self._parts.insert(0, self._parts.pop(number))  # the next cell is much like this one
                return point
        return self.solver.point(self._path, self.deadline)

    def _compared(self, tree: Tree | None) -> Tree:
        if tree is None or isinstance(tree, Dead):
            return Dead()
        point = self._point()
        if point is None:
            if monotonic() > self.deadline:
                raise OutOfTime
            return Dead()
        outcome = exactly(self.rule, self.setting, point)
        if isinstance(tree, Crash):
            if not isinstance(outcome, Raised):
                raise Untraceable(f"does on symbols what it does not do on numbers ({tree.message})")
            simple = simplest(self.solver, self._path, point, self.deadline)
            if isinstance(again := exactly(self.rule, self.setting, simple), Raised):
                raise Crashes(again.message, simple, self.setting.labels)
            raise Crashes(outcome.message, point, self.setting.labels)
        assert isinstance(tree, Leaf)
        self.leaves += 1
        self.affine = self.affine and all(is_affine(form) for form in (*tree.allocation, *tree.payments))
        if isinstance(outcome, Raised):
            raise Untraceable(f"does on numbers what it does not do on symbols ({outcome.message})")
        for traced, found in zip((tree.allocation, tree.payments), outcome, strict=True):
            if any(value_at(form, point) != value for form, value in zip(traced, found, strict=True)):
                raise Untraceable(
                    f"decides otherwise on numbers than on symbols, at ({', '.join(map(str, point))}): it is random, depends on "
                    "what it did before, or looks at the type of its reports"
                )
        return tree


def _is_simple(form: Form) -> bool:
    """Whether a condition is about one variable, or the order of two."""
    factors = [factor for place, factor in form.items() if place != ONE]
    if not is_affine(form):
        return False
    return len(factors) < 2 or (len(factors) == 2 and ONE not in form and sum(factors) == 0)


def _conditions(case: list[tuple[Form, Form, bool]]) -> list[Condition]:
    return [(combined(high, -1, low), strict) for high, low, strict in case]


def _known(tree: Tree | None) -> Tree:
    assert tree is not None
    return tree
