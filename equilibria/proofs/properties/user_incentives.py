r"""A user cannot gain by another bid than the rule suggests, nor by adding bids that are worth nothing to it.

$$ \forall i, v_i, b_{-i}, b_i', f:\quad v_i x_i' - p_i' - \sum_f p_f' - \gamma(1-x_i')(b_i'-v_i)^+ - \gamma\sum_f(1-x_f')f
   \le v_i x_i - p_i , $$

with $x, p$ at $(\sigma(v_i), b_{-i})$, and $x', p'$ at $(b_i', b_{-i}, f)$, where added bids stand last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal, final

from equilibria.proofs.affine import Form, Rat, combined, scaled, summed, variable
from equilibria.proofs.fee_stages import INCLUDED
from equilibria.proofs.obligations import Claim, Found, Obligation, Run, product
from equilibria.proofs.properties.fee_play import Bidding, FeeProperty, at_risk, bid_conditions, overbids, suggesting
from equilibria.proofs.settings import Setting
from equilibria.proofs.trees import Leaf
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["UIC"]


@final
@dataclass(frozen=True, slots=True)
class UIC(FeeProperty):
    """No user gains by another bid than its honest one, or by adding bids.

    Arguments:
        fakes: most bids that a user adds.
        gamma: what a bid that is not confirmed costs, as a share of what it exceeds its value by; from 0 to 1.
        charged: whether this is borne for every bid that is `"submitted"`, or only for those that the miner `"included"`.
        bidding: whether honest users bid what the rule suggests, or their values.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "uic"

    fakes: int = 0
    gamma: float | Fraction = 0
    charged: Literal["submitted", "included"] = "submitted"
    bidding: Bidding = "suggested"

    def __post_init__(self) -> None:
        self._check_count("fakes", 0)
        self._check_gamma()
        self._check_bidding()
        if self.charged not in ("submitted", "included"):
            raise InvalidInput(f"charged must be 'submitted' or 'included'; got {shown(self.charged)}.")

    def parameters(self) -> Mapping[str, object]:
        gamma = str(Fraction(self.gamma))
        return {"fakes": self.fakes, "gamma": gamma, "charged": self.charged, "bidding": self.bidding}

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        n, gamma = self._users(setting), Fraction(self.gamma)
        for i in range(n):
            for added in range(self.fakes + 1):
                lie, own = variable(n), [variable(n + 1 + place) for place in range(added)]
                bids = [lie if user == i else variable(user) for user in range(n)] + own
                variables = n + 1 + added
                for case, (over,) in overbids([(lie, variable(i))], gamma):
                    runs = [
                        Run((*(variable(user) for user in range(n)), {}), (suggesting((i,), self.bidding), n)),
                        Run((*bids, {}), (0, n + added)),
                    ]
                    if gamma and self.charged == "included":
                        runs.append(Run((*bids, {}), (INCLUDED, n + added)))

                    def claims(
                        leaves: Sequence[Leaf], i: int = i, bids: list[dict[int, Rat]] = bids, over: bool = over
                    ) -> list[Claim]:
                        honest, other = leaves[0], leaves[1]
                        gains: list[Form] = [
                            product(variable(i), combined(other.allocation[i], -1, honest.allocation[i])),
                            honest.payments[i],
                        ]
                        for place in (i, *range(n, len(bids))):
                            gains.append(scaled(other.payments[place], -1))
                            if gamma and (over or place != i):
                                cost = at_risk(other.allocation[place], bids[place], variable(i) if place == i else {})
                                if len(leaves) > 2:
                                    cost = product(cost, leaves[2].allocation[place])
                                gains.append(scaled(cost, -gamma))
                        return [Claim(summed(gains))]

                    yield Obligation(
                        subject=setting.labels[i],
                        variables=variables,
                        conditions=(*bid_conditions(setting, (i,), variables), *case),
                        runs=tuple(runs),
                        claims=claims,
                        members=(i,),
                    )

    def sentence(self) -> str:
        return f"no user gains by another bid than its honest one{self._terms()}"

    def story(self, setting: Setting, found: Found) -> str:
        (i,) = found.obligation.members
        n = setting.agents
        honest, bids = found.reports[:2]
        fakes = "".join(f" and a fake {Fraction(bid)}" for bid in bids[n:-1])
        others = ", ".join(str(Fraction(bid)) for place, bid in enumerate(honest[:n]) if place != i)
        return (
            f"user {setting.labels[i]}, value {Fraction(honest[i])}, bids {Fraction(bids[i])}{fakes} against ({others}): "
            f"gains {Fraction(found.excess)}"
        )
