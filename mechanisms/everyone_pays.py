"""Rules of a sale under which whoever takes part pays, winner or not."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.sorted_bids import SortedMechanism, only_one_task
from mechanisms.statement import Number

__all__ = ["EveryonePays"]


@dataclass(frozen=True, slots=True)
class EveryonePays(SortedMechanism):
    """A rule of this module for one task; abstract, its subclasses are final and say what is paid.

    Arguments:
        reserve: lowest bid accepted, in money, at least 0; a lower bid neither wins nor pays. None for 0.

    Raises:
        InvalidInput: the reserve is not a finite number of at least 0.
        Refused: when evaluated in a procurement.
    """

    everyone_pays: ClassVar[bool] = True
    instead: ClassVar[str] = "Use a Sale."
    """What a procurement could use."""

    reserve: float | Fraction | None = None

    @final
    def __post_init__(self) -> None:
        self._check_amount("reserve", optional=True)
        if self.reserve is not None and self.reserve < 0:
            raise InvalidInput(f"reserve must be at least 0; got {self.reserve!r}. A lower one would pay buyers to lose.")

    @final
    def check_market(self, market: Market) -> None:
        if market.sign > 0:
            self.mirrored()
        only_one_task(self, market)

    @final
    def limit(self, market: Market, number: Number = float) -> Any:
        return market.sign * number(0 if self.reserve is None else self.reserve)

    @final
    def mirrored(self) -> Self:
        raise Refused(
            f"{type(self).__name__} has no mirror image in a procurement: a requester that pays every bid would be asked for "
            f"more without end by those who lose. {self.instead}"
        )
