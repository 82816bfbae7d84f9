"""One call of `optimal`, checked: what every rung of the ladder is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from equilibria.optima.constraints import Constraint, Constraints
from mechanisms import Market, SolverFailure

LONGEST_BITS = 14_000
"""Of an exact value; Python reads and writes integers of up to 4,300 digits."""


def exact_text(value: Fraction) -> str:
    """An exact value as text.

    Raises:
        SolverFailure: it has too many digits for a file.
    """
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > LONGEST_BITS:
        raise SolverFailure(
            "the exact value has more than 4,200 digits, which no certificate holds. Use fewer agents, or probabilities with a "
            "small common denominator."
        )
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A market, an objective, and constraints as given and by kind; `timeout` is for linear programs, in seconds."""

    market: Market
    objective: str | Mapping[str, Fraction]
    given: tuple[Constraint, ...]
    constraints: Constraints
    timeout: float

    @property
    def capacities(self) -> Mapping[str, int]:
        """How many tasks each agent can take, where that is more than one for somebody."""
        sizes = self.market.capacities or ()
        return dict(zip(self.market.labels, sizes, strict=True)) if any(size > 1 for size in sizes) else {}

    @property
    def stated_objective(self) -> object:
        """The objective as plain values of a certificate."""
        if isinstance(self.objective, str):
            return self.objective
        return {name: str(share) for name, share in self.objective.items()}

    @property
    def stated_constraints(self) -> dict[str, object]:
        """The constraints as plain values of a certificate."""
        constraints = self.constraints
        stated: dict[str, object] = {"named": sorted(constraints.named)}
        if constraints.cap is not None:
            stated["share"] = str(constraints.share)
        if constraints.epsilon is not None:
            stated["epsilon"] = str(constraints.epsilon.epsilon)
        if constraints.regret is not None:
            stated["priors"] = [{label: law.spec() for label, law in laws.items()} for laws in constraints.regret.priors]
        return stated
