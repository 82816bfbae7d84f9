r"""A market in which the winner may fail, and then loses a bond.

A prover that is awarded bears its cost $c$, delivers with probability $1-q$ and is then paid $p$; otherwise it is paid nothing
and loses a bond $S$ to the requester. Who wins at the price $p$ expects $(1-q)p-qS-c$.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from mechanisms.distributions.parameters import finite
from mechanisms.errors import InvalidInput
from mechanisms.market_within import MarketWithin, read_within
from mechanisms.markets import Market, Procurement

__all__ = ["BondAtStake", "read_bond_at_stake"]


@final
@dataclass(frozen=True, slots=True, init=False)
class BondAtStake(MarketWithin):
    """A procurement whose winner fails with a known probability and then loses its bond.

    Arguments:
        market: who knows what.
        failure: the probability $q$ with which a winner fails, at least 0 and below 1, the same for all.
        bond: what it then loses to the requester, in money, at least 0.

    Raises:
        InvalidInput: the market is no procurement, or a number is out of its range.

    Example:
        >>> from mechanisms import BondAtStake, Procurement, Uniform
        >>> BondAtStake(Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)}), failure=0.25, bond=2).net(6)
        4.0
    """

    kind = "bond_at_stake"

    failure: float
    bond: float

    def __init__(self, market: Procurement, failure: float, bond: float) -> None:
        self._hold(market)
        if not isinstance(market, Procurement):
            raise InvalidInput("market must be a Procurement: buyers of a sale deliver nothing. Give provers with costs.")
        chance, stake = finite(failure, "failure"), finite(bond, "bond")
        if not 0.0 <= chance < 1.0:
            raise InvalidInput(f"failure must be at least 0 and below 1; got {chance!r}. It is a probability.")
        if stake < 0.0:
            raise InvalidInput(f"bond must be at least 0; got {stake!r}. A bond is lost, not won.")
        object.__setattr__(self, "failure", chance)
        object.__setattr__(self, "bond", stake)

    def net(self, price: Any) -> Any:
        """What a winner expects to be paid at a price, the bond that it may lose taken off."""
        return (1.0 - self.failure) * price - self.failure * self.bond

    def _added(self) -> dict[str, object]:
        return {"failure": self.failure, "bond": self.bond}


def read_bond_at_stake(spec: Mapping[str, object], where: str) -> Market:
    """The market that a table describes: `market`, itself the table of a procurement, `failure` and `bond`."""
    within = read_within(spec, where, ("failure", "bond"), ("failure", "bond"), "failures")
    return BondAtStake(within, spec["failure"], spec["bond"])  # type: ignore[arg-type]  # checked there
