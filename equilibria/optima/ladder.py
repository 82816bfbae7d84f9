r"""`optimal`: the best mechanism for a market, by the cheapest exact route."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from equilibria.optima.closed_form import closed_form
from equilibria.optima.constraints import Constraint, read_constraints
from equilibria.optima.objectives import Objective, read_objective
from equilibria.optima.optimal_mechanism import OptimalMechanism
from mechanisms import InvalidInput, Market, Refused
from mechanisms.distributions.discrete import Exact


def optimal(
    market: Market, objective: Objective | Mapping[str, Exact], subject_to: Iterable[Constraint] = ()
) -> OptimalMechanism:
    r"""Find the best mechanism for an objective, and certify that there is no better one."""
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement, a Sale or an Exchange; got {type(market).__name__}.")
    chosen = read_objective(objective, market)
    constraints = read_constraints(subject_to, market)
    given = tuple(subject_to)
    if constraints.plain:
        return closed_form(market, chosen, given, constraints)
    raise Refused("nothing else yet")
