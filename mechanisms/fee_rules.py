r"""Rules of a fee market: what an honest miner includes, and what the chain makes of any block.

A fee rule is $(I, x, p, \mu)$. Given bids $b$ and a size $B$, an honest miner includes the block $I(b, B)$. Confirmation $x$,
payments $p$ and the miner's revenue $\mu$ are computed *from the block alone*, for the chain sees nothing else: a bid in the
block is confirmed with probability $x_i$ and pays $p_i$ (expected, over the rule's own lottery), with $p_i\le b_i x_i$ and
$\mu\le\sum_i p_i$; what is left is burned. Who is not in the block pays nothing.

A miner may confirm another block, with bids left out or bids of its own added; a user may add bids as well. Both are free to
call `include` and `confirm` on any list of bids, which is what the properties of fee markets quantify over.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.block_space import BlockSpace
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.exchange_rules import descending
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.statement import Number

__all__ = ["Confirmation", "FeeMechanism", "FeeOutcomes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the chain makes of a block, bid by bid in the block's order.

    Arguments:
        confirmed: probability that each bid of the block is confirmed.
        payments: expected payment of each; 0 for one that is never confirmed.
        revenue: what the miner gets of all payments.
        burned: what nobody gets.
    """

    confirmed: tuple[Any, ...]
    payments: tuple[Any, ...]
    revenue: Any
    burned: Any


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FeeOutcomes:
    """Outcomes of many profiles with an honest miner, without labels; axes `(*batch, users)`.

    Arguments:
        shares: probability that each user is confirmed.
        paid: expected payment of each user.
        revenue: what the miner gets, shape `(*batch,)`.
    """

    shares: FloatArray
    paid: FloatArray
    revenue: FloatArray

    def __post_init__(self) -> None:
        for array in (self.shares, self.paid, self.revenue):
            array.setflags(write=False)

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone may be confirmed; shape `(*batch,)`."""
        return np.asarray((self.shares > 0.0).any(axis=-1))

    @property
    def burned(self) -> FloatArray:
        """What nobody gets; shape `(*batch,)`."""
        return np.asarray(self.paid.sum(axis=-1) - self.revenue)

    def allocation(self) -> FloatArray:
        """Probability of confirmation by user; shape `(*batch, users)`."""
        return self.shares

    def payments(self) -> FloatArray:
        """Expected payments by user; shape `(*batch, users)`."""
        return self.paid

    def proofs(self) -> FloatArray:
        """Probability that each request is proved: its confirmation."""
        return self.shares


@dataclass(frozen=True, slots=True)
class FeeMechanism(Mechanism):
    """A rule of this module; abstract, its subclasses are final.

    A block is a list of bids. Bids are ranked downwards, equal ones in the order in which they are given.
    """

    @final
    def include(self, bids: Sequence[Any], size: int) -> tuple[int, ...]:
        """Which bids an honest miner includes: places in `bids`, from the highest bid; at most `size` of them.

        Works on scalars of any ordered field.
        """
        floor = self._floor(_number(bids))
        order = [i for i in descending(bids) if floor is None or bids[i] >= floor]
        return tuple(order[: min(size, self._included(size))])

    @final
    def confirm(self, block: Sequence[Any]) -> Confirmation:
        """What the chain makes of a block, from its bids alone, on their own number type.

        Works on scalars of any ordered field; integers count as exact.
        """
        order, number = descending(block), _number(block)
        ranked = [number(bid) if isinstance(bid, int | Fraction) else bid for bid in (block[i] for i in order)]
        shares, paid, revenue = self._confirmed(ranked, number)
        confirmed, payments = [number(0)] * len(ranked), [number(0)] * len(ranked)
        for place, share, amount in zip(order, shares, paid, strict=True):
            confirmed[place], payments[place] = share, amount
        burned = sum(payments, number(0)) - revenue
        return Confirmation(confirmed=tuple(confirmed), payments=tuple(payments), revenue=revenue, burned=burned)

    def bid(self, value: Any) -> Any:
        r"""The bid $\sigma(v)$ that the rule suggests to a user of value $v$: the value itself, in most rules."""
        return value

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile with an honest miner, on the bids' own number type.

        Arguments:
            market: a `BlockSpace`.
            bids: one bid by label; integers and `Fraction` are evaluated exactly.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is no finite number.
            Refused: the market is no `BlockSpace`.
        """
        space = self._space(market)
        reports, number = read_bids(space, bids)
        block = self.include(reports, space.size)
        made = self.confirm([reports[i] for i in block])
        shares, payments = [number(0)] * len(reports), [number(0)] * len(reports)
        for place, share, amount in zip(block, made.confirmed, made.payments, strict=True):
            shares[place], payments[place] = share, amount
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in (shares, payments, shares)))

    @final
    def batch(self, market: Market, bids: Profiles) -> FeeOutcomes:
        """Outcomes of many profiles with an honest miner.

        Arguments:
            market: a `BlockSpace`.
            bids: finite bids, shape `(*batch, users)`, users in market order.

        Raises:
            InvalidInput: the wrong number of users, not numbers, or not finite.
            Refused: the market is no `BlockSpace`.
        """
        space = self._space(market)
        profiles = read_profiles(space, bids)
        order = np.argsort(-profiles, axis=-1, kind="stable")
        ranked = np.take_along_axis(profiles, order, axis=-1)
        floor = self._floor(float)
        inside = np.arange(ranked.shape[-1]) < min(space.size, self._included(space.size))
        inside = inside & (ranked >= (-np.inf if floor is None else floor))
        count = inside.sum(axis=-1)[..., None]
        shares, paid, revenue = self._batch(np.where(inside, ranked, 0.0), count)
        out = np.zeros((2, *profiles.shape))
        for array, ordered in zip(out, (shares, paid), strict=True):
            np.put_along_axis(array, order, ordered, axis=-1)
        return FeeOutcomes(shares=out[0], paid=out[1], revenue=np.asarray(revenue))

    def mirrored(self) -> Self:
        raise Refused("a fee rule has no mirror image in a procurement. Use a BlockSpace.")

    def _included(self, size: int) -> int:
        """How many bids an honest miner includes at most."""
        return size

    def _floor(self, number: Number) -> Any:
        """The lowest bid that may be included, or None."""
        return None

    @abstractmethod
    def _confirmed(self, ranked: list[Any], number: Number) -> tuple[list[Any], list[Any], Any]:
        """Shares and payments of a block's bids, ranked downwards, and the miner's revenue."""

    @abstractmethod
    def _batch(self, ranked: FloatArray, count: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same for an honest miner's blocks: bids ranked downwards and 0 after the first `count`, shape `(*batch, users)`."""

    def _space(self, market: Market) -> BlockSpace:
        if not isinstance(market, BlockSpace):
            got = type(market).__name__ if isinstance(market, Market) else shown(market)
            raise Refused(f"{type(self).__name__} needs a BlockSpace, with users and a size; got {got}.")
        return market


def _number(bids: Sequence[Any]) -> Number:
    return float if any(isinstance(bid, float) for bid in bids) else Fraction


def check_amount_from_zero(rule: Mechanism, name: str) -> None:
    """Checks a parameter that is an amount of money of at least 0, at construction."""
    rule._check_amount(name, optional=False)
    if getattr(rule, name) < 0:
        raise InvalidInput(f"{name} must be at least 0; got {shown(getattr(rule, name))}. Fees are not negative.")
