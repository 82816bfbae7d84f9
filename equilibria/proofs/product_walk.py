r"""Walks the decision tree of the rule once for every run of an obligation, and closes every leaf of the product.

A path of the walk is a list of conditions on the obligation's variables: its own first, then those of the cases taken, in order.
A case that contradicts the path is closed by Farkas multipliers; at the end of the last run every claim is closed by
multipliers $\lambda \ge 0$ with $t + \sum_k \lambda_k g_k$ a constant of at most zero, which shows $t \le 0$. Where neither
exists there is a point that violates the claim. The multipliers in the order of the walk are the certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from time import monotonic
from typing import TypeAlias

from equilibria.proofs.affine import ONE, Form, Rat, combined, is_affine, scaled, substituted
from equilibria.proofs.chains import chained
from equilibria.proofs.landmarks import Landmarks, is_landmark
from equilibria.proofs.linear_solver import LinearSolver
from equilibria.proofs.obligations import Claim, Obligation
from equilibria.proofs.order_closure import Multipliers, OrderClosure, edge_of
from equilibria.proofs.tracing import OutOfTime
from equilibria.proofs.trees import Branch, Condition, Leaf, Tree

__all__ = ["Violation", "Walk", "written"]

Reason: TypeAlias = tuple[int, int, bool, Rat, Form]
"""A condition as an edge: atoms above and below (both -1 if it is about constants), strictness, scale, form."""


class Violation(Exception):
    """A claim of an obligation that does not hold at a point."""

    def __init__(self, claim: int, point: tuple[Rat, ...], conditions: Sequence[Condition], target: Form) -> None:
        super().__init__()
        self.claim, self.point, self.conditions, self.target = claim, point, conditions, target


@dataclass(slots=True, eq=False)
class Walk:
    """The proof of one obligation in the making.

    Arguments:
        obligation: what is to be shown.
        trees: the decision tree for each run.
        deadline: moment of `time.monotonic` at which `OutOfTime` is raised.
        slack: what a claim's target may be at most (zero for an exact property).
        record: takes the multipliers, as `written`, one text for each entry; None to keep none.
    """

    obligation: Obligation
    trees: Sequence[Tree]
    deadline: float
    slack: Rat = 0
    record: Callable[[str], None] | None = None
    leaves: int = 0
    asked: int = 0
    affine: bool = True  # no claim and no case had a product of variables
    _path: list[Condition] = field(default_factory=list)
    _closure: OrderClosure = field(default_factory=OrderClosure)
    _reached: list[Leaf] = field(default_factory=list)
    _compiled: dict[tuple[int, int], list[list[Reason]]] = field(default_factory=dict)
    _outcomes: dict[tuple[int, int], Leaf] = field(default_factory=dict)
    _compared: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    _landmarks: Landmarks = field(init=False)
    _solver: LinearSolver | None = None

    def __post_init__(self) -> None:
        self._landmarks = Landmarks(self._closure)

    def prove(self) -> None:
        """Walks everything.

        Raises:
            Violation: the obligation does not hold.
            OutOfTime: before it was decided.
        """
        for form, strict in self.obligation.conditions:
            self._take(self._reason(form, {}, strict))
        self._walk(0, self.trees[0])

    @property
    def solver(self) -> LinearSolver:
        """For what chaining does not decide."""
        if self._solver is None:
            self._solver = LinearSolver(self.obligation.variables)
        return self._solver

    def _reason(self, high: Form, low: Form, strict: bool) -> Reason:
        form = combined(high, -1, low)
        self.affine = self.affine and is_affine(form)
        edge = edge_of(high, low)
        if isinstance(edge, bool):
            return -1, -1, strict, 1, form
        return self._closure.atom(edge[0]), self._closure.atom(edge[1]), strict, edge[2], form

    def _take(self, reason: Reason) -> Multipliers | None:
        """Adds a condition to the path; the multipliers of a contradiction, if there is one."""
        high, low, strict, scale, form = reason
        number = len(self._path)
        self._path.append((form, strict))
        contradiction = self._contradiction(reason, number)
        if contradiction is None and high >= 0:
            self._closure.assume(high, low, strict, ((number, _inverse(scale)),))
        return contradiction

    def _contradiction(self, reason: Reason, number: int) -> Multipliers | None:
        high, low, strict, scale, form = reason
        if high < 0:
            bound = form.get(ONE, 0)
            return {number: 1} if bound < 0 or (strict and bound == 0) else None
        if not self._closure.refutes(high, low, strict):
            return None
        weights = self._closure.proof(low, high, not strict)
        weights[number] = weights.get(number, 0) + _inverse(scale)
        return weights

    def _cases(self, run: int, node: Branch) -> list[list[Reason]]:
        found = self._compiled.get((run, id(node)))
        if found is None:
            reports = self.obligation.runs[run].reports
            memo: dict[int, dict[int, Rat]] = {}

            def put(form: Form) -> dict[int, Rat]:
                if id(form) not in memo:
                    memo[id(form)] = substituted(form, reports)
                return memo[id(form)]

            found = [[self._reason(put(high), put(low), strict) for high, low, strict in case] for case in node.operands()]
            self._compiled[run, id(node)] = found
            named = {atom for case in found for reason in case if reason[0] >= 0 for atom in reason[:2]}
            self._compared[run, id(node)] = [atom for atom in sorted(named) if is_landmark(self._closure, atom)]
            for atom in self._compared[run, id(node)]:
                self._landmarks.introduce(atom)
        return found

    def _walk(self, run: int, node: Tree | None) -> None:
        if isinstance(node, Leaf):
            self._reached.append(self._outcome(run, node))
            if run + 1 == len(self.trees):
                self._close()
            else:
                self._walk(run + 1, self.trees[run + 1])
            self._reached.pop()
            return
        assert isinstance(node, Branch)
        if monotonic() > self.deadline:
            raise OutOfTime
        cases = self._cases(run, node)
        self._closure.fill()
        for atom in self._compared[run, id(node)]:
            self._landmarks.connect(atom)
        mark, length = self._closure.mark(), len(self._path)
        for reasons, child in zip(cases, node.children, strict=True):
            refuted = self._at_once(reasons, length)
            if refuted is None:
                refuted = self._enter(reasons)
                if refuted is None and not isinstance(child, Leaf | Branch):
                    refuted = self._impossible()
                if refuted is None:
                    self._note("+")
                    self._walk(run, child)
                self._closure.unwind(mark)
                del self._path[length:]
            if refuted is not None:
                self._note(written(refuted))

    def _at_once(self, reasons: Sequence[Reason], length: int) -> Multipliers | None:
        """Why one condition of a case alone contradicts the path, if one does."""
        over, up = self._closure.over, self._closure.up
        for place, reason in enumerate(reasons):
            high = reason[0]
            if high < 0 or ((up if reason[2] else over)[high] >> reason[1]) & 1:
                refuted = self._contradiction(reason, length + place)
                if refuted is not None:
                    return refuted
        return None

    def _enter(self, reasons: Sequence[Reason]) -> Multipliers | None:
        """Adds a case to the path, or says why it is impossible."""
        for reason in reasons:
            refuted = self._take(reason)
            if refuted is not None:
                return refuted
        return None

    def _impossible(self) -> Multipliers:
        """The multipliers that refute a path that leads nowhere."""
        decided = self._ask(self._path)
        if isinstance(decided, tuple):
            raise AssertionError("a dead case of the tree has a point")
        return decided

    def _ask(self, conditions: Sequence[Condition]) -> Multipliers | tuple[Rat, ...]:
        self.asked += 1
        decided = self.solver.decide(conditions, self.deadline)
        if decided is None:
            raise OutOfTime
        return decided

    def _outcome(self, run: int, leaf: Leaf) -> Leaf:
        found = self._outcomes.get((run, id(leaf)))
        if found is None:
            reports = self.obligation.runs[run].reports
            found = self._outcomes[run, id(leaf)] = Leaf(
                tuple(substituted(form, reports) for form in leaf.allocation),
                tuple(substituted(form, reports) for form in leaf.payments),
            )
        return found

    def _close(self) -> None:
        self.leaves += 1
        entries: list[str] = []
        for number, claim in enumerate(self.obligation.claims(self._reached)):
            self.affine = self.affine and is_affine(claim.target)
            target = combined(claim.target, -1, {ONE: self.slack}) if self.slack else claim.target
            weights = chained(self._closure, scaled(target, -1))
            if weights is None and (excluded := self._excluded(claim)) is not None:
                entries.append("!" + written(excluded))
                continue
            if weights is None:
                conditions = [*self._path, *((form, True) for form in claim.given), (target, True)]
                decided = self._ask(conditions)
                if isinstance(decided, tuple):
                    raise Violation(number, decided, conditions[:-1], target)
                own = decided.pop(len(conditions) - 1, 0)
                if not own:  # the path itself is impossible
                    entries.append("!" + written(decided))
                    continue
                weights = {place: Fraction(weight) / own for place, weight in decided.items()}
            entries.append(written(weights))
        for entry in entries:
            self._note(entry)

    def _excluded(self, claim: Claim) -> Multipliers | None:
        """Why a premise of a claim cannot hold, if chaining tells."""
        for number, premise in enumerate(claim.given):
            weights = chained(self._closure, scaled(premise, -1))
            if weights is not None:
                return {**weights, len(self._path) + number: 1}
        return None

    def _note(self, entry: str) -> None:
        if self.record is not None:
            self.record(entry)


def _inverse(scale: Rat) -> Rat:
    return 1 if scale == 1 else Fraction(1) / scale


def written(weights: Mapping[int, Rat]) -> str:
    """Multipliers as a text: `3 7*1/2` is the third condition (from zero) and half the seventh."""
    return " ".join(
        f"{place}" if weight == 1 else f"{place}*{weight}" for place, weight in sorted(weights.items()) if weight
    )
