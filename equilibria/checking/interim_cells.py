r"""What an agent gets as a function of its own report and of the rival that counts, from the decision tree of a rule.

The plane of own report $b$ and of the report $y$ of the rival of some rank is cut by lines: where a form that the rule
compares vanishes, with every other rival's report at either end of what $y$ leaves to it. Off the lines every comparison is
true, false, or undecided by $b$ and $y$; an undecided one is followed both ways, and all outcomes that are reached must be
one for this agent. A comparison that holds but for reports of probability zero is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import NamedTuple

from flint import fmpq

from equilibria.checking.document import Rejected
from equilibria.checking.incentive_trees import ONE, Condition, Form, Node
from equilibria.checking.rival_laws import rational

Comparison = tuple[Mapping[int, fmpq], bool]


class Affine(NamedTuple):
    """`constant + own * b + rival * y`."""

    constant: Fraction
    own: Fraction
    rival: Fraction

    def at(self, b: Fraction, y: Fraction) -> Fraction:
        """Its value."""
        return self.constant + self.own * b + self.rival * y


class Outcome(NamedTuple):
    """What the agent gets and pays, both with the sign that makes its utility `type * share - payment`."""

    share: Affine
    payment: Affine


class Line(NamedTuple):
    """`y = constant + slope * b`."""

    constant: Fraction
    slope: Fraction

    def at(self, b: Fraction) -> Fraction:
        """The height over a report."""
        return self.constant + self.slope * b


class Strip(NamedTuple):
    """Rivals between two lines, all of which lead to one outcome."""

    low: Line
    high: Line
    outcome: Outcome


class Order(NamedTuple):
    """The rival that counts, and those above it."""

    pivot: int
    above: frozenset[int]


class Plane:
    """The view of one agent.

    Arguments:
        root: the rule's decision tree.
        agent: its number.
        sign: 1 for a buyer, -1 for a prover.
        bounds: lowest and highest report of every agent.
        rank: the rival that counts is the one with this many, itself included, at least as high.
        knots: of that rival's law.
    """

    def __init__(
        self,
        root: Node,
        agent: int,
        sign: int,
        bounds: Sequence[tuple[Fraction, Fraction]],
        rank: int,
        knots: Sequence[Fraction],
    ) -> None:
        self.root, self.agent, self.sign, self.bounds, self.rank, self.knots = root, agent, sign, bounds, rank, knots
        self.rivals = [k for k in range(len(bounds)) if k != agent]
        self._knots = frozenset(knots)
        self._orders = [
            Order(pivot, frozenset(above))
            for pivot in self.rivals
            for above in combinations([k for k in self.rivals if k != pivot], rank - 1)
        ]
        self._ends_of = [(rational(low), rational(high)) for low, high in bounds]
        self._cases: dict[int, list[list[Condition]]] = {}
        self._quick: dict[int, list[list[Comparison]]] = {}
        self.slanted, self.upright = self._lines()

    def _lines(self) -> tuple[list[Line], list[Fraction]]:
        """Lines that are functions of b, and the reports of the vertical ones."""
        slanted = {Line(end, Fraction(0)) for rival in self.rivals for end in self.bounds[rival]}
        upright = set[Fraction]()
        for form in {tuple(sorted(form.items())) for form in self._compared(self.root)}:
            for pivot in self.rivals:
                for cut in self._ends(dict(form), pivot):
                    if cut.rival:
                        slanted.add(Line(-cut.constant / cut.rival, -cut.own / cut.rival))
                    elif cut.own:
                        upright.add(-cut.constant / cut.own)
        return sorted(slanted), sorted(upright)

    def _cases_of(self, node: Node) -> list[list[Condition]]:
        found = self._cases.get(id(node))
        if found is None:
            found = self._cases[id(node)] = node.cases() if node.children else []
        return found

    def _compared(self, node: Node) -> Iterator[Form]:
        for case in self._cases_of(node):
            for form, _ in case:
                yield form
        for child in node.children:
            yield from self._compared(child)

    def _ends(self, form: Form, pivot: int) -> Iterator[Affine]:
        """The form with every other rival at an end of what y leaves to it."""
        others = [k for k in self.rivals if k != pivot and form.get(k)]
        choices: list[list[Fraction | None]] = [[*self.bounds[k], None] for k in others]
        for ends in product(*choices):
            constant, rival = Fraction(form.get(ONE, 0)), Fraction(form.get(pivot, 0))
            for k, end in zip(others, ends, strict=True):
                if end is None:
                    rival += form[k]
                else:
                    constant += form[k] * end
            yield Affine(constant, Fraction(form.get(self.agent, 0)), rival)

    def critical(self) -> list[Fraction]:
        """Reports between which the lines keep their order, the ends of the agent's own range included."""
        low, high = self.bounds[self.agent]
        found = {low, high, *self.upright}
        lines = sorted({*self.slanted, *(Line(knot, Fraction(0)) for knot in self.knots)})
        for k, one in enumerate(lines):
            for two in lines[k + 1 :]:
                if one.slope != two.slope:
                    found.add((two.constant - one.constant) / (one.slope - two.slope))
        return sorted(b for b in found if low <= b <= high)

    def strips(self, b: Fraction) -> list[Strip]:
        """The outcomes of a report, by rival from the lowest to the highest.

        Raises:
            Rejected: more than b and y decides about the agent.
        """
        heights = {knot: Line(knot, Fraction(0)) for knot in self.knots}
        deciding = {self.knots[0]}
        for line in self.slanted:
            height = line.at(b)
            if self.knots[0] <= height <= self.knots[-1]:
                heights.setdefault(height, line)
                deciding.add(height)
        strips: list[Strip] = []
        for low, high in pairwise(sorted(heights)):
            before = strips[-1] if strips else None
            outcome = before.outcome if before is not None and low not in deciding else self._outcome(b, (low + high) / 2)
            if before is not None and before.outcome == outcome and low not in self._knots:
                strips[-1] = Strip(before.low, heights[high], outcome)
            else:
                strips.append(Strip(heights[low], heights[high], outcome))
        return strips

    def _outcome(self, b: Fraction, y: Fraction) -> Outcome:
        found = set[Outcome]()
        for pivot, above in self._orders:
            if self.bounds[pivot][0] < y < self.bounds[pivot][1] and all(
                y < self.bounds[k][1] if k in above else self.bounds[k][0] < y for k in self.rivals if k != pivot
            ):
                found.update(self._reached(self.root, rational(b), rational(y), Order(pivot, above)))
        if len(found) != 1:
            raise Rejected(f"what agent {self.agent} gets is no function of its report and its rival of rank {self.rank}")
        return next(iter(found))

    def _reached(self, node: Node, b: fmpq, y: fmpq, order: Order) -> Iterator[Outcome]:
        if node.kind == "=":
            yield self._read(node, order.pivot)
            return
        if node.kind == "dead":
            raise Rejected("a case that the tree calls dead may be reached")
        cases = self._quick.get(id(node))
        if cases is None:
            cases = self._quick[id(node)] = [
                [({k: rational(Fraction(c)) for k, c in form.items()}, strict) for form, strict in case]
                for case in self._cases_of(node)
            ]
        verdicts = [self._case(node, at, case, b, y, order) for at, case in enumerate(cases)]
        certain = [at for at, verdict in enumerate(verdicts) if verdict is True]
        for at in certain[:1] or [at for at, verdict in enumerate(verdicts) if verdict is None]:
            yield from self._reached(node.children[at], b, y, order)

    def _case(
        self, node: Node, at: int, case: Sequence[Comparison], b: fmpq, y: fmpq, order: Order
    ) -> bool | None:
        """Whether a case applies for (almost) all other rivals, for (almost) none, or neither is known."""
        answer: bool | None = True
        for form, strict in case:
            least, most = self._range(form, b, y, order)
            if least == most == 0:
                holds: bool | None = not strict
            elif least >= 0:
                holds = True
            elif most <= 0:
                holds = False
            else:
                holds = None
            if node.kind == "sign" and at == 1 and least < most:
                holds = False  # an equation in other rivals' reports has no probability
            if holds is False:
                return False
            answer = None if holds is None else answer
        return answer

    def _range(self, form: Mapping[int, fmpq], b: fmpq, y: fmpq, order: Order) -> tuple[fmpq, fmpq]:
        least = most = fmpq(0)
        for k, weight in form.items():
            if k in (ONE, self.agent, order.pivot):
                term = weight if k == ONE else weight * (b if k == self.agent else y)
                least, most = least + term, most + term
            elif weight != 0:
                low, high = self._ends_of[k]
                low, high = (max(low, y), high) if k in order.above else (low, min(high, y))
                products = (weight * low, weight * high)
                least, most = least + min(products), most + max(products)
        return least, most

    def _read(self, node: Node, pivot: int) -> Outcome:
        n = len(self.bounds)
        parts = []
        for form in (node.forms[self.agent], node.forms[n + self.agent]):
            if any(form.get(k) for k in self.rivals if k != pivot):
                raise Rejected(f"what agent {self.agent} gets or pays depends on more than one rival")
            parts.append(Affine(*(Fraction(self.sign * form.get(key, 0)) for key in (ONE, self.agent, pivot))))
        return Outcome(*parts)

