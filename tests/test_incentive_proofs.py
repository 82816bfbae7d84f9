"""`verify`: what is proved, and what is refuted, for known rules and for those of the catalogue."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import DSIC, Coalitions, FalseNames, Verdict, check, verify
from mechanisms import (
    AllPay,
    Exchange,
    FirstPrice,
    InvalidInput,
    KDoubleAuction,
    KthPrice,
    Market,
    Optimal,
    PostedPrice,
    Procurement,
    Sale,
    Uniform,
    UniformPrice,
    Vickrey,
)
from tests import incentive_rules as rules

UNIT = Uniform(0, 1)
Side = Literal["sale", "procurement"]


def two_by_two(users: int = 2, provers: int = 2) -> Exchange:
    return Exchange({f"u{i}": UNIT for i in range(users)}, {f"p{i}": UNIT for i in range(provers)})


def priced(price: str) -> rules.Rule:
    return functools.partial(rules.exchange, users=2, price=price)


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, who reports, a property, and what is known about it."""

    rule: Any
    market: Market | int
    property: Any
    status: str
    side: Side | None = None


CASES = {
    "second price": Case(rules.second_price, 4, "dsic", "proved"),
    "second price, scanned": Case(rules.scanned_second_price, 4, "dsic", "proved"),
    "second price is rational": Case(rules.second_price, 3, "individual_rationality", "proved"),
    "second price, no envy": Case(rules.second_price, 3, "envy-freeness", "proved"),
    "a reserve is inefficient": Case(rules.second_price, 3, "efficiency", "refuted"),
    "no reserve is efficient": Case(rules.scanned_second_price, 3, "efficiency", "proved"),
    "second price, two names": Case(rules.second_price, 2, FalseNames(), "proved"),
    "two bidders collude": Case(rules.second_price, 3, Coalitions(2), "refuted"),
    "not without transfers": Case(rules.second_price, 3, Coalitions(2, transfers=False), "proved"),
    "first price": Case(rules.first_price, 3, "dsic", "refuted"),
    "first price is monotone": Case(rules.first_price, 3, "monotonicity", "proved"),
    "first price, as costs": Case(rules.first_price, 3, "monotonicity", "refuted", "procurement"),
    "third price": Case(rules.third_price, 3, "dsic", "refuted"),
    "positions": Case(rules.positions, 3, "dsic", "refuted"),
    "uniform price": Case(rules.uniform_price(2, 2), 4, "dsic", "proved"),
    "planted: a unit too many": Case(rules.uniform_price(2, 3), 4, "dsic", "refuted"),
    "planted: a unit too many, second price": Case(rules.uniform_price(1, 2), 3, "dsic", "refuted"),
    "planted: reserve ignored on ties": Case(rules.reserve_ignored_on_ties, 3, "dsic", "refuted"),
    "planted: third price on ties": Case(rules.third_price_on_ties, 3, "dsic", "refuted"),
    "half double auction": Case(priced("half"), two_by_two(), "dsic", "refuted"),
    "half double auction, balanced": Case(priced("half"), two_by_two(), "budget_balance", "proved"),
    "half double auction, efficient": Case(priced("half"), two_by_two(), "efficiency", "proved"),
    "McAfee": Case(priced("mcafee"), two_by_two(), "dsic", "proved"),
    "McAfee is rational": Case(priced("mcafee"), two_by_two(), "individual_rationality", "proved"),
    "McAfee has no deficit": Case(priced("mcafee"), two_by_two(), "no_deficit", "proved"),
    "McAfee keeps money": Case(priced("mcafee"), two_by_two(), "budget_balance", "refuted"),
    "McAfee loses a trade": Case(priced("mcafee"), two_by_two(), "efficiency", "refuted"),
    "VCG": Case(priced("vcg"), two_by_two(), "dsic", "proved"),
    "VCG is efficient": Case(priced("vcg"), two_by_two(), "efficiency", "proved"),
    "VCG runs a deficit": Case(priced("vcg"), two_by_two(), "no_deficit", "refuted"),
}


@functools.cache
def verdict(name: str) -> Verdict:
    case = CASES[name]
    return verify(case.rule, case.market, case.property, side=case.side)


@pytest.mark.parametrize("name", CASES)
def test_what_is_known(name: str) -> None:
    found = verdict(name)
    assert found.status == CASES[name].status, found.message
    if found.status == "proved":
        assert found.certificate is not None and found.counterexample is None and found.epsilon == 0
        assert check(found.certificate.to_json()).valid, check(found.certificate.to_json()).message
    else:
        example = found.counterexample
        assert found.certificate is None and example is not None and example.gain > 0
        assert example.float_gain == pytest.approx(float(example.gain), abs=1e-9)
        assert found.reason == example.story


