r"""What follows from a list of inequalities by chaining alone: reachability in a graph, kept transitively closed.

An *atom* is an affine form: a variable, a constant, or whatever else a rule compared, such as the mean of two bids. A condition
$f \ge g$ is an edge from $g$ up to $f$ (a strict one where it says $>$). A chain of edges from $b$ up to $a$ proves $a \ge b$,
and the sum of its conditions *is* the proof: Farkas multipliers without a linear program. It is incomplete (a proof that needs
a sum of several chains is not seen), so that what it leaves open is asked of a solver; what it says is right.

Reachability is kept as one bit mask an atom and direction, so that a question takes a microsecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

from equilibria.proofs.affine import ONE, Form, Key, Rat, combined, constant, key_of

__all__ = ["Edge", "Multipliers", "OrderClosure", "edge_of"]

Multipliers: TypeAlias = dict[int, Rat]
"""Weight by number of the condition on the path; they are positive."""

Edge: TypeAlias = tuple[Key, Key, Rat]
"""`(high, low, scale)`: the condition is `scale * (high - low) >= 0`."""

Reason: TypeAlias = tuple[tuple[int, Rat], ...]
"""Numbers of conditions and their weights, whose sum an edge is."""

Mark: TypeAlias = tuple[list[int], list[int], list[int], list[int], int]


def edge_of(high: Form, low: Form) -> Edge | bool:
    """`high >= low` between atoms that are as simple as can be; a bool where it is about constants (their order)."""
    form = combined(high, -1, low)
    places = [place for place in form if place != ONE]
    bound = form.get(ONE, 0)
    if not places:
        return bound >= 0
    if len(places) == 1:
        (place,) = places
        factor = form[place]
        limit = key_of(constant(_ratio(-bound, factor)))
        return (((place, 1),), limit, factor) if factor > 0 else (limit, ((place, 1),), -factor)
    if len(places) == 2 and not bound:
        first, second = places
        factor = form[first]
        if factor == -form[second]:
            return (((first, 1),), ((second, 1),), factor) if factor > 0 else (((second, 1),), ((first, 1),), -factor)
    return key_of(high), key_of(low), 1


def _ratio(over: Rat, under: Rat) -> Rat:
    quotient = Fraction(over) / under
    return quotient.numerator if quotient.denominator == 1 else quotient


def constant_value(key: Key) -> Rat | None:
    """The number that an atom is, or None."""
    if not key:
        return 0
    return key[0][1] if len(key) == 1 and key[0][0] == ONE else None


def bits(mask: int) -> Iterator[int]:
    """The places of the ones."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class OrderClosure:
    """The order that a path of conditions implies, with a stack of them that can be unwound.

    `up[a]` holds the atoms known to be at least `a` (itself included), `over[a]` those known to be greater; `down` and `under`
    the other way round.
    """

    def __init__(self) -> None:
        self.index: dict[Key, int] = {}
        self.keys: list[Key] = []
        self.up: list[int] = []
        self.down: list[int] = []
        self.over: list[int] = []
        self.under: list[int] = []
        self._edges: list[int] = []  # the lower ends of the edges in the order in which they came
        self._rising: list[list[tuple[int, bool, Reason]]] = []  # by lower end: upper end, strictness, reason

    def mark(self) -> Mark:
        """What `unwind` needs to come back here."""
        return self.up[:], self.down[:], self.over[:], self.under[:], len(self._edges)

    def unwind(self, mark: Mark) -> None:
        """Forgets what was assumed since; the mark can be used again."""
        self.up, self.down, self.over, self.under = mark[0][:], mark[1][:], mark[2][:], mark[3][:]
        edges, rising = self._edges, self._rising
        for _ in range(len(edges) - mark[4]):
            rising[edges.pop()].pop()

    def atom(self, key: Key) -> int:
        """The number of an atom, known from now on."""
        number = self.index.get(key)
        if number is None:
            number = self.index[key] = len(self.keys)
            self.keys.append(key)
            self._rising.append([])
        if len(self.up) <= number:
            self.fill()
        return number

    def fill(self) -> None:
        """Makes every atom that was ever named known, as it must be after `unwind` before anything is asked about it."""
        while len(self.up) < len(self.keys):
            self._introduce(len(self.up))

    def _introduce(self, number: int) -> None:
        bit = 1 << number
        for masks, mask in ((self.up, bit), (self.down, bit), (self.over, 0), (self.under, 0)):
            masks.append(mask)
        value = constant_value(self.keys[number])
        if value is None:
            return
        known = sorted(
            (other, place) for place in range(number) if (other := constant_value(self.keys[place])) is not None
        )
        at = bisect_left(known, (value, -1))
        if at:
            self._insert(number, known[at - 1][1], True, ())
        if at < len(known):
            self._insert(known[at][1], number, True, ())

    def refutes(self, high: int, low: int, strict: bool) -> bool:
        """Whether `high >= low` (or `>`) contradicts what is known."""
        return bool((self.over[high] if not strict else self.up[high]) >> low & 1)

    def entails(self, high: int, low: int, strict: bool) -> bool:
        """Whether `high >= low` (or `>`) is known."""
        return bool((self.over[low] if strict else self.up[low]) >> high & 1)

    def assume(self, high: int, low: int, strict: bool, reason: Reason) -> None:
        """Takes `high >= low` (or `>`), which is the sum of the conditions in `reason` with their weights, as given."""
        if not self.entails(high, low, strict):
            self._insert(high, low, strict, reason)

    def _insert(self, high: int, low: int, strict: bool, reason: Reason) -> None:
        self._edges.append(low)
        self._rising[low].append((high, strict, reason))
        up, down, over, under = self.up, self.down, self.over, self.under
        below, above, strictly_below, strictly_above = down[low], up[high], under[low], over[high]
        mask = below
        while mask:
            x = (mask & -mask).bit_length() - 1
            mask &= mask - 1
            up[x] |= above
            over[x] |= above if strict or strictly_below >> x & 1 else strictly_above
        mask = above
        while mask:
            y = (mask & -mask).bit_length() - 1
            mask &= mask - 1
            down[y] |= below
            under[y] |= below if strict or strictly_above >> y & 1 else strictly_below

    def proof(self, high: int, low: int, strict: bool) -> Multipliers:
        """The weights of the conditions whose sum is `high - low`, for an order that is entailed."""
        rising, down = self._rising, self.down[high]
        start, goal = (low, not strict), (high, True)
        came: dict[tuple[int, bool], tuple[tuple[int, bool], Reason] | None] = {start: None}
        queue = [start]
        for state in queue:
            if goal in came:
                break
            for upper, sharp, reason in rising[state[0]]:
                step = (upper, state[1] or sharp)
                if down >> upper & 1 and step not in came:
                    came[step] = (state, reason)
                    queue.append(step)
        weights: Multipliers = {}
        link = came[goal]
        while link is not None:
            state, reason = link
            for condition, weight in reason:
                weights[condition] = weights.get(condition, 0) + weight
            link = came[state]
        return weights
