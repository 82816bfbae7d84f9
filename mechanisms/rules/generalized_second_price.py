r"""Generalised second price: every winner is paid the bid of the rank below its own.

With accepted bids $b_{(1)}\le b_{(2)}\le\dots$ and slots of weights $w_1\ge w_2\ge\dots$, rank $k$ gets slot $k$ and

$$ t_{(k)} = w_k \min(b_{(k+1)}, r) . $$

In a sale of advertising slots the weights are clicks and $b$ is a bid per click; in a procurement of $k$ tasks every weight
is 1. Truth is not dominant with two slots or more: a better slot at a worse price may be worth less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

import numpy as np

from mechanisms._types import Profiles
from mechanisms.distributions.parameters import finite_tuple, shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.sorted_bids import TaskOutcomes

__all__ = ["GeneralizedSecondPrice"]


@final
@dataclass(frozen=True, slots=True)
class GeneralizedSecondPrice(Mechanism):
    """The bids rank the slots, and each winner is paid (pays, in a sale) the bid of the next rank.

    Arguments:
        reserve: highest bid accepted, in money (in a sale, the lowest); a bid equal to it is accepted, and it is the price where
            no next bid was accepted. None for no limit.
        weights: how much of a proof (how many clicks) each slot is, from the best; positive and not rising, as many as the
            market's `tasks`. None for one proof each.

    Raises:
        InvalidInput: the reserve is not a finite number, or weights that rise or are not positive.
        Refused: when evaluated with other than `tasks` weights, or without a price for the last winner.

    Notes:
        With one slot it is `Vickrey`. Equal bids: the first in market order has the better rank.

    Example:
        >>> from mechanisms import GeneralizedSecondPrice, Sale, Uniform
        >>> market = Sale({name: Uniform(0, 10) for name in "abc"}, tasks=2)
        >>> rule = GeneralizedSecondPrice(weights=(200, 100))
        >>> dict(rule.outcome(market, {"a": 10.0, "b": 4.0, "c": 2.0}).payments)
        {'a': 800.0, 'b': 200.0, 'c': 0.0}

    References:
        Edelman, Ostrovsky and Schwarz (2007), Internet advertising and the generalized second-price auction, American Economic
        Review 97; the example is theirs.
    """

    kind = "generalized_second_price"

    reserve: float | Fraction | None = None
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)
        if self.weights is None:
            return
        weights = finite_tuple(self.weights, "weights")
        if not weights or min(weights) <= 0.0 or any(first < second for first, second in pairwise(weights)):
            raise InvalidInput(f"weights must be positive and not rise; got {shown(self.weights)}. Give the best slot first.")
        object.__setattr__(self, "weights", weights)

    def slots(self, market: Market) -> tuple[float, ...]:
        """The weight of every slot.

        Raises:
            Refused: the rule has no meaning in this market, and why.
        """
        if market.tasks > len(market.labels) - (self.reserve is None):
            raise Refused(
                f"GeneralizedSecondPrice needs a bid of rank {market.tasks + 1} or a reserve: with {len(market.labels)} agents "
                "and reserve=None the last winner has no price. Pass reserve=."
            )
        if self.weights is not None and len(self.weights) != market.tasks:
            raise Refused(f"{len(self.weights)} weights need tasks={len(self.weights)}; this market has tasks={market.tasks}.")
        return (1.0,) * market.tasks if self.weights is None else self.weights

    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: who bids, and how many slots there are.
            bids: one report per label: costs in a procurement, values in a sale. Integers, `Fraction` and `Decimal` are
                evaluated in exact rationals.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is no finite number.
            Refused: the rule has no outcome here, and why.
        """
        reports, number = read_bids(market, bids)
        slots = [number(weight) for weight in self.slots(market)]
        costs = reports if market.sign > 0 else [-report for report in reports]
        limit = None if self.reserve is None else market.sign * number(self.reserve)
        order = sorted((i for i in range(len(costs)) if limit is None or costs[i] <= limit), key=lambda i: costs[i])
        shares, payments = [number(0)] * len(costs), [number(0)] * len(costs)
        for rank, (weight, i) in enumerate(zip(slots, order, strict=False)):
            price = costs[order[rank + 1]] if rank + 1 < len(order) else limit
            shares[i], payments[i] = weight, market.sign * weight * price
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in (shares, payments, shares)))

    def batch(self, market: Market, bids: Profiles) -> TaskOutcomes:
        """Outcomes of many profiles at once; `bids` has shape `(*batch, agents)`, agents in market order."""
        profiles = read_profiles(market, bids)
        slots = np.array(self.slots(market))
        costs = market.sign * profiles
        limit = np.inf if self.reserve is None else market.sign * float(self.reserve)
        keyed = np.where(costs <= limit, costs, np.inf)
        order = np.argsort(keyed, axis=-1, kind="stable")
        ranked = np.take_along_axis(keyed, order, axis=-1)
        ranked = np.concatenate([ranked, np.full((*ranked.shape[:-1], 1), np.inf)], axis=-1)
        filled = np.isfinite(ranked[..., : len(slots)])
        prices = np.where(filled, np.minimum(ranked[..., 1 : len(slots) + 1], limit), 0.0)
        shares, amounts = np.zeros_like(costs), np.zeros_like(costs)
        won = order[..., : len(slots)]
        np.put_along_axis(shares, won, np.where(filled, slots, 0.0), axis=-1)
        np.put_along_axis(amounts, won, market.sign * slots * prices + 0.0, axis=-1)
        return TaskOutcomes(shares, amounts)
