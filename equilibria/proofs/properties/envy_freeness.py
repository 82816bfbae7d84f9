r"""Nobody prefers what another of its side gets and pays: $s_i(\theta_i x_j - p_j) \le s_i(\theta_i x_i - p_i)$."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.affine import combined, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, truthful, utility
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import agent, others
from equilibria.proofs.trees import Leaf

__all__ = ["EnvyFreeness"]


@final
@dataclass(frozen=True, slots=True)
class EnvyFreeness(Property):
    """Nobody would rather have what another of its side gets, at what that one pays."""

    name: ClassVar[str] = "envy_freeness"

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        pairs = pairs_of(setting)

        def claims(leaves: Sequence[Leaf]) -> list[Claim]:
            (leaf,) = leaves
            found = []
            for i, j in pairs:
                own, other = (
                    utility(setting.signs[i], variable(i), leaf.allocation[place], leaf.payments[place]) for place in (i, j)
                )
                found.append(Claim(combined(other, -1, own)))
            return found

        yield truthful(setting, claims)

    def story(self, setting: Setting, found: Found) -> str:
        i, j = pairs_of(setting)[found.claim]
        gain, other = Fraction(found.excess), setting.labels[j]
        return f"at {others(found.reports[0])} {agent(setting, i)} would gain {gain} with what {other} has"


def pairs_of(setting: Setting) -> list[tuple[int, int]]:
    """Who may envy whom."""
    places = range(setting.agents)
    return [(i, j) for i in places for j in places if i != j and setting.signs[i] == setting.signs[j]]
