r"""False names do not pay: no agent gains by reporting under several identities.

Agent $i$ reports anything under its own name and under up to $k - 1$ further ones, which stand after everybody else, so that
the rule must be defined for more agents. Its utility is that of all its identities together: a user has one request, so further
proofs are worth nothing to it; a prover bears the cost of every proof that its identities must make. An identity costs `cost`,
whether it wins or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.affine import ONE, Form, Rat, combined, constant, exact, summed, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, Run, utility
from equilibria.proofs.settings import Setting, types
from equilibria.proofs.stories import agent, others, worth
from equilibria.proofs.symbols import Untraceable
from equilibria.proofs.trees import Leaf
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused

__all__ = ["FalseNames"]


@final
@dataclass(frozen=True, slots=True)
class FalseNames(Property):
    """Nobody gains by reporting under several identities.

    Arguments:
        identities: most identities of one agent, its own included; at least 2.
        cost: what each further identity costs, whether it wins or not.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "false_names"

    identities: int = 2
    cost: float | Fraction = 0

    def __post_init__(self) -> None:
        if isinstance(self.identities, bool) or not isinstance(self.identities, int) or not 2 <= self.identities <= 20:
            raise InvalidInput(f"identities must be a whole number from 2 to 20; got {shown(self.identities)}.")
        amount = exact(self.cost)
        if amount is None or amount < 0:
            raise InvalidInput(f"cost must be a finite number of at least 0; got {shown(self.cost)}.")
        object.__setattr__(self, "cost", Fraction(amount))

    def parameters(self) -> Mapping[str, object]:
        return {"identities": self.identities, "cost": str(Fraction(self.cost))}

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        if not setting.unit:
            raise Refused(
                "false_names in a market with capacities or demands is not decided here. Ask for capacity_splits, or give "
                "everybody one proof."
            )
        n, cost = setting.agents, Fraction(self.cost)
        for i in range(n):
            for extra in range(1, self.identities):
                names = [variable(n + place) for place in range(extra + 1)]
                truth = types(n)
                conditions = [condition for j in range(n) for condition in setting.within(j, truth[j])]
                conditions += [condition for name in names for condition in setting.within(i, name)]

                def claims(leaves: Sequence[Leaf], i: int = i, extra: int = extra) -> list[Claim]:
                    honest = utility(
                        setting.signs[i], variable(i), leaves[0].allocation[i], leaves[0].payments[i]
                    )
                    mine = (i, *range(n, n + extra))
                    amount = self._amount(setting.signs[i], summed(leaves[1].allocation[place] for place in mine))
                    paid = summed(leaves[1].payments[place] for place in mine)
                    gain = combined(utility(setting.signs[i], variable(i), amount, paid), -1, honest)
                    return [Claim(combined(gain, -1, constant(extra * cost)))]

                yield Obligation(
                    subject=f"{setting.labels[i]} with {extra + 1} identities",
                    variables=n + extra + 1,
                    conditions=tuple(conditions),
                    runs=(
                        Run(tuple(truth)),
                        Run((*truth[:i], names[0], *truth[i + 1 :], *names[1:]), (setting.like(i), extra)),
                    ),
                    claims=claims,
                    members=(i,),
                )

    @staticmethod
    def _amount(sign: int, total: Form) -> Form:
        """What all identities get that counts: a user needs one proof."""
        if sign < 0:
            return total
        if total.keys() - {ONE}:
            raise Untraceable("lets an agent's share depend on reports continuously, so that utilities are not piecewise linear")
        most: Rat = min(total.get(ONE, 0), 1)
        return constant(most)

    def sentence(self) -> str:
        cost = f" at a cost of {self.cost} each" if self.cost else ""
        return f"nobody gains by reporting under up to {self.identities} identities{cost}"

    def story(self, setting: Setting, found: Found) -> str:
        (i,) = found.obligation.members
        truth, lies = found.reports
        mine = (lies[i], *lies[setting.agents :])
        bids = " and ".join(str(Fraction(bid)) for bid in mine)
        return (
            f"{agent(setting, i)}, {worth(setting, i, truth[i])}, bids {bids} under {len(mine)} names against "
            f"{others(truth, (i,))}: gains {Fraction(found.excess)}"
        )
