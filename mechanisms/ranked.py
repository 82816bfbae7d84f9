"""Rules that award by the rank of reports: one statement, three evaluators."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

from mechanisms import batch as batch_evaluation
from mechanisms import exact
from mechanisms._types import Profiles
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market, Procurement
from mechanisms.mechanism import Mechanism, check_capacities
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.program import Program
from mechanisms.reports import as_float, read_bids, read_profiles
from mechanisms.statement import Number, Statement

__all__ = ["RankedMechanism"]


@dataclass(frozen=True, slots=True)
class RankedMechanism(Mechanism):
    """A rule stated as winner determination and payments; abstract, its subclasses are final."""

    @abstractmethod
    def statement(self, market: Procurement, number: Number = float) -> Statement:
        """The rule in this procurement, as winner determination and payments over a number type.

        Raises:
            Refused: the rule has no meaning in this market, and why.
        """

    @final
    def outcome(self, market: Market, bids: Mapping[str, Any]) -> Outcome:
        """The outcome at one profile, on the bids' own number type.

        Arguments:
            market: who bids.
            bids: one report per label: costs in a procurement, values in a sale. Integers, `Fraction` and
                `Decimal` are evaluated in exact rationals, which parameters enter as the doubles they are;
                floats in floats; other ordered scalars (symbols of a computer algebra) with rational
                parameters.

        Raises:
            InvalidInput: labels that are not the market's, or a bid that is no finite number.
            Refused: the rule has no outcome here, or no exact one, and why.
        """
        reports, number = read_bids(market, bids)
        rule = self._for(market)
        costs = reports if market.sign > 0 else [-report for report in reports]
        statement = with_lots(rule.statement(market.as_procurement(), number), market)
        shares, payments = exact.evaluate(statement, costs, number)
        if market.sign < 0:
            payments = [number(0) - payment for payment in payments]
        if number is float:
            shares, payments = [float(share) for share in shares], [float(payment) for payment in payments]
        proofs = [number(1)] * len(shares) if statement.everyone_proves else shares
        columns = (shares, payments, proofs)
        return Outcome(*(dict(zip(market.labels, column, strict=True)) for column in columns))

    @final
    def program(self, market: Market, bids: Mapping[str, Any]) -> Program:
        """The formal statement at one profile, to be solved with cvxpy; arguments and errors as in
        `outcome`."""
        reports, _ = read_bids(market, bids)
        costs = [
            market.sign * as_float(label, bid) for label, bid in zip(market.labels, reports, strict=True)
        ]
        statement = with_lots(self._for(market).statement(market.as_procurement(), float), market)
        return Program(statement, market.labels, costs, market.sign)

    @final
    def batch(self, market: Market, bids: Profiles) -> BatchOutcome:
        """Outcomes of many profiles at once.

        Arguments:
            market: who bids.
            bids: finite reports, shape `(*batch, provers)`, provers in market order.

        Raises:
            InvalidInput: the wrong number of provers, not numbers, or not finite; the first wrong entry is
            named.
            Refused: the rule has no outcome here, and why.
        """
        profiles = read_profiles(market, bids)
        statement = with_lots(self._for(market).statement(market.as_procurement(), float), market)
        return batch_evaluation.evaluate(statement, profiles, market.sign)

    def _for(self, market: Market) -> Self:
        """The rule to evaluate on the market's procurement."""
        if not isinstance(market, Market):
            raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
        check_capacities(self, market)
        if market.tasks != 1:
            raise Refused(
                f"{type(self).__name__} awards one proof at a time; this market has tasks={market.tasks}. "
                "Pass tasks=1."
            )
        return self if market.sign > 0 else self.mirrored()


def with_lots(statement: Statement, market: Market) -> Statement:
    """The statement, with ties decided as the market says."""
    return dataclasses.replace(statement, ties="even_lottery") if market.lots else statement
