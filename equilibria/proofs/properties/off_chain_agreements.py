r"""No off-chain agreement of the miner and users does better than the chain: with the bids $\sigma(v)$ nobody loses, and the
honest block has the greatest joint utility of the miner and of those in it, over all blocks, bids in them and transfers.

Transfers cancel, and users outside the block get nothing, so the second part is that the miner and *all* users together gain
nothing by another block and other bids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.affine import combined, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Run, product
from equilibria.proofs.properties.fee_play import Bidding, FeeProperty, bid_conditions, joint_play, joint_story, suggesting
from equilibria.proofs.settings import Setting
from equilibria.proofs.trees import Leaf

__all__ = ["OffChainAgreements"]


@final
@dataclass(frozen=True, slots=True)
class OffChainAgreements(FeeProperty):
    """No off-chain agreement of the miner and users does better than the chain.

    Arguments:
        fakes: most bids that the miner adds to the block that is agreed upon.
        short: whether that block may have room.
        bidding: the bids $\\sigma$ that are shown to do: those that the rule suggests, or values. A refutation is about these.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "off_chain_agreements"

    fakes: int = 1
    short: bool = True
    bidding: Bidding = "suggested"

    def __post_init__(self) -> None:
        self._check_count("fakes", 0)
        self._check_flag("short")
        self._check_bidding()

    def parameters(self) -> Mapping[str, object]:
        return {"fakes": self.fakes, "short": self.short, "bidding": self.bidding}

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        n = self._users(setting)
        for i in range(n):

            def claims(leaves: Sequence[Leaf], i: int = i) -> list[Claim]:
                worth = product(variable(i), leaves[0].allocation[i])
                return [Claim(combined(leaves[0].payments[i], -1, worth))]

            yield Obligation(
                subject=setting.labels[i],
                variables=n,
                conditions=tuple(bid_conditions(setting, (i,), n)),
                runs=(Run((*(variable(user) for user in range(n)), {}), (suggesting((i,), self.bidding), n)),),
                claims=claims,
                members=(i,),
            )
        yield from joint_play(setting, tuple(range(n)), self.bidding, self.fakes, 0, self.short)

    def sentence(self) -> str:
        return f"no off-chain agreement does better than the chain{self._terms()}"

    def story(self, setting: Setting, found: Found) -> str:
        if len(found.reports) > 1:
            return joint_story(setting, found)
        (i,) = found.obligation.members
        told = ", ".join(str(Fraction(bid)) for place, bid in enumerate(found.reports[0][:-1]) if place != i)
        value, loss = Fraction(found.reports[0][i]), Fraction(found.excess)
        return f"user {setting.labels[i]}, value {value}, loses {loss} by the bid for it against ({told})"
