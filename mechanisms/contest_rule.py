"""Rules of a `Contest` that are no lottery of scores: who proves, who is paid what, at one profile of reports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.contest_market import Contest
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism
from mechanisms.outcome import Outcome
from mechanisms.reports import read_bids, read_profiles
from mechanisms.statement import Number

__all__ = ["BatchDivision", "ContestRule", "Division", "taking_part"]

@dataclass(frozen=True, slots=True, eq=False)
class BatchDivision:
    """Outcomes of many profiles as arrays of shape `(*batch, contestants)`."""

    shares: FloatArray
    paid: FloatArray
    made: FloatArray

    def __post_init__(self) -> None:
        for array in (self.shares, self.paid, self.made):
            array.setflags(write=False)

    @property
    def award(self) -> NDArray[np.bool_]:
        """Whether anyone is awarded; shape `(*batch,)`."""
        return np.asarray(self.shares.max(axis=-1) > 0.0)

    def allocation(self) -> FloatArray:
        """Shares by contestant."""
        return self.shares

    def payments(self) -> FloatArray:
        """Payments by contestant."""
        return self.paid

    def proofs(self) -> FloatArray:
        """Probability that each contestant makes a proof, and so bears its cost."""
        return self.made


Division = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]
"""Shares, payments and proofs in market order."""


@dataclass(frozen=True, slots=True)
class ContestRule(Mechanism):
    """A rule of a contest; abstract, its subclasses are final. A contestant's utility is its payment less its costs."""

    @abstractmethod
    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        """Shares of the award, payments, and who makes a proof, at reports of at least 0 of one number type."""

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile of reports: work, deposits, or whether one takes part, as the rule says.

        Arguments:
            market: a `Contest`.
            bids: one report of at least 0 per label; exact numbers are evaluated in exact rationals where the rule has them.

        Raises:
            InvalidInput: labels that are not the contest's, or a report out of its range.
            Refused: not a contest, or no outcome here, and why.
        """
        contest = self._contest(market)
        reports, number = read_bids(contest, bids)
        columns = self._divided(contest, reports, number)
        return Outcome(*(dict(zip(contest.labels, column, strict=True)) for column in columns))

    @final
    def batch(self, market: Market, bids: Profiles) -> BatchDivision:
        """Outcomes of many profiles of reports, shape `(*batch, contestants)`, one after the other; errors as in `outcome`."""
        contest = self._contest(market)
        profiles = read_profiles(contest, bids)
        rows = profiles.reshape(-1, profiles.shape[-1]).tolist()
        found = np.array([self._divided(contest, row, float) for row in rows], dtype=np.float64)
        columns = found.reshape(len(rows), 3, profiles.shape[-1])
        return BatchDivision(*(np.ascontiguousarray(columns[:, k]).reshape(profiles.shape) for k in range(3)))

    def _divided(self, contest: Contest, reports: Sequence[Any], number: Number) -> Division:
        for label, report in zip(contest.labels, reports, strict=True):
            if report < 0:
                raise InvalidInput(f"bids.{label} must be at least 0; got {shown(report)}. Who stays out reports 0.")
        return self.divide(contest, reports, number)

    def _contest(self, market: Market) -> Contest:
        if not isinstance(market, Contest):
            name = type(self).__name__
            raise Refused(f"{name} needs a Contest; got a {type(market).__name__}. Use Contest(prize=, costs=).")
        return market

    def mirrored(self) -> Self:
        raise Refused("a contest has no mirror image in a sale. Use a Contest.")


def taking_part(market: Contest, reports: Sequence[Any]) -> list[bool]:
    """Reports of 0 and 1 as whether one takes part.

    Raises:
        InvalidInput: a report is neither, by its label.
    """
    for label, report in zip(market.labels, reports, strict=True):
        if report not in (0, 1):
            raise InvalidInput(f"bids.{label} must be 0 or 1; got {shown(report)}. 1 takes part, 0 stays out.")
    return [report == 1 for report in reports]
