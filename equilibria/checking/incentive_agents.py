r"""Who reports to a rule, and what they make of its outcomes: the checker's own definitions.

Agent $i$ with type $\theta_i$ has the utility $s_i(\theta_i x_i - p_i)$; $s_i$ is 1 for a buyer and -1 for a prover. Types lie
within the bounds of the file. Shares and payments are forms: linear in variables, the first of which are the types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from equilibria.checking.document import Rejected
from equilibria.checking.incentive_trees import ONE, Condition, Form, Rat, plus
from equilibria.checking.incentive_walks import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Who reports."""

    kind: str
    labels: tuple[str, ...]
    signs: tuple[int, ...]
    bounds: tuple[tuple[Rat | None, Rat | None], ...]
    units: int
    value: Rat | None
    sizes: tuple[int, ...] = ()

    def types(self) -> list[dict[int, Rat]]:
        """The truthful reports."""
        return [{place: 1} for place in range(len(self.labels))]

    def within(self, place: int, form: Form) -> list[Condition]:
        """A form is a type of an agent."""
        low, high = self.bounds[place]
        found: list[Condition] = []
        if low is not None:
            found.append((plus(form, -1, {ONE: low}), False))
        if high is not None:
            found.append((plus({ONE: high}, -1, form), False))
        return found

    def truthful(self) -> list[Condition]:
        """All types are types."""
        return [condition for place in range(len(self.labels)) for condition in self.within(place, {place: 1})]

    def alike(self, first: int, second: int) -> bool:
        """Two agents stand on one side with the same types and sizes."""
        columns = (column for column in (self.signs, self.bounds, self.sizes) if column)
        return all(column[first] == column[second] for column in columns)


def times(first: Form, second: Form) -> dict[int, Rat]:
    """The product of two forms, one of which is a constant."""
    for one, two in ((first, second), (second, first)):
        if all(place == ONE for place, coefficient in two.items() if coefficient):
            factor = two.get(ONE, 0)
            return {place: factor * coefficient for place, coefficient in one.items() if factor}
    raise Rejected("a share that is not constant on its region multiplies a type: that is not linear")


def utility(agents: Agents, place: int, type_: Form, outcome: Outcome) -> dict[int, Rat]:
    """What an agent of a type makes of an outcome."""
    return plus({}, agents.signs[place], plus(times(type_, outcome[0][place]), -1, outcome[1][place]))


def gain(agents: Agents, place: int, outcomes: Sequence[Outcome]) -> dict[int, Rat]:
    """By how much an agent prefers the second outcome to the first."""
    honest, other = (utility(agents, place, {place: 1}, outcome) for outcome in outcomes)
    return plus(other, -1, honest)
