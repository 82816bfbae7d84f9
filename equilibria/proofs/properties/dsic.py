r"""Truth is dominant: no report does better than the type, whatever the others report.

$$ \forall i, \theta, r:\quad u_i(r, \theta_{-i}; \theta_i) \le u_i(\theta; \theta_i) . $$
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from equilibria.proofs.affine import combined, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, Run, utility
from equilibria.proofs.settings import Setting, types
from equilibria.proofs.stories import deviation_story, side_of

__all__ = ["DSIC"]


@final
@dataclass(frozen=True, slots=True)
class DSIC(Property):
    """Truth is dominant.

    Arguments:
        side: `"users"` or `"provers"` to ask it of one side only; None for everybody.
    """

    name: ClassVar[str] = "dsic"

    side: Literal["users", "provers"] | None = None

    def parameters(self) -> Mapping[str, object]:
        return {} if self.side is None else {"side": self.side}

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        n = setting.agents
        for i in side_of(setting, self.side):
            truth = types(n)
            deviating = [*truth[:i], variable(n), *truth[i + 1 :]]
            conditions = [condition for j in range(n) for condition in setting.within(j, truth[j])]
            conditions += setting.within(i, variable(n))

            def claims(leaves, i=i):  # type: ignore[no-untyped-def]  # the type of `Obligation.claims`
                gains = [
                    utility(setting.signs[i], variable(i), leaf.allocation[i], leaf.payments[i]) for leaf in leaves
                ]
                return [Claim(combined(gains[1], -1, gains[0]))]

            yield Obligation(
                subject=setting.labels[i],
                variables=n + 1,
                conditions=tuple(conditions),
                runs=(Run(tuple(truth)), Run(tuple(deviating))),
                claims=claims,
                members=(i,),
            )

    def story(self, setting: Setting, found: Found) -> str:
        return deviation_story(setting, found)
