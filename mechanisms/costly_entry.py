r"""A market in which taking part costs something.

Each agent of a `Procurement` or a `Sale` decides first whether to enter, at a cost $K$ that is lost whoever wins, and bids only
if it did. It knows its private cost when it decides (`informed`, Samuelson 1985) or learns it after (Levin and Smith 1994).
Nobody sees who entered. All agents are alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput
from mechanisms.market_within import MarketWithin, read_within
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["CostlyEntry", "read_costly_entry"]


@final
@dataclass(frozen=True, slots=True, init=False)
class CostlyEntry(MarketWithin):
    """A procurement or a sale with a cost of entry.

    Arguments:
        market: who knows what; all agents have the same distribution.
        cost: what entering costs, in money, above 0.
        informed: whether agents know their private costs (values) when they decide to enter.

    Raises:
        InvalidInput: the market is none, its agents differ, or the cost is not positive.

    Example:
        >>> from mechanisms import CostlyEntry, Procurement, Uniform
        >>> CostlyEntry(Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)}), 0.1).informed
        True
    """

    kind = "costly_entry"

    cost: float
    informed: bool

    def __init__(self, market: Procurement | Sale, cost: float, informed: bool = True) -> None:
        self._hold_equals(market)
        value = finite(cost, "cost")
        if not value > 0.0:
            raise InvalidInput(f"cost must be positive; got {value!r}. Without a cost of entry use the market within.")
        if not isinstance(informed, bool):
            raise InvalidInput(f"informed must be True or False; got {shown(informed)}.")
        object.__setattr__(self, "cost", value)
        object.__setattr__(self, "informed", informed)

    def _added(self) -> dict[str, object]:
        return {"cost": self.cost, "informed": self.informed}


def read_costly_entry(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, `cost` and `informed`."""
    within = read_within(spec, where, ("cost", "informed"), ("cost",), "a cost of entry")
    return CostlyEntry(within, spec["cost"], spec.get("informed", True))  # type: ignore[arg-type]  # checked there
