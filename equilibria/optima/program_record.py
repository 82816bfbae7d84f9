"""The record and the certificate of an optimum that a linear program found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from equilibria.checking import FORMAT, VERSION, sealed
from equilibria.equilibrium import Certificate
from equilibria.optima.optimal_mechanism import OptimalMechanism, Route, Table
from equilibria.optima.question import Question
from mechanisms import Enclosure, SolverFailure

if TYPE_CHECKING:
    from equilibria.programs.exact_optimum import ExactOptimum


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A program that was solved, and what it says by agent and type, in the orientation of a sale."""

    route: Route
    why: str
    optimum: ExactOptimum
    tasks: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    utilities: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    prices: Mapping[str, Fraction] = field(default_factory=dict)


def program_mechanism(
    question: Question, solved: Solved, *, sign: int = 1, allocation: Table | None = None, payments: Table | None = None
) -> OptimalMechanism:
    """The record and the certificate of a solved program.

    Raises:
        SolverFailure: nothing was proved, or there is no optimum.
    """
    from equilibria.programs.certificate import proof

    found = solved.optimum
    if found.status in ("unknown", "unbounded"):
        raise SolverFailure(f"{solved.route}: {found.message}. Allow more time, or use fewer types.")
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "subject": "optimal_mechanism",
        "route": solved.route,
        "market": question.market.played(),
        "objective": question.stated_objective,
        "subject_to": question.stated_constraints,
        "proof": proof(found),
    }
    value: Enclosure | None = None
    exact: Fraction | None = None
    if found.status == "infeasible":
        document["states"] = {"infeasible": "yes"}
        outcome = "no mechanism meets all constraints, and prices of them that contradict each other prove it"
    else:
        assert found.lower is not None
        assert found.upper is not None
        ends = sorted((sign * found.lower, sign * found.upper))
        value = Enclosure.around(*ends)
        exact = ends[0] if ends[0] == ends[1] else None
        document["states"] = {"value": list(value)} | ({} if exact is None else {"exact_value": str(exact)})
        outcome = "solved and proved in rational numbers" if exact is not None else "enclosed by a point and by prices"
    return OptimalMechanism(
        market=question.market,
        objective=question.objective,
        constraints=question.given,
        route=solved.route,
        status="infeasible" if value is None else "bounded" if exact is None else "optimal",
        message=f"{solved.why}: a linear program, {outcome}.",
        value=value,
        exact_value=exact,
        allocation=allocation or {},
        payments=payments or {},
        shadow_prices={name: price for name, price in solved.prices.items() if price},
        certificate=Certificate(sealed(document)),
    )
