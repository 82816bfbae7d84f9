r"""A market whose agents have a budget.

Every agent of a `Procurement` or a `Sale` has the same budget $w$, and everybody knows it. In a sale nobody can bid more than $w$
(Che and Gale 1998 for pay as bid, Gavious, Moldovanu and Sela 2002 for all pay). In a procurement a prover pays for its proof
before it is paid itself: only one whose cost is at most $w$ can take part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions.parameters import finite
from mechanisms.errors import InvalidInput
from mechanisms.market_within import MarketWithin, read_within
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["Budgeted", "read_budgeted"]


@final
@dataclass(frozen=True, slots=True, init=False)
class Budgeted(MarketWithin):
    """A procurement or a sale of agents alike, all with one known budget. Bids meet there, so lots decide among equal bids.

    Arguments:
        market: who knows what; all agents have the same distribution.
        budget: what each can spend, in money, above 0: the highest bid in a sale, the highest cost in a procurement.

    Raises:
        InvalidInput: the market is none, its agents differ, or the budget is not positive.

    Example:
        >>> from mechanisms import Budgeted, Sale, Uniform
        >>> Budgeted(Sale({"a": Uniform(0, 1), "b": Uniform(0, 1)}), 0.25).budget
        0.25
    """

    kind = "budgeted"
    lots = True

    budget: float

    def __init__(self, market: Procurement | Sale, budget: float) -> None:
        self._hold_equals(market)
        value = finite(budget, "budget")
        if not value > 0.0:
            raise InvalidInput(f"budget must be positive; got {value!r}. Without a budget use the market within.")
        object.__setattr__(self, "budget", value)

    def _added(self) -> dict[str, object]:
        return {"budget": self.budget}


def read_budgeted(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, and `budget`."""
    within = read_within(spec, where, ("budget",), ("budget",), "a budget")
    return Budgeted(within, spec["budget"])  # type: ignore[arg-type]  # checked there
