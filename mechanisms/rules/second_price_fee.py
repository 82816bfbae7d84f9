r"""Second-price fees: the best $k$ of a block are confirmed at the bid of rank $k+1$ in it, which must be there to set the price.

$$ x_{(i)} = [i\le k], \qquad p_{(i)} = b_{(k+1)}\,x_{(i)}, \qquad \mu = \sum_i p_i \ \text{ or }\ 0 . $$

The price comes from the block, so a miner who keeps it may add a bid of its own just below the last that is confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_rules import FeeMechanism
from mechanisms.statement import Number

__all__ = ["SecondPriceFee"]


@final
@dataclass(frozen=True, slots=True)
class SecondPriceFee(FeeMechanism):
    """The best `k` of the block are confirmed and pay the next bid in it; the next one is included and not confirmed.

    Arguments:
        k: how many are confirmed, a positive whole number.
        burned: the payments are burned; otherwise the miner keeps them.

    Raises:
        InvalidInput: k is no positive whole number, or burned no boolean.

    Notes:
        A block with no bid of rank k + 1 is free; so is one of a size of at most k. Truth is dominant for users who add no
        bids. Equal bids: the first in market order ranks first.

    Example:
        >>> from mechanisms import BlockSpace, SecondPriceFee, Uniform
        >>> market = BlockSpace(users={name: Uniform(0, 1) for name in "abc"}, size=2)
        >>> dict(SecondPriceFee().outcome(market, {"a": 0.5, "b": 0.25, "c": 0.75}).payments)
        {'a': 0.0, 'b': 0.0, 'c': 0.5}
        >>> SecondPriceFee().confirm([0.75, 0.625]).revenue  # the miner's own bid of 0.625 in place of the user's
        0.625
    """

    kind = "second_price_fee"

    k: int = 1
    burned: bool = False

    def __post_init__(self) -> None:
        check_count(self.k, "k")
        if not isinstance(self.burned, bool):
            raise InvalidInput(f"burned must be True or False; got {shown(self.burned)}.")

    def _included(self, size: int) -> int:
        return self.k + 1

    def _confirmed(self, ranked: list[Any], number: Number) -> tuple[list[Any], list[Any], Any]:
        price = ranked[self.k] if len(ranked) > self.k else number(0)
        won = min(self.k, len(ranked))
        shares = [number(int(place < won)) for place in range(len(ranked))]
        paid = [price if place < won else number(0) for place in range(len(ranked))]
        return shares, paid, number(0) if self.burned else price * number(won)

    def _batch(self, ranked: FloatArray, count: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        place = np.arange(ranked.shape[-1])
        shares = (place < np.minimum(count, self.k)).astype(np.float64)
        price = np.where(count > self.k, ranked[..., self.k : self.k + 1], 0.0) if ranked.shape[-1] > self.k else 0.0
        paid = shares * price
        return shares, paid, np.zeros(paid.shape[:-1]) if self.burned else np.asarray(paid.sum(axis=-1))


def check_count(value: object, name: str) -> None:
    """Refuses a parameter that is no positive whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInput(f"{name} must be a positive whole number; got {shown(value)}. It counts transactions.")
