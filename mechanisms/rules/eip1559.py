r"""A base fee that is burned, and tips: what EIP-1559 does within one block.

With the base fee $r$, which the chain has set before, bids of at least $r$ can be included, and

$$ x_i = [b_i\ge r], \qquad p_i = b_i x_i, \qquad \mu = \sum_i (b_i - r)\,x_i . $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray
from mechanisms.fee_rules import FeeMechanism, check_amount_from_zero
from mechanisms.statement import Number

__all__ = ["EIP1559"]


@final
@dataclass(frozen=True, slots=True)
class EIP1559(FeeMechanism):
    r"""Bids of at least the base fee, the highest first, pay what they bid; the base fee is burned, the miner gets the rest.

    Arguments:
        base_fee: the base fee $r$ of this block, in money; at least 0.
        tip: what the suggested bid leaves to the miner, in money, for its own cost of including a transaction; at least 0.

    Raises:
        InvalidInput: an amount that is negative or not finite.

    Notes:
        Bidding one's value is not dominant, as the bid is paid. The suggested bid $\sigma(v)=\min(v, r+\text{tip})$ is, while all
        who would pay $r$ fit into the block. Equal bids: the first in market order is included. How $r$ moves from block to
        block is no part of the rule.

    Example:
        >>> from mechanisms import EIP1559, BlockSpace, Uniform
        >>> rule = EIP1559(base_fee=0.5, tip=0.125)
        >>> [rule.bid(value) for value in (0.25, 0.75)]
        [0.25, 0.625]
        >>> market = BlockSpace(users={"a": Uniform(0, 1), "b": Uniform(0, 1)}, size=2)
        >>> dict(rule.outcome(market, {"a": 0.25, "b": 0.625}).payments)
        {'a': 0.0, 'b': 0.625}
        >>> rule.confirm([0.25, 0.625]).revenue
        0.125

    References:
        Roughgarden (2021), Transaction fee mechanism design, EC.
    """

    kind = "eip1559"

    base_fee: float | Fraction
    tip: float | Fraction = 0.0

    def __post_init__(self) -> None:
        check_amount_from_zero(self, "base_fee")
        check_amount_from_zero(self, "tip")

    def bid(self, value: Any) -> Any:
        number = float if isinstance(value, float) else Fraction
        return min(value, number(self.base_fee) + number(self.tip))

    def _floor(self, number: Number) -> Any:
        return number(self.base_fee)

    def _confirmed(self, ranked: list[Any], number: Number) -> tuple[list[Any], list[Any], Any]:
        base = number(self.base_fee)
        inside = [bid for bid in ranked if bid >= base]
        out = [number(0)] * (len(ranked) - len(inside))
        return [number(1)] * len(inside) + out, inside + out, sum(inside, number(0)) - base * number(len(inside))

    def _batch(self, ranked: FloatArray, count: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        inside = (np.arange(ranked.shape[-1]) < count).astype(np.float64)
        return inside, ranked, np.asarray((ranked - float(self.base_fee) * inside).sum(axis=-1))
