r"""Connects the atoms of a closure that are no variables, such as the mean of two bids, with what they are made of.

The mean $p = (b + s)/2$ lies above $b$ exactly if $s$ does: $p - b = (s - b)/2$. Wherever the difference of two atoms is a
multiple of a difference of two simple ones, an order of the latter that is known is an order of the former.
"""

from __future__ import annotations

from equilibria.proofs.affine import ONE, Rat
from equilibria.proofs.order_closure import OrderClosure, edge_of

__all__ = ["Landmarks", "is_landmark"]


def is_landmark(closure: OrderClosure, atom: int) -> bool:
    """Whether an atom is neither a variable nor a constant."""
    key = closure.keys[atom]
    return len(key) > 1 or (len(key) == 1 and key[0][0] != ONE and key[0][1] != 1)


class Landmarks:
    """What is to be looked up whenever a landmark is compared."""

    def __init__(self, closure: OrderClosure) -> None:
        self._closure = closure
        self._known: list[int] = []
        self._links: dict[int, list[tuple[int, int, int, Rat]]] = {}

    def introduce(self, atom: int) -> None:
        """Takes a landmark up, and finds what it is connected with."""
        if atom in self._links:
            return
        closure, form = self._closure, dict(self._closure.keys[atom])
        links: list[tuple[int, int, int, Rat]] = []
        parts = [closure.atom(((place, 1),)) for place in form if place != ONE]
        for other in (*parts, *self._known):
            edge = edge_of(form, dict(closure.keys[other]))
            if isinstance(edge, bool) or edge[0] == closure.keys[atom]:
                continue
            high, low = closure.atom(edge[0]), closure.atom(edge[1])
            links.append((other, high, low, edge[2]))
            if other in self._links:
                self._links[other].append((atom, low, high, edge[2]))
        self._links[atom] = links
        self._known.append(atom)

    def connect(self, atom: int) -> None:
        """Adds what is known now about the place of a landmark."""
        closure = self._closure
        for other, high, low, scale in self._links[atom]:
            for upper, lower, more, less in ((atom, other, high, low), (other, atom, low, high)):
                if closure.entails(more, less, False):
                    strict = closure.entails(more, less, True)
                    if not closure.entails(upper, lower, strict):
                        weights = closure.proof(more, less, strict)
                        closure.assume(upper, lower, strict, tuple((k, scale * weight) for k, weight in weights.items()))
