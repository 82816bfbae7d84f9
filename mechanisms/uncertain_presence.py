r"""A market in which nobody knows how many take part.

Each prover of a `Procurement` (buyer of a `Sale`) $i$ is there with probability $q_i$, independently of everything; it knows that
it is there itself, and of the others only the $q$. With equal probabilities the number of rivals is binomial (McAfee and McMillan
1987, Matthews 1987).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput
from mechanisms.market_within import MarketWithin, read_within
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["UncertainPresence", "read_uncertain_presence"]


@final
@dataclass(frozen=True, slots=True, init=False)
class UncertainPresence(MarketWithin):
    """A procurement or a sale whose agents are there with known probabilities.

    Arguments:
        market: who knows what, of those who may be there.
        presence: the probability that an agent is there, above 0 and at most 1: one number for all, or by label, 1 for who is
            left out.

    Raises:
        InvalidInput: the market is none, or a probability is not one.

    Example:
        >>> from mechanisms import Procurement, UncertainPresence, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> UncertainPresence(market, 0.75).presence, UncertainPresence(market, {"bob": 0.5}).presence
        ((0.75, 0.75), (1.0, 0.5))
    """

    kind = "uncertain_presence"

    presence: tuple[float, ...]

    def __init__(self, market: Procurement | Sale, presence: float | Mapping[str, float]) -> None:
        self._hold(market)
        by_label = presence if isinstance(presence, Mapping) else dict.fromkeys(market.labels, presence)
        for label, chance in by_label.items():
            where = f"presence.{label}" if isinstance(presence, Mapping) else "presence"
            if label not in market.labels:
                raise InvalidInput(f"{where} must be one of {', '.join(map(repr, market.labels))}. Drop it.")
            if not 0.0 < finite(chance, where) <= 1.0:
                raise InvalidInput(f"{where} must be above 0 and at most 1; got {shown(chance)}. Who is never there is left out.")
        object.__setattr__(self, "presence", tuple(float(by_label.get(label, 1.0)) for label in market.labels))

    def _added(self) -> dict[str, object]:
        return {"presence": dict(zip(self.labels, self.presence, strict=True))}


def read_uncertain_presence(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, and `presence`."""
    within = read_within(spec, where, ("presence",), ("presence",), "absences")
    return UncertainPresence(within, spec["presence"])  # type: ignore[arg-type]  # checked there
