"""What markets that hold a procurement or a sale, and add something to it, have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Market, Procurement, Sale

__all__ = ["MarketWithin", "read_within"]


@dataclass(frozen=True, slots=True, init=False)
class MarketWithin(Market):
    """A market around a `Procurement` or a `Sale`, whose agents it has; abstract, its subclasses are final.

    Rules are evaluated on the market within; what is added changes what agents do.
    """

    market: Procurement | Sale

    def _hold(self, market: Procurement | Sale) -> None:
        """Checks the market within, and takes its agents.

        Raises:
            InvalidInput: it is neither a procurement nor a sale.
        """
        if not isinstance(market, Procurement | Sale):
            raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
        for name in ("labels", "priors", "value", "tasks", "capacities"):
            object.__setattr__(self, name, getattr(market, name))
        object.__setattr__(self, "market", market)

    def _hold_equals(self, market: Procurement | Sale) -> None:
        """`_hold`, where all agents have one law.

        Raises:
            InvalidInput: two differ.
        """
        self._hold(market)
        for label, prior in zip(market.labels, market.priors, strict=True):
            if prior != market.priors[0]:
                raise InvalidInput(
                    f"market must have agents alike; {label!r} has {shown(prior)} and {market.labels[0]!r} has "
                    f"{shown(market.priors[0])}. Give all the same distribution."
                )

    @property
    def sign(self) -> int:  # type: ignore[override]  # a class constant of the markets that this one may hold
        return self.market.sign

    @property
    def priors_key(self) -> str:  # type: ignore[override]  # likewise
        return self.market.priors_key

    def as_procurement(self) -> Procurement:
        """The market within as a procurement; what is added to it is not money of its kind and does not change."""
        return self.market.as_procurement()

    def spec(self) -> dict[str, object]:
        return {"kind": self.kind, "market": self.market.spec(), **self._added()}

    @abstractmethod
    def _added(self) -> dict[str, object]:
        """What this kind adds, by key, as plain JSON values."""


def read_within(spec: Mapping[str, object], where: str, keys: Iterable[str], needed: Iterable[str], without: str) -> Market:
    """The market within, from the table of a market of this module.

    Arguments:
        spec: the table.
        where: its path, for messages.
        keys: what it may hold besides `kind` and `market`.
        needed: which of them it must hold.
        without: what the market within has none of, for messages.

    Raises:
        InvalidInput: naming the key that is wrong.
    """
    from mechanisms.market_specs import market_from_spec

    known = ("kind", "market", *keys)
    for extra in spec.keys() - set(known):
        raise InvalidInput(f"{where}.{extra} must be one of {', '.join(known)}. Drop it.")
    inner = spec.get("market")
    if not isinstance(inner, Mapping):
        raise InvalidInput(f"{where}.market must be a table; got {shown(inner)}. Give the market without {without}.")
    for key in needed:
        if key not in spec:
            raise InvalidInput(f"{where}.{key} must be given; got nothing. Add it.")
    return market_from_spec(inner, f"{where}.market")
