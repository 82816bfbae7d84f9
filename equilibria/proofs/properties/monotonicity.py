r"""Who reports a better type gets no less: $x_i$ does not fall in a buyer's value and does not rise in a prover's cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.affine import combined, scaled, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, deviating
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import agent, others
from equilibria.proofs.trees import Leaf

__all__ = ["Monotonicity"]


@final
@dataclass(frozen=True, slots=True)
class Monotonicity(Property):
    """A better report never gets less."""

    name: ClassVar[str] = "monotonicity"

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        n = setting.agents
        for i, sign in enumerate(setting.signs):

            def claims(leaves: Sequence[Leaf], i: int = i, sign: int = sign) -> list[Claim]:
                first, second = (leaf.allocation[i] for leaf in leaves)
                return [Claim(scaled(combined(first, -1, second), sign))]

            higher = (combined(variable(n), -1, variable(i)), False)
            yield deviating(setting, (i,), claims, (higher,), own=i)

    def story(self, setting: Setting, found: Found) -> str:
        (i,) = found.obligation.members
        low, high = found.reports[0][i], found.reports[1][i]
        shares = [Fraction(outcome[0][i]) for outcome in found.outcomes]
        against = f" against {others(found.reports[0], (i,))}" if setting.agents > 1 else ""
        return (
            f"{agent(setting, i)} gets {shares[0]} at a report of {Fraction(low)} and {shares[1]} at {Fraction(high)}{against}"
        )
