r"""No coalition of the miner and up to $c$ users gains by a side contract: the sum of what they get does not rise, whatever they
bid and whatever block the miner makes, for all bids of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import ClassVar, final

from equilibria.proofs.obligations import Found, Obligation
from equilibria.proofs.properties.fee_play import Bidding, FeeProperty, joint_play, joint_story
from equilibria.proofs.settings import Setting
from mechanisms.errors import Refused

__all__ = ["SCP"]


@final
@dataclass(frozen=True, slots=True)
class SCP(FeeProperty):
    """The miner and a few users gain nothing together.

    Arguments:
        users: most users of a coalition, beside the miner; at least 1.
        exactly: whether only coalitions of that many users are looked at.
        fakes: most bids that the miner adds.
        gamma: what a bid in the block that is not confirmed costs its coalition, as a share of what it exceeds its value by.
        short: whether the miner may leave room in the block.
        bidding: whether honest users bid what the rule suggests, or their values.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "scp"

    users: int = 1
    exactly: bool = False
    fakes: int = 1
    gamma: float | Fraction = 0
    short: bool = True
    bidding: Bidding = "suggested"

    def __post_init__(self) -> None:
        self._check_count("users", 1)
        self._check_count("fakes", 0)
        self._check_gamma()
        self._check_flag("exactly")
        self._check_flag("short")
        self._check_bidding()

    def parameters(self) -> Mapping[str, object]:
        return {
            "users": self.users,
            "exactly": self.exactly,
            "fakes": self.fakes,
            "gamma": str(Fraction(self.gamma)),
            "short": self.short,
            "bidding": self.bidding,
        }

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        n = self._users(setting)
        if self.exactly and self.users > n:
            raise Refused(f"scp of exactly {self.users} users needs as many; this market has {n}.")
        for size in range(self.users if self.exactly else 1, min(self.users, n) + 1):
            for coalition in combinations(range(n), size):
                yield from joint_play(setting, coalition, self.bidding, self.fakes, Fraction(self.gamma), self.short)

    def sentence(self) -> str:
        many = f"{'exactly' if self.exactly else 'up to'} {self.users} {'user' if self.users == 1 else 'users'}"
        return f"the miner and {many} gain nothing together{self._terms()}"

    def story(self, setting: Setting, found: Found) -> str:
        return joint_story(setting, found)
