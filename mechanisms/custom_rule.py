"""A user's own rule: a plain function of an array of bids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.reports import read_profiles

__all__ = ["CustomOutcome", "CustomRule"]


@dataclass(frozen=True, slots=True, eq=False)
class CustomOutcome:
    """Outcomes of many profiles as arrays of shape `(*batch, agents)`."""

    shares: FloatArray
    paid: FloatArray

    def __post_init__(self) -> None:
        self.shares.setflags(write=False)
        self.paid.setflags(write=False)

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone is awarded; shape `(*batch,)`."""
        return np.asarray(self.shares.max(axis=-1) > 0.0)

    def allocation(self) -> FloatArray:
        """Shares by agent."""
        return self.shares

    def payments(self) -> FloatArray:
        """Payments by agent."""
        return self.paid

    def proofs(self) -> FloatArray:
        """Probability that each agent makes a proof: its share."""
        return self.shares


@final
@dataclass(frozen=True, slots=True)
class CustomRule(Mechanism):
    """Any rule that can be written as a function of the bids.

    Arguments:
        name: what to call it.
        rule: takes an array of bids, shape `(profiles, agents)` in market order, and returns two arrays of that shape: the
            share of the award, and the payment, that each agent gets (in a sale: the payment that it makes).
        bids: lowest and highest bid that agents may make. None for the range of all types.

    Raises:
        InvalidInput: the name is empty, `rule` is no function, or the range is not one; when evaluated, its arrays have other
            shapes, are not finite, or shares are negative.

    Notes:
        An agent bears its share of its cost (enjoys its share of its value). Equilibria come from solvers on a grid
        (`DualAveraging` and its kin) and are estimates: a function cannot be certified over all bids.

    Example:
        >>> import numpy as np
        >>> from mechanisms import Sale, Uniform
        >>> def all_pay(bids):
        ...     return (bids == bids.max(axis=1, keepdims=True)).astype(float), bids
        >>> market = Sale({"a": Uniform(0, 1), "b": Uniform(0, 1)})
        >>> CustomRule("all-pay", all_pay).batch(market, np.array([[0.2, 0.5]])).payments()
        array([[0.2, 0.5]])
    """

    kind = "custom"

    name: str
    rule: Callable[[Profiles], tuple[FloatArray, FloatArray]]
    bids: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise InvalidInput(f"name must be a non-empty string; got {shown(self.name)}. Name the rule.")
        if not callable(self.rule):
            raise InvalidInput(f"rule must be a function of an array of bids; got {shown(self.rule)}.")
        if self.bids is not None:
            if not isinstance(self.bids, tuple | list) or len(self.bids) != 2:
                raise InvalidInput(f"bids must be the lowest and the highest bid, or None; got {shown(self.bids)}.")
            low, high = finite(self.bids[0], "bids[0]"), finite(self.bids[1], "bids[1]")
            if not low < high:
                raise InvalidInput(f"bids must be an interval; got {shown(self.bids)}. Give the lowest bid first.")
            object.__setattr__(self, "bids", (low, high))

    def batch(self, market: Market, bids: Profiles) -> CustomOutcome:
        """Outcomes of many profiles at once; `bids` has shape `(*batch, agents)`."""
        profiles = read_profiles(market, bids)
        rows = profiles.reshape(-1, profiles.shape[-1])
        answer = self.rule(rows.copy())
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise InvalidInput(f"rule {self.name!r} must return two arrays, shares and payments; got {shown(answer)}.")
        arrays = []
        for what, given in zip(("shares", "payments"), answer, strict=True):
            try:
                array = np.array(given, dtype=np.float64)
            except (TypeError, ValueError):
                raise InvalidInput(f"rule {self.name!r} must return {what} as an array of numbers.") from None
            if array.shape != rows.shape:
                raise InvalidInput(f"rule {self.name!r} must return {what} of shape {rows.shape}; got {array.shape}.")
            if not np.isfinite(array).all() or (what == "shares" and (array < 0.0).any()):
                raise InvalidInput(f"rule {self.name!r} must return finite {what}, and shares of at least 0.")
            arrays.append(array.reshape(profiles.shape))
        return CustomOutcome(arrays[0], arrays[1])
