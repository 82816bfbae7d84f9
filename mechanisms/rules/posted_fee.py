r"""A posted fee: everybody in the block who bids at least the price is confirmed and pays the price.

$$ x_i = [b_i\ge r], \qquad p_i = r\,x_i, \qquad \mu = 0 \ \text{ or }\ \sum_i p_i . $$

With the payments burned it is EIP-1559 without tips.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_rules import FeeMechanism, check_amount_from_zero
from mechanisms.statement import Number

__all__ = ["PostedFee"]


@final
@dataclass(frozen=True, slots=True)
class PostedFee(FeeMechanism):
    """One price for everybody who is included, whatever it bids above it.

    Arguments:
        price: the fee, in money; at least 0. A bid equal to it is accepted.
        burned: the payments are burned; otherwise the miner keeps them.

    Raises:
        InvalidInput: the price is negative or not finite, or burned no boolean.

    Notes:
        Where more than fit into the block accept the price, the highest bids are included, equal ones in market order: then
        bidding above one's value pays.

    Example:
        >>> from mechanisms import BlockSpace, PostedFee, Uniform
        >>> market = BlockSpace(users={"a": Uniform(0, 1), "b": Uniform(0, 1)}, size=2)
        >>> dict(PostedFee(0.5).outcome(market, {"a": 0.25, "b": 0.75}).payments)
        {'a': 0.0, 'b': 0.5}
        >>> PostedFee(0.5).confirm([0.75]).burned
        0.5
    """

    kind = "posted_fee"

    price: float | Fraction
    burned: bool = True

    def __post_init__(self) -> None:
        check_amount_from_zero(self, "price")
        if not isinstance(self.burned, bool):
            raise InvalidInput(f"burned must be True or False; got {shown(self.burned)}.")

    def _floor(self, number: Number) -> Any:
        return number(self.price)

    def _confirmed(self, ranked: list[Any], number: Number) -> tuple[list[Any], list[Any], Any]:
        price = number(self.price)
        accepted = [bool(bid >= price) for bid in ranked]  # each is decided once, also where bids are symbols
        paid = [price if accepts else number(0) for accepts in accepted]
        shares = [number(int(accepts)) for accepts in accepted]
        return shares, paid, number(0) if self.burned else sum(paid, number(0))

    def _batch(self, ranked: FloatArray, count: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        inside = (np.arange(ranked.shape[-1]) < count).astype(np.float64)
        paid = float(self.price) * inside
        return inside, paid, np.zeros(paid.shape[:-1]) if self.burned else np.asarray(paid.sum(axis=-1))
