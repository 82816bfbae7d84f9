"""What every rule offers: one statement, three evaluations, a spec.

A rule states a `Statement` for a procurement. Sales are evaluated as their mirror images: values become
negative costs, amounts of the rule (a reserve, a price) change sign, and payments change it back.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

from mechanisms import batch as batch_evaluation
from mechanisms import exact
from mechanisms._types import Profiles
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market, Procurement
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.program import Program
from mechanisms.reports import as_float, read_bids, read_profiles
from mechanisms.statement import Number, Statement

__all__ = ["Mechanism", "mechanism_from_spec"]


@dataclass(frozen=True, slots=True)
class Mechanism(ABC):
    """A rule that decides who proves and who is paid what; abstract, its subclasses are final."""

    kind: ClassVar[str]

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
        statement = rule.statement(market.as_procurement(), number)
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
        statement = self._for(market).statement(market.as_procurement(), float)
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
        statement = self._for(market).statement(market.as_procurement(), float)
        return batch_evaluation.evaluate(statement, profiles, market.sign)

    @final
    def spec(self) -> dict[str, object]:
        """The rule as plain JSON values, parameters that are None left out; `mechanism_from_spec` reads it
        back."""
        spec: dict[str, object] = {"kind": self.kind}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None:
                spec[field.name] = float(value) if isinstance(value, Fraction) else value
        return spec

    def mirrored(self) -> Self:
        """The rule in the mirror image of its market: amounts change sign."""
        amounts = {
            field.name: 0 - value
            for field in dataclasses.fields(self)
            if isinstance(value := getattr(self, field.name), int | float | Fraction)
        }
        return dataclasses.replace(self, **amounts)

    def _for(self, market: Market) -> Self:
        """The rule to evaluate on the market's procurement."""
        if not isinstance(market, Market):
            raise InvalidInput(f"market must be a Procurement or a Sale; got {shown(market)}.")
        if market.tasks != 1:
            raise Refused(
                f"{type(self).__name__} awards one proof at a time; this market has tasks={market.tasks}. "
                "Pass tasks=1."
            )
        return self if market.sign > 0 else self.mirrored()

    def _check_amount(self, name: str, *, optional: bool) -> None:
        """Checks a parameter that is an amount of money at construction."""
        value = getattr(self, name)
        if value is None and optional:
            return
        if value is None:
            raise InvalidInput(f"{name} must be a finite number; got None. {type(self).__name__} needs one.")
        if not isinstance(value, Fraction):
            object.__setattr__(self, name, finite(value, name))


def mechanism_from_spec(spec: Mapping[str, object], where: str = "mechanism") -> Mechanism:
    """The rule that a mapping describes: a table of a file, or what `spec()` returned.

    Arguments:
        spec: has `"kind"` and the parameters of that rule, no other key.
        where: path of the table, put in front of the key in every error.

    Raises:
        InvalidInput: naming the key, what it must be and what it was.

    Example:
        >>> mechanism_from_spec({"kind": "first_price", "reserve": 0.8})
        FirstPrice(reserve=0.8)
    """
    from mechanisms.rules import RULES

    if not isinstance(spec, Mapping):
        raise InvalidInput(f"{where} must be a table; got {shown(spec)}. Give kind and parameters.")
    kinds = {rule.kind: rule for rule in RULES}
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise InvalidInput(f"{where}.kind must be one of {', '.join(kinds)}; got {shown(kind)}. Name a rule.")
    fields = dataclasses.fields(kinds[kind])
    names = [field.name for field in fields]
    for key in spec:
        if key != "kind" and key not in names:
            allowed = " or ".join(["kind", *names])
            raise InvalidInput(f"{where}.{key} is not a key of {kind}; it must be {allowed}. Drop it.")
    for field in fields:
        if field.default is dataclasses.MISSING and field.name not in spec:
            raise InvalidInput(f"{where}.{field.name} must be given for {kind}; got nothing. Add it.")
    try:
        return kinds[kind](**{name: spec[name] for name in names if name in spec})
    except InvalidInput as error:
        raise InvalidInput(f"{where}.{error}") from None
