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
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["UncertainPresence", "read_uncertain_presence"]


@final
@dataclass(frozen=True, slots=True, init=False)
class UncertainPresence(Market):
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

    market: Procurement | Sale
    presence: tuple[float, ...]

    def __init__(self, market: Procurement | Sale, presence: float | Mapping[str, float]) -> None:
        if not isinstance(market, Procurement | Sale):
            raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
        by_label = presence if isinstance(presence, Mapping) else dict.fromkeys(market.labels, presence)
        for label, chance in by_label.items():
            where = f"presence.{label}" if isinstance(presence, Mapping) else "presence"
            if label not in market.labels:
                raise InvalidInput(f"{where} must be one of {', '.join(map(repr, market.labels))}. Drop it.")
            if not 0.0 < finite(chance, where) <= 1.0:
                raise InvalidInput(f"{where} must be above 0 and at most 1; got {shown(chance)}. Who is never there is left out.")
        object.__setattr__(self, "market", market)
        object.__setattr__(self, "presence", tuple(float(by_label.get(label, 1.0)) for label in market.labels))
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
        presence = dict(zip(self.labels, self.presence, strict=True))
        return {"kind": self.kind, "market": self.market.spec(), "presence": presence}


def read_uncertain_presence(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, and `presence`."""
    from mechanisms.market_specs import market_from_spec

    for extra in spec.keys() - {"kind", "market", "presence"}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, market, presence. Drop it.")
    inner = spec.get("market")
    if not isinstance(inner, Mapping):
        raise InvalidInput(f"{where}.market must be a table; got {shown(inner)}. Give the market of those who may be there.")
    if "presence" not in spec:
        raise InvalidInput(f"{where}.presence must be given; got nothing. Add it.")
    return UncertainPresence(market_from_spec(inner, f"{where}.market"), spec["presence"])  # type: ignore[arg-type]  # checked there
