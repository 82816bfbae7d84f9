r"""What the properties of a rule mean, as obligations: the checker's own definitions.

Agent $i$ with type $\theta_i$ has the utility $s_i(\theta_i x_i - p_i)$; $s_i$ is 1 for a buyer and -1 for a prover. Types lie
within the bounds of the file. Variables are the types in the order of the agents, then whatever a property adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from equilibria.checking.document import Rejected, only
from equilibria.checking.incentive_trees import ONE, Condition, Form, Rat, plus
from equilibria.checking.incentive_walks import Claim, Obligation, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Who reports."""

    kind: str
    labels: tuple[str, ...]
    signs: tuple[int, ...]
    bounds: tuple[tuple[Rat | None, Rat | None], ...]
    units: int
    value: Rat | None

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


def dsic(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """No report is better than the type: $u_i(r, \\theta_{-i}; \\theta_i) \\le u_i(\\theta; \\theta_i)$."""
    only(parameters, ("name", "side"), "property")
    n = len(agents.labels)
    for i in side(agents, parameters.get("side")):
        truth = agents.types()
        lie = [{n: 1} if place == i else report for place, report in enumerate(truth)]

        def claims(outcomes: Sequence[Outcome], i: int = i) -> list[Claim]:
            honest, other = (utility(agents, i, {i: 1}, outcome) for outcome in outcomes)
            return [Claim(plus(other, -1, honest))]

        yield Obligation(
            subject=agents.labels[i],
            conditions=(*agents.truthful(), *agents.within(i, {n: 1})),
            runs=(((0, 0), tuple(truth)), ((0, 0), tuple(lie))),
            claims=claims,
        )


def side(agents: Agents, wanted: object) -> list[int]:
    """The agents of one side, or all."""
    if wanted is None:
        return list(range(len(agents.labels)))
    if wanted not in ("users", "provers"):
        raise Rejected("property.side must be users or provers")
    found = [place for place, sign in enumerate(agents.signs) if sign == (1 if wanted == "users" else -1)]
    if not found:
        raise Rejected("there is nobody on this side")
    return found


Definition = Callable[[Agents, Mapping[str, object]], Iterator[Obligation]]

DEFINITIONS: dict[str, tuple[Definition, str]] = {
    "dsic": (dsic, "truth is dominant"),
}
"""By name: the definition, and what it says."""
