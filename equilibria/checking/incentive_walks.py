r"""Walks a tree once for every run of an obligation, and confirms every entry of its proof.

A path has conditions $g_k \ge 0$ (or $> 0$): those of the obligation, then those of the cases taken, numbered in that order.
Entries come in the order of the walk, cases in the order of the children:

- `+` goes into a case;
- `3 7*1/2`, at a case: it is impossible, because $\sum_k \lambda_k g_k$ with these multipliers is a constant below zero (or zero,
  and a strict condition has a multiplier); the conditions of the case count;
- at the end of the last run, one for each claim $t \le 0$: $t + \sum_k \lambda_k g_k$ is a constant of at most zero;
- `!3 7` there: no point comes here, as above. Positive premises of a claim count as conditions after those of the path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from equilibria.checking.document import Rejected
from equilibria.checking.incentive_trees import ONE, Condition, Form, Node, Rat, plus, rational

TERM = re.compile(r"([0-9]{1,9})(?:\*(.+))?")


@dataclass(frozen=True, slots=True)
class Claim:
    """`target <= 0` where all of `given` are positive."""

    target: Form
    given: tuple[Form, ...] = ()


Outcome: TypeAlias = tuple[tuple[Form, ...], tuple[Form, ...]]
"""Shares and payments by agent, as forms of the variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What must be confirmed: for all variables under the conditions, whatever the runs decide, the claims hold.

    Arguments:
        subject: who it is about, for messages.
        conditions: on the variables.
        runs: for each run the tree's key `(agent, copies)`, and one form of the variables for each report.
        claims: from the outcomes of the runs.
        own: the agent, if the claims are about its share and payment alone, and only its report differs between the runs.
    """

    subject: str
    conditions: tuple[Condition, ...]
    runs: tuple[tuple[tuple[int, int], tuple[Form, ...]], ...]
    claims: Callable[[Sequence[Outcome]], Sequence[Claim]]
    own: int | None = None


@dataclass(slots=True, eq=False)
class Walk:
    """The confirmation of one proof.

    Arguments:
        obligation: what is to be shown.
        trees: the root for each run.
        proof: the entries, separated by semicolons.
        slack: what the target of a claim may be at most.
        where: names the proof in messages.
    """

    obligation: Obligation
    trees: Sequence[Node]
    proof: str
    slack: Rat
    where: str
    _path: list[Condition] = field(default_factory=list)
    _entries: Iterator[str] = field(default_factory=lambda: iter(()))
    _number: int = -1
    _reached: list[Outcome] = field(default_factory=list)
    _cases: dict[tuple[int, int], list[list[Condition]]] = field(default_factory=dict)
    _outcomes: dict[tuple[int, int], Outcome] = field(default_factory=dict)

    def confirm(self) -> int:
        """Confirms everything; how many leaves there were.

        Raises:
            Rejected: an entry is wrong, missing or left over.
        """
        self._path = list(self.obligation.conditions)
        self._entries = iter(self.proof.split(";"))
        leaves = self._walk(0, self.trees[0])
        nothing = not self.proof and self._number < 0  # no claims, and no cases: an empty text is no entry
        if next(self._entries, None) is not None and not nothing:
            raise Rejected(f"{self.where} has entries after its end")
        return leaves

    def _next(self) -> str:
        self._number += 1
        entry = next(self._entries, None)
        if entry is None:
            raise Rejected(f"{self.where} ends early")
        return entry

    def _walk(self, run: int, node: Node) -> int:
        if node.kind == "=":
            self._reached.append(self._outcome(run, node))
            if run + 1 == len(self.trees):
                self._close()
                leaves = 1
            else:
                leaves = self._walk(run + 1, self.trees[run + 1])
            self._reached.pop()
            return leaves
        if node.kind == "dead":
            raise Rejected(f"{self.where}, entry {self._number}: a dead case must be shown to be impossible")
        leaves, length = 0, len(self._path)
        for conditions, child in zip(self._substituted(run, node), node.children, strict=True):
            self._path += conditions
            entry = self._next()
            if entry == "+":
                leaves += self._walk(run, child)
            else:
                self._contradict(entry, self._path)
            del self._path[length:]
        return leaves

    def _substituted(self, run: int, node: Node) -> list[list[Condition]]:
        found = self._cases.get((run, id(node)))
        if found is None:
            reports = self.obligation.runs[run][1]
            found = self._cases[run, id(node)] = [
                [(substituted(form, reports), strict) for form, strict in case] for case in node.cases()
            ]
        return found

    def _outcome(self, run: int, node: Node) -> Outcome:
        found = self._outcomes.get((run, id(node)))
        if found is None:
            reports = self.obligation.runs[run][1]
            forms = tuple(substituted(form, reports) for form in node.forms)
            half = len(forms) // 2
            found = self._outcomes[run, id(node)] = (forms[:half], forms[half:])
        return found

    def _close(self) -> None:
        for claim in self.obligation.claims(self._reached):
            entry = self._next()
            path = self._path if not claim.given else [*self._path, *((form, True) for form in claim.given)]
            if entry.startswith("!"):
                self._contradict(entry[1:], path)
                continue
            total, _ = self._sum(entry, path, claim.target)
            bound = total.pop(ONE, 0)
            if any(total.values()) or bound > self.slack:
                raise Rejected(f"{self.where}, entry {self._number}: the multipliers do not show the claim")

    def _contradict(self, entry: str, path: Sequence[Condition]) -> None:
        total, strictly = self._sum(entry, path, {})
        bound = total.pop(ONE, 0)
        if any(total.values()) or not (bound < 0 or (strictly and bound == 0)):
            raise Rejected(f"{self.where}, entry {self._number}: the multipliers do not show a contradiction")

    def _sum(self, entry: str, path: Sequence[Condition], start: Form) -> tuple[dict[int, Rat], bool]:
        """The start plus the weighted sum of conditions, and whether a strict one is among them."""
        total, strictly = dict(start), False
        for text in entry.split():
            term = TERM.fullmatch(text)
            if term is None:
                raise Rejected(f"{self.where}, entry {self._number} is no list of multipliers: {text!r:.40}")
            place = int(term[1])
            weight = 1 if term[2] is None else rational(term[2], self.where)
            if place >= len(path) or weight <= 0:
                raise Rejected(f"{self.where}, entry {self._number}: {text!r:.40} is no positive multiple of a condition")
            form, strict = path[place]
            strictly = strictly or strict
            for variable, coefficient in form.items():
                total[variable] = total.get(variable, 0) + weight * coefficient
        return total, strictly


def substituted(form: Form, reports: Sequence[Form]) -> dict[int, Rat]:
    """A form of the reports as a form of the variables."""
    total: dict[int, Rat] = {}
    for place, coefficient in form.items():
        total = plus(total, coefficient, {ONE: 1} if place == ONE else reports[place])
    return total
