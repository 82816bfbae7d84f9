r"""Secret reserve: pay as bid, and a bid above what a task is worth to the requester, which only it knows, is not accepted.

With the requester's value $V\sim G$ a bid $b$ that is among the lowest is awarded with probability $1-G(b)$:

$$ x_i = a_i\,(1-G(b_i)),\qquad t_i = b_i x_i, $$

where $a_i$ is what `Discriminatory` awards without a reserve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from mechanisms._types import Profiles
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.rules.discriminatory import Discriminatory
from mechanisms.sorted_bids import TaskOutcomes

__all__ = ["SecretReserve"]


@final
@dataclass(frozen=True, slots=True)
class SecretReserve(Mechanism):
    """The lowest bids win and are paid what they asked, if that is at most the requester's value, which provers do not know.

    The market's `value` is its law. As many tasks as the market has, and its capacities, as in `Discriminatory`.

    Raises:
        Refused: when evaluated, a market whose value is not a distribution.

    Notes:
        Outcomes are expectations over the requester's value, in doubles. In a sale the bid must be at least the value.

    Example:
        >>> from mechanisms import Procurement, SecretReserve, Uniform
        >>> market = Procurement({name: Uniform(0, 1) for name in "abc"}, value=Uniform(0, 1))
        >>> dict(SecretReserve().outcome(market, {"a": 0.75, "b": 0.5, "c": 0.875}).payments)
        {'a': 0.0, 'b': 0.25, 'c': 0.0}
    """

    kind = "secret_reserve"
    takes_capacities = True

    def value(self, market: Market) -> Distribution:
        """The law of the requester's value in the market's procurement.

        Raises:
            Refused: it has none.
        """
        value = market.as_procurement().value
        if not isinstance(value, Distribution):
            raise Refused(f"SecretReserve needs a market whose value is a distribution; got {value!r}. Use FirstPrice(reserve).")
        return value

    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The expected outcome at one profile, in doubles.

        Arguments:
            market: who bids, how many tasks there are, and the law of their value.
            bids: one report per label: costs in a procurement, values in a sale.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is no finite number.
            Refused: the value is not a distribution.
        """
        reports, _ = read_bids(market, bids)
        batch = self.batch(market, np.array([float(report) for report in reports]))
        allocation, payments = (dict(zip(market.labels, row.tolist(), strict=True)) for row in (batch.shares, batch.paid))
        return Outcome(allocation, payments, allocation)

    def batch(self, market: Market, bids: Profiles) -> TaskOutcomes:
        """Expected outcomes of many profiles, shape `(*batch, provers)`; errors as in `outcome`."""
        profiles, law = read_profiles(market, bids), self.value(market)
        shares = Discriminatory().batch(market, profiles).shares * law.survival(market.sign * profiles)
        return TaskOutcomes(shares, np.where(shares > 0.0, profiles * shares, 0.0))
