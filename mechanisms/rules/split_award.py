r"""Split award: one task is split between the lowest bids, the lower the larger the share, and each is paid what it asked.

$$ t_i = b_i s_r\quad\text{for the bid of rank } r,\qquad s_1\ge s_2\ge\dots . $$
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Market
from mechanisms.sorted_bids import SortedMechanism, only_one_task

__all__ = ["SplitAward"]


@final
@dataclass(frozen=True, slots=True)
class SplitAward(SortedMechanism):
    """The lowest bids get stated shares of the task and are paid these shares of what they asked for all of it.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None for no limit.
        shares: of the lowest bid, of the next, and so on; they do not rise and add up to at most 1.

    Raises:
        InvalidInput: the reserve is not a finite number, or the shares are not such.

    Notes:
        With the one share 1 it is `FirstPrice`. A share whose rank nobody bids for is not awarded. Equal bids: the first in
        market order has the lower rank. A prover of cost c spends its share of c.

    Example:
        >>> from mechanisms import Procurement, SplitAward, Uniform
        >>> market = Procurement({name: Uniform(0, 1) for name in "abc"})
        >>> dict(SplitAward(shares=(0.75, 0.25)).outcome(market, {"a": 0.75, "b": 0.5, "c": 0.875}).payments)
        {'a': 0.1875, 'b': 0.375, 'c': 0.0}
    """

    kind = "split_award"

    shares: tuple[float, ...] = field(default=(0.6, 0.4), kw_only=True)

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)
        if not isinstance(self.shares, tuple | list) or not self.shares:
            raise InvalidInput(f"shares must be a list of one number or more; got {shown(self.shares)}. (1.0,) is one winner.")
        shares = tuple(float(finite(share, f"shares[{k}]")) for k, share in enumerate(self.shares))
        if not shares[-1] > 0.0 or any(first < second for first, second in pairwise(shares)):
            raise InvalidInput(f"shares must be above 0 and not rise; got {shown(shares)}. Sort them.")
        if sum(map(Fraction, shares)) > 1 + Fraction(1, 10**12):
            raise InvalidInput(f"shares must add up to at most 1; got {sum(shares)!r}. They are shares of one task.")
        object.__setattr__(self, "shares", shares)

    def price_rank(self, tasks: int) -> int | None:
        return None

    def awards(self, market: Market, able: Sequence[Any]) -> list[Any]:
        none = able[0] * 0 if len(able) else 0
        return [none + share for share in (*self.shares, *[0] * len(able))[: len(able)]]

    def check_market(self, market: Market) -> None:
        only_one_task(self, market)
        SortedMechanism.check_market(self, market)
