r"""Reads the decision tree of a rule: nodes in depth-first order, one text each.

| text | cases, in the order of the children |
|---|---|
| `split F; G` | $F \ge G$; $F < G$ |
| `sign F; G` | $F > G$; $F = G$; $F < G$ |
| `first F; G; ...` | for each form: it attains the maximum, and none before it does |
| `dead` | none: no reports may come here |
| `= shares / payments` | none: the outcome, one form for each agent in both |

The cases of a node cover every vector of reports, whatever the forms are. A form is a sum of terms `2*r0`, `r1`, `-1/4`, in which
`r0` is the first report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from equilibria.checking.document import Rejected, string

ONE = -1
"""The key of the constant term of a form."""

Rat: TypeAlias = int | Fraction
Form: TypeAlias = Mapping[int, Rat]
Condition: TypeAlias = tuple[Form, bool]
"""A form that is at least zero, or, where the second is true, positive."""

NUMBER = re.compile(r"-?[0-9]{1,3000}(/[0-9]{1,3000})?")
REPORT = re.compile(r"r([0-9]{1,6})")


def rational(text: str, where: str) -> Rat:
    """`"-3/4"` as a number."""
    if not NUMBER.fullmatch(text):
        raise Rejected(f"{where} must be a fraction such as -3/4; got {text!r:.40}")
    try:
        value = Fraction(text)
    except ZeroDivisionError:
        raise Rejected(f"{where} divides by zero") from None
    return value.numerator if value.denominator == 1 else value


def plus(first: Form, factor: Rat, second: Form) -> dict[int, Rat]:
    """`first + factor * second`."""
    total = dict(first)
    for place, coefficient in second.items():
        total[place] = total.get(place, 0) + factor * coefficient
    return {place: coefficient for place, coefficient in total.items() if coefficient}


def read_form(text: str, agents: int, where: str) -> dict[int, Rat]:
    """A form of the reports."""
    total: dict[int, Rat] = {}
    for term in text.split():
        head, star, tail = term.partition("*")
        report = REPORT.fullmatch(tail if star else head)
        place = ONE if report is None else int(report[1])
        if place >= agents or (star and report is None):
            raise Rejected(f"{where} has the term {term!r:.40}, which is no multiple of a report")
        coefficient = rational(head, where) if star or report is None else 1
        total[place] = total.get(place, 0) + coefficient
    if not text.split():
        raise Rejected(f"{where} has an empty form; write 0")
    return total


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node of a tree; `forms` are what is compared, or, of an outcome, shares and then payments."""

    kind: str
    forms: tuple[dict[int, Rat], ...]
    children: list[Node] = field(default_factory=list)

    def cases(self) -> list[list[Condition]]:
        """The conditions of each child; one of the lists holds at every point."""
        forms = self.forms
        if self.kind == "first":
            return [
                [(plus(form, -1, other), at < j) for at, other in enumerate(forms) if at != j] for j, form in enumerate(forms)
            ]
        more, less = plus(forms[0], -1, forms[1]), plus(forms[1], -1, forms[0])
        if self.kind == "split":
            return [[(more, False)], [(less, True)]]
        return [[(more, True)], [(more, False), (less, False)], [(less, True)]]


def read_tree(texts: Sequence[object], agents: int, where: str) -> Node:
    """The tree of a list of texts.

    Raises:
        Rejected: a text is none of the above, or they are no tree.
    """
    if not texts:
        raise Rejected(f"{where} has no nodes")
    root: Node | None = None
    unfinished: list[tuple[Node, int]] = []
    for number, text in enumerate(texts):
        if root is not None and not unfinished:
            raise Rejected(f"{where}[{number}] belongs to no node")
        node, children = _node(string(text, f"{where}[{number}]"), agents, f"{where}[{number}]")
        if root is None:
            root = node
        else:
            parent, missing = unfinished.pop()
            parent.children.append(node)
            if missing > 1:
                unfinished.append((parent, missing - 1))
        if children:
            unfinished.append((node, children))
    if unfinished or root is None:
        raise Rejected(f"{where} ends before its last case")
    return root


def _node(text: str, agents: int, where: str) -> tuple[Node, int]:
    kind, _, rest = text.partition(" ")
    if kind == "dead" and not rest:
        return Node("dead", ()), 0
    if kind == "=":
        halves = rest.split("/ ")  # a fraction has no blank after its stroke
        if len(halves) != 2:
            raise Rejected(f"{where} must have shares / payments")
        columns = [[read_form(form, agents, where) for form in half.split(";")] for half in halves]
        if any(len(column) != agents for column in columns):
            raise Rejected(f"{where} must have a share and a payment for each of {agents} agents")
        return Node("=", (*columns[0], *columns[1])), 0
    forms = tuple(read_form(form, agents, where) for form in rest.split(";"))
    if kind == "first" and len(forms) >= 2:
        return Node("first", forms), len(forms)
    if kind in ("split", "sign") and len(forms) == 2:
        return Node(kind, forms), 2 if kind == "split" else 3
    raise Rejected(f"{where} is no node: {text!r:.40}")
