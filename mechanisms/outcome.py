"""What a mechanism decides: who proves, who is awarded, who is paid what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray

__all__ = ["BatchOutcome", "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome at one profile of reports, by label.

    Arguments:
        allocation: share of the award, a probability where a lottery is drawn; the shares sum to at most 1.
        payments: expected amount paid to each prover (by each buyer, in a sale), over the lottery.
        proofs: probability that the prover makes a proof, and so bears its cost. Equal to `allocation`, but
            in a race, where everyone proves.
    """

    allocation: Mapping[str, Any]
    payments: Mapping[str, Any]
    proofs: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name in ("allocation", "payments", "proofs"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def award(self) -> bool:
        """Whether anyone is awarded, with positive probability."""
        return any(share > 0 for share in self.allocation.values())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BatchOutcome:
    """Outcomes of many profiles, without labels; axes `(*batch, provers)` as in `_types.py`.

    Arguments:
        winner: place of the awarded prover in market order, -1 for no award; shape `(*batch,)`. Where a
            lottery is drawn it is the first prover that may win it.
        price: what the winner is paid (pays, in a sale) if it is awarded, 0 for no award; shape `(*batch,)`.
        provers: number of provers.
        share: share of each prover, shape `(*batch, provers)`, where it is not simply 1 for the winner; or
            None.
        everyone_proves: every prover makes a proof, whoever wins.
        paid: payments, shape `(*batch, provers)`, where they are not share times price; or None.
        made: probability of a proof, shape `(*batch, provers)`, where it is neither the share nor 1; or None.
    """

    winner: NDArray[np.intp]
    price: FloatArray
    provers: int
    share: FloatArray | None = None
    everyone_proves: bool = False
    paid: FloatArray | None = None
    made: FloatArray | None = None

    def __post_init__(self) -> None:
        for array in (self.winner, self.price, self.share, self.paid, self.made):
            if array is not None:
                array.setflags(write=False)

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone is awarded; shape `(*batch,)`."""
        return np.asarray(self.winner >= 0)

    def allocation(self) -> FloatArray:
        """Shares by prover; shape `(*batch, provers)`."""
        if self.share is not None:
            return self.share
        return np.asarray(self.winner[..., None] == np.arange(self.provers), dtype=np.float64)

    def payments(self) -> FloatArray:
        """Expected payments by prover; shape `(*batch, provers)`."""
        return self.allocation() * self.price[..., None] if self.paid is None else self.paid

    def proofs(self) -> FloatArray:
        """Probability that each prover makes a proof; shape `(*batch, provers)`."""
        if self.made is not None:
            return self.made
        return np.ones((*self.winner.shape, self.provers)) if self.everyone_proves else self.allocation()
