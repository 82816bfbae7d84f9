r"""Nobody loses by taking part: $u_i(\theta; \theta_i) \ge 0$ for all types (ex post; expected over a lottery of the rule)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.affine import scaled, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, truthful, utility
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import agent, others, worth
from equilibria.proofs.trees import Leaf

__all__ = ["IndividualRationality"]


@final
@dataclass(frozen=True, slots=True)
class IndividualRationality(Property):
    """No truthful agent ever loses by taking part."""

    name: ClassVar[str] = "individual_rationality"

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        def claims(leaves: Sequence[Leaf]) -> list[Claim]:
            (leaf,) = leaves
            return [
                Claim(scaled(utility(sign, variable(i), leaf.allocation[i], leaf.payments[i]), -1))
                for i, sign in enumerate(setting.signs)
            ]

        yield truthful(setting, claims)

    def story(self, setting: Setting, found: Found) -> str:
        i, reports = found.claim, found.reports[0]
        share, payment = (Fraction(column[i]) for column in found.outcomes[0])
        against = f" among {others(reports)}" if len(reports) > 1 else ""
        verb = "pays" if setting.signs[i] > 0 else "is paid"
        return (
            f"{agent(setting, i)}, {worth(setting, i, reports[i])}, tells the truth{against}, gets {share} and {verb} {payment}: "
            f"loses {Fraction(found.excess)}"
        )
