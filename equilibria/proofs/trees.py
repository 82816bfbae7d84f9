r"""Decision trees: what a rule compares, and what it then decides.

A rule that compares affine forms of its reports, and returns affine forms of them, is a finite tree: at every inner node one of
a few cases applies, and they cover every vector of reports by their kind alone.

- `Split`: the form is at least zero, or it is less.
- `Sign`: the form is positive, zero, or negative.
- `FirstMax`: the first of some forms that attains their maximum; one case for each.

A case is a list of conditions `(form, strict)`: the form is at least zero, or positive. Variables are the reports in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from equilibria.proofs.affine import Form, combined, scaled

__all__ = ["Branch", "Condition", "Crash", "Dead", "FirstMax", "Leaf", "Sign", "Split", "Tree", "leaves"]

Condition: TypeAlias = tuple[Form, bool]


@dataclass(slots=True, eq=False)
class Leaf:
    """An outcome: how much each agent gets (of what its type is multiplied by), and what it pays (is paid, a prover)."""

    allocation: tuple[Form, ...]
    payments: tuple[Form, ...]


@dataclass(slots=True, eq=False)
class Crash:
    """The rule raised an exception here; `message` is what it said."""

    message: str


@dataclass(slots=True, eq=False)
class Dead:
    """No reports come here, by linear arithmetic."""


@dataclass(slots=True, eq=False)
class Branch:
    """A node with cases; its operands are what the rule compared, which provers of infeasibility use as landmarks."""

    children: list[Tree | None] = field(default_factory=list)

    def operands(self) -> list[list[tuple[Form, Form, bool]]]:
        """For each case its conditions as `(greater, lesser, strict)`."""
        raise NotImplementedError

    def cases(self) -> list[list[Condition]]:
        """For each case its conditions."""
        return [[(combined(high, -1, low), strict) for high, low, strict in case] for case in self.operands()]


@dataclass(slots=True, eq=False)
class Split(Branch):
    """`left >= right`, or `left < right`."""

    left: Form = field(default_factory=dict)
    right: Form = field(default_factory=dict)

    def operands(self) -> list[list[tuple[Form, Form, bool]]]:
        return [[(self.left, self.right, False)], [(self.right, self.left, True)]]


@dataclass(slots=True, eq=False)
class Sign(Branch):
    """`left > right`, `left == right`, or `left < right`."""

    left: Form = field(default_factory=dict)
    right: Form = field(default_factory=dict)

    def operands(self) -> list[list[tuple[Form, Form, bool]]]:
        left, right = self.left, self.right
        return [[(left, right, True)], [(left, right, False), (right, left, False)], [(right, left, True)]]


@dataclass(slots=True, eq=False)
class FirstMax(Branch):
    """The first of `forms` that attains their maximum."""

    forms: tuple[Form, ...] = ()

    def operands(self) -> list[list[tuple[Form, Form, bool]]]:
        forms = self.forms
        return [
            [(form, other, place < j) for place, other in enumerate(forms) if place != j] for j, form in enumerate(forms)
        ]


Tree: TypeAlias = Leaf | Crash | Dead | Branch


def negated(forms: Sequence[Form]) -> list[Form]:
    """The forms with their signs turned, so that the least becomes the greatest."""
    return [scaled(form, -1) for form in forms]


def leaves(tree: Tree) -> Iterator[Leaf | Crash]:
    """Every outcome of a tree in depth-first order."""
    stack: list[Tree | None] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Leaf | Crash):
            yield node
        elif isinstance(node, Branch):
            stack.extend(reversed(node.children))
