r"""Commit and reveal, second price: the lowest revealed bid wins and is paid the next one, if there is one.

With the requester's greatest fee $r$ and revealed bids $b_{(1)}\le b_{(2)}\le\dots\le r$,

$$ t_{(1)} = b_{(2)}, \qquad\text{and with one bid alone}\quad t_{(1)} = b_{(1)} \ \text{ or }\ r . $$

Paid its own bid when alone, a prover that may be alone bids above its cost: against one truthful rival on $[0,1]$ that is absent
with probability $q$, $b=\min(1, c+q/(1-q))$ is best, and gains $q^2/(2(1-q))$ while it is below 1. Paid $r$, it is `Vickrey`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final, get_args

import numpy as np

from mechanisms._types import Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.sorted_bids import TaskOutcomes, only_one_task

__all__ = ["CommitReveal", "Lone"]

Lone = Literal["own_bid", "reserve"]


@final
@dataclass(frozen=True, slots=True)
class CommitReveal(Mechanism):
    """The lowest revealed bid wins at the second-lowest; whoever alone reveals is paid its own bid, or the reserve.

    Arguments:
        reserve: the requester's greatest fee, in money (in a sale, the least); a bid equal to it is accepted.
        lone: what a lone revealer is paid, `"own_bid"` or `"reserve"`.

    Raises:
        InvalidInput: the reserve is not a finite number, or lone none of these.
        Refused: when evaluated with several tasks.

    Notes:
        A bid above the reserve stands for one that is not revealed, which costs nothing. With `lone="own_bid"` truth is not
        dominant and a second identity that bids the reserve pays; with `lone="reserve"` neither holds. Equal bids: the first
        in market order wins.

    Example:
        >>> from mechanisms import CommitReveal, Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> bids = {"alice": 0.25, "bob": 1.5}
        >>> [CommitReveal(1, lone).outcome(market, bids).payments["alice"] for lone in ("own_bid", "reserve")]
        [0.25, 1.0]

    References:
        Brevis, `BrevisMarket.sol` of its prover network contracts, for the rule with `lone="own_bid"`.
    """

    kind = "commit_reveal"

    reserve: float | Fraction
    lone: Lone = "own_bid"

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=False)
        if self.lone not in get_args(Lone):
            names = " or ".join(map(repr, get_args(Lone)))
            raise InvalidInput(f"lone must be {names}; got {shown(self.lone)}. It says what is paid without a second bid.")

    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: who bids.
            bids: one report per label: costs in a procurement, values in a sale; one that the reserve does not accept is not
                revealed. Integers, `Fraction` and `Decimal` are evaluated in exact rationals.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is no finite number.
            Refused: there are several tasks.
        """
        reports, number = read_bids(market, bids)
        only_one_task(self, market)
        costs = reports if market.sign > 0 else [-report for report in reports]
        limit = market.sign * number(self.reserve)
        order = sorted((i for i in range(len(costs)) if costs[i] <= limit), key=lambda i: costs[i])
        shares, payments = [number(0)] * len(costs), [number(0)] * len(costs)
        if order:
            alone = costs[order[0]] if self.lone == "own_bid" else limit
            shares[order[0]] = number(1)
            payments[order[0]] = market.sign * (costs[order[1]] if len(order) > 1 else alone)
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in (shares, payments, shares)))

    def batch(self, market: Market, bids: Profiles) -> TaskOutcomes:
        """Outcomes of many profiles at once; `bids` has shape `(*batch, agents)`, agents in market order."""
        profiles = read_profiles(market, bids)
        only_one_task(self, market)
        costs, limit = market.sign * profiles, market.sign * float(self.reserve)
        keyed = np.where(costs <= limit, costs, np.inf)
        winner = keyed.argmin(axis=-1)[..., None]
        own = np.take_along_axis(keyed, winner, axis=-1)
        rest = keyed.copy()
        np.put_along_axis(rest, winner, np.inf, axis=-1)
        second = rest.min(axis=-1, keepdims=True)
        price = np.where(np.isfinite(second), second, own if self.lone == "own_bid" else limit)
        awarded = np.isfinite(own)
        shares, amounts = np.zeros_like(costs), np.zeros_like(costs)
        np.put_along_axis(shares, winner, awarded.astype(np.float64), axis=-1)
        np.put_along_axis(amounts, winner, np.where(awarded, market.sign * price, 0.0), axis=-1)
        return TaskOutcomes(shares, amounts)
