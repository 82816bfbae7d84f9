r"""First-price fees: everybody in the block is confirmed and pays its bid to the miner.

$$ x_i = 1, \qquad p_i = b_i, \qquad \mu = \sum_i b_i . $$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray
from mechanisms.fee_rules import FeeMechanism
from mechanisms.statement import Number

__all__ = ["FirstPriceFee"]


@final
@dataclass(frozen=True, slots=True)
class FirstPriceFee(FeeMechanism):
    """The highest bids are included and pay what they bid, all of it to the miner.

    Notes:
        The miner has no reason to deviate; users shade their bids. Equal bids: the first in market order is included.

    Example:
        >>> from mechanisms import BlockSpace, FirstPriceFee, Uniform
        >>> market = BlockSpace(users={name: Uniform(0, 1) for name in "abc"}, size=2)
        >>> dict(FirstPriceFee().outcome(market, {"a": 0.5, "b": 0.25, "c": 0.75}).payments)
        {'a': 0.5, 'b': 0.0, 'c': 0.75}
    """

    kind = "first_price_fee"

    def _confirmed(self, ranked: list[Any], number: Number) -> tuple[list[Any], list[Any], Any]:
        return [number(1)] * len(ranked), ranked, sum(ranked, number(0))

    def _batch(self, ranked: FloatArray, count: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        inside = np.arange(ranked.shape[-1]) < count
        return inside.astype(np.float64), ranked, np.asarray(ranked.sum(axis=-1))
