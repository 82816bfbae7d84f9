r"""The burning second-price rule: a random part of the best $k$ is confirmed, at a price of which most is burned.

With $q=\lfloor\gamma k/c\rfloor$ and $h=\lfloor q/\gamma\rfloor$, a block is the $k$ best bids and up to $h$ more. A lottery
confirms $q$ of $k$, each at $b_{(k+1)}$, and the miner gets

$$ \mu = \gamma\,(b_{(k+1)} + \dots + b_{(k+h)}) \le q\,b_{(k+1)} ; $$

bids that a block lacks count as 0. The miner is paid by those who are not confirmed: raising them costs it, in the model of
Chung and Shi, $\gamma$ times what a bid exceeds its value by.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_rules import FeeMechanism
from mechanisms.rules.second_price_fee import check_count
from mechanisms.statement import Number

__all__ = ["BurningSecondPrice"]

# Decimals such as 0.3 and thirds then mean the fractions that they print, of which whole parts are taken.
DENOMINATOR = 1_000_000


@final
@dataclass(frozen=True, slots=True)
class BurningSecondPrice(FeeMechanism):
    """Of the `k` best bids of a block `floor(gamma k / c)` are drawn and confirmed at the next bid; bids behind pay the miner.

    Arguments:
        gamma: strictness of the utilities that it is made for, above 0 and at most 1: what an overbid that is not confirmed
            costs, as a share of the overbid. Read as the nearest fraction with a denominator of up to a million.
        k: how many bids may be confirmed, a positive whole number.
        c: how many users may collude with the miner, a positive whole number.

    Raises:
        InvalidInput: a parameter out of range, or gamma k < c, so that nobody would ever be confirmed.

    Notes:
        Shares and payments are expected over the lottery. Equal bids: the first in market order ranks first.

    Example:
        >>> from mechanisms import BlockSpace, BurningSecondPrice, Uniform
        >>> market = BlockSpace(users={name: Uniform(0, 8) for name in "abc"}, size=3)
        >>> rule = BurningSecondPrice(gamma=1, k=2, c=2)
        >>> dict(rule.outcome(market, {"a": 6.0, "b": 2.0, "c": 7.0}).payments)
        {'a': 1.0, 'b': 0.0, 'c': 1.0}
        >>> rule.confirm([6, 2, 7]).revenue
        Fraction(2, 1)

    References:
        Chung and Shi (2023), Foundations of transaction fee mechanism design, SODA; restated here.
    """

    kind = "burning_second_price"

    gamma: float | Fraction = Fraction(1)
    k: int = 1
    c: int = 1

    def __post_init__(self) -> None:
        given = self.gamma if isinstance(self.gamma, Fraction) else Fraction(finite(self.gamma, "gamma"))
        gamma = given.limit_denominator(DENOMINATOR)
        if not 0 < gamma <= 1:
            raise InvalidInput(f"gamma must be above 0 and at most 1; got {shown(self.gamma)}. 1 is the weakest notion.")
        object.__setattr__(self, "gamma", gamma)
        check_count(self.k, "k")
        check_count(self.c, "c")
        if gamma * self.k < self.c:
            raise InvalidInput(f"gamma k must be at least c, or nobody is confirmed; got {gamma} * {self.k} < {self.c}. Raise k.")

    @property
    def drawn(self) -> int:
        """How many of the best k are confirmed."""
        return int(Fraction(self.gamma) * self.k / self.c)

    @property
    def behind(self) -> int:
        """How many bids behind them pay the miner at most, so that it never gets more than is paid."""
        return int(self.drawn / Fraction(self.gamma))

    def _included(self, size: int) -> int:
        return self.k + self.behind

    def _confirmed(self, ranked: list[Any], number: Number) -> tuple[list[Any], list[Any], Any]:
        chance, zero = number(Fraction(self.drawn, self.k)), number(0)
        price = ranked[self.k] if len(ranked) > self.k else zero
        shares = [chance if place < self.k else zero for place in range(len(ranked))]
        paid = [price * chance if place < self.k else zero for place in range(len(ranked))]
        return shares, paid, sum(ranked[self.k : self.k + self.behind], zero) * number(self.gamma)

    def _batch(self, ranked: FloatArray, count: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        shares = np.where(np.arange(ranked.shape[-1]) < np.minimum(count, self.k), self.drawn / self.k, 0.0)
        price = ranked[..., self.k : self.k + 1] if ranked.shape[-1] > self.k else 0.0
        revenue = float(self.gamma) * ranked[..., self.k : self.k + self.behind].sum(axis=-1)
        return shares, shares * price, np.asarray(revenue)
