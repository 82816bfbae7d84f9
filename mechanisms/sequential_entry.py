r"""A market into which agents enter one after the other.

The agents of a `Procurement` or a `Sale` decide in a known order, each seeing who entered before it, whether to enter at a
cost $K$. An entrant learns its private cost only then, and those who entered bid. Listed strongest first, it is entry by
efficiency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions.parameters import finite
from mechanisms.errors import InvalidInput
from mechanisms.market_within import MarketWithin, read_within
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["SequentialEntry", "read_sequential_entry"]


@final
@dataclass(frozen=True, slots=True, init=False)
class SequentialEntry(MarketWithin):
    """A procurement or a sale that agents enter in the order in which the market lists them.

    Arguments:
        market: who knows what once it entered; the first label decides first.
        cost: what entering costs, in money, above 0.

    Raises:
        InvalidInput: the market is none, or the cost is not positive.

    Example:
        >>> from mechanisms import Procurement, SequentialEntry, Uniform
        >>> SequentialEntry(Procurement({"fast": Uniform(0, 1), "slow": Uniform(0, 2)}), 0.1).labels
        ('fast', 'slow')
    """

    kind = "sequential_entry"

    cost: float

    def __init__(self, market: Procurement | Sale, cost: float) -> None:
        self._hold(market)
        value = finite(cost, "cost")
        if not value > 0.0:
            raise InvalidInput(f"cost must be positive; got {value!r}. Without a cost of entry use the market within.")
        object.__setattr__(self, "cost", value)

    def _added(self) -> dict[str, object]:
        return {"cost": self.cost}


def read_sequential_entry(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, and `cost`.

    The order of its labels is the order of entry.
    """
    within = read_within(spec, where, ("cost",), ("cost",), "a cost of entry")
    return SequentialEntry(within, spec["cost"])  # type: ignore[arg-type]  # checked there
