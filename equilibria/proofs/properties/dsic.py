r"""Truth is dominant: no report does better than the type, whatever the others report.

$$ \forall i, \theta, r:\quad u_i(r, \theta_{-i}; \theta_i) \le u_i(\theta; \theta_i) . $$
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from equilibria.proofs.affine import combined, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, deviating, utility
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import deviation_story, side_of
from equilibria.proofs.trees import Leaf

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
        for i in side_of(setting, self.side):

            def claims(leaves: Sequence[Leaf], i: int = i) -> list[Claim]:
                honest, other = (
                    utility(setting.signs[i], variable(i), leaf.allocation[i], leaf.payments[i]) for leaf in leaves
                )
                return [Claim(combined(other, -1, honest))]

            yield deviating(setting, (i,), claims, own=i)

    def sentence(self) -> str:
        return "truth is dominant" + ("" if self.side is None else f" for the {self.side}")

    def story(self, setting: Setting, found: Found) -> str:
        return deviation_story(setting, found)
