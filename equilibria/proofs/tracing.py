r"""Traces a rule into its decision tree by running it again and again.

The rule is run on symbols. Whenever it compares, one answer that is consistent with all earlier ones is given and noted; when it
returns, the last question with an answer not yet given is answered differently, and the rule runs again from the start. Since
the rule depends on nothing but these answers (a run that asks another question is refused), the runs are the leaves of its
decision tree. Questions whose answer follows from earlier ones by chaining are no nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from equilibria.proofs.affine import Form, constant, variable
from equilibria.proofs.order_closure import Mark, OrderClosure, edge_of
from equilibria.proofs.settings import Setting
from equilibria.proofs.symbols import Symbol, Untraceable
from equilibria.proofs.trees import Branch, Condition, Crash, Dead, FirstMax, Leaf, Sign, Split, Tree
from mechanisms.errors import MarketError

__all__ = ["OutOfTime", "Tracer"]

MOST_QUESTIONS = 100_000  # of one run; a rule that asks more does not end, as far as one can wait


class OutOfTime(BaseException):
    """The time limit has passed."""


class _Abandoned(BaseException):
    """The answers given so far contradict each other."""


@dataclass(slots=True)
class _Asked:
    """A question of the current run, its answer, and, if it is a node, what is needed to answer it differently."""

    kind: type[Branch]
    forms: tuple[Form, ...]
    answer: int
    places: tuple[int, ...] = ()
    node: Branch | None = None
    child: int = 0
    mark: Mark | None = None


class Tracer:
    """A decision tree in the making.

    Arguments:
        run: calls the rule on a list of symbols and reads its outcome.
        setting: the domain of the reports.
        deadline: moment of `time.monotonic` at which `OutOfTime` is raised.
        cell: further conditions on the reports, to trace the rule in a part of the domain only.
    """

    def __init__(
        self, run: Callable[[list[Any]], Leaf], setting: Setting, deadline: float, cell: Sequence[Condition] = ()
    ) -> None:
        self._run, self._setting, self._deadline = run, setting, deadline
        self._log: list[_Asked] = []
        self._nodes: list[int] = []  # places in the log of the questions that are nodes
        self._next = 0
        self._closure = OrderClosure()
        self._root: Tree | None = None
        self._spelled = False
        for place, (low, high) in enumerate(setting.bounds):
            for bound, upper in ((low, False), (high, True)):
                if bound is not None:
                    pair = (constant(bound), variable(place)) if upper else (variable(place), constant(bound))
                    self._assume([(*pair, False)])
        self._assume([(form, {}, strict) for form, strict in cell])

    def tree(self) -> Tree:
        """The whole tree.

        Raises:
            Untraceable: the rule has none, and why.
            OutOfTime: before it was complete.
        """
        while True:
            if monotonic() > self._deadline:
                raise OutOfTime
            self._next = 0
            self._attach(self._outcome())
            if self._next < len(self._log):
                raise Untraceable("does not do the same when it is run again: it is random, or depends on what it did before")
            if not self._advance():
                assert self._root is not None
                return self._root

    def _outcome(self) -> Tree:
        reports = [Symbol(self, variable(place)) for place in range(len(self._setting.bounds))]
        self._spelled = False
        try:
            outcome = self._run(reports)
            if self._spelled:  # what raises may say at which report
                raise Untraceable("writes a report as a text (str, repr, print or formatting), by which it could decide")
            return outcome
        except _Abandoned:
            return Dead()
        except MarketError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever the rule raises is an outcome
            return Crash(f"{type(error).__name__}: {error}")

    def _attach(self, tree: Tree) -> None:
        if not self._nodes:
            self._root = tree
            return
        asked = self._log[self._nodes[-1]]
        assert asked.node is not None
        asked.node.children[asked.child] = tree

    def _advance(self) -> bool:
        """Answers the last question that has another answer differently; False if there is none."""
        while self._nodes:
            place = self._nodes[-1]
            asked = self._log[place]
            assert asked.node is not None and asked.mark is not None
            del self._log[place + 1 :]
            cases = asked.node.operands()
            for child in range(asked.child + 1, len(cases)):
                self._closure.unwind(asked.mark)
                if self._assume(cases[child]):
                    asked.child, asked.answer = child, asked.places[child]
                    return True
                asked.node.children[child] = Dead()
            self._closure.unwind(asked.mark)
            self._nodes.pop()
            del self._log[place:]
        return False

    def _assume(self, case: Sequence[tuple[Form, Form, bool]]) -> bool:
        """Adds a case to what is known; False if it contradicts it."""
        for high, low, strict in case:
            edge = edge_of(high, low)
            if isinstance(edge, bool):
                if not edge or (strict and high == low):
                    return False
                continue
            upper, lower = self._closure.atom(edge[0]), self._closure.atom(edge[1])
            if self._closure.refutes(upper, lower, strict):
                return False
            self._closure.assume(upper, lower, strict, ())
        return True

    def _follows(self, high: Form, low: Form, strict: bool) -> bool:
        edge = edge_of(high, low)
        if isinstance(edge, bool):
            return edge and not (strict and high == low)
        return self._closure.entails(self._closure.atom(edge[0]), self._closure.atom(edge[1]), strict)

    def at_least(self, left: Form, right: Form) -> bool:
        return self._ask(Split, (left, right)) == 0

    def sign(self, left: Form, right: Form) -> int:
        return 1 - self._ask(Sign, (left, right))

    def first_max(self, forms: list[Form]) -> int:
        return self._ask(FirstMax, tuple(forms)) if len(forms) > 1 else 0

    def spelled(self) -> None:
        self._spelled = True

    def _ask(self, kind: type[Branch], forms: tuple[Form, ...]) -> int:
        if self._next < len(self._log):
            asked = self._log[self._next]
            if asked.kind is not kind or asked.forms != forms:
                raise Untraceable("does not ask the same when it is run again: it is random, or depends on what it did before")
        else:
            if self._next > MOST_QUESTIONS:
                raise Untraceable(f"compares reports more than {MOST_QUESTIONS} times in one run")
            asked = self._answered(kind, forms)
            self._log.append(asked)
            if asked.node is not None:
                self._nodes.append(len(self._log) - 1)
        self._next += 1
        return asked.answer

    def _answered(self, kind: type[Branch], forms: tuple[Form, ...]) -> _Asked:
        places: tuple[int, ...] = (0, 1, 2)
        node: Branch
        if kind is FirstMax:
            places = self._contenders(forms)
            if len(places) == 1:
                return _Asked(kind, forms, places[0])
            node = FirstMax(forms=tuple(forms[place] for place in places))
        else:
            node = Split(left=forms[0], right=forms[1]) if kind is Split else Sign(left=forms[0], right=forms[1])
        cases, mark = node.operands(), self._closure.mark()
        possible = []
        for child, case in enumerate(cases):
            if self._assume(case):
                possible.append(child)
            self._closure.unwind(mark)
        if not possible:
            raise _Abandoned
        self._assume(cases[possible[0]])
        if len(possible) == 1:
            return _Asked(kind, forms, places[possible[0]])
        node.children = [None if child in possible else Dead() for child in range(len(cases))]
        self._attach(node)
        return _Asked(kind, forms, places[possible[0]], places, node, possible[0], mark)

    def _contenders(self, forms: tuple[Form, ...]) -> tuple[int, ...]:
        """The places that may be the first maximum, as far as chaining tells."""
        kept: list[int] = []
        for place, form in enumerate(forms):
            if any(self._follows(forms[other], form, other > place) for other in range(len(forms)) if other != place):
                continue
            kept.append(place)
        return tuple(kept)
