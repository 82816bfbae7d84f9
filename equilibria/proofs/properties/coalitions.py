r"""No coalition gains: whatever up to $c$ agents report together, with transfers the sum of their utilities does not rise;
without, not all of them gain (weak group strategy-proofness).

$$ \sum_{i\in S}\bigl(u_i(r_S, \theta_{-S}; \theta_i) - u_i(\theta; \theta_i)\bigr) \le 0,\qquad\text{or}\qquad
   \min_{i\in S}\bigl(u_i(r_S, \theta_{-S}; \theta_i) - u_i(\theta; \theta_i)\bigr) \le 0 . $$
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import ClassVar, final

from equilibria.proofs.affine import combined, summed, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, deviating, utility
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import agent, others
from equilibria.proofs.trees import Leaf
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["Coalitions"]


@final
@dataclass(frozen=True, slots=True)
class Coalitions(Property):
    """No coalition gains by reporting together.

    Arguments:
        size: most members; at least 1 (a coalition of one is the deviation that `DSIC` is about).
        transfers: members may pay each other, so that only the sum of their utilities counts.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "coalitions"

    size: int = 2
    transfers: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise InvalidInput(f"size must be a whole number of at least 1; got {shown(self.size)}.")
        if not isinstance(self.transfers, bool):
            raise InvalidInput(f"transfers must be True or False; got {shown(self.transfers)}.")

    def parameters(self) -> Mapping[str, object]:
        return {"size": self.size, "transfers": self.transfers}

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        for size in range(1, min(self.size, setting.agents) + 1):
            for members in combinations(range(setting.agents), size):

                def claims(leaves: Sequence[Leaf], members: tuple[int, ...] = members) -> list[Claim]:
                    gains = []
                    for i in members:
                        honest, other = (
                            utility(setting.signs[i], variable(i), leaf.allocation[i], leaf.payments[i]) for leaf in leaves
                        )
                        gains.append(combined(other, -1, honest))
                    if self.transfers:
                        return [Claim(summed(gains))]
                    return [Claim(gains[-1], tuple(gains[:-1]))]

                yield deviating(setting, members, claims)

    def sentence(self) -> str:
        if self.size == 1:
            return "no single agent gains by a lie"
        gains = "" if self.transfers else " in each member, without transfers"
        return f"no coalition of up to {self.size} gains{gains}"

    def story(self, setting: Setting, found: Found) -> str:
        members = found.obligation.members
        truth, lies = found.reports
        lines = " and ".join(
            f"{agent(setting, i)} ({Fraction(truth[i])}, bids {Fraction(lies[i])})" for i in members
        )
        against = f" against {others(truth, members)}" if len(members) < setting.agents else ""
        together = " together" if self.transfers and len(members) > 1 else " each, the last by that"
        return f"{lines}{against}: gain {Fraction(found.excess)}{together if len(members) > 1 else ''}"
