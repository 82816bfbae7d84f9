"""Wrong rules and wrong claims, one for each law: a law that passes them checks nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

from mechanisms import FirstPrice, Procurement, RankedMechanism, Uniform
from mechanisms.statement import AskingPrice, CriticalValue, Number, Statement
from tests import laws

MARKET = Procurement({"ann": Uniform(0, 1), "bob": Uniform(0, 1)})
BIDS = {"ann": Fraction(1, 4), "bob": Fraction(1, 2)}


@final
@dataclass(frozen=True, slots=True)
class Planted(RankedMechanism):
    """A statement that may be wrong in one way."""

    kind = "planted"

    fault: str

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        def score(cost: Any) -> Any:
            return cost if self.fault == "highest wins" else -cost

        def capacity(cost: Any) -> Any:
            return number(1) * (2 if self.fault == "two units" else 1)

        def price(cost: Any) -> Any:
            if self.fault == "two rules" and number is float:
                return cost
            return number(0) if self.fault == "too little" else cost + 1

        def threshold(score: Any, at: Any) -> Any:
            return -2 * score

        critical = CriticalValue((threshold, threshold))
        return Statement(
            score=(score, score),
            capacity=(capacity, capacity),
            outside=None,
            payment=critical if self.fault == "twice the second price" else AskingPrice((price, price)),
        )


def case(fault: str, **claims: Any) -> laws.Case:
    return laws.Case(name=fault, mechanism=Planted(fault), market=MARKET, **claims)


PLANTED: dict[laws.Law, tuple[laws.Case, laws.Profile]] = {
    laws.three_evaluations_agree: (case("two rules"), BIDS),
    laws.exact_in_exact_out: (replace(case("none"), exact=False), BIDS),
    laws.feasible: (case("two units"), BIDS),
    laws.individually_rational: (case("too little"), BIDS),
    laws.within_budget: (case("none", most=Fraction(1)), BIDS),
    laws.payment_identity: (case("twice the second price", truthful=True), BIDS),
    laws.allocation_is_monotone: (case("highest wins"), {"ann": Fraction(1, 2), "bob": Fraction(15, 32)}),
    laws.truth_is_dominant: (
        laws.Case(name="first price", mechanism=FirstPrice(), market=MARKET, truthful=True),
        BIDS,
    ),
}
