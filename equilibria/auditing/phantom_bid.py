"""A bid that is not meant to win: it moves the ranks of the others, where a rule does not choose the lowest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from equilibria.auditing.outcome_table import phantoms
from equilibria.auditing.proved_kind import ProvedKind
from equilibria.proofs.properties.false_names import FalseNames
from mechanisms import Exchange

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject
    from equilibria.proofs.verdict import Counterexample

__all__ = ["PHANTOM_BID", "one_each"]


def one_each(subject: Subject) -> str | None:
    """Why a further name has no meaning: it would need a capacity."""
    market: Any = subject.market
    if isinstance(market, Exchange):
        return None if market.unit else "a further name needs a capacity of its own: see capacity_split"
    return "a further name needs a capacity of its own" if any(size != 1 for size in market.capacities or ()) else None


def _honest(found: Counterexample) -> bool:
    """Whether the agent with a further name tells the truth under its own."""
    return all(found.reports[-1][label] == number for label, number in found.types.items())


PHANTOM_BID = ProvedKind("phantom_bid", FalseNames(2), phantoms, further=1, unmet=one_each, accepts=_honest)
"""An agent reports its type, and a further bid under another name."""
