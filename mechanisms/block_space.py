"""Block space: users who want a transaction (a request for a proof) included, and a block that holds some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.market_specs import MARKETS, Spec, read_laws
from mechanisms.markets import Market, Procurement

__all__ = ["BlockSpace"]


@final
@dataclass(frozen=True, slots=True, init=False)
class BlockSpace(Market):
    r"""Users with private independent values $v_i\sim F_i$ of being confirmed, and a block of limited size that a miner fills.

    The miner (the prover that decides which requests it proves) sees all bids, and may leave some out or add its own.

    Arguments:
        users: law of each user's value by label, in money; at least one user. Every user has one transaction of size 1.
        size: how many transactions a block holds, a positive whole number.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import BlockSpace, Uniform
        >>> BlockSpace(users={"alice": Uniform(0, 1), "bob": Uniform(0, 1)}, size=1).size
        1
    """

    kind = "block_space"
    priors_key = "users"
    sign = -1

    size: int

    def __init__(self, users: Mapping[str, Distribution], size: int) -> None:
        self._set(users, None, 1)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InvalidInput(f"size must be a positive whole number; got {shown(size)}. Pass size=1 for one transaction.")
        object.__setattr__(self, "size", size)

    @property
    def users(self) -> tuple[str, ...]:
        """Labels of the users."""
        return self.labels

    def as_procurement(self) -> Procurement:
        """Refused: what a user pays is not all for the miner."""
        raise Refused("block space is filled by a miner who is paid a part of the fees: it mirrors no procurement.")

    def spec(self) -> dict[str, object]:
        """The market as plain JSON values; `market_from_spec` returns an equal one."""
        laws = {label: law.spec() for label, law in zip(self.labels, self.priors, strict=True)}
        return {"kind": self.kind, "users": laws, "size": self.size}


def _read(spec: Spec, where: str) -> Market:
    for extra in spec.keys() - {"kind", "users", "size"}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, users, size. Drop it.")
    if "size" not in spec:
        raise InvalidInput(f"{where}.size must be a positive whole number; got nothing. Add it.")
    return BlockSpace(read_laws(spec, "users", where), spec["size"])  # type: ignore[arg-type]  # the constructor checks it


MARKETS[BlockSpace.kind] = _read
