r"""What it means that false capacities gain nothing, and the checker of the proofs.

The file's `sizes` are the true ones. A variant `[j, k]` of the rule is run with the prover at place $j$ reporting, instead of its
capacity, $k$ (for `capacity_reports`), or with all but $k$ of it under its own name and $k$ under another, which stands last (for
`capacity_splits`); `[0, 0]` is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from equilibria.checking.document import Rejected, mapping, only
from equilibria.checking.incentive_agents import Agents, times, utility
from equilibria.checking.incentive_trees import ONE, Condition, Form, Rat, plus
from equilibria.checking.incentive_variants import Definition, Variant, check_variants, choice_field, count_field
from equilibria.checking.incentive_walks import Claim, Obligation, Outcome

TRUTH = (0, 0)


def check_capacities(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """The sentence that says what holds.

    Raises:
        Rejected: the file is malformed, or an entry of its proof is wrong.
    """
    splits = mapping(tree.get("property"), "property").get("name") == "capacity_splits"
    return check_variants(tree, DEFINITIONS, split_reports if splits else capacity_reported, progress)


def capacity_reported(agents: Agents, variant: Variant) -> int:
    """How many reports a variant takes: one of each agent."""
    n = len(agents.labels)
    if variant != TRUTH and not (0 <= variant[0] < n and agents.signs[variant[0]] < 0 and variant[1] > 0):
        raise Rejected(f"{list(variant)} is no variant of a rule with {n} agents")
    return n


def split_reports(agents: Agents, variant: Variant) -> int:
    """How many reports a variant takes: a split prover makes two."""
    return capacity_reported(agents, variant) + (variant != TRUTH)


def _sizes(agents: Agents) -> tuple[int, ...]:
    if agents.kind != "exchange":
        raise Rejected("capacities are those of an exchange")
    return agents.sizes or (1,) * len(agents.labels)


def _provers(agents: Agents) -> list[int]:
    return [place for place, sign in enumerate(agents.signs) if sign < 0]


def capacity_reports(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """A prover that reports less or more than it can make, and delivers what it can, gains nothing."""
    only(parameters, ("name", "direction", "paid", "costs", "most"), "property")
    direction = choice_field(parameters, "direction", ("under", "over", "both"))
    delivery = choice_field(parameters, "paid", ("delivery", "assignment")) == "delivery"
    free = choice_field(parameters, "costs", ("any", "true")) == "any"
    sizes, n = _sizes(agents), len(agents.labels)
    demand = sum(size for size, sign in zip(sizes, agents.signs, strict=True) if sign > 0)
    most = count_field(parameters, "most", 1) if "most" in parameters else demand + 1
    for j in _provers(agents):
        for told in range(1, most + 1):
            if told == sizes[j] or direction == ("under" if told > sizes[j] else "over"):
                continue

            def claims(outcomes: Sequence[Outcome], j: int = j) -> list[Claim]:
                honest = utility(agents, j, {j: 1}, outcomes[0])
                share, paid = outcomes[1][0][j], outcomes[1][1][j]
                times({j: 1}, share)  # it is a constant
                assigned = share.get(ONE, 0)
                if assigned % 1 and direction != "under":
                    raise Rejected("a lottery may assign more than a prover can make, which its expectation does not tell")
                made = min(assigned, sizes[j])
                if delivery and made < assigned:
                    paid = times({ONE: Fraction(made) / assigned}, paid)
                return [Claim(plus(plus(paid, -made, {j: 1}), -1, honest))]

            ask: Form = {n: 1} if free else {j: 1}
            further: list[Condition] = agents.within(j, ask) if free else []
            yield Obligation(
                subject=f"{agents.labels[j]} with {told}",
                conditions=(*agents.truthful(), *further),
                runs=(
                    (TRUTH, tuple(agents.types())),
                    ((j, told), tuple(ask if place == j else form for place, form in enumerate(agents.types()))),
                ),
                claims=claims,
            )


def capacity_splits(agents: Agents, parameters: Mapping[str, object]) -> Iterator[Obligation]:
    """A prover that reports parts of its capacity under two names, with two costs, gains nothing."""
    only(parameters, ("name",), "property")
    sizes, n = _sizes(agents), len(agents.labels)
    for j in _provers(agents):
        for second in range(1, sizes[j]):

            def claims(outcomes: Sequence[Outcome], j: int = j) -> list[Claim]:
                (shares, payments) = outcomes[1]
                total: dict[int, Rat] = {}
                for place in (j, n):
                    total = plus(plus(total, 1, payments[place]), -1, times({j: 1}, shares[place]))
                return [Claim(plus(total, -1, utility(agents, j, {j: 1}, outcomes[0])))]

            asks: tuple[Form, Form] = ({n: 1}, {n + 1: 1})
            yield Obligation(
                subject=f"{agents.labels[j]} with {second} under another name",
                conditions=(*agents.truthful(), *(limit for ask in asks for limit in agents.within(j, ask))),
                runs=(
                    (TRUTH, tuple(agents.types())),
                    ((j, second), (*(asks[0] if place == j else form for place, form in enumerate(agents.types())), asks[1])),
                ),
                claims=claims,
            )


DEFINITIONS: dict[str, tuple[Definition, str]] = {
    "capacity_reports": (
        capacity_reports,
        "no prover gains by reporting another capacity, up to `most` or else one more than the demand",
    ),
    "capacity_splits": (capacity_splits, "no prover gains by splitting its capacity between two names"),
}
"""By name: the definition, and what it says."""
