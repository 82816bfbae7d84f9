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
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["CostlyEntry", "read_costly_entry"]


@final
@dataclass(frozen=True, slots=True, init=False)
class CostlyEntry(Market):
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

    market: Procurement | Sale
    cost: float
    informed: bool

    def __init__(self, market: Procurement | Sale, cost: float, informed: bool = True) -> None:
        if not isinstance(market, Procurement | Sale):
            raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
        for label, prior in zip(market.labels, market.priors, strict=True):
            if prior != market.priors[0]:
                raise InvalidInput(
                    f"market must have agents alike; {label!r} has {shown(prior)} and {market.labels[0]!r} has "
                    f"{shown(market.priors[0])}. Give all the same distribution."
                )
        value = finite(cost, "cost")
        if not value > 0.0:
            raise InvalidInput(f"cost must be positive; got {value!r}. Without a cost of entry use the market within.")
        if not isinstance(informed, bool):
            raise InvalidInput(f"informed must be True or False; got {shown(informed)}.")
        object.__setattr__(self, "market", market)
        object.__setattr__(self, "cost", value)
        object.__setattr__(self, "informed", informed)
        for name in ("labels", "priors", "value", "tasks", "capacities"):
            object.__setattr__(self, name, getattr(market, name))

    @property
    def sign(self) -> int:  # type: ignore[override]  # a class constant of the markets that this one may hold
        return self.market.sign

    @property
    def priors_key(self) -> str:  # type: ignore[override]  # likewise
        return self.market.priors_key

    def as_procurement(self) -> Procurement:
        """The market within as a procurement."""
        return self.market.as_procurement()

    def spec(self) -> dict[str, object]:
        return {"kind": self.kind, "market": self.market.spec(), "cost": self.cost, "informed": self.informed}


def read_costly_entry(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, `cost` and `informed`."""
    from mechanisms.market_specs import market_from_spec

    for extra in spec.keys() - {"kind", "market", "cost", "informed"}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, market, cost, informed. Drop it.")
    inner = spec.get("market")
    if not isinstance(inner, Mapping):
        raise InvalidInput(f"{where}.market must be a table; got {shown(inner)}. Give the market without a cost of entry.")
    if "cost" not in spec:
        raise InvalidInput(f"{where}.cost must be given; got nothing. Add it.")
    within = market_from_spec(inner, f"{where}.market")
    return CostlyEntry(within, spec["cost"], spec.get("informed", True))  # type: ignore[arg-type]  # checked there
