r"""The miner cannot gain by another block: none of other users' bids, and none with bids of its own, which it pays for.

$$ \forall b, \text{ blocks } B\subseteq b, \text{ fakes } f:\quad \mu(B, f) - \sum_f p_f(B, f) \le \mu(I(b)) . $$
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.obligations import Found, Obligation
from equilibria.proofs.properties.fee_play import FeeProperty, joint_play, joint_story
from equilibria.proofs.settings import Setting

__all__ = ["MIC"]


@final
@dataclass(frozen=True, slots=True)
class MIC(FeeProperty):
    """The miner gains nothing by leaving bids out of the block or adding its own.

    Arguments:
        fakes: most bids that it adds.
        gamma: what an added bid that is not confirmed costs, as a share of it; from 0 to 1.
        short: whether it may leave room in the block.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "mic"

    fakes: int = 1
    gamma: float | Fraction = 0
    short: bool = True

    def __post_init__(self) -> None:
        self._check_count("fakes", 0)
        self._check_gamma()
        self._check_flag("short")

    def parameters(self) -> Mapping[str, object]:
        return {"fakes": self.fakes, "gamma": str(Fraction(self.gamma)), "short": self.short}

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        self._users(setting)
        yield from joint_play(setting, (), "truthful", self.fakes, Fraction(self.gamma), self.short)

    def sentence(self) -> str:
        return f"the miner gains nothing by another block{self._terms()}"

    def story(self, setting: Setting, found: Found) -> str:
        return joint_story(setting, found)
