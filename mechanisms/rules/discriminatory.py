r"""Discriminatory price: of $k$ tasks, the lowest bids win what their makers can do, and are paid what they asked.

$$ t_i = b_i x_i,\qquad x_i\le m_i,\qquad \sum_i x_i\le k . $$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from mechanisms.sorted_bids import SortedMechanism

__all__ = ["Discriminatory"]


@final
@dataclass(frozen=True, slots=True)
class Discriminatory(SortedMechanism):
    """The lowest bids win, as many as the market has tasks, and are paid what they asked for each; one task a prover, or as
    many as the market's capacities say, the last winner getting what is left.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted. None for no limit.

    Raises:
        InvalidInput: the reserve is not a finite number.

    Notes:
        With one task it is `FirstPrice`. Equal bids: the first in market order wins.

    Example:
        >>> from mechanisms import Discriminatory, Procurement, Uniform
        >>> market = Procurement({name: Uniform(0, 1) for name in "abc"}, tasks=2)
        >>> dict(Discriminatory().outcome(market, {"a": 0.75, "b": 0.5, "c": 0.875}).payments)
        {'a': 0.75, 'b': 0.5, 'c': 0.0}
    """

    kind = "discriminatory"
    takes_capacities = True

    def price_rank(self, tasks: int) -> int | None:
        return None
