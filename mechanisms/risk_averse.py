r"""A market whose agents are averse to risk.

`RiskAverse` puts attitudes beside a `Procurement` or a `Sale`. Rules are evaluated on the market within, since who wins and
what is paid does not depend on attitudes; strategies do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.attitudes import CRRA, Attitude, attitude_from_spec
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.market_within import MarketWithin, read_within
from mechanisms.markets import Market, Procurement, Sale, shown_labels

__all__ = ["RiskAverse", "read_risk_averse"]


@final
@dataclass(frozen=True, slots=True, init=False)
class RiskAverse(MarketWithin):
    """A procurement or a sale with attitudes to risk.

    Arguments:
        market: who knows what.
        attitudes: by label; a label that is left out is risk neutral.

    Raises:
        InvalidInput: the market is none, or an entry is no attitude of one of its labels.

    Example:
        >>> from mechanisms import CARA, CRRA, Procurement, RiskAverse, Uniform
        >>> inner = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> RiskAverse(inner, {"alice": CRRA(0.5)}).attitudes
        (CRRA(aversion=0.5), CRRA(aversion=0.0))
    """

    kind = "risk_averse"

    attitudes: tuple[Attitude, ...]

    def __init__(self, market: Procurement | Sale, attitudes: Mapping[str, Attitude]) -> None:
        self._hold(market)
        if not isinstance(attitudes, Mapping):
            raise InvalidInput(f"attitudes must be a mapping from labels; got {shown(attitudes)}. Give {{'alice': CRRA(0.5)}}.")
        for label, attitude in attitudes.items():
            if label not in market.labels:
                raise InvalidInput(f"attitudes.{label} must be one of {shown_labels(market)}. Drop it.")
            if not isinstance(attitude, Attitude):
                raise InvalidInput(f"attitudes.{label} must be an attitude; got {shown(attitude)}. For example CRRA(0.5).")
        object.__setattr__(self, "attitudes", tuple(attitudes.get(label, CRRA(0.0)) for label in market.labels))

    def _added(self) -> dict[str, object]:
        return {"attitudes": {label: attitude.spec() for label, attitude in zip(self.labels, self.attitudes, strict=True)}}


def read_risk_averse(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement or a sale, and `attitudes` by label."""
    table = spec.get("attitudes")
    if not isinstance(table, Mapping):
        raise InvalidInput(f"{where}.attitudes must be a table by label; got {shown(table)}. Add one.")
    within = read_within(spec, where, ("attitudes",), (), "attitudes")
    attitudes = {label: attitude_from_spec(entry, f"{where}.attitudes.{label}") for label, entry in table.items()}
    return RiskAverse(within, attitudes)  # type: ignore[arg-type]  # checked there