def test_a_counterexample_of_dominance_is_one() -> None:
    """Replayed by hand, in fractions."""
    for name, case in CASES.items():
        if case.property != "dsic" or case.status != "refuted":
            continue
        example = verdict(name).counterexample
        assert example is not None
        truth, lie = (list(reports.values()) for reports in example.reports)
        (i,) = (place for place in range(len(truth)) if truth[place] != lie[place])
        sign = -1 if isinstance(case.market, Exchange) and i >= case.market.buyers else 1
        honest, other = (case.rule(reports) for reports in (truth, lie))
        gain = sign * (truth[i] * (other[0][i] - honest[0][i]) - (other[1][i] - honest[1][i]))
        assert gain == example.gain and list(example.types.values()) == truth


def test_the_story_of_a_prover() -> None:
    found = verify(rules.first_price, 3, side="procurement")
    assert found.message == "refuted: prover a, cost 0, bids 1 against (0, 0): gains 1"
    assert str(found) == "first_price, dsic: refuted: prover a, cost 0, bids 1 against (0, 0): gains 1"


UNIT3 = Procurement(dict.fromkeys("abc", UNIT), value=1)
SALE = Sale(dict.fromkeys("abc", UNIT))
CATALOGUE = {
    "vickrey": Case(Vickrey(0.75), UNIT3, "dsic", "proved"),
    "vickrey, deficit": Case(Vickrey(0.75), UNIT3, "no_deficit", "proved"),
    "vickrey, false names": Case(Vickrey(0.75), UNIT3, "false_names", "proved"),
    "vickrey, sale": Case(Vickrey(), SALE, "efficiency", "proved"),
    "first price": Case(FirstPrice(), UNIT3, "dsic", "refuted"),
    "optimal": Case(Optimal(), Procurement({"a": UNIT, "b": Uniform(0, 2)}, value=1), "dsic", "proved"),
    "optimal, sale": Case(Optimal(), Sale({"a": UNIT, "b": UNIT}), "dsic", "proved"),
    "posted price": Case(PostedPrice(0.5), UNIT3, "dsic", "proved"),
    "posted price, false names": Case(PostedPrice(0.5), UNIT3, "false_names", "refuted"),
    "third price": Case(KthPrice(k=3), UNIT3, "dsic", "refuted"),
    "all pay": Case(AllPay(), SALE, "individual_rationality", "refuted"),
    "uniform price": Case(UniformPrice(), Procurement(dict.fromkeys("abc", UNIT), tasks=2), "dsic", "proved"),
    "asks set the price: users": Case(KDoubleAuction(0), two_by_two(), DSIC("users"), "proved"),
    "one user, asks set the price": Case(KDoubleAuction(0), two_by_two(1, 1), DSIC("users"), "proved"),
    "one prover, asks set the price": Case(KDoubleAuction(0), two_by_two(1, 1), DSIC("provers"), "refuted"),
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_rules_of_the_catalogue(name: str) -> None:
    case = CATALOGUE[name]
    found = verify(case.rule, case.market, case.property)
    assert found.status == case.status, found.message
    if found.certificate is not None:
        assert check(found.certificate.to_json()).valid


def test_few_cases_where_the_order_of_rivals_is_nothing() -> None:
    found = verify(rules.second_price, 6)
    assert found.status == "proved" and found.cases < 1000 and found.certificate is not None
    tree = json.loads(found.certificate.to_json())
    assert tree["reduction"] == "rivals in order" and len(tree["proofs"]) == 5 + 6
    assert check(found.certificate.to_json()).valid


def test_within_epsilon() -> None:
    def shaded(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Second price with a hundredth of the winner's bid."""
        shares, paid = rules.scanned_second_price(bids)
        return shares, [p + bids[i] * Fraction(1, 100) * shares[i] for i, p in enumerate(paid)]

    market = Sale({"a": UNIT, "b": UNIT})
    found = verify(shaded, market, epsilon=Fraction(1, 100))
    assert found.status == "within" and found.epsilon == Fraction(1, 100) and found.certificate is not None
    assert check(found.certificate.to_json()).valid
    assert verify(shaded, market, epsilon=Fraction(1, 101)).status == "refuted"
    smaller = json.loads(found.certificate.to_json())
    smaller["states"]["epsilon"] = "1/101"
    from equilibria.checking import sealed

    assert not check(sealed(smaller)).valid


def test_a_verdict_is_no_truth_value() -> None:
    with pytest.raises(InvalidInput, match=r"Compare \.status"):
        bool(verdict("first price"))


number = st.fractions(min_value=0, max_value=1, max_denominator=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(number, min_size=3, max_size=3), st.fractions(min_value=0, max_value=1, max_denominator=4), st.integers(0, 2))
def test_no_sampled_lie_pays_where_truth_is_proved(types: list[Fraction], lie: Fraction, i: int) -> None:
    assert verdict("second price").status == "proved"
    for rule in (rules.second_price, rules.scanned_second_price):
        honest, other = rule(types), rule([*types[:i], lie, *types[i + 1 :]])
        assert types[i] * other[0][i] - other[1][i] <= types[i] * honest[0][i] - honest[1][i]
