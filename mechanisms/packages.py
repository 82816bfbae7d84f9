"""Rules of a package sale: who wins, checked reports, and outcomes of many profiles."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.package_sale import PackageSale
from mechanisms.reports import read_bids, read_profiles

__all__ = ["BatchPackages", "PackageMechanism"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BatchPackages:
    """Outcomes of many profiles of a package sale, without labels; axes `(*batch, buyers)`, the package's buyer last.

    Arguments:
        wins: whether each buyer wins, shape `(*batch, 3)`.
        amounts: what each pays, 0 for losers; shape `(*batch, 3)`.
    """

    wins: NDArray[np.bool_]
    amounts: FloatArray

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone wins; shape `(*batch,)`."""
        return np.asarray(self.wins.any(axis=-1))

    def allocation(self) -> FloatArray:
        """1 for a buyer that wins; shape `(*batch, 3)`."""
        return self.wins.astype(np.float64)

    def payments(self) -> FloatArray:
        """What each buyer pays; shape `(*batch, 3)`."""
        return self.amounts

    def proofs(self) -> FloatArray:
        """1 for a buyer that wins; shape `(*batch, 3)`."""
        return self.allocation()


@dataclass(frozen=True, slots=True)
class PackageMechanism(Mechanism):
    """The two win if they bid at least what the third bids, together; abstract, its subclasses are final."""

    @abstractmethod
    def _exact(self, first: Any, second: Any, package: Any, half: Any) -> tuple[Any, Any, Any]:
        """What the two pay if they win, and what the third pays if it wins, on one profile."""

    @abstractmethod
    def _batch(self, first: FloatArray, second: FloatArray, package: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same on arrays."""

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: the package sale.
            bids: one bid by label, at least 0; integers and `Fraction` are evaluated exactly.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is negative or no finite number.
            Refused: the market is no `PackageSale`.
        """
        self._accepts(market)
        (first, second, package), number = read_bids(market, bids)
        for label, bid in zip(market.labels, (first, second, package), strict=True):
            if bid < 0:
                raise InvalidInput(f"bids.{label} must be at least 0; got {shown(bid)}. A bid of 0 is the least.")
        zero, one = number(0), number(1)
        pair = first + second >= package
        alone, other, both = self._exact(first, second, package, number(Fraction(1, 2)))
        shares = (one, one, zero) if pair else (zero, zero, one)
        amounts = (alone, other, zero) if pair else (zero, zero, both)
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in (shares, amounts, shares)))

    @final
    def batch(self, market: Market, bids: Profiles) -> BatchPackages:
        """Outcomes of many profiles at once.

        Arguments:
            market: the package sale.
            bids: finite bids of at least 0, shape `(*batch, 3)`, in market order.

        Raises:
            InvalidInput: the wrong number of buyers, not numbers, negative or not finite.
            Refused: the market is no `PackageSale`.
        """
        self._accepts(market)
        profiles = read_profiles(market, bids)
        if (profiles < 0.0).any():
            place = tuple(int(i) for i in np.argwhere(profiles < 0.0)[0])
            raise InvalidInput(f"bids{list(place)} must be at least 0; got {float(profiles[place])!r}. A bid of 0 is the least.")
        first, second, package = (profiles[..., i] for i in range(3))
        pair = first + second >= package
        alone, other, both = self._batch(first, second, package)
        wins = np.stack([pair, pair, ~pair], axis=-1)
        return BatchPackages(wins=wins, amounts=np.where(wins, np.stack([alone, other, both], axis=-1), 0.0))

    def _accepts(self, market: Market) -> None:
        if not isinstance(market, PackageSale):
            raise Refused(f"{type(self).__name__} needs a PackageSale, with singles and a package; got {type(market).__name__}.")
